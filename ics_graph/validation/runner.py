"""Running rules: which view each runs on, on which days, and what comes of it, as one report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal

from pyoxigraph import Triple

from ics_graph.errors import NothingChecked
from ics_graph.loading.reader import ParsedInput, read_files
from ics_graph.store.layout import input_files
from ics_graph.store.subjects import SubjectIndex, key_of, node_of
from ics_graph.temporal.dates import shown as shown_day
from ics_graph.temporal.dates import today
from ics_graph.temporal.rule import Interval
from ics_graph.validation.findings import Checked, Finding, RawFinding, RawReport, Report
from ics_graph.validation.places import Places, shown
from ics_graph.validation.pyshacl_engine import validate_with_pyshacl
from ics_graph.validation.rules import DAILY, VIEWS, Rule, View, owner, read_rules, shapes_for
from ics_graph.validation.views import Views

Engine = Callable[[Iterable[Triple], Iterable[Triple]], RawReport]
ENGINES: Final[dict[str, Engine]] = {"pyshacl": validate_with_pyshacl}
EngineName = Literal["pyshacl"]


def validate(
    data: Sequence[Path],
    shapes: Sequence[Path],
    ontology: Path,
    *,
    on: date | None = None,
    all_dates: bool = False,
    engine: EngineName = "pyshacl",
) -> Report:
    """Validate files against the rules of shapes files.

    Rules with ``ics:runsOn`` run on the computed graph (of one day, of every segment with ``all_dates``); others on
    the data as written. Raises InvalidData with the place where input is ill-formed, and
    :class:`~ics_graph.errors.NothingChecked` where no shape has a target in the data.
    """
    parsed_shapes = read_files(input_files(*shapes))
    shape_index = SubjectIndex.of(parsed_shapes.quads)
    rules = read_rules(shape_index)
    data_files, ontology_files = input_files(*data), _ontology_files(ontology, rules)
    parsed = read_files([*data_files, *ontology_files])
    own = parsed.files[: len(data_files)]
    views = Views(
        tuple(quad for file in own for quad in file.quads),
        tuple(quad for file in parsed.files[len(data_files) :] for quad in file.quads),
    )
    day = None if all_dates else on or today()
    run = _Run(views, shape_index, rules, ENGINES[engine])
    found = run.all_views(day)
    if run.focus_nodes == 0:
        raise NothingChecked("No shape has a target in the data: nothing was checked.")
    places = _Reporter(ParsedInput(own), parsed_shapes, shape_index, rules, views)
    findings = tuple(sorted((places.finding(raw, span) for raw, span in found), key=_order))
    checked = Checked(run.shapes, run.focus_nodes, len(views.data))
    return Report(not findings, findings, checked, None if day is None else day.isoformat())


def _ontology_files(ontology: Path, rules: Iterable[Rule]) -> list[Path]:
    return input_files(ontology) if any(rule.view != "as-written" for rule in rules) else []


class _Run:
    """One validation: counts what was checked while it goes through the views and days."""

    def __init__(self, views: Views, shapes: SubjectIndex, rules: Sequence[Rule], engine: Engine) -> None:
        self._views, self._shapes, self._rules, self._engine = views, shapes, rules, engine
        self.focus_nodes = 0
        self.shapes = 0

    def all_views(self, day: date | None) -> list[tuple[RawFinding, Interval | None]]:
        found: list[tuple[RawFinding, Interval | None]] = []
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
        if not binding:
            return []
        report = self._engine(self._views.triples(view, on), shapes_for(self._shapes, binding))
        self.focus_nodes += report.focus_nodes
        self.shapes = max(self.shapes, 0) + report.shapes
        return list(report.findings)

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
        self._places = Places(data.locator(), views.graph.origins if computed else {})
        self._shapes = shapes.locator()
        self._index = index
        self._rules = {rule.shape: rule for rule in rules}
        self._owners: dict[str, str] = {}

    def finding(self, raw: RawFinding, span: Interval | None) -> Finding:
        place = self._places.of(raw)
        shape = key_of(raw.shape)
        if shape not in self._owners:
            self._owners[shape] = owner(self._index, shape)
        rule = self._rules.get(self._owners[shape])
        defined = self._places.shape(self._shapes, raw.shape)
        if defined is None:
            top = node_of(self._owners[shape])
            defined = self._places.shape(self._shapes, top)
        return Finding(
            focus_node=shown(raw.focus_node) or "",
            path=raw.path.value if raw.path is not None else raw.path_text,
            value=shown(raw.value),
            lexical=place.lexical,
            severity=raw.severity,
            component=raw.component,
            shape=self._owners[shape] if rule is not None else shape,
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
        )


def _order(finding: Finding) -> tuple[str, int, int, str, str, str]:
    return (
        finding.file or "~",
        finding.line or 0,
        finding.column or 0,
        finding.focus_node,
        finding.shape,
        finding.from_ or "",
    )
