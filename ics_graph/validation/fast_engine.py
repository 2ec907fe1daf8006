"""The set-based engine as one of the engines: its results turned into :class:`RawFinding`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode

from ics_graph.loading.rows import Row
from ics_graph.store.subjects import SubjectIndex, node_of
from ics_graph.validation.engine import CompiledShapes, Finding, compile_shapes
from ics_graph.validation.engine.paths import Predicate
from ics_graph.validation.engine.statements import Described, Statements
from ics_graph.validation.engine.terms import TermTable
from ics_graph.validation.engines import Validating
from ics_graph.validation.findings import RawFinding, RawReport, Severity, Term
from ics_graph.validation.rules import SH, Rule

_SEVERITIES: dict[str, Severity] = {SH + "Violation": "violation", SH + "Warning": "warning", SH + "Info": "info"}


class FastEngine:
    """The set-based engine with the shapes of one run, compiled when they are first needed."""

    def __init__(self, shapes: SubjectIndex, rules: Sequence[Rule]) -> None:
        self._shapes = shapes
        self._rules = frozenset(node_of(rule.shape) for rule in rules)

    @cached_property
    def _compiled(self) -> CompiledShapes:
        return compile_shapes(Described(self._shapes.described()))

    @cached_property
    def _terms(self) -> TermTable:
        """The terms of all graphs of the run, most of which stand in several."""
        return self._compiled.terms.extended()

    def over(self, data: Statements, rules: Sequence[Rule]) -> Validating:
        """Load the data for some of the rules. Raises InvalidData for shapes that are ill-formed or not supported."""
        chosen = self._without(rules)
        targeted = [shape.node for shape in self._compiled.shapes.targeted if shape.node not in chosen]
        graph = self._compiled.over(data, targeted, self._terms)

        def validating(beside: Iterable[Row], binding: Sequence[Rule]) -> RawReport:
            report = graph.report(beside, self._without(binding))
            return RawReport(tuple(map(_raw, report.distinct)), frozenset(graph.texts(report.foci)), report.shapes)

        return validating

    def _without(self, rules: Iterable[Rule]) -> frozenset[NamedNode | BlankNode]:
        """The rules that are not among these."""
        return self._rules - {node_of(rule.shape) for rule in rules}


def _raw(finding: Finding) -> RawFinding:
    path = finding.path
    return RawFinding(
        focus_node=_node(finding.focus_node),
        path=path.iri if isinstance(path, Predicate) else None,
        path_text=finding.path_text,
        value=None if finding.value is None else _node(finding.value),
        component=finding.component.value,
        shape=finding.source_shape,
        # A severity of a stranger's own counts as the gravest: it must not pass a gate unseen.
        severity=_SEVERITIES.get(finding.severity.value, "violation"),
        message=message(finding.messages),
        source_constraint=finding.source_constraint,
    )


def message(messages: tuple[Literal, ...]) -> str:
    """The message to show: the English one where there are several, else all."""
    english = [each.value for each in messages if (each.language or "en").split("-")[0] == "en"]
    return " ".join(english or [each.value for each in messages])


def _node(term: object) -> Term:
    if isinstance(term, NamedNode | BlankNode | Literal):
        return term
    return Literal(str(term))
