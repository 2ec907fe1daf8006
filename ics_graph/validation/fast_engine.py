"""The set-based engine as one of the engines: its results turned into :class:`RawFinding`."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ics_graph.validation.engine import Finding, compile_shapes
from ics_graph.validation.engine.paths import Predicate
from ics_graph.validation.findings import RawFinding, RawReport, Severity, Term
from ics_graph.validation.rules import SH

_SEVERITIES: dict[str, Severity] = {SH + "Violation": "violation", SH + "Warning": "warning", SH + "Info": "info"}


def validate_fast(data: Iterable[Triple], shapes: Iterable[Triple]) -> RawReport:
    """Validate with the set-based engine. Raises InvalidData for shapes that are ill-formed or not supported."""
    report = compile_shapes(shapes).validate(data)
    return RawReport(tuple(_raw(finding) for finding in report.distinct), report.focus_nodes, report.shapes)


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
