"""Finds where a triple stands in its file: file, line, column, and the text as written.

Nothing is done until somebody asks. Then a file is split into statements once, each statement's subject is
looked at, and only the statements of the asked subject are parsed. A place is given only if the statement
there holds the very triple; where that cannot be shown (an unknown construct) the answer is "not found",
never a wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Triple

from ics_graph.errors import Position
from ics_graph.loading.parsing import parse_source
from ics_graph.loading.sources import SourceFile
from ics_graph.loading.stated import StatedFile, Written
from ics_graph.loading.terms import GraphName, ObjectTerm, SubjectTerm


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place at which a triple is stated."""

    subject: Written
    predicate: Written
    object: Written
    graph: GraphName


class Locator:
    """Places of triples in files. ``sources`` are the files as read: their numbers name the blank nodes."""

    def __init__(self, sources: Iterable[SourceFile]) -> None:
        self._sources = tuple(sources)
        self._stated: dict[int, StatedFile] = {}
        self._triples: dict[int, frozenset[Triple]] = {}

    def triple(
        self,
        subject: SubjectTerm,
        predicate: NamedNode,
        value: ObjectTerm,
        graph: GraphName | None = None,
    ) -> Occurrence | None:
        """The first place of a triple (files in their order, then from the top), or None where none states it.

        Terms are those of :class:`~ics_graph.loading.reader.ParsedFile`; ``graph`` None means any graph.
        """
        return next(self.occurrences(subject, predicate, value, graph), None)

    def occurrences(
        self,
        subject: SubjectTerm,
        predicate: NamedNode,
        value: ObjectTerm,
        graph: GraphName | None = None,
    ) -> Iterator[Occurrence]:
        """All places of a triple; in a file of a syntax without positions it counts once."""
        for index, source in enumerate(self._sources):
            if not source.has_positions:
                if isinstance(subject, NamedNode | BlankNode) and self._holds(index, subject, predicate, value):
                    whole = _whole_file(source)
                    yield Occurrence(whole, whole, whole, DefaultGraph() if graph is None else graph)
                continue
            file = self._file(index)
            for triple in file.triples_of(subject):
                if triple.predicate != predicate or triple.object != value:
                    continue
                named = triple.graph
                if not isinstance(named, NamedNode | BlankNode | DefaultGraph) or graph not in (None, named):
                    continue
                yield Occurrence(
                    file.written(triple.subject_span),
                    file.written(triple.predicate_span),
                    file.written(triple.object_span),
                    named,
                )

    def subject(self, term: SubjectTerm) -> Written | None:
        """Where a term is first the subject of a triple, or None: for findings about a triple that is missing."""
        for index, source in enumerate(self._sources):
            if not source.has_positions:
                if any(triple.subject == term for triple in self._file_triples(index)):
                    return _whole_file(source)
                continue
            file = self._file(index)
            for triple in file.triples_of(term):
                return file.written(triple.subject_span)
        return None

    def _file(self, index: int) -> StatedFile:
        known = self._stated.get(index)
        if known is None:
            known = self._stated[index] = StatedFile(self._sources[index])
        return known

    def _holds(self, index: int, subject: NamedNode | BlankNode, predicate: NamedNode, value: ObjectTerm) -> bool:
        return Triple(subject, predicate, value) in self._file_triples(index)

    def _file_triples(self, index: int) -> frozenset[Triple]:
        """The triples of a file of a syntax without positions."""
        known = self._triples.get(index)
        if known is None:
            known = frozenset(quad.triple for quad in parse_source(self._sources[index]))
            self._triples[index] = known
        return known


def _whole_file(source: SourceFile) -> Written:
    place = Position(source.name)
    return Written(place, place, "")
