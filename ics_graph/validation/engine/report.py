"""What a validation finds (SHACL section 3.6), as values and as the W3C's report graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyoxigraph as ox

from ics_graph.loading.texts import Term
from ics_graph.validation.engine.model import Node
from ics_graph.validation.engine.namespace import OWL, RDF, RDF_TYPE, RDFS, SH, XSD, XSD_BOOLEAN
from ics_graph.validation.engine.paths import Path, describe, to_sparql

_CONFORMS = ox.NamedNode(SH + "conforms")
_TYPE = ox.NamedNode(RDF_TYPE)


class Finding(NamedTuple):
    """One validation result.

    Terms are pyoxigraph terms as written in the data, lexical form untouched. ``path`` is None where the result has
    none; ``source_constraint`` is set for ``sh:sparql``; ``messages`` are those of the shape, else one sentence in
    English; ``details`` says, for the first thousand values that fail a ``sh:node``, what they break.
    """

    focus_node: Term
    path: Path | None
    value: Term | None
    source_shape: Node
    source_constraint: Node | None
    component: ox.NamedNode
    severity: ox.NamedNode
    messages: tuple[ox.Literal, ...]
    details: tuple[Finding, ...] = ()

    @property
    def path_text(self) -> str | None:
        """The path in SPARQL's syntax."""
        return None if self.path is None else to_sparql(self.path)


class Report(NamedTuple):
    """The findings of a run and what was checked.

    ``shapes`` counts the active shapes with a target, ``foci`` are the distinct nodes they chose (numbers of the table
    of terms), ``triples`` counts the distinct triples of the data graph. With no focus node nothing was checked, which
    is not a pass.
    """

    findings: tuple[Finding, ...]
    shapes: int
    foci: frozenset[int]
    triples: int
    notes: tuple[str, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether there is no finding, of whatever severity (SHACL section 3.6.1.1)."""
        return not self.findings

    @property
    def focus_nodes(self) -> int:
        """How many focus nodes were checked."""
        return len(self.foci)

    @property
    def distinct(self) -> tuple[Finding, ...]:
        """The findings without repetitions: a property shape reached in two ways reports each violation twice."""
        return tuple(dict.fromkeys(self.findings))

    def triples_of_report(self) -> Iterator[ox.Triple]:
        """The triples of the ``sh:ValidationReport``; complex paths are described in full."""
        report = ox.BlankNode()
        yield ox.Triple(report, _TYPE, ox.NamedNode(SH + "ValidationReport"))
        conforms = ox.Literal("true" if self.conforms else "false", datatype=ox.NamedNode(XSD_BOOLEAN))
        yield ox.Triple(report, _CONFORMS, conforms)
        for finding in self.findings:
            yield from _result(report, "result", finding)

    def turtle(self) -> str:
        """The report graph in Turtle."""
        prefixes = {"sh": SH, "xsd": XSD, "rdf": RDF, "rdfs": RDFS, "owl": OWL}
        data = ox.serialize(self.triples_of_report(), format=ox.RdfFormat.TURTLE, prefixes=prefixes)
        return (data or b"").decode()


def _result(parent: ox.BlankNode, name: str, finding: Finding) -> Iterator[ox.Triple]:
    node = ox.BlankNode()

    def triple(local: str, value: Term) -> ox.Triple:
        return ox.Triple(node, ox.NamedNode(SH + local), value)

    yield ox.Triple(parent, ox.NamedNode(SH + name), node)
    yield ox.Triple(node, _TYPE, ox.NamedNode(SH + "ValidationResult"))
    yield triple("focusNode", finding.focus_node)
    if finding.path is not None:
        path, description = describe(finding.path)
        yield triple("resultPath", path)
        yield from description
    if finding.value is not None:
        yield triple("value", finding.value)
    yield triple("resultSeverity", finding.severity)
    yield triple("sourceShape", finding.source_shape)
    yield triple("sourceConstraintComponent", finding.component)
    if finding.source_constraint is not None:
        yield triple("sourceConstraint", finding.source_constraint)
    for message in finding.messages:
        yield triple("resultMessage", message)
    for detail in finding.details:
        yield from _result(node, "detail", detail)
