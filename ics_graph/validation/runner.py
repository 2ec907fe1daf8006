"""Running rules: which view each runs on, on which days, and what comes of it, as one report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pyoxigraph import RdfFormat

from ics_graph.errors import NothingChecked
from ics_graph.loading.reader import ParsedInput, read_bytes, read_files
from ics_graph.store.layout import input_files
from ics_graph.store.subjects import SubjectIndex
from ics_graph.temporal.dates import today
from ics_graph.temporal.rule import Interval
from ics_graph.validation.checked_rules import RulesThatRan
from ics_graph.validation.engine.refusal import ShapeRefused
from ics_graph.validation.engine.runtime import no_cycle_collection
from ics_graph.validation.engines import Engine, ReferenceEngine, Validating
from ics_graph.validation.fast_engine import FastEngine
from ics_graph.validation.findings import Checked, RawFinding, RawReport, Report
from ics_graph.validation.imports import check_imports
from ics_graph.validation.rules import DAILY, VIEWS, Rule, View, read_rules
from ics_graph.validation.views import Views

if TYPE_CHECKING:
    from ics_graph.validation.reporter import Reporter

ENGINES: Final[dict[str, type[Engine]]] = {"fast": FastEngine, "pyshacl": ReferenceEngine}
EngineName = Literal["fast", "pyshacl"]
Progress = Callable[[int, int], None]
"""Told how many of how many runs are done."""
SHAPES_NUMBER: Final = 1_000_000


class Piped(NamedTuple):
    """What came by standard input."""

    content: bytes
    syntax: RdfFormat


@no_cycle_collection()
def validate(
    data: Sequence[Path],
    shapes: Sequence[Path],
    ontology: Path,
    *,
    piped: Piped | None = None,
    on: date | None = None,
    all_dates: bool = False,
    engine: EngineName = "fast",
    size_limit: int | None = None,
    progress: Progress | None = None,
    kept: list[object] | None = None,
) -> Report:
    """Validate files against the rules of shapes files.

    Rules with ``ics:runsOn`` run on the computed graph (of one day, of every segment with ``all_dates``); others on
    the data as written. ``piped`` is read after the files of ``data``. ``size_limit`` is the largest size of a file in
    bytes; ``progress`` is told how many of how many runs of the engine are done; in ``kept`` stands afterwards all that
    was made, for a process that ends before it need be taken apart. Raises InvalidData with the place where input is
    ill-formed, TooLarge past the limit, and :class:`~ics_graph.errors.NothingChecked` where no shape has a target in
    the data: what stands beside them (days, the ontology) does not count.
    """
    # Numbers of their own: a blank node of the shapes is none of the data.
    parsed_shapes = read_files(input_files(*shapes), first_number=SHAPES_NUMBER, size_limit=size_limit)
    own = read_files(input_files(*data), size_limit=size_limit)
    if piped is not None:
        number = len(own.files)
        own = ParsedInput((*own.files, read_bytes(piped.content, piped.syntax, number=number, size_limit=size_limit)))

    def vocabulary() -> ParsedInput:
        return read_files(input_files(ontology), first_number=len(own.files), size_limit=size_limit)

    return validate_parsed(
        own,
        parsed_shapes,
        vocabulary,
        on=on,
        all_dates=all_dates,
        engine=engine,
        progress=progress,
        kept=kept,
    )


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
    kept: list[object] | None = None,
) -> Report:
    """Validate what has been read already, each file under a number of its own. Raises as :func:`validate`.

    ``vocabulary`` gives the ontology; it is called for rules of ours only: even the data as written are read with its
    classes beside them.
    """
    shape_index = SubjectIndex.of(shapes.rows)
    rules = read_rules(shape_index)
    ontology = vocabulary() if any(rule.ours for rule in rules) else ParsedInput(())
    check_imports((*data.files, *ontology.files, *shapes.files))
    views = Views(list(data.rows), list(ontology.rows))
    day = None if all_dates else on or today()
    run = _Run(views, rules, ENGINES[engine](shape_index, rules), progress)
    if kept is not None:
        kept.append((run, data, shapes, shape_index, ontology))
    try:
        found = run.all_views(day)
    except ShapeRefused as refused:
        refused.position = refused.position or _reporter(data, shapes, shape_index, rules, views).defined(refused.shape)
        raise
    if not found and not views.hold(run.targets):
        raise NothingChecked("No shape has a target in the data: nothing was checked.")
    findings, paths = _reporter(data, shapes, shape_index, rules, views).described(found) if found else ((), {})
    checked = Checked(run.shapes, run.focus_nodes, len(views.data))
    ran = RulesThatRan([rule for rule in rules if rule.shape in run.ran], shape_index, shapes.locator)
    return Report(not findings, findings, checked, None if day is None else day.isoformat(), ran, paths)


def _reporter(
    data: ParsedInput, shapes: ParsedInput, index: SubjectIndex, rules: Sequence[Rule], views: Views
) -> Reporter:
    from ics_graph.validation.reporter import Reporter  # noqa: PLC0415 - a run without findings places nothing

    return Reporter(data, shapes, index, rules, views)


class _Run:
    """One validation: counts what was checked while it goes through the views and days."""

    def __init__(self, views: Views, rules: Sequence[Rule], engine: Engine, progress: Progress | None) -> None:
        self._views, self._rules, self._engine = views, rules, engine
        self._loaded: dict[bool, Validating] = {}
        self._progress = progress
        self._done = self._all = 0
        self.focus_nodes = 0
        self.targets: set[str] = set()
        self.shapes = 0
        self.ran: set[str] = set()

    def all_views(self, day: date | None) -> list[tuple[RawFinding, Interval | None]]:
        found: list[tuple[RawFinding, Interval | None]] = []
        if self._progress is not None:
            used = {rule.view for rule in self._rules}
            days = len(self._views.days(day)) if used & DAILY else 0
            self._all = sum(days if view in DAILY else 1 for view in used)
            self._progress(0, self._all)
        by_view = {view: [rule for rule in self._rules if rule.view == view] for view in VIEWS}
        # The computed graph first: a part of its loading goes on while the data as written are checked.
        for view in reversed(VIEWS):
            if by_view[view]:
                self._validating(view)
        for view, rules in by_view.items():
            if not rules:
                continue
            if view in DAILY:
                found += self._daily(view, rules, day)
            else:
                work = partial(self._raw, view, rules, day or today())
                found += [(raw, None) for raw in self._counted(rules, work)]
        return found

    def _counted(self, rules: Sequence[Rule], work: Callable[[], RawReport]) -> tuple[RawFinding, ...]:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._all)
        if not rules:
            return ()
        self.ran.update(rule.shape for rule in rules)
        report = work()
        self.focus_nodes += len(report.focus_nodes)
        self.targets |= report.focus_nodes
        self.shapes += report.shapes
        return report.findings

    def _raw(self, view: View, rules: Sequence[Rule], on: date) -> RawReport:
        return self._validating(view)(self._views.beside(view, on), rules)

    def _validating(self, view: View) -> Validating:
        """What validates a view: one for the data as written, and one for all others."""
        as_written = view == "as-written"
        if as_written not in self._loaded:
            rules = [rule for rule in self._rules if (rule.view == "as-written") == as_written]
            self._loaded[as_written] = self._engine.over(self._views.always(view), rules)
        return self._loaded[as_written]

    def _daily(self, view: View, rules: Sequence[Rule], day: date | None) -> list[tuple[RawFinding, Interval | None]]:
        spans: dict[RawFinding, list[Interval]] = defaultdict(list)
        for on in self._views.days(day):
            binding = [rule for rule in rules if rule.binds(on)]
            for raw in self._counted(binding, partial(self._raw, view, binding, on)):
                held, span = spans[raw], self._views.span(on)
                if held and held[-1][1] == span[0]:
                    held[-1] = (held[-1][0], span[1])
                else:
                    held.append(span)
        return [(raw, span) for raw, held in spans.items() for span in held]
