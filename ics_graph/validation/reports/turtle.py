"""The report as the W3C's validation report (SHACL section 3.6), in Turtle."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from ics_graph.store.subjects import key_of_node
from ics_graph.validation.findings import RawFinding, Report, Severity, Term
from ics_graph.validation.reports.rendering import Rendering
from ics_graph.validation.rules import SH
from ics_graph.vocabulary import RDF, XSD

_SEVERITIES: dict[Severity, str] = {"violation": "Violation", "warning": "Warning", "info": "Info"}
_PREFIXES = {"sh": SH, "rdf": RDF, "xsd": XSD}


def turtle_report(report: Report, _: Rendering) -> str:
    """The report graph as Turtle. A result that holds in several spans of days stands in it once."""
    return (serialize(report_triples(report), format=RdfFormat.TURTLE, prefixes=_PREFIXES) or b"").decode()


def report_triples(report: Report) -> Iterator[Triple]:
    """The triples of the ``sh:ValidationReport``."""
    top = BlankNode("report")
    yield _typed(top, "ValidationReport")
    conforms = Literal("true" if report.conforms else "false", datatype=NamedNode(XSD + "boolean"))
    yield Triple(top, _sh("conforms"), conforms)
    results = dict.fromkeys(finding.result for finding in report.findings if finding.result is not None)
    nodes = [BlankNode(f"result{number}") for number in range(1, len(results) + 1)]
    for node in nodes:
        yield Triple(top, _sh("result"), node)
    for node, result in zip(nodes, results, strict=True):
        yield from _result(node, result, report)
    for _, description in report.paths.values():
        yield from description


def _result(node: BlankNode, result: RawFinding, report: Report) -> Iterator[Triple]:
    yield _typed(node, "ValidationResult")
    yield Triple(node, _sh("focusNode"), result.focus_node)
    path: Term | None = result.path
    if path is None and result.path_text is not None and key_of_node(result.shape) in report.paths:
        path = report.paths[key_of_node(result.shape)][0]
    if path is not None:
        yield Triple(node, _sh("resultPath"), path)
    if result.value is not None:
        yield Triple(node, _sh("value"), result.value)
    yield Triple(node, _sh("resultSeverity"), _sh(_SEVERITIES[result.severity]))
    yield Triple(node, _sh("sourceConstraintComponent"), NamedNode(result.component))
    yield Triple(node, _sh("sourceShape"), result.shape)
    if result.source_constraint is not None:
        yield Triple(node, _sh("sourceConstraint"), result.source_constraint)
    if result.message:
        yield Triple(node, _sh("resultMessage"), Literal(result.message))


def _sh(name: str) -> NamedNode:
    return NamedNode(SH + name)


def _typed(node: BlankNode, name: str) -> Triple:
    return Triple(node, NamedNode(RDF + "type"), _sh(name))
