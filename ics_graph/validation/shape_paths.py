"""The path of a shape as its shapes graph describes it (SHACL section 2.3.1), for places and reports.

Engines check paths and refuse ill-formed ones; here the first reading that makes sense is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ics_graph.store.subjects import SubjectIndex, key_of_node
from ics_graph.validation.engine.paths import UNARY, Alternative, Inverse, Path, Predicate, Repeated, Sequence
from ics_graph.validation.rules import SH
from ics_graph.vocabulary import RDF

_DEEPEST: Final = 50


class Step(NamedTuple):
    """One step of a path: a predicate, followed from object to subject where ``inverse``."""

    predicate: NamedNode
    inverse: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps with which a path may begin and end, all its steps, and whether it may have none."""

    first: frozenset[Step]
    last: frozenset[Step]
    every: frozenset[Step]
    empty: bool


NO_STEPS: Final = Steps(frozenset(), frozenset(), frozenset(), True)


def path_of(shapes: SubjectIndex, shape: NamedNode | BlankNode) -> Path | None:
    """The path of a property shape; None for a node shape and for a path that is none."""
    for path in shapes.objects(key_of_node(shape), SH + "path"):
        if isinstance(path, NamedNode | BlankNode):
            return _read(shapes, path, 0)
    return None


def steps_of(path: Path | None) -> Steps:
    """The steps of a path."""
    if path is None:
        return NO_STEPS
    if isinstance(path, Predicate):
        only = frozenset((Step(path.iri, False),))
        return Steps(only, only, only, False)
    if isinstance(path, Inverse):
        return _turned(steps_of(path.path))
    if isinstance(path, Repeated):
        inner = steps_of(path.path)
        return Steps(inner.first, inner.last, inner.every, inner.empty or path.sign != "+")
    members = [steps_of(member) for member in path.members]
    if isinstance(path, Alternative):
        return Steps(
            frozenset().union(*(each.first for each in members)),
            frozenset().union(*(each.last for each in members)),
            frozenset().union(*(each.every for each in members)),
            any(each.empty for each in members),
        )
    found = NO_STEPS
    for each in members:
        found = Steps(
            found.first | each.first if found.empty else found.first,
            found.last | each.last if each.empty else each.last,
            found.every | each.every,
            found.empty and each.empty,
        )
    return found


def _read(shapes: SubjectIndex, node: NamedNode | BlankNode, depth: int) -> Path | None:
    if isinstance(node, NamedNode):
        return Predicate(node)
    if depth > _DEEPEST:
        return None
    key = key_of_node(node)
    if shapes.objects(key, RDF + "first"):
        members = _members(shapes, key, depth)
        return Sequence(members) if members else None
    for head in _nodes(shapes, key, SH + "alternativePath"):
        members = _members(shapes, key_of_node(head), depth)
        return Alternative(members) if members else None
    for name, sign in UNARY.items():
        for inner in _nodes(shapes, key, SH + name):
            path = _read(shapes, inner, depth + 1)
            if path is None:
                return None
            return Inverse(path) if sign == "^" else Repeated(path, sign)
    return None


def _members(shapes: SubjectIndex, head: str, depth: int) -> tuple[Path, ...]:
    members: list[Path] = []
    seen: set[str] = set()
    while head not in seen and head != RDF + "nil":
        seen.add(head)
        for node in _nodes(shapes, head, RDF + "first"):
            path = _read(shapes, node, depth + 1)
            if path is not None:
                members.append(path)
        head = shapes.one_iri(head, RDF + "rest") or RDF + "nil"
    return tuple(members)


def _nodes(shapes: SubjectIndex, key: str, predicate: str) -> Iterator[NamedNode | BlankNode]:
    for term in shapes.objects(key, predicate):
        if not isinstance(term, Literal | Triple):
            yield term


def _turned(steps: Steps) -> Steps:
    def turn(some: frozenset[Step]) -> frozenset[Step]:
        return frozenset(Step(step.predicate, not step.inverse) for step in some)

    return Steps(turn(steps.last), turn(steps.first), turn(steps.every), steps.empty)
