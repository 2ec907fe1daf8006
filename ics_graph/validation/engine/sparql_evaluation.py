"""Evaluation of SPARQL-based constraints on pyoxigraph: one query for all focus nodes wherever that is exact.

The store holds the triples that the queries can see, in its default graph; the focus nodes of a query stand in a
named graph of their own (see :mod:`ics_graph.validation.engine.sparql_rewrite`). The store rewrites literals, so
values are put back into the form in which they are written, and a query that looks at written forms is refused where
that would matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import pyoxigraph as ox

from ics_graph.loading.rows import CHUNK, document
from ics_graph.loading.texts import Term, is_literal, text_of
from ics_graph.validation.engine import model
from ics_graph.validation.engine.filling import FilledStore, put, put_text
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.literal_forms import LiteralForms
from ics_graph.validation.engine.namespace import named
from ics_graph.validation.engine.refusal import ShapeRefused
from ics_graph.validation.engine.sparql_query import ConstraintQuery, check_patterns, merge_visible
from ics_graph.validation.engine.sparql_rewrite import Anchors, Binding, needs_binding, rewrite
from ics_graph.validation.engine.sparql_tokens import tokenize
from ics_graph.validation.engine.statements import Visible

_BASE = "urn:x-ics-graph:focus"
_SHAPES_GRAPH = ox.NamedNode("urn:x-ics-graph:shapes-graph")
_MEMBER = ox.NamedNode(_BASE + ":member")
_VALUE = ox.NamedNode(_BASE + ":value")
_INDEX = "ics_graph_focus_index"
# With fewer focus nodes a nested loop over them is cheaper than evaluating an inner pattern in full, unless the whole
# graph has but so many triples for each of them.
_FEW = 20
_SMALL = 2_000
# A store that serves many graphs in turn forgets the focus nodes of earlier ones now and then.
_MOST_FOCUS_GRAPHS = 200


class Solution(NamedTuple):
    """A solution of a SELECT for one focus node; terms as in the data."""

    focus: int
    bindings: Mapping[str, Term]


def visible_to(shapes: model.ShapeSet, among: Iterable[model.Shape] | None = None) -> Visible | None:
    """What the queries of the shapes, or of some ``among`` them, can see of the data; None if they can see all.

    Those of which the tables of predicates may tell that nothing matches are left out: their evaluation begins there.
    """
    found: dict[str, frozenset[str] | None] = {}
    for constraint in sparql_constraints(shapes, among):
        if constraint.query.visible is not None:
            merge_visible(found, constraint.query.visible)
        elif constraint.query.open_predicate is None:
            return None
    return found


def sparql_constraints(
    shapes: model.ShapeSet, among: Iterable[model.Shape] | None = None
) -> Iterator[model.SparqlConstraint]:
    """The SPARQL-based constraints of the shapes, or of some ``among`` them, that are not deactivated."""
    for shape in shapes.shapes.values() if among is None else among:
        if not shape.deactivated:
            for constraint in shape.constraints:
                if isinstance(constraint, model.SparqlConstraint):
                    yield constraint


class SparqlEvaluator:
    """Evaluates queries over a data graph and the store with that of it which :func:`visible_to` describes."""

    def __init__(
        self, data: IndexedGraph, filled: FilledStore, visible: Visible | None, shapes: model.ShapeSet
    ) -> None:
        self.data = data
        self.terms = data.terms
        self._filled = filled
        self._visible = visible
        self.forms = LiteralForms(data)
        self._graphs = 0
        self._literal_foci: dict[frozenset[int], bool] = {}
        self._focus_graphs: dict[tuple[int, ...] | frozenset[int], tuple[ox.NamedNode, list[int]]] = {}
        if any(constraint.query.uses_shapes_graph for constraint in sparql_constraints(shapes)):
            self._add_shapes_graph(shapes.graph)

    @property
    def store(self) -> ox.Store:
        """The store, when all that belongs there has been put in."""
        return self._filled.store

    def turn_to(self, data: IndexedGraph) -> None:
        """Evaluate over another graph from now on, whose triples the caller has put in the store."""
        self.data = data
        self.forms = LiteralForms(data, self.forms)
        if len(self._literal_foci) > _MOST_FOCUS_GRAPHS:
            self._literal_foci.clear()
        if len(self._focus_graphs) > _MOST_FOCUS_GRAPHS:
            for graph, _ in self._focus_graphs.values():
                self.store.remove_graph(graph)
            self._focus_graphs.clear()

    def sees(self, predicate: int, value: int) -> bool:
        """Whether the store holds the triples with this predicate and object."""
        if self._visible is None:
            return True
        texts = self.terms.texts
        objects = self._visible.get(texts[predicate][1:-1], frozenset())
        return objects is None or texts[value] in map(named, objects)

    def _fill(self) -> None:
        """Put in the store what it does not hold yet: a query may see every triple."""
        if self._visible is None:
            return
        texts = self.terms.texts
        rest = (
            (texts[subject], texts[predicate], texts[value])
            for predicate, table in self.data.tables.items()
            for subject, value in zip(table.subjects, table.objects, strict=True)
            if not self.sees(predicate, value)
        )
        while rows := list(islice(rest, CHUNK)):
            put(self.store, rows)
        self._visible = None

    def _add_shapes_graph(self, graph: IndexedGraph) -> None:
        for predicate, table in graph.tables.items():
            term = self.terms.term(predicate)
            assert isinstance(term, ox.NamedNode)  # noqa: S101 - the parser gives IRIs as predicates
            self.store.extend(
                ox.Quad(subject, term, self.terms.term(value), _SHAPES_GRAPH)
                for subject, value in (
                    (self._node(number), value) for number, value in zip(table.subjects, table.objects, strict=True)
                )
            )

    def _node(self, number: int) -> ox.NamedNode | ox.BlankNode:
        term = self.terms.term(number)
        assert isinstance(term, ox.NamedNode | ox.BlankNode)  # noqa: S101 - the parser gives nodes as subjects
        return term

    # --- SELECT -------------------------------------------------------------------------------------------

    def select(
        self, shape: model.Shape, constraint: model.SparqlConstraint, foci: frozenset[int]
    ) -> Iterator[Solution]:
        """The solutions of a SELECT constraint for all focus nodes."""
        query = constraint.query
        self._check(shape, query, foci)
        constants = self._constants(shape, constraint)
        if query.open_predicate is not None:
            if query.set_based and not query.open_predicate.may_match(self.data, foci):
                return
            self._fill()
        if not query.set_based or self._with_literals(foci):
            yield from self._one_by_one(shape, query, constants, foci)
            return
        pattern = "" if self._binds_by_itself(query, len(foci)) else self._member_pattern(foci)
        many = len(foci) > _FEW or len(foci) * _SMALL > len(self.data)
        anti_join = (lambda anchors: not self._few(anchors, len(foci))) if many else None
        text = _rewritten(shape, query, Binding(pattern, constants, "", anti_join))
        number = self.terms.get
        for names, row in self._rows(shape, text):
            this = row["this"]
            focus = None if this is None else number(text_of(this))
            if focus is not None and focus in foci:
                yield from self._solutions(focus, names, row)

    def _with_literals(self, foci: frozenset[int]) -> bool:
        found = self._literal_foci.get(foci)
        if found is None:
            found = self._literal_foci[foci] = any(map(is_literal, map(self.terms.texts.__getitem__, foci)))
        return found

    def _binds_by_itself(self, query: ConstraintQuery, focus_count: int) -> bool:
        """Whether the query's own patterns find not many more nodes than the focus nodes."""
        if not query.self_binding or query.zero_length or needs_binding(query):
            return False
        return self._few(query.anchors, focus_count)

    def _few(self, anchors: Anchors, focus_count: int) -> bool:
        """Whether patterns with these predicates find not many more nodes than there are focus nodes."""
        return any(self._size(predicates) <= 4 * focus_count for predicates in anchors)

    def _size(self, predicates: frozenset[str]) -> int:
        tables = [self.data.table(self.terms[named(iri)]) for iri in predicates]
        return sum(len(table) for table in tables if table is not None)

    def _one_by_one(
        self, shape: model.Shape, query: ConstraintQuery, constants: Mapping[str, str], foci: frozenset[int]
    ) -> Iterator[Solution]:
        graph, order = self._focus_graph(foci)
        marker = "urn:x-ics-graph:focus:here"
        text = _rewritten(shape, query, Binding(f"GRAPH {graph} {{ <{marker}> {_MEMBER} ?this }}", constants, ""))
        for index, focus in enumerate(order):
            for names, row in self._rows(shape, text.replace(marker, f"{_BASE}:{index}")):
                yield from self._solutions(focus, names, row)

    def _solutions(self, focus: int, names: list[str], row: ox.QuerySolution) -> Iterator[Solution]:
        bindings: dict[str, Term] = {}
        for name in names:
            term = row[name]
            if term is not None:
                bindings[name] = term
        bindings["this"] = self.terms.term(focus)
        value = bindings.get("value")
        if isinstance(value, ox.Literal):
            for form in self.forms.written(value, focus):
                yield Solution(focus, {**bindings, "value": form})
        else:
            yield Solution(focus, bindings)

    # --- ASK ----------------------------------------------------------------------------------------------

    def failing_pairs(
        self,
        shape: model.Shape,
        constraint: model.SparqlConstraint,
        foci: frozenset[int],
        pairs: Iterable[tuple[int, int]],
    ) -> set[tuple[int, int]]:
        """The (focus node, value node) pairs for which an ASK validator does not give true."""
        query = constraint.query
        self._check(shape, query, foci)
        all_pairs = list(pairs)
        self.forms.check(shape, query, [value for _, value in all_pairs])
        by_value = "this" not in query.variables
        keys = list(dict.fromkeys((-1, value) for _, value in all_pairs)) if by_value else all_pairs
        graph = self._new_graph()
        self.store.extend(self._pair_quads(graph, keys, by_value))
        this = "" if by_value else f"?{_INDEX} {_MEMBER} ?this . "
        pattern = f"GRAPH {graph} {{ {this}?{_INDEX} {_VALUE} ?value }}"
        constants = self._constants(shape, constraint)
        text = _rewritten(shape, query, Binding(pattern, constants, f"?{_INDEX}"))
        holding = {keys[_index_of(row[_INDEX])] for _, row in self._rows(shape, text)}
        self.store.remove_graph(graph)
        return {pair for pair in all_pairs if ((-1, pair[1]) if by_value else pair) not in holding}

    def _pair_quads(self, graph: ox.NamedNode, keys: list[tuple[int, int]], by_value: bool) -> Iterator[ox.Quad]:
        for index, (focus, value) in enumerate(keys):
            node = ox.NamedNode(f"{_BASE}:{index}")
            yield ox.Quad(node, _VALUE, self.terms.term(value), graph)
            if not by_value:
                yield ox.Quad(node, _MEMBER, self.terms.term(focus), graph)

    # --- common -------------------------------------------------------------------------------------------

    def _check(self, shape: model.Shape, query: ConstraintQuery, foci: frozenset[int]) -> None:
        self.forms.check(shape, query, foci)
        if query.zero_length:
            outside = self.data.nodes_without_triples(foci)
            if outside:
                raise ShapeRefused(
                    shape.node,
                    f"Shape {shape.node}: a query with a path of length zero is not supported for "
                    f"{self.terms.texts[min(outside)]}, which is no node of the data.",
                )

    def _constants(self, shape: model.Shape, constraint: model.SparqlConstraint) -> dict[str, str]:
        constants = {name: text_of(term) for name, term in constraint.parameters}
        if "currentShape" in constraint.query.constants:
            if isinstance(shape.node, ox.BlankNode):
                raise ShapeRefused(shape.node, f"Shape {shape.node}: $currentShape is not supported for a blank node.")
            constants["currentShape"] = str(shape.node)
        constants["shapesGraph"] = str(_SHAPES_GRAPH)
        return constants

    def _member_pattern(self, foci: frozenset[int]) -> str:
        graph, _ = self._focus_graph(foci)
        return f"GRAPH {graph} {{ [] {_MEMBER} ?this }}"

    def _new_graph(self) -> ox.NamedNode:
        self._graphs += 1
        return ox.NamedNode(f"{_BASE}-graph:{self._graphs}")

    def _focus_graph(self, foci: frozenset[int]) -> tuple[ox.NamedNode, list[int]]:
        """The named graph with the focus nodes, and their order in it."""
        known = self._focus_graphs.get(foci)
        if known is None:
            graph, order = self._new_graph(), list(foci)
            member, name, texts = str(_MEMBER), str(graph), self.terms.texts
            rows = ((f"<{_BASE}:{index}>", member, texts[focus], name) for index, focus in enumerate(order))
            put_text(self.store, document(rows), ox.RdfFormat.N_QUADS)
            known = self._focus_graphs[foci] = (graph, order)
        return known

    def _rows(self, shape: model.Shape, text: str) -> Iterator[tuple[list[str], ox.QuerySolution]]:
        try:
            solutions = self.store.query(text)
            assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 - the query is a SELECT
            names = [variable.value for variable in solutions.variables]
            for row in solutions:
                yield names, row
        except (SyntaxError, RuntimeError, OSError, ValueError) as error:
            message = " ".join(str(error).split())
            raise ShapeRefused(shape.node, f"Shape {shape.node}: the query cannot be evaluated: {message}") from None


def _rewritten(shape: model.Shape, query: ConstraintQuery, binding: Binding) -> str:
    try:
        text = rewrite(query, binding)
        if query.constants:  # a parameter may be a regular expression
            check_patterns(list(tokenize(text)))
    except ValueError as error:
        raise ShapeRefused(shape.node, f"Shape {shape.node}: {error}.") from None
    return text


def _index_of(term: Term | None) -> int:
    return int(str(term)[1:-1].rpartition(":")[2])


def failure(solution: Solution) -> bool:
    """Whether a solution says that the constraint could not be checked (``?failure``, SHACL section 5.3.2)."""
    term = solution.bindings.get("failure")
    return isinstance(term, ox.Literal) and term.value in {"true", "1"}
