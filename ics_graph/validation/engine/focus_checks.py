"""Constraints on all value nodes of a focus node together (SHACL sections 4.2, 4.4.5, 4.5, 4.8.1, 4.8.2).

Each function gives violations as (focus node, value or None, predicate to report as path or None), in term numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from ics_graph.loading.texts import is_literal, language_of
from ics_graph.validation.engine import model
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.ordering import Value, comparable_value, compare
from ics_graph.validation.engine.value_nodes import ValueNodes

Violation: TypeAlias = tuple[int, int | None, int | None]
FocusCheck = Callable[[IndexedGraph, Any, ValueNodes], Iterable[Violation]]


def check_count(_graph: IndexedGraph, constraint: model.CountConstraint, nodes: ValueNodes) -> Iterable[Violation]:
    """Focus nodes with too few or too many value nodes."""
    if constraint.minimum is not None:
        if constraint.minimum <= 1:
            wrong = nodes.foci - nodes.having if constraint.minimum == 1 else frozenset()
        else:
            counts = Counter(nodes.focus_column)
            wrong = frozenset(focus for focus in nodes.foci if counts[focus] < constraint.minimum)
        return [(focus, None, None) for focus in wrong]
    maximum = constraint.maximum or 0
    if maximum >= 1 and len(nodes.having) == len(nodes.focus_column):
        return []
    counts = Counter(nodes.focus_column)
    return [(focus, None, None) for focus, count in counts.items() if count > maximum]


def check_has_value(
    graph: IndexedGraph, constraint: model.HasValueConstraint, nodes: ValueNodes
) -> Iterable[Violation]:
    """Focus nodes without the value."""
    wanted = graph.terms.number(constraint.value)
    having = {focus for focus, value in nodes.pairs() if value == wanted}
    return [(focus, None, None) for focus in nodes.foci - having]


def check_unique_lang(
    graph: IndexedGraph, _constraint: model.UniqueLangConstraint, nodes: ValueNodes
) -> Iterator[Violation]:
    """One violation for each language tag that a focus node uses more than once."""
    if len(nodes.having) == len(nodes.focus_column):
        return
    texts = graph.terms.texts
    counts: Counter[tuple[int, str]] = Counter()
    for focus, value in nodes.pairs():
        tag = language_of(texts[value]).lower() if is_literal(texts[value]) else ""
        if tag:
            counts[focus, tag] += 1
    for (focus, _), count in counts.items():
        if count > 1:
            yield (focus, None, None)


def check_closed(graph: IndexedGraph, constraint: model.ClosedConstraint, nodes: ValueNodes) -> Iterator[Violation]:
    """One violation for each triple of a value node with a predicate that is not allowed."""
    allowed = {graph.terms.number(term) for term in constraint.allowed}
    for predicate, table in graph.tables.items():
        if predicate not in allowed:
            present = nodes.distinct & table.subject_set
            for focus, value in nodes.pairs_with(present):
                for target in table.forward[value]:
                    yield (focus, target, predicate)


def check_pair(graph: IndexedGraph, constraint: model.PairConstraint, nodes: ValueNodes) -> Iterable[Violation]:
    """Comparison of the value nodes with the values of another predicate of the focus node."""
    others = graph.forward(graph.terms.number(constraint.predicate))
    if constraint.relation == "disjoint":
        return [(focus, value, None) for focus, value in nodes.pairs() if value in others.get(focus, ())]
    if constraint.relation == "equals":
        return _unequal(nodes, others.get)
    return _not_before(graph, constraint.relation == "lessThanOrEquals", nodes, others.get)


def _unequal(nodes: ValueNodes, others: Callable[[int, tuple[()]], Iterable[int]]) -> Iterator[Violation]:
    for focus, values in nodes.by_focus().items():
        expected = set(others(focus, ()))
        for value in [each for each in values if each not in expected]:
            yield (focus, value, None)
        for value in expected.difference(values):
            yield (focus, value, None)


def _not_before(
    graph: IndexedGraph,
    or_equal: bool,
    nodes: ValueNodes,
    others: Callable[[int, tuple[()]], Iterable[int]],
) -> Iterator[Violation]:
    texts = graph.terms.texts
    accepted = {-1, 0} if or_equal else {-1}
    known: dict[int, tuple[str, Value] | None] = {}
    for focus, value in nodes.pairs():
        for other in others(focus, ()):
            for each in (value, other):
                if each not in known:
                    known[each] = comparable_value(texts[each])
            if compare(known[value], known[other]) not in accepted:
                yield (focus, value, None)


FOCUS_CHECKS: dict[type[model.Constraint], FocusCheck] = {
    model.CountConstraint: check_count,
    model.HasValueConstraint: check_has_value,
    model.UniqueLangConstraint: check_unique_lang,
    model.ClosedConstraint: check_closed,
    model.PairConstraint: check_pair,
}
