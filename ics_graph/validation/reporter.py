"""From the results of the engine to findings: with their places in the files, reasons, and fingerprints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import BlankNode, NamedNode, Triple

from ics_graph.errors import Position
from ics_graph.loading.reader import ParsedInput
from ics_graph.store.subjects import SubjectIndex, key_of_node, node_of
from ics_graph.temporal.dates import shown as shown_day
from ics_graph.temporal.rule import Interval
from ics_graph.validation.engine.paths import to_sparql
from ics_graph.validation.findings import Finding, RawFinding, Term
from ics_graph.validation.fingerprints import StableNames, fingerprint, numbered
from ics_graph.validation.places import Places, shown
from ics_graph.validation.rules import SH, Owners, Rule
from ics_graph.validation.shape_paths import path_of
from ics_graph.validation.views import Views


class Reporter:
    """Turns results into findings with places and reasons."""

    def __init__(
        self, data: ParsedInput, shapes: ParsedInput, index: SubjectIndex, rules: Sequence[Rule], views: Views
    ) -> None:
        computed = any(rule.view != "as-written" for rule in rules)
        self._places = Places(data.locator(), views.graph.origins if computed else {}, views.data, index)
        self._shapes = shapes.locator()
        self._index = index
        self._rules = {rule.shape: rule for rule in rules}
        self._owners = Owners(index, rules)
        self._data_names, self._shape_names = StableNames(views.data), StableNames(list(shapes.rows))

    def described(
        self, found: Sequence[tuple[RawFinding, Interval | None]]
    ) -> tuple[tuple[Finding, ...], dict[str, tuple[Term, tuple[Triple, ...]]]]:
        """The findings with their places, sorted by these, and the paths of their shapes."""
        self._places.prepare([raw for raw, _ in found])
        findings = numbered(sorted((self._finding(raw, span) for raw, span in found), key=_order))
        return findings, self._paths(findings)

    def _paths(self, findings: Iterable[Finding]) -> dict[str, tuple[Term, tuple[Triple, ...]]]:
        """The paths of the shapes of findings whose path is not one predicate, as the shapes have them."""
        described: dict[str, tuple[Term, tuple[Triple, ...]]] = {}
        for finding in findings:
            raw = finding.result
            if raw is not None and raw.path is None and raw.path_text is not None:
                key = key_of_node(raw.shape)
                for path in self._index.objects(key, SH + "path"):
                    if isinstance(path, BlankNode):
                        described[key] = (path, tuple(_description(self._index, path)))
        return described

    def defined(self, shape: NamedNode | BlankNode) -> Position | None:
        """Where a shape is defined, or the rule it belongs to."""
        return self._places.shape(self._shapes, shape) or self._places.shape(
            self._shapes, node_of(self._owners.of(key_of_node(shape)))
        )

    def _finding(self, raw: RawFinding, span: Interval | None) -> Finding:
        place = self._places.of(raw)
        shape = self._owners.of(key_of_node(raw.shape))
        rule = self._rules.get(shape)
        if rule is None:
            shape = key_of_node(raw.shape)
        defined = self.defined(raw.shape)
        path = raw.path.value if raw.path is not None else raw.path_text
        if raw.path is None and path is not None and (several := path_of(self._index, raw.shape)) is not None:
            path = to_sparql(several)
        return Finding(
            focus_node=shown(raw.focus_node) or "",
            path=path,
            value=shown(raw.value),
            lexical=place.lexical,
            severity=raw.severity,
            component=raw.component,
            shape=shape,
            message=raw.message,
            reason=rule.reason if rule is not None else None,
            remedy=rule.remedy if rule is not None else None,
            file=place.position.file if place.position else None,
            line=place.position.line if place.position else None,
            column=place.position.column if place.position else None,
            shape_file=defined.file if defined else None,
            shape_line=defined.line if defined else None,
            from_=shown_day(span[0]) if span else None,
            until=shown_day(span[1]) if span else None,
            fingerprint=fingerprint(raw, shape, path, self._data_names, self._shape_names),
            result=raw,
        )


def _description(graph: SubjectIndex, node: BlankNode) -> Iterator[Triple]:
    """What is said of a blank node and of those it refers to."""
    queue, seen = [node], {node}
    while queue:
        here = queue.pop()
        for predicate, values in graph.description(key_of_node(here)).items():
            for value in values:
                yield Triple(here, NamedNode(predicate), value)
                if isinstance(value, BlankNode) and value not in seen:
                    seen.add(value)
                    queue.append(value)


def _order(finding: Finding) -> tuple[str, int, int, str, str, str, str, str, str]:
    return (
        finding.file or "~",
        finding.line or 0,
        finding.column or 0,
        finding.focus_node,
        finding.shape,
        finding.component,
        finding.path or "",
        finding.message,
        finding.from_ or "",
    )
