"""The front of the engine: statements of data and shapes in, a report out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import pyoxigraph as ox

from ics_graph.validation.engine.changing import ChangingGraph
from ics_graph.validation.engine.evaluation import Evaluation
from ics_graph.validation.engine.filling import FilledStore
from ics_graph.validation.engine.model import Node, ShapeSet
from ics_graph.validation.engine.report import Report
from ics_graph.validation.engine.runtime import bounded_depth, no_cycle_collection
from ics_graph.validation.engine.shapes import parse_shapes
from ics_graph.validation.engine.sparql_evaluation import SparqlEvaluator, sparql_constraints, visible_to
from ics_graph.validation.engine.statements import Statements, load_graph
from ics_graph.validation.engine.terms import TermTable


class CompiledShapes(NamedTuple):
    """Checked shapes, and the table that numbers their terms; never changed, so runs can share it."""

    shapes: ShapeSet
    terms: TermTable

    def validate(self, data: Statements) -> Report:
        """Validate a data graph, given as the statements of the parser; named graphs count as part of it.

        Classes and subclasses are those of the data graph (SHACL section 1.1): an ontology that is to count is
        passed along with the data. Raises :class:`~ics_graph.validation.engine.refusal.ShapeRefused` where a query
        cannot be evaluated exactly, and whatever the iterable raises.
        """
        with no_cycle_collection(), bounded_depth():
            return self._validate(data)

    def _validate(self, data: Statements) -> Report:
        store = FilledStore() if any(True for _ in sparql_constraints(self.shapes)) else None
        visible = None if store is None else visible_to(self.shapes)
        graph = load_graph(data, self.terms.extended(), store, visible)
        sparql = None if store is None else SparqlEvaluator(graph, store, visible, self.shapes)
        return Evaluation(graph, self.shapes, sparql).report()

    def over(
        self, data: Statements, shapes: Collection[Node] | None = None, terms: TermTable | None = None
    ) -> ChangingGraph:
        """The data as a graph to which triples can be added and taken away again between evaluations.

        Only ``shapes`` (all with a target, unless given) can be evaluated on it. ``terms`` is an extension of our
        table that graphs with many terms in common share. Raises as :meth:`validate` does.
        """
        chosen = [shape for shape in self.shapes.targeted if shapes is None or shape.node in shapes]
        with no_cycle_collection(), bounded_depth():
            return ChangingGraph(data, self.shapes, self.terms.extended() if terms is None else terms, chosen)


def compile_shapes(statements: Statements) -> CompiledShapes:
    """Check and compile a shapes graph.

    Blank node labels are compared with those of the data as they stand: parse either with
    ``rename_blank_nodes=True`` unless both are the same document. Raises
    :class:`~ics_graph.validation.engine.refusal.ShapeRefused`, naming the shape, for what is ill-formed or not
    supported.
    """
    terms = TermTable()
    graph = load_graph(statements, terms)
    with bounded_depth():
        return CompiledShapes(parse_shapes(graph), terms)


def validate(data: Statements, shapes: Iterable[ox.Quad | ox.Triple]) -> Report:
    """Validate data against shapes, both given as statements of pyoxigraph's parser.

    Raises as :func:`compile_shapes` and :meth:`CompiledShapes.validate` do.
    """
    return compile_shapes(shapes).validate(data)
