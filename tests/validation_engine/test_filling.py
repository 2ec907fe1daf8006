"""Stores that are filled while Python goes on."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from ics_graph.validation.engine import filling
from ics_graph.validation.engine.filling import FilledStore

ROWS = [(f"<urn:s{number}>", "<urn:p>", f'"{number}"') for number in range(5_000)]


def test_all_that_is_added_is_there_when_the_store_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_BATCH", 3_000)
    filled = FilledStore()
    for first in range(0, len(ROWS), 500):
        filled.add(ROWS[first : first + 500])
    assert len(filled.store) == len(ROWS)
    filled.add([("_:b", "<urn:p>", "<urn:o>")])
    assert ox.Quad(ox.BlankNode("b"), ox.NamedNode("urn:p"), ox.NamedNode("urn:o")) in filled.store


def test_without_another_thread_it_is_filled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_thread: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refused)
    filled = FilledStore()
    filled.add(ROWS)
    assert len(filled.store) == len(ROWS)


def test_what_goes_wrong_is_raised_where_the_store_is_asked_for() -> None:
    filled = FilledStore()
    filled.add([*ROWS, ("no term", "<urn:p>", "<urn:o>")])
    filled.begin()
    with pytest.raises(SyntaxError):
        filled.store  # noqa: B018 - a property that waits
