"""The front of the engine: statements of data and shapes in, a report out."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyoxigraph as ox

from ics_graph.errors import InvalidData
from ics_graph.validation.engine.evaluation import Evaluation
from ics_graph.validation.engine.graph import load_graph
from ics_graph.validation.engine.model import ShapeSet
from ics_graph.validation.engine.report import Report
from ics_graph.validation.engine.shapes import parse_shapes
from ics_graph.validation.engine.sparql_evaluation import sparql_constraints, visible_to
from ics_graph.validation.engine.terms import TermTable


@dataclass(frozen=True, slots=True)
class CompiledShapes:
    """Checked shapes, and the table that numbers their terms; never changed, so runs can share it."""

    shapes: ShapeSet
    terms: TermTable

    def validate(self, data: Iterable[ox.Quad | ox.Triple]) -> Report:
        """Validate a data graph, given as the statements of the parser; named graphs count as part of it.

        Classes and subclasses are those of the data graph (SHACL section 1.1): an ontology that is to count is
        passed along with the data. Raises :class:`~ics_graph.validation.engine.refusal.ShapeRefused` where a query
        cannot be evaluated exactly, and whatever the iterable raises.
        """
        with _no_cycle_collection(), _bounded_depth():
            return self._validate(data)

    def _validate(self, data: Iterable[ox.Quad | ox.Triple]) -> Report:
        store = ox.Store() if any(True for _ in sparql_constraints(self.shapes)) else None
        visible = None if store is None else visible_to(self.shapes)
        graph = load_graph(data, self.terms.extended(), store, visible)
        return Evaluation(graph, self.shapes, store).report()


@contextmanager
def _bounded_depth() -> Iterator[None]:
    """Shapes and paths nested some hundred levels deep are refused, not followed until Python gives up."""
    try:
        yield
    except RecursionError:
        raise InvalidData("The shapes are nested too deeply.") from None


@contextmanager
def _no_cycle_collection() -> Iterator[None]:
    """Switch Python's cycle collector off: a run makes millions of lists and no cycles.

    At 2.8 million triples each full pass of the collector walks all of them, a third of the whole time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def compile_shapes(statements: Iterable[ox.Quad | ox.Triple]) -> CompiledShapes:
    """Check and compile a shapes graph.

    Blank node labels are compared with those of the data as they stand: parse either with
    ``rename_blank_nodes=True`` unless both are the same document. Raises
    :class:`~ics_graph.validation.engine.refusal.ShapeRefused`, naming the shape, for what is ill-formed or not
    supported.
    """
    terms = TermTable()
    graph = load_graph(statements, terms)
    with _bounded_depth():
        return CompiledShapes(parse_shapes(graph), terms)


def validate(data: Iterable[ox.Quad | ox.Triple], shapes: Iterable[ox.Quad | ox.Triple]) -> Report:
    """Validate data against shapes, both given as statements of pyoxigraph's parser.

    Raises as :func:`compile_shapes` and :meth:`CompiledShapes.validate` do.
    """
    return compile_shapes(shapes).validate(data)
