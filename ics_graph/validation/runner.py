"""Running rules: which view each runs on, on which days, and what comes of it, as one report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal

from pyoxigraph import BlankNode, NamedNode, Triple

from ics_graph.errors import NothingChecked, Position
from ics_graph.loading.reader import ParsedInput, read_files
from ics_graph.store.layout import input_files
from ics_graph.store.subjects import SubjectIndex, key_of, node_of
from ics_graph.temporal.dates import shown as shown_day
from ics_graph.temporal.dates import today
from ics_graph.temporal.rule import Interval
from ics_graph.validation.checked_rules import RulesThatRan
from ics_graph.validation.engine.paths import to_sparql
from ics_graph.validation.engine.refusal import ShapeRefused
from ics_graph.validation.engine.runtime import no_cycle_collection
from ics_graph.validation.engines import Engine, ReferenceEngine, Validating
from ics_graph.validation.fast_engine import FastEngine
from ics_graph.validation.findings import Checked, Finding, RawFinding, Report, Term
from ics_graph.validation.fingerprints import StableNames, fingerprint, numbered
from ics_graph.validation.imports import check_imports
from ics_graph.validation.places import Places, shown
from ics_graph.validation.rules import DAILY, SH, VIEWS, Owners, Rule, View, read_rules
from ics_graph.validation.shape_paths import path_of
from ics_graph.validation.views import Views

ENGINES: Final[dict[str, type[Engine]]] = {"fast": FastEngine, "pyshacl": ReferenceEngine}
EngineName = Literal["fast", "pyshacl"]
Progress = Callable[[int, int], None]
"""Told how many of how many runs are done."""
SHAPES_NUMBER: Final = 1_000_000


@no_cycle_collection()
def validate(
    data: Sequence[Path],
    shapes: Sequence[Path],
    ontology: Path,
    *,
    on: date | None = None,
    all_dates: bool = False,
    engine: EngineName = "fast",
    size_limit: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Validate files against the rules of shapes files.

    Rules with ``ics:runsOn`` run on the computed graph (of one day, of every segment with ``all_dates``); others on
    the data as written. ``size_limit`` is the largest size of a file in bytes; ``progress`` is told how many of how
    many runs of the engine are done. Raises InvalidData with the place where input is ill-formed, TooLarge past the
    limit, and :class:`~ics_graph.errors.NothingChecked` where no shape has a target in the data.
    """
    # Numbers of their own: a blank node of the shapes is none of the data.
    parsed_shapes = read_files(input_files(*shapes), first_number=SHAPES_NUMBER, size_limit=size_limit)
    own = read_files(input_files(*data), size_limit=size_limit)

    def vocabulary() -> ParsedInput:
        return read_files(input_files(ontology), first_number=len(own.files), size_limit=size_limit)

    return validate_parsed(own, parsed_shapes, vocabulary, on=on, all_dates=all_dates, engine=engine, progress=progress)


@no_cycle_collection()
def validate_parsed(
    data: ParsedInput,
    shapes: ParsedInput,
    vocabulary: Callable[[], ParsedInput],
    *,
    on: date | None = None,
    all_dates: bool = False,
    engine: EngineName = "fast",
    progress: Progress | None = None,
) -> Report:
    """Validate what has been read already, each file under a number of its own. Raises as :func:`validate`.

    ``vocabulary`` gives the ontology; it is called for rules of ours only: even the data as written are read with its
    classes beside them.
    """
    shape_index = SubjectIndex.of(shapes.quads)
    rules = read_rules(shape_index)
    ontology = vocabulary() if any(rule.ours for rule in rules) else ParsedInput(())
    check_imports((*data.files, *ontology.files, *shapes.files))
    views = Views(tuple(data.quads), tuple(ontology.quads))
    day = None if all_dates else on or today()
    reporter = _Reporter(data, shapes, shape_index, rules, views)
    run = _Run(views, rules, ENGINES[engine](shape_index, rules), progress)
    try:
        found = run.all_views(day)
    except ShapeRefused as refused:
        refused.position = refused.position or reporter.defined(refused.shape)
        raise
    if run.focus_nodes == 0:
        raise NothingChecked("No shape has a target in the data: nothing was checked.")
    findings = reporter.findings(found)
    checked = Checked(run.shapes, run.focus_nodes, len(views.data))
    ran = RulesThatRan([rule for rule in rules if rule.shape in run.ran], shape_index, shapes.locator())
    return Report(
        not findings, findings, checked, None if day is None else day.isoformat(), ran, reporter.paths(findings)
    )


class _Run:
    """One validation: counts what was checked while it goes through the views and days."""

    def __init__(
        self,
        views: Views,
        rules: Sequence[Rule],
        engine: Engine,
        progress: Progress | None,
    ) -> None:
        self._views, self._rules, self._engine = views, rules, engine
        self._computed: Validating | None = None
        self._progress = progress
        self._done = self._all = 0
        self.focus_nodes = 0
        self.shapes = 0
        self.ran: set[str] = set()

    def all_views(self, day: date | None) -> list[tuple[RawFinding, Interval | None]]:
        found: list[tuple[RawFinding, Interval | None]] = []
        if self._progress is not None:
            used = {rule.view for rule in self._rules}
            days = len(self._views.segments(day)) if used & DAILY else 0
            self._all = sum(days if view in DAILY else 1 for view in used)
            self._progress(0, self._all)
        for view in VIEWS:
            rules = [rule for rule in self._rules if rule.view == view]
            if not rules:
                continue
            if view in DAILY:
                found += self._daily(view, rules, day)
            else:
                found += [(raw, None) for raw in self._once(view, rules, day or today())]
        return found

    def _once(self, view: View, rules: Sequence[Rule], on: date) -> list[RawFinding]:
        binding = [rule for rule in rules if view not in DAILY or rule.binds(on)]
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._all)
        if not binding:
            return []
        self.ran.update(rule.shape for rule in binding)
        report = self._validating(view, binding)(self._views.beside(view, on), binding)
        self.focus_nodes += report.focus_nodes
        self.shapes = max(self.shapes, 0) + report.shapes
        return list(report.findings)

    def _validating(self, view: View, rules: Sequence[Rule]) -> Validating:
        if view == "as-written":
            return self._engine.over(self._views.always(view), rules)
        if self._computed is None:
            computed = [rule for rule in self._rules if rule.view != "as-written"]
            self._computed = self._engine.over(self._views.always(view), computed)
        return self._computed

    def _daily(self, view: View, rules: Sequence[Rule], day: date | None) -> list[tuple[RawFinding, Interval | None]]:
        spans: dict[RawFinding, list[Interval]] = defaultdict(list)
        for on, span in self._views.segments(day):
            for raw in self._once(view, rules, on):
                held = spans[raw]
                if held and held[-1][1] == span[0]:
                    held[-1] = (held[-1][0], span[1])
                else:
                    held.append(span)
        return [(raw, span) for raw, held in spans.items() for span in held]


class _Reporter:
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
        self._data_names, self._shape_names = StableNames(views.data), StableNames(list(shapes.quads))

    def findings(self, found: Sequence[tuple[RawFinding, Interval | None]]) -> tuple[Finding, ...]:
        """The findings with their places, sorted by these."""
        self._places.prepare([raw for raw, _ in found])
        return numbered(sorted((self._finding(raw, span) for raw, span in found), key=_order))

    def paths(self, findings: Iterable[Finding]) -> dict[str, tuple[Term, tuple[Triple, ...]]]:
        """The paths of the shapes of findings whose path is not one predicate, as the shapes have them."""
        described: dict[str, tuple[Term, tuple[Triple, ...]]] = {}
        for finding in findings:
            raw = finding.result
            if raw is not None and raw.path is None and raw.path_text is not None:
                key = key_of(raw.shape)
                for path in self._index.objects(key, SH + "path"):
                    if isinstance(path, BlankNode):
                        described[key] = (path, tuple(_description(self._index, path)))
        return described

    def defined(self, shape: NamedNode | BlankNode) -> Position | None:
        """Where a shape is defined, or the rule it belongs to."""
        return self._places.shape(self._shapes, shape) or self._places.shape(
            self._shapes, node_of(self._owners.of(key_of(shape)))
        )

    def _finding(self, raw: RawFinding, span: Interval | None) -> Finding:
        place = self._places.of(raw)
        shape = self._owners.of(key_of(raw.shape))
        rule = self._rules.get(shape)
        if rule is None:
            shape = key_of(raw.shape)
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
        for predicate, values in graph.description(key_of(here)).items():
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
