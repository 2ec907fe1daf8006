"""The worked commands of docs/asking.md answer something, and it leads to every stored query that it names."""

from __future__ import annotations

import re
import shlex

import pytest

from ics_graph.cli.main import run
from tests.catalogue.evaluating import QUERIES
from tests.support.graphs import PROJECT, shipped_graph

PAGE = (PROJECT / "docs" / "asking.md").read_text("utf-8")
COMMANDS = re.findall(r"^ *\$ ics-graph (.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_worked_command_has_an_answer(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ICS_GRAPH_CACHE", str(shipped_graph().snapshot.folder.parent))
    assert run(shlex.split(command)) == 0, capsys.readouterr().err
    assert capsys.readouterr().out.strip()


def test_the_queries_it_names_are_there() -> None:
    table = PAGE.partition("| --- | --- |")[2].partition("\n\n")[0]
    named = {name for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", table) if name != "ics-graph"}
    assert named <= set(QUERIES)
    assert len(named) > 30
