"""Small graphs from Turtle text, and their findings in a form that reads well in a test."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox

from ics_graph.validation.engine import Report, validate
from ics_graph.validation.engine.namespace import OWL, RDF, RDFS, SH, XSD

EX = "http://example.org/"
NAMESPACES = {"ex": EX, "sh": SH, "xsd": XSD, "rdf": RDF, "rdfs": RDFS, "owl": OWL}
PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMESPACES.items())
DECLARED = """
ex:prefixes sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] ,
  [ sh:prefix "xsd" ; sh:namespace "http://www.w3.org/2001/XMLSchema#"^^xsd:anyURI ] .
"""


def statements(turtle: str) -> list[ox.Quad]:
    """The statements of a Turtle text with the usual prefixes."""
    return list(ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE))


def check(data: str, shapes: str) -> Report:
    """The report on two Turtle texts."""
    return validate(statements(data), statements(shapes))


def short(term: object) -> str:
    """A term with the usual prefixes."""
    text = str(term)
    for name, iri in NAMESPACES.items():
        if f"<{iri}" in text:
            text = text.replace(f"<{iri}", f"{name}:").replace(">", "")
    return text


def rows(report: Report) -> Counter[tuple[str, str | None]]:
    """Focus node and value of each finding."""
    return Counter(
        (short(finding.focus_node), None if finding.value is None else short(finding.value))
        for finding in report.findings
    )


def values(report: Report) -> list[str]:
    """The values of the findings, sorted."""
    return sorted(short(finding.value) for finding in report.findings)
