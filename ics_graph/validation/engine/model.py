"""Shapes as the engine evaluates them: frozen, well-formed, one dataclass per kind of constraint.

:mod:`ics_graph.validation.engine.shapes` builds them from a shapes graph. Terms are pyoxigraph terms; a shape refers
to another by its node, looked up in :attr:`ShapeSet.shapes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pyoxigraph as ox

from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.paths import Path
from ics_graph.validation.engine.sparql_query import ConstraintQuery
from ics_graph.validation.engine.terms import Term

Node: TypeAlias = ox.NamedNode | ox.BlankNode


@dataclass(frozen=True, slots=True)
class Constraint:
    """Base of all constraints; ``component`` is the IRI reported as ``sh:sourceConstraintComponent``."""

    component: ox.NamedNode


@dataclass(frozen=True, slots=True)
class ClassConstraint(Constraint):
    """``sh:class``: value nodes are SHACL instances of the class."""

    class_node: ox.NamedNode


@dataclass(frozen=True, slots=True)
class DatatypeConstraint(Constraint):
    """``sh:datatype``: value nodes are well-typed literals of the datatype."""

    datatype: ox.NamedNode


@dataclass(frozen=True, slots=True)
class NodeKindConstraint(Constraint):
    """``sh:nodeKind``; ``kind`` is the local name, such as ``BlankNodeOrIRI``."""

    kind: str


@dataclass(frozen=True, slots=True)
class CountConstraint(Constraint):
    """``sh:minCount`` or ``sh:maxCount``: the number of distinct value nodes, the other bound being None."""

    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class RangeConstraint(Constraint):
    """``sh:minInclusive`` and its three neighbours: ``limit sign value`` must hold, ``sign`` one of ``< <= > >=``."""

    limit: ox.Literal
    sign: str


@dataclass(frozen=True, slots=True)
class LengthConstraint(Constraint):
    """``sh:minLength`` or ``sh:maxLength``, in code points, the other bound being None."""

    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class PatternConstraint(Constraint):
    """``sh:pattern`` with ``sh:flags``."""

    pattern: str
    flags: str


@dataclass(frozen=True, slots=True)
class LanguageInConstraint(Constraint):
    """``sh:languageIn``: basic language ranges."""

    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UniqueLangConstraint(Constraint):
    """``sh:uniqueLang true``."""


@dataclass(frozen=True, slots=True)
class PairConstraint(Constraint):
    """``sh:equals``, ``disjoint``, ``lessThan`` or ``lessThanOrEquals`` (``relation``) with another predicate."""

    relation: str
    predicate: ox.NamedNode


@dataclass(frozen=True, slots=True)
class LogicalConstraint(Constraint):
    """``sh:not``, ``and``, ``or`` or ``xone`` (``operator``) of shapes."""

    operator: str
    shapes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class NodeConstraint(Constraint):
    """``sh:node``: value nodes conform to the shape."""

    shape: Node


@dataclass(frozen=True, slots=True)
class PropertyConstraint(Constraint):
    """``sh:property``: value nodes are checked against a property shape, whose findings are reported as such."""

    shape: Node


@dataclass(frozen=True, slots=True)
class QualifiedConstraint(Constraint):
    """``sh:qualifiedValueShape`` with one of its two counts; values that conform to a sibling do not count."""

    shape: Node
    minimum: int | None
    maximum: int | None
    siblings: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ClosedConstraint(Constraint):
    """``sh:closed true``: the predicates a value node may have."""

    allowed: frozenset[ox.NamedNode]


@dataclass(frozen=True, slots=True)
class HasValueConstraint(Constraint):
    """``sh:hasValue``."""

    value: Term


@dataclass(frozen=True, slots=True)
class InConstraint(Constraint):
    """``sh:in``."""

    values: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class SparqlConstraint(Constraint):
    """``sh:sparql``, or a custom constraint component with a validator.

    ``node`` is the ``sh:SPARQLConstraint`` (None for a component); ``parameters`` are the values pre-bound by
    name; ``messages`` are those of the constraint or validator. An ASK query holds for each valid value node.
    """

    node: Node | None
    query: ConstraintQuery
    parameters: tuple[tuple[str, Term], ...]
    messages: tuple[ox.Literal, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A target: ``kind`` is ``targetNode``, ``targetClass``, ``targetSubjectsOf`` or ``targetObjectsOf``."""

    kind: str
    node: Term


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape (``path`` is None) or a property shape."""

    node: Node
    path: Path | None
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...]
    severity: ox.NamedNode
    messages: tuple[ox.Literal, ...]
    deactivated: bool


@dataclass(frozen=True, slots=True)
class ShapeSet:
    """All shapes of a shapes graph, checked. ``notes`` are sentences about what is odd and not ill-formed."""

    shapes: Mapping[Node, Shape]
    graph: IndexedGraph
    notes: tuple[str, ...] = field(default=())

    @property
    def targeted(self) -> list[Shape]:
        """The shapes that choose focus nodes of their own."""
        return [shape for shape in self.shapes.values() if shape.targets and not shape.deactivated]
