"""What validation reports: findings with the place in the data, the rule, its reason and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from pyoxigraph import BlankNode, NamedNode, Triple
from pyoxigraph import Literal as RdfLiteral

Severity = Literal["violation", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "violation")
"""From the mildest to the gravest."""

Term: TypeAlias = NamedNode | BlankNode | RdfLiteral


class RawFinding(NamedTuple):
    """A result as an engine gives it: RDF terms, no places. ``path`` is text where it is not one predicate."""

    focus_node: Term
    path: NamedNode | None
    path_text: str | None
    value: Term | None
    component: str
    shape: NamedNode | BlankNode
    severity: Severity
    message: str
    source_constraint: NamedNode | BlankNode | None = None


class RawReport(NamedTuple):
    """The results of one run of an engine: the focus nodes that it checked, as N-Triples text, and how many shapes."""

    findings: tuple[RawFinding, ...]
    focus_nodes: frozenset[str]
    shapes: int


class Finding(NamedTuple):
    """A finding for a reader, with the field names of the contract.

    ``file``, ``line`` and ``column`` are those of the offending triple's object, or of the focus node's subject where
    a triple is missing; ``lexical`` is the offending text as written. ``from_`` and ``until`` (half open) say on which
    days the finding holds, where it depends on the day. ``fingerprint`` is the same when only lines have moved;
    ``known`` says that a baseline or an earlier revision had the finding already. ``result`` is what the engine said,
    as RDF terms; it is no part of the JSON.
    """

    focus_node: str
    path: str | None
    value: str | None
    lexical: str | None
    severity: Severity
    component: str
    shape: str
    message: str
    reason: str | None
    remedy: str | None
    file: str | None
    line: int | None
    column: int | None
    shape_file: str | None
    shape_line: int | None
    from_: str | None = None
    until: str | None = None
    fingerprint: str = ""
    known: bool = False
    result: RawFinding | None = None

    def holding(self, first: str | None, after: str | None) -> Finding:
        """The same finding with the days on which it holds."""
        return self._replace(from_=first, until=after)


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was checked. Nothing checked is never a pass."""

    shapes: int
    focus_nodes: int
    triples: int


class CheckedRule(NamedTuple):
    """A rule that ran: its shape (an IRI, or ``_:label``), what it is called, and where it is defined."""

    shape: str
    label: str | None
    reason: str | None
    remedy: str | None
    file: str | None
    line: int | None

    @property
    def name(self) -> str:
        """The last part of the shape's IRI."""
        return short_name(self.shape)


class Report(NamedTuple):
    """The outcome of a validation. ``conforms`` is SHACL's: no finding of any severity.

    ``rules`` are those that ran, sorted by shape. ``paths`` describes, for shapes whose path is not one predicate,
    that path: its node and the triples that say what it is.
    """

    conforms: bool
    findings: tuple[Finding, ...]
    checked: Checked
    on: str | None
    rules: Sequence[CheckedRule]
    paths: Mapping[str, tuple[Term, tuple[Triple, ...]]]

    def worst(self) -> Severity | None:
        """The gravest severity among the findings."""
        found = {finding.severity for finding in self.findings}
        return next((severity for severity in reversed(SEVERITIES) if severity in found), None)


def short_name(iri: str) -> str:
    """The last part of an IRI, for readers: after the last ``#`` or ``/``."""
    return iri.rstrip("#/").rsplit("#", 1)[-1].rsplit("/", 1)[-1] or iri
