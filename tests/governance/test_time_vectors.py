"""The time vectors through the Python door: relations of a body, as of a day, as known, by status."""

from __future__ import annotations

from datetime import date

import pytest

from ics_graph.governance import lists
from ics_graph.governance.reading import Reading
from ics_graph.store.snapshot import View
from ics_graph.vocabulary import ID
from tests.support.graphs import vectors_snapshot
from tests.support.time_vectors import Question, questions

QUESTIONS = [
    pytest.param(question, id=f"{question.case}: {question.on} {question.known or ''}") for question in questions()
]


def view(question: Question, *, include_unknown: bool) -> View:
    known = date.fromisoformat(question.known) if question.known else None
    return View(date.fromisoformat(question.on), known, question.statuses, include_unknown)


@pytest.mark.parametrize("question", QUESTIONS)
def test_relations_of_a_body(question: Question) -> None:
    snapshot = vectors_snapshot()
    if question.of_life:
        assert Reading(snapshot, view(question, include_unknown=False)).lives(ID + question.node) == question.holds
        return
    wanted = {ID + node for node in (question.node, *question.others)}
    shown = lists.relations(Reading(snapshot, view(question, include_unknown=False)), ID + question.body)
    doubtful = lists.relations(Reading(snapshot, view(question, include_unknown=True)), ID + question.body)
    certain = {relation.iri for relation in shown} & wanted
    unknown = {relation.iri for relation in doubtful if relation.holds == "unknown"} & wanted
    assert (("yes" if certain else "unknown" if unknown else "no"), all(r.holds == "yes" for r in shown)) == (
        question.holds,
        True,
    )
