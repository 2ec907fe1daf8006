"""Finds where a triple stands in its file: file, line, column, and the text as written.

Nothing is done until somebody asks. Then a file is split into statements once, each statement's subject is
looked at, and only the statements of the asked subject are parsed. A place is given only if the statement
there holds the very triple; where that cannot be shown (an unknown construct) the answer is "not found",
never a wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple

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
        self._triples: dict[int, dict[Triple, tuple[GraphName, ...]]] = {}

    def triple(
        self,
        subject: SubjectTerm,
        predicate: NamedNode,
        value: ObjectTerm,
        graph: GraphName | None = None,
    ) -> Occurrence | None:
        """The first place of a triple, by the order of files and from the top, or None where none states it.

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
                graphs = self._graphs_of(index).get(Triple(subject, predicate, value), ())
                whole = _whole_file(source)
                yield from (
                    Occurrence(whole, whole, whole, found) for found in graphs if graph is None or found == graph
                )
                continue
            file = self._file(index)
            for triple in file.triples_of(subject):
                if triple.predicate != predicate or triple.object != value:
                    continue
                if graph is not None and triple.graph != graph:
                    continue
                yield Occurrence(
                    file.written(triple.subject_span),
                    file.written(triple.predicate_span),
                    file.written(triple.object_span),
                    triple.graph,
                )

    def subject(self, term: SubjectTerm) -> Written | None:
        """Where a term is first a subject, or None: for findings about a triple that is missing."""
        for index, source in enumerate(self._sources):
            if not source.has_positions:
                if any(triple.subject == term for triple in self._graphs_of(index)):
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

    def _graphs_of(self, index: int) -> dict[Triple, tuple[GraphName, ...]]:
        """The triples of a file of a syntax without positions, each with the graphs that hold it."""
        known = self._triples.get(index)
        if known is None:
            known = self._triples[index] = {}
            for quad in parse_source(self._sources[index]):
                graphs = known.get(quad.triple, ())
                if quad.graph_name not in graphs:
                    known[quad.triple] = (*graphs, quad.graph_name)
        return known


def _whole_file(source: SourceFile) -> Written:
    place = Position(source.name)
    return Written(place, place, "")
