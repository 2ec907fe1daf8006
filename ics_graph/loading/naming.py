"""Triples with their offsets, and the names that the anonymous blank nodes in them get.

A statement is parsed before it is known how many anonymous nodes stand above it in the file; so they are named in a
second step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from ics_graph.loading.terms import GraphName, ObjectTerm, SubjectTerm


class UnknownStatement(Exception):  # noqa: N818 - it never leaves this room
    """The text is not a statement of the grammar."""


class Anonymous:
    """A blank node without a label."""

    __slots__ = ()


@dataclass(slots=True)
class Span:
    """Offsets of a term as written, the second one past its end."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TripleTerm:
    """An RDF 1.2 triple term, in which blank nodes may not have their final names yet."""

    subject: Term
    predicate: NamedNode
    object: Term


Term: TypeAlias = NamedNode | BlankNode | Literal | Anonymous | TripleTerm


@dataclass(frozen=True, slots=True)
class Emitted:
    """A triple in the order of the parser. ``graph`` is None where the statement's surroundings decide."""

    subject: Term
    predicate: NamedNode
    object: Term
    graph: GraphName | None
    subject_span: Span
    predicate_span: Span
    object_span: Span


@dataclass(frozen=True, slots=True)
class StatedTriple:
    """A triple with its final terms, and the offsets of each as written."""

    subject: SubjectTerm
    predicate: NamedNode
    object: ObjectTerm
    graph: GraphName
    subject_span: Span
    predicate_span: Span
    object_span: Span


class _Names:
    """Gives the anonymous blank nodes of a statement their names, in the order in which they first appear."""

    def __init__(self, first: int, name: Callable[[int], BlankNode], known: dict[int, BlankNode]) -> None:
        self.next = first
        self._name = name
        self._given = known

    def term(self, term: Term | GraphName) -> ObjectTerm:
        if isinstance(term, Anonymous):
            given = self._given.get(id(term))
            if given is None:
                given = self._given[id(term)] = self._name(self.next)
                self.next += 1
            return given
        if isinstance(term, TripleTerm):
            subject, value = self.term(term.subject), self.term(term.object)
            if isinstance(subject, Literal | Triple):
                raise UnknownStatement
            return Triple(subject, term.predicate, value)
        if isinstance(term, DefaultGraph):
            raise UnknownStatement
        return term


def name_blank_nodes(
    emitted: list[Emitted],
    graph: GraphName | Anonymous,
    first: int,
    name: Callable[[int], BlankNode],
    known: dict[int, BlankNode] | None = None,
) -> tuple[list[StatedTriple], int]:
    """The triples with final terms, and the number of the next anonymous node after ``first`` and those here.

    ``graph`` holds for triples without one of their own; ``known`` maps ``id`` of an :class:`Anonymous` that
    was named before (the label of a TriG block) to its node, and takes in those that are named now.
    """
    names = _Names(first, name, {} if known is None else known)
    stated = []
    for triple in emitted:
        subject, value = names.term(triple.subject), names.term(triple.object)
        if isinstance(subject, Literal):
            raise UnknownStatement
        place = graph if triple.graph is None else triple.graph
        named = place if isinstance(place, DefaultGraph) else names.term(place)
        if not isinstance(named, NamedNode | BlankNode | DefaultGraph):
            raise UnknownStatement
        spans = triple.subject_span, triple.predicate_span, triple.object_span
        stated.append(StatedTriple(subject, triple.predicate, value, named, *spans))
    return stated, names.next
