"""Property paths (SHACL section 2.3.1): read from a shapes graph, written as SPARQL and as triples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyoxigraph as ox

from ics_graph.validation.engine.namespace import RDF_FIRST, RDF_NIL, RDF_REST, SH


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate path."""

    iri: ox.NamedNode


@dataclass(frozen=True, slots=True)
class Inverse:
    """``sh:inversePath``."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence path of at least two members."""

    members: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """``sh:alternativePath`` of at least two members."""

    members: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """``sh:zeroOrMorePath``, ``sh:oneOrMorePath`` or ``sh:zeroOrOnePath``, by SPARQL's sign ``*``, ``+`` or ``?``."""

    path: Path
    sign: str


Path: TypeAlias = Predicate | Inverse | Sequence | Alternative | Repeated

UNARY = {"inversePath": "^", "zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
_NAME_OF_SIGN = {sign: name for name, sign in UNARY.items()}


def to_sparql(path: Path) -> str:
    """The path in SPARQL's property path syntax, bracketed where needed; the text put for ``$PATH``."""
    if isinstance(path, Predicate):
        return str(path.iri)
    if isinstance(path, Inverse):
        return f"^{_bracketed(path.path)}"
    if isinstance(path, Repeated):
        return f"{_bracketed(path.path)}{path.sign}"
    return f"({('/' if isinstance(path, Sequence) else '|').join(map(_bracketed, path.members))})"


def _bracketed(path: Path) -> str:
    text = to_sparql(path)
    return f"({text})" if isinstance(path, Inverse | Repeated) else text


def predicates_of(path: Path) -> Iterator[str]:
    """The predicate IRIs named in a path."""
    if isinstance(path, Predicate):
        yield path.iri.value
    elif isinstance(path, Inverse | Repeated):
        yield from predicates_of(path.path)
    else:
        for member in path.members:
            yield from predicates_of(member)


def describe(path: Path) -> tuple[ox.NamedNode | ox.BlankNode, list[ox.Triple]]:
    """A node for the path and the triples that describe it, with fresh blank nodes, for a report graph."""
    if isinstance(path, Predicate):
        return path.iri, []
    if isinstance(path, Sequence):
        return _list(path.members)
    node = ox.BlankNode()
    inner: ox.NamedNode | ox.BlankNode
    if isinstance(path, Alternative):
        name = "alternativePath"
        inner, triples = _list(path.members)
    else:
        name = "inversePath" if isinstance(path, Inverse) else _NAME_OF_SIGN[path.sign]
        inner, triples = describe(path.path)
    return node, [ox.Triple(node, ox.NamedNode(SH + name), inner), *triples]


def _list(members: tuple[Path, ...]) -> tuple[ox.NamedNode | ox.BlankNode, list[ox.Triple]]:
    first, rest = ox.NamedNode(RDF_FIRST), ox.NamedNode(RDF_REST)
    nodes = [ox.BlankNode() for _ in members]
    triples: list[ox.Triple] = []
    for index, member in enumerate(members):
        inner, inside = describe(member)
        following = nodes[index + 1] if index + 1 < len(nodes) else ox.NamedNode(RDF_NIL)
        triples += [ox.Triple(nodes[index], first, inner), ox.Triple(nodes[index], rest, following), *inside]
    return nodes[0], triples
