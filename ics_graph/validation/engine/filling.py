"""Putting statements in a store while Python goes on: the engine parses and indexes them without Python's lock."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread
from typing import TypeAlias, TypeGuard, cast

import pyoxigraph as ox

from ics_graph.loading.rows import Row, document

Statement: TypeAlias = ox.Quad | ox.Triple | Row

# A thread waits some milliseconds for Python's lock when it comes back, so it gets much at once.
_BATCH = 65_536
# What is put in faster than a thread is started.
_FEW = 2_048


class FilledStore:
    """A store that is being filled; ``store`` is the store when it is full.

    Statements of one store are all of one sort. What goes wrong is raised by the next call.
    """

    def __init__(self) -> None:
        self._store = ox.Store()
        self._waiting: list[str | Sequence[Statement]] = []
        self._size = 0
        self._thread: Thread | None = None
        self._fault: BaseException | None = None

    def add(self, statements: Sequence[Statement]) -> None:
        """Add statements to the default graph."""
        # As one text, rows take a third of the memory.
        self._waiting.append(document(statements) if _are_rows(statements) else statements)
        self._size += len(statements)
        if self._size >= _BATCH:
            self.begin()

    def add_lines(self, lines: Sequence[str]) -> None:
        """Add lines of N-Triples, with their ends, to the default graph."""
        self._waiting.append("".join(lines))
        self._size += len(lines)
        if self._size >= _BATCH:
            self.begin()

    def begin(self) -> None:
        """Start to put in what was added since the last time."""
        self._finish()
        batch, size = self._waiting, self._size
        self._waiting, self._size = [], 0
        if size > _FEW:
            thread = Thread(target=self._put, args=(batch,), name="ics-graph store")
            try:
                thread.start()
            except RuntimeError:  # a process that may not have another thread
                self._put(batch)
            else:
                self._thread = thread
        else:
            self._put(batch)

    @property
    def store(self) -> ox.Store:
        """The store with all that was added."""
        if self._waiting:
            self.begin()
        self._finish()
        return self._store

    def _finish(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._fault is not None:
            raise self._fault

    def _put(self, batch: Sequence[str | Sequence[Statement]]) -> None:
        try:
            texts = [each for each in batch if isinstance(each, str)]
            if texts:
                put_text(self._store, "".join(texts))
            for each in batch:
                if not isinstance(each, str):
                    put(self._store, each)
        except BaseException as fault:  # noqa: BLE001 - raised again where it can be caught
            self._fault = fault


def _are_rows(items: Sequence[Statement]) -> TypeGuard[Sequence[Row]]:
    return bool(items) and isinstance(items[0], tuple)


def put(store: ox.Store, items: Sequence[Statement]) -> None:
    """Add statements of one sort to the default graph of a store; quads stand there already."""
    if not items:
        return
    if _are_rows(items):
        put_text(store, document(items))
    elif isinstance(items[0], ox.Quad):
        store.extend(cast("Sequence[ox.Quad]", items))
    else:
        triples = cast("Sequence[ox.Triple]", items)
        store.extend([ox.Quad(item.subject, item.predicate, item.object) for item in triples])


def put_text(store: ox.Store, text: str, syntax: ox.RdfFormat = ox.RdfFormat.N_TRIPLES) -> None:
    """Add the statements of a document of N-Triples (or N-Quads), whose blank nodes keep their names."""
    # These terms have been checked when they were made; checking them again is half of the time.
    if "_:" in text:  # loading would give blank nodes other names
        store.extend(ox.parse(text, format=syntax, lenient=True))
    else:
        store.load(text, format=syntax, lenient=True)
