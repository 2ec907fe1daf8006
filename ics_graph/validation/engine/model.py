"""Shapes as the engine evaluates them: frozen, well-formed, one tuple class per kind of constraint.

:mod:`ics_graph.validation.engine.shapes` builds them from a shapes graph. Terms are pyoxigraph terms; a shape refers
to another by its node, looked up in :attr:`ShapeSet.shapes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import pyoxigraph as ox

from ics_graph.loading.texts import Term
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.paths import Path
from ics_graph.validation.engine.sparql_query import ConstraintQuery

Node: TypeAlias = ox.NamedNode | ox.BlankNode


class ClassConstraint(NamedTuple):
    """``sh:class``: value nodes are SHACL instances of the class."""

    component: ox.NamedNode
    class_node: ox.NamedNode


class DatatypeConstraint(NamedTuple):
    """``sh:datatype``: value nodes are well-typed literals of the datatype."""

    component: ox.NamedNode
    datatype: ox.NamedNode


class NodeKindConstraint(NamedTuple):
    """``sh:nodeKind``; ``kind`` is the local name, such as ``BlankNodeOrIRI``."""

    component: ox.NamedNode
    kind: str


class CountConstraint(NamedTuple):
    """``sh:minCount`` or ``sh:maxCount``: the number of distinct value nodes, the other bound being None."""

    component: ox.NamedNode
    minimum: int | None
    maximum: int | None


class RangeConstraint(NamedTuple):
    """``sh:minInclusive`` and its three neighbours: ``limit sign value`` must hold, ``sign`` one of ``< <= > >=``."""

    component: ox.NamedNode
    limit: ox.Literal
    sign: str


class LengthConstraint(NamedTuple):
    """``sh:minLength`` or ``sh:maxLength``, in code points, the other bound being None."""

    component: ox.NamedNode
    minimum: int | None
    maximum: int | None


class PatternConstraint(NamedTuple):
    """``sh:pattern`` with ``sh:flags``."""

    component: ox.NamedNode
    pattern: str
    flags: str


class LanguageInConstraint(NamedTuple):
    """``sh:languageIn``: basic language ranges."""

    component: ox.NamedNode
    languages: tuple[str, ...]


class UniqueLangConstraint(NamedTuple):
    """``sh:uniqueLang true``."""

    component: ox.NamedNode


class PairConstraint(NamedTuple):
    """``sh:equals``, ``disjoint``, ``lessThan`` or ``lessThanOrEquals`` (``relation``) with another predicate."""

    component: ox.NamedNode
    relation: str
    predicate: ox.NamedNode


class LogicalConstraint(NamedTuple):
    """``sh:not``, ``and``, ``or`` or ``xone`` (``operator``) of shapes."""

    component: ox.NamedNode
    operator: str
    shapes: tuple[Node, ...]


class NodeConstraint(NamedTuple):
    """``sh:node``: value nodes conform to the shape."""

    component: ox.NamedNode
    shape: Node


class PropertyConstraint(NamedTuple):
    """``sh:property``: value nodes are checked against a property shape, whose findings are reported as such."""

    component: ox.NamedNode
    shape: Node


class QualifiedConstraint(NamedTuple):
    """``sh:qualifiedValueShape`` with one of its two counts; values that conform to a sibling do not count."""

    component: ox.NamedNode
    shape: Node
    minimum: int | None
    maximum: int | None
    siblings: tuple[Node, ...]


class ClosedConstraint(NamedTuple):
    """``sh:closed true``: the predicates a value node may have."""

    component: ox.NamedNode
    allowed: frozenset[ox.NamedNode]


class HasValueConstraint(NamedTuple):
    """``sh:hasValue``."""

    component: ox.NamedNode
    value: Term


class InConstraint(NamedTuple):
    """``sh:in``."""

    component: ox.NamedNode
    values: tuple[Term, ...]


class SparqlConstraint(NamedTuple):
    """``sh:sparql``, or a custom constraint component with a validator.

    ``node`` is the ``sh:SPARQLConstraint`` (None for a component); ``parameters`` are the values pre-bound by
    name; ``messages`` are those of the constraint or validator. An ASK query holds for each valid value node.
    """

    component: ox.NamedNode
    node: Node | None
    query: ConstraintQuery
    parameters: tuple[tuple[str, Term], ...]
    messages: tuple[ox.Literal, ...]


Constraint: TypeAlias = (
    ClassConstraint
    | DatatypeConstraint
    | NodeKindConstraint
    | CountConstraint
    | RangeConstraint
    | LengthConstraint
    | PatternConstraint
    | LanguageInConstraint
    | UniqueLangConstraint
    | PairConstraint
    | LogicalConstraint
    | NodeConstraint
    | PropertyConstraint
    | QualifiedConstraint
    | ClosedConstraint
    | HasValueConstraint
    | InConstraint
    | SparqlConstraint
)
"""A constraint; its ``component`` is the IRI reported as ``sh:sourceConstraintComponent``."""


class Target(NamedTuple):
    """A target: ``kind`` is ``targetNode``, ``targetClass``, ``targetSubjectsOf`` or ``targetObjectsOf``."""

    kind: str
    node: Term


class Shape(NamedTuple):
    """A node shape (``path`` is None) or a property shape."""

    node: Node
    path: Path | None
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...]
    severity: ox.NamedNode
    messages: tuple[ox.Literal, ...]
    deactivated: bool


class ShapeSet(NamedTuple):
    """All shapes of a shapes graph, checked. ``notes`` are sentences about what is odd and not ill-formed."""

    shapes: Mapping[Node, Shape]
    graph: IndexedGraph
    notes: tuple[str, ...] = ()

    @property
    def targeted(self) -> list[Shape]:
        """The shapes that choose focus nodes of their own."""
        return [shape for shape in self.shapes.values() if shape.targets and not shape.deactivated]
