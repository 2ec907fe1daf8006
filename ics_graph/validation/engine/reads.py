"""What a shape reads of a data graph: where nothing of that has changed, its result has not changed either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ics_graph.loading.texts import text_of
from ics_graph.validation.engine import model, paths
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.namespace import RDF_TYPE, RDFS_SUBCLASS_OF, named
from ics_graph.validation.engine.sparql_query import merge_visible
from ics_graph.validation.engine.statements import Visible


class Reads(NamedTuple):
    """The triples a shape depends on: those ``visible`` describes (None: any), and the instances of ``classes``.

    The classes are term texts. ``queries`` says that literals of results are put back into the form in which they are
    written, which looks at all literals of the graph.
    """

    visible: Visible | None
    classes: frozenset[str]
    queries: bool


class Changes(NamedTuple):
    """Which triples have come or gone: their predicates and objects as term texts.

    ``forms`` says that literals may be put back into another written form than before.
    """

    pairs: frozenset[tuple[str, str]]
    forms: bool

    @property
    def predicates(self) -> frozenset[str]:
        """The predicates alone."""
        return frozenset(predicate for predicate, _ in self.pairs)


def reached(shapes: model.ShapeSet, node: model.Node) -> Iterator[model.Shape]:
    """A shape and all shapes that its evaluation can come to, deactivated ones excepted."""
    seen = {node}
    stack = [node]
    while stack:
        shape = shapes.shapes[stack.pop()]
        if shape.deactivated:
            continue
        yield shape
        for constraint in shape.constraints:
            for other in _referred(constraint):
                if other not in seen:
                    seen.add(other)
                    stack.append(other)


def _referred(constraint: model.Constraint) -> tuple[model.Node, ...]:
    match constraint:
        case model.LogicalConstraint():
            return constraint.shapes
        case model.NodeConstraint() | model.PropertyConstraint():
            return (constraint.shape,)
        case model.QualifiedConstraint():
            return (constraint.shape, *constraint.siblings)
        case _:
            return ()


def reads_of(shapes: model.ShapeSet, node: model.Node) -> Reads:
    """What the shape of a node reads, with all shapes that it refers to."""
    visible: dict[str, frozenset[str] | None] = {}
    classes: set[str] = set()
    everything = queries = False
    for shape in reached(shapes, node):
        for target in shape.targets:
            if target.kind == "targetClass":
                classes.add(text_of(target.node))
            elif target.kind != "targetNode":
                visible[text_of(target.node)[1:-1]] = None
        if shape.path is not None:
            visible.update(dict.fromkeys(_predicates(shape.path)))
        for constraint in shape.constraints:
            match constraint:
                case model.ClassConstraint():
                    classes.add(text_of(constraint.class_node))
                case model.PairConstraint():
                    visible[constraint.predicate.value] = None
                case model.ClosedConstraint():
                    everything = True
                case model.SparqlConstraint():
                    queries = True
                    everything = everything or constraint.query.visible is None
                    merge_visible(visible, constraint.query.visible or {})
                case _:
                    pass
    return Reads(None if everything else visible, frozenset(classes), queries)


def _predicates(path: paths.Path) -> Iterator[str]:
    match path:
        case paths.Predicate(iri):
            yield iri.value
        case paths.Inverse(inner) | paths.Repeated(inner, _):
            yield from _predicates(inner)
        case paths.Alternative(members) | paths.Sequence(members):
            for member in members:
                yield from _predicates(member)


def concerned(reads: Reads, changes: Changes, graph: IndexedGraph) -> bool:
    """Whether changes can touch what a shape reads; ``graph`` is the graph after them."""
    if reads.visible is None:
        return bool(changes.pairs)
    predicates = changes.predicates
    if named(RDFS_SUBCLASS_OF) in predicates or (reads.queries and changes.forms):
        return True
    for predicate in predicates:
        objects = reads.visible.get(predicate[1:-1], frozenset())
        if objects is None or any((predicate, named(each)) in changes.pairs for each in objects):
            return True
    types = [value for predicate, value in changes.pairs if predicate == named(RDF_TYPE)]
    if not types or not reads.classes:
        return False
    superclasses = graph.forward(graph.terms[named(RDFS_SUBCLASS_OF)])
    for value in types:
        stack, seen = [graph.terms[value]], set[int]()
        while stack:
            current = stack.pop()
            if graph.terms.texts[current] in reads.classes:
                return True
            seen.add(current)
            stack += [each for each in superclasses.get(current, ()) if each not in seen]
    return False
