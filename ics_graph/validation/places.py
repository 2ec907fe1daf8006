"""From a result to its place in the files: the offending triple, or the subject where a triple is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode

from ics_graph.errors import Position
from ics_graph.loading.positions import Locator
from ics_graph.loading.stated import Written
from ics_graph.store.subjects import key_of, node_of
from ics_graph.validation.findings import RawFinding, Term


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding points, and the text as written there (None where a triple is missing)."""

    position: Position | None
    lexical: str | None


class Places:
    """Finds places in the data. ``origins`` gives the blank nodes that an IRI made by the build stands for."""

    def __init__(self, locator: Locator, origins: Mapping[str, tuple[str, ...]]) -> None:
        self._locator = locator
        self._origins = origins

    def of(self, finding: RawFinding) -> Place:
        """The place of the offending triple (focus node, path, value), else of the focus node as subject."""
        subjects = list(self._written_as(finding.focus_node))
        values = list(self._written_as(finding.value)) if finding.value is not None else []
        if finding.path is not None:
            for subject in subjects:
                if isinstance(subject, Literal):
                    continue
                for value in values:
                    occurrence = self._locator.triple(subject, finding.path, value)
                    if occurrence is not None:
                        return _at(occurrence.object)
        # Then the focus node as subject; one that is nobody's (a literal, say) leaves where its value is defined.
        for node in (*subjects, *values):
            written = self._locator.subject(node) if not isinstance(node, Literal) else None
            if written is not None:
                return Place(written.position, None)
        return Place(None, None)

    def shape(self, shapes: Locator, shape: NamedNode | BlankNode) -> Position | None:
        """Where a shape is defined."""
        written = shapes.subject(shape)
        return written.position if written is not None else None

    def _written_as(self, term: Term | None) -> Iterable[Term]:
        if term is None:
            return
        if isinstance(term, NamedNode) and term.value in self._origins:
            for key in self._origins[term.value]:
                yield node_of(key)
        yield term


def _at(written: Written) -> Place:
    return Place(written.position, written.text)


def shown(term: Term | None) -> str | None:
    """A term as a finding names it: an IRI, a literal's lexical form, or a blank node's label."""
    if term is None:
        return None
    if isinstance(term, Literal):
        return term.value
    return key_of(term)
