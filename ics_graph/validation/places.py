"""From a result to its place in the files: the offending triple, or the subject where a triple is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pyoxigraph import BlankNode, Literal, NamedNode

from ics_graph.errors import Position
from ics_graph.loading.positions import Locator
from ics_graph.loading.rows import Row
from ics_graph.loading.stated import Written
from ics_graph.store.subjects import SubjectIndex, key_of_node, node_of
from ics_graph.validation.findings import RawFinding, Term
from ics_graph.validation.offending import Meant, OffendingTriples


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding points, and the text as written there (None where a triple is missing)."""

    position: Position | None
    lexical: str | None


class Places:
    """Finds places in the data. ``origins`` gives the blank nodes that an IRI made by the build stands for."""

    def __init__(
        self,
        locator: Locator,
        origins: Mapping[str, tuple[str, ...]],
        rows: Collection[Row],
        shapes: SubjectIndex,
    ) -> None:
        self._locator = locator
        # No method: it would hold this object, which holds it, and both all rows.
        self._written_as = partial(_written_as, origins)
        self._offending = OffendingTriples(rows, shapes, self._written_as)

    def prepare(self, findings: Sequence[RawFinding]) -> None:
        """Say which results will be asked about: what they need of the data is collected in one pass."""
        self._offending.prepare(findings)

    def of(self, finding: RawFinding) -> Place:
        """The place of the offending triple, else of the focus node as subject, else of a triple that leads to it."""
        for meant in self._offending.of(finding):
            place = self._stated(meant)
            if place is not None:
                return place
        # A focus node that is nobody's subject (a literal, say) leaves the triple that leads to it, or its value.
        for node in self._written_as(finding.focus_node):
            written = self._locator.subject(node) if not isinstance(node, Literal) else None
            if written is not None:
                return Place(written.position, None)
        for meant in self._offending.leading_to(finding):
            place = self._stated(meant)
            if place is not None:
                return place
        for node in self._written_as(finding.value):
            written = self._locator.subject(node) if not isinstance(node, Literal) else None
            if written is not None:
                return Place(written.position, None)
        return Place(None, None)

    def shape(self, shapes: Locator, shape: NamedNode | BlankNode) -> Position | None:
        """Where a shape is defined."""
        written = shapes.subject(shape)
        return written.position if written is not None else None

    def _stated(self, meant: Meant) -> Place | None:
        occurrence = self._locator.triple(meant.subject, meant.predicate, meant.object)
        if occurrence is None:
            return None
        return _at(occurrence.subject if meant.at_subject else occurrence.object)


def _written_as(origins: Mapping[str, tuple[str, ...]], term: Term | None) -> Iterable[Term]:
    """A term as it may stand in the files: the blank nodes that an IRI stands for, and itself."""
    if term is None:
        return
    if isinstance(term, NamedNode) and term.value in origins:
        for key in origins[term.value]:
            yield node_of(key)
    yield term


def _at(written: Written) -> Place:
    return Place(written.position, written.text or None)


def shown(term: Term | None) -> str | None:
    """A term as a finding names it: an IRI, a literal's lexical form, or a blank node's label."""
    if term is None:
        return None
    if isinstance(term, Literal):
        return term.value
    return key_of_node(term)
