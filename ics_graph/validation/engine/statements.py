"""Statements on their way into a graph: from the parser, as rows of text, or by subject."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

import pyoxigraph as ox

from ics_graph.loading.rows import CHUNK, Row, lines_of, quads_of
from ics_graph.validation.engine.filling import FilledStore, Statement
from ics_graph.validation.engine.graph import IndexedGraph, PredicateTable
from ics_graph.validation.engine.namespace import named
from ics_graph.validation.engine.terms import TermTable


class Texts(NamedTuple):
    """Triples as rows of text; one may come several times."""

    rows: Iterable[Row]


class Described(NamedTuple):
    """Triples by subject, each once: the subject as N-Triples text, and for each predicate IRI the texts of objects."""

    subjects: Iterable[tuple[str, Mapping[str, Collection[str]]]]


Statements: TypeAlias = Iterable[ox.Quad | ox.Triple] | Texts | Described
"""Statements of the parser, all of one sort, or their text, of which less has to be made."""
Visible: TypeAlias = Mapping[str, frozenset[str] | None]
"""What a store has to hold for some queries: predicate IRIs, each with the only objects asked for, if these are known.

Objects are IRIs.
"""
_Column: TypeAlias = tuple[Callable[[int], None], Callable[[int], None], bool, frozenset[str] | None]


def load_graph(
    statements: Statements,
    terms: TermTable,
    store: FilledStore | None = None,
    visible: Visible | None = None,
) -> IndexedGraph:
    """Index statements; named graphs are merged with the default graph.

    With a ``store``, the triples that ``visible`` describes (None: all) are added to it in the same pass. Raises
    whatever the iterable raises.
    """
    loading = _Loading(terms, store, visible)
    if isinstance(statements, Described):
        loading.by_subject(statements.subjects)
    else:
        loading.one_by_one(statements)
        for table in loading.graph.tables.values():
            table.remove_duplicates()
    if store is not None:
        store.begin()
    return loading.graph


class _Loading:
    """A graph that is being loaded."""

    def __init__(self, terms: TermTable, store: FilledStore | None, visible: Visible | None) -> None:
        self.graph = IndexedGraph(terms)
        self._store = store
        self._visible: Visible | None = {} if store is None else visible

    def _kept(self, predicate: str) -> tuple[bool, frozenset[str] | None]:
        """Whether the store takes the triples of a predicate, and with which objects only."""
        only = self._visible.get(predicate) if self._visible else None
        return self._visible is None or predicate in self._visible, only and frozenset(map(named, only))

    def _column(self, predicate: str) -> _Column:
        """Where the subjects and objects of a predicate go; whether the store takes them, and which objects only."""
        graph = self.graph
        table = graph.tables[graph.terms[named(predicate)]] = PredicateTable()
        return (table.subjects.append, table.objects.append, *self._kept(predicate))

    def by_subject(self, subjects: Iterable[tuple[str, Mapping[str, Collection[str]]]]) -> None:
        graph = self.graph
        number = graph.terms.__getitem__
        # Whole columns are numbered and written at a time: nothing is called for each triple.
        columns: dict[str, tuple[list[int], list[str]]] = {}
        for subject, about in subjects:
            subject_number = number(subject)
            for predicate, values in about.items():
                try:
                    numbers, texts = columns[predicate]
                except KeyError:
                    numbers, texts = columns[predicate] = ([], [])
                if len(values) == 1:
                    numbers.append(subject_number)
                else:
                    numbers += [subject_number] * len(values)
                texts += values
        names = graph.terms.texts
        for predicate, (numbers, texts) in columns.items():
            table = graph.tables[number(named(predicate))] = PredicateTable()
            table.subjects, table.objects = numbers, list(map(number, texts))
            keep, only = self._kept(predicate)
            if keep and self._store is not None:
                self._store.add_lines(
                    [
                        f"{names[subject_number]} <{predicate}> {value} .\n"
                        for subject_number, value in zip(numbers, texts, strict=True)
                        if only is None or value in only
                    ]
                )

    def one_by_one(self, statements: Iterable[ox.Quad | ox.Triple] | Texts) -> None:
        columns: dict[str, _Column] = {}
        number = self.graph.terms.__getitem__
        last, subject_number = "", -1
        for chunk, rows in _chunks(statements):
            kept: list[Statement] = []
            for (subject, predicate, value), item in zip(rows, chunk, strict=True):
                if subject != last:
                    last, subject_number = subject, number(subject)
                try:
                    add_subject, add_object, keep, only = columns[predicate]
                except KeyError:
                    add_subject, add_object, keep, only = columns[predicate] = self._column(predicate[1:-1])
                add_subject(subject_number)
                add_object(number(value))
                if keep and (only is None or value in only):
                    kept.append(item)
            if self._store is not None:
                self._store.add(kept)


def _chunks(
    statements: Iterable[ox.Quad | ox.Triple] | Texts,
) -> Iterator[tuple[Sequence[Statement], Iterable[Sequence[str]]]]:
    """Statements in the default graph, with their three terms as text."""
    if isinstance(statements, Texts):
        texts = iter(statements.rows)
        while rows := list(islice(texts, CHUNK)):
            yield rows, rows
        return
    iterator = iter(statements)
    while chunk := list(islice(iterator, CHUNK)):
        items, lines = lines_of(chunk)
        # N-Triples: neither subject nor predicate can hold a space.
        yield items, [line.split(" ", 2) for line in lines]


def triples(statements: Statements) -> Iterator[ox.Triple]:
    """Statements as triples of pyoxigraph."""
    if isinstance(statements, Described):
        statements = Texts(
            (subject, named(predicate), value)
            for subject, about in statements.subjects
            for predicate, values in about.items()
            for value in values
        )
    if isinstance(statements, Texts):
        statements = quads_of(statements.rows)
    for statement in statements:
        yield statement.triple if isinstance(statement, ox.Quad) else statement
