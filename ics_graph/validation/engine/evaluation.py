"""Validation of a data graph: each shape is evaluated once, for all its focus nodes together.

Focus nodes come from targets and, for nested property shapes, from the value nodes of their parents. SHACL (section
4.8.2 with section 3.4.2) reports a nested property shape once for each way in which it is reached, so focus nodes
carry a weight; a finding stands in the report as often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pyoxigraph as ox

from ics_graph.loading.texts import Term, text_of
from ics_graph.validation.engine import model
from ics_graph.validation.engine.focus_checks import FOCUS_CHECKS
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.messages import default_message, fill
from ics_graph.validation.engine.paths import Path, Predicate
from ics_graph.validation.engine.refusal import ShapeRefused
from ics_graph.validation.engine.report import Finding, Report
from ics_graph.validation.engine.sparql_evaluation import Solution, SparqlEvaluator, failure
from ics_graph.validation.engine.value_checks import CHECKS
from ics_graph.validation.engine.value_nodes import PathEvaluator, ValueNodes

# Each value with details is evaluated by itself; a graph with more findings of sh:node hardly needs them spelled out.
_MOST_DETAILED = 1_000


class Violation(NamedTuple):
    """A broken constraint at a focus node, before it becomes a finding."""

    focus: int
    value: int | None
    path: Path | None
    constraint: model.Constraint
    bindings: Mapping[str, Term] | None = None


class Foci(NamedTuple):
    """Focus nodes of a shape, and in how many ways each is reached; without ``weights``, in one."""

    nodes: frozenset[int]
    weights: Mapping[int, int] | None = None

    def weight(self, node: int) -> int:
        """In how many ways a focus node is reached."""
        return 1 if self.weights is None else self.weights[node]

    def passed_on(self, nodes: ValueNodes) -> Foci:
        """The focus nodes of a property shape, which are the value nodes of the shape that it belongs to."""
        if nodes.focus_column is nodes.value_column:  # a node shape: each focus node is its own value
            return self
        if self.weights is None:
            return Foci(nodes.distinct, Counter(nodes.value_column))
        weights: Counter[int] = Counter()
        for focus, value in nodes.pairs():
            weights[value] += self.weights[focus]
        return Foci(nodes.distinct, weights)

    def joined(self, other: Foci | None) -> Foci:
        """These and others; who is in both is reached in the ways of both."""
        if other is None:
            return self
        ways = Counter(self.weights or self.nodes)
        ways.update(other.weights or other.nodes)
        return Foci(self.nodes | other.nodes, ways)


class Outcome(NamedTuple):
    """The findings of one shape, and the numbers of the focus nodes that its targets chose."""

    findings: tuple[Finding, ...]
    foci: frozenset[int]


class Evaluation:
    """One run over one data graph. ``sparql`` is needed only if a shape has SPARQL-based constraints."""

    def __init__(self, data: IndexedGraph, shapes: model.ShapeSet, sparql: SparqlEvaluator | None) -> None:
        self.data = data
        self.terms = data.terms
        self.shapes = shapes.shapes
        self.shape_set = shapes
        self.paths = PathEvaluator(data)
        self.sparql = sparql
        self._judged: dict[model.Node, tuple[set[int], set[int]]] = {}
        self._details: dict[tuple[model.Node, int], tuple[Finding, ...]] = {}

    def report(self) -> Report:
        """Validate all targets."""
        seeds = {shape.node: Foci(self.focus_nodes(shape)) for shape in self.shape_set.targeted}
        return Report(
            findings=tuple(self.findings(seeds)),
            shapes=len(seeds),
            foci=frozenset[int]().union(*(foci.nodes for foci in seeds.values())),
            triples=len(self.data),
            notes=self.shape_set.notes,
        )

    def outcome(self, shape: model.Shape) -> Outcome:
        """What one shape with targets finds, as if it were the only one."""
        foci = self.focus_nodes(shape)
        return Outcome(tuple(self.findings({shape.node: Foci(foci)})), foci)

    def focus_nodes(self, shape: model.Shape) -> frozenset[int]:
        """The nodes that the targets of a shape choose (SHACL section 2.1.3)."""
        chosen = [self._chosen(target) for target in shape.targets]
        return chosen[0] if len(chosen) == 1 else frozenset[int]().union(*chosen)

    def _chosen(self, target: model.Target) -> frozenset[int]:
        number = self.terms.number(target.node)
        if target.kind == "targetNode":
            return frozenset((number,))
        if target.kind == "targetClass":
            return self.data.instances(number)
        table = self.data.table(number)
        if table is None:
            return frozenset()
        return table.subject_set if target.kind == "targetSubjectsOf" else table.object_set

    # --- findings -----------------------------------------------------------------------------------------

    def findings(self, seeds: Mapping[model.Node, Foci]) -> list[Finding]:
        """The findings of shapes at weighted focus nodes, nested property shapes included."""
        reached = dict(seeds)
        found: list[tuple[int, str, Finding]] = []
        for position, node in enumerate(self._order(seeds)):
            shape, foci = self.shapes[node], reached.pop(node, None)
            if shape.deactivated or foci is None or not foci.nodes:
                continue
            nodes = self.paths.value_nodes(shape.path, foci.nodes)
            for violation in self.violations(shape, nodes):
                finding = self._finding(shape, violation)
                key = f"{self.terms.texts[violation.focus]} {finding.value} {finding.component} {finding.path_text}"
                found.extend([(position, key, finding)] * foci.weight(violation.focus))
            for constraint in shape.constraints:
                if isinstance(constraint, model.PropertyConstraint):
                    reached[constraint.shape] = foci.passed_on(nodes).joined(reached.get(constraint.shape))
        found.sort(key=lambda each: each[:2])
        return [finding for _, _, finding in found]

    def _order(self, seeds: Iterable[model.Node]) -> list[model.Node]:
        """Shapes with each parent before its property shapes; there are no cycles."""
        ordered: dict[model.Node, None] = {}
        for node in reversed(list(seeds)):
            self._put_after_parts(node, ordered)
        return list(reversed(ordered))

    def _put_after_parts(self, node: model.Node, ordered: dict[model.Node, None]) -> None:
        # A method: a function in a function that calls itself is a cycle, and would keep the whole graph alive.
        if node not in ordered:
            for constraint in reversed(self.shapes[node].constraints):
                if isinstance(constraint, model.PropertyConstraint):
                    self._put_after_parts(constraint.shape, ordered)
            ordered[node] = None

    def _finding(self, shape: model.Shape, violation: Violation) -> Finding:
        constraint = violation.constraint
        source: model.Node | None = None
        details: tuple[Finding, ...] = ()
        if isinstance(constraint, model.SparqlConstraint):
            source = constraint.node
        elif isinstance(constraint, model.NodeConstraint) and violation.value is not None:
            details = self._details_of(constraint.shape, violation.value)
        return Finding(
            focus_node=self.terms.term(violation.focus),
            path=violation.path,
            value=None if violation.value is None else self.terms.term(violation.value),
            source_shape=shape.node,
            source_constraint=source,
            component=constraint.component,
            severity=shape.severity,
            messages=_messages(shape, violation),
            details=details,
        )

    def _details_of(self, node: model.Node, value: int) -> tuple[Finding, ...]:
        known = self._details.get((node, value))
        if known is None and len(self._details) >= _MOST_DETAILED:
            return ()
        if known is None:
            known = self._details[node, value] = tuple(self.findings({node: Foci(frozenset((value,)))}))
        return known

    # --- violations ---------------------------------------------------------------------------------------

    def violations(self, shape: model.Shape, nodes: ValueNodes) -> Iterator[Violation]:
        """The violations of a shape's own constraints, those of its property shapes excepted."""
        for constraint in shape.constraints:
            if isinstance(constraint, model.PropertyConstraint):
                continue
            if isinstance(constraint, model.SparqlConstraint):
                yield from self._sparql(shape, constraint, nodes)
            elif type(constraint) in FOCUS_CHECKS:
                for focus, value, predicate in FOCUS_CHECKS[type(constraint)](self.data, constraint, nodes):
                    yield Violation(focus, value, self._path(shape, predicate), constraint)
            elif isinstance(constraint, model.QualifiedConstraint):
                for focus in self._qualified(constraint, nodes):
                    yield Violation(focus, None, shape.path, constraint)
            else:
                for focus, value in nodes.pairs_with(self._wrong_values(constraint, nodes.distinct)):
                    yield Violation(focus, value, shape.path, constraint)

    def _path(self, shape: model.Shape, predicate: int | None) -> Path | None:
        if predicate is None:
            return shape.path
        term = self.terms.term(predicate)
        return Predicate(term) if isinstance(term, ox.NamedNode) else None

    def _wrong_values(self, constraint: model.Constraint, values: frozenset[int]) -> set[int]:
        check = CHECKS.get(type(constraint))
        if check is not None:
            return check(self.data, constraint, values)
        if isinstance(constraint, model.NodeConstraint | model.PropertyConstraint):
            return self.failing(constraint.shape, values)
        if isinstance(constraint, model.LogicalConstraint):
            return self._logical(constraint, values)
        raise NotImplementedError(f"There is no check for {constraint.component}.")

    def _logical(self, constraint: model.LogicalConstraint, values: frozenset[int]) -> set[int]:
        if constraint.operator == "not":
            return set(values - self.failing(constraint.shapes[0], values))
        if constraint.operator == "and":
            return {value for shape in constraint.shapes for value in self.failing(shape, values)}
        if constraint.operator == "or":
            left = values
            for shape in constraint.shapes:
                left = frozenset(self.failing(shape, left))
            return set(left)
        conforming = Counter(value for shape in constraint.shapes for value in values - self.failing(shape, values))
        return {value for value in values if conforming[value] != 1}

    def _qualified(self, constraint: model.QualifiedConstraint, nodes: ValueNodes) -> Iterator[int]:
        counted = nodes.distinct - self.failing(constraint.shape, nodes.distinct)
        for sibling in constraint.siblings:
            counted = frozenset(self.failing(sibling, counted))
        counts = Counter(focus for focus, value in nodes.pairs() if value in counted)
        for focus in nodes.foci:
            too_few = constraint.minimum is not None and counts[focus] < constraint.minimum
            if too_few or (constraint.maximum is not None and counts[focus] > constraint.maximum):
                yield focus

    def failing(self, node: model.Node, values: frozenset[int]) -> set[int]:
        """Those of ``values`` that do not conform to a shape; judged once for each node."""
        shape = self.shapes[node]
        if shape.deactivated:
            return set()
        judged, wrong = self._judged.setdefault(node, (set(), set()))
        fresh = values - judged
        if fresh:
            nodes = self.paths.value_nodes(shape.path, fresh)
            wrong.update(violation.focus for violation in self.violations(shape, nodes))
            for constraint in shape.constraints:
                if isinstance(constraint, model.PropertyConstraint):
                    bad = self.failing(constraint.shape, nodes.distinct)
                    wrong.update(focus for focus, _ in nodes.pairs_with(bad))
            judged |= fresh
        return wrong & values

    # --- SPARQL -------------------------------------------------------------------------------------------

    def _sparql(self, shape: model.Shape, constraint: model.SparqlConstraint, nodes: ValueNodes) -> Iterator[Violation]:
        assert self.sparql is not None  # noqa: S101 - a store is made when there is such a constraint
        if constraint.query.form == "ASK":
            for focus, value in self.sparql.failing_pairs(shape, constraint, nodes.foci, nodes.pairs()):
                bindings = {"this": self.terms.term(focus), "value": self.terms.term(value)}
                yield Violation(focus, value, shape.path, constraint, {**dict(constraint.parameters), **bindings})
            return
        for solution in self.sparql.select(shape, constraint, nodes.foci):
            if failure(solution):
                raise ShapeRefused(
                    shape.node, f"Shape {shape.node}: its query reports a failure for {solution.bindings['this']}."
                )
            yield self._of_solution(shape, constraint, solution)

    def _of_solution(self, shape: model.Shape, constraint: model.SparqlConstraint, solution: Solution) -> Violation:
        """Path and value of a result as SHACL section 5.3.2 maps them from a solution."""
        path, value = solution.bindings.get("path"), solution.bindings.get("value")
        number = None if value is None else self.terms[text_of(value)]
        if number is None and shape.path is None:
            number = solution.focus
        return Violation(
            solution.focus,
            number,
            Predicate(path) if isinstance(path, ox.NamedNode) else shape.path,
            constraint,
            {**dict(constraint.parameters), **solution.bindings},
        )


def _messages(shape: model.Shape, violation: Violation) -> tuple[ox.Literal, ...]:
    """Messages by rank: ``?message`` of the solution, of a sh:sparql, of the shape, of a validator, our own."""
    constraint = violation.constraint
    own: tuple[ox.Literal, ...] = ()
    if isinstance(constraint, model.SparqlConstraint):
        bindings = violation.bindings or {}
        bound = bindings.get("message")
        if isinstance(bound, ox.Literal):
            return (bound,)
        own = tuple(fill(message, bindings) for message in constraint.messages)
        if own and constraint.node is not None:
            return own
    return shape.messages or own or (ox.Literal(default_message(constraint)),)
