"""The time vectors through ``ics-graph show``: what holds is shown, what may hold only when asked for."""

from __future__ import annotations

import json

import pytest

from ics_graph.cli.main import run
from tests.support.graphs import vectors_snapshot
from tests.support.time_vectors import Question, questions

QUESTIONS = [
    pytest.param(question, id=f"{question.case}: {question.on} {question.known or ''}") for question in questions()
]


@pytest.fixture(autouse=True)
def vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = vectors_snapshot().folder
    monkeypatch.setenv("ICS_GRAPH_CACHE", str(folder.parent))
    monkeypatch.setenv("ICS_GRAPH_DATA", str(folder.parents[1] / "vectors.ttl"))


@pytest.mark.parametrize("question", QUESTIONS)
def test_show_says_what_the_vector_says(question: Question, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["show", question.body, "--on", question.on, "--format", "json", "--include", "unknown"]
    if question.known:
        words += ["--known", question.known]
    run(words)
    answer = json.loads(capsys.readouterr().out)
    if question.of_life:
        assert answer["lives"] == question.holds
        return
    wanted = {node.removeprefix("rel/") for node in (question.node, *question.others)}
    # `show` gives every status, marked; the vectors ask for some.
    held = {
        relation["holds"]
        for relation in answer["relations"]
        if relation["id"] in wanted and relation["status"] in question.statuses
    }
    assert ("yes" if "yes" in held else "unknown" if "unknown" in held else "no") == question.holds
