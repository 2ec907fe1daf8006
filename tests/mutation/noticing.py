"""Whether rules notice a mutant: findings that come or go, or a build that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

from ics_graph.errors import InvalidData
from ics_graph.loading.reader import ParsedFile, read_files
from ics_graph.loading.rows import Row
from ics_graph.store.layout import input_files
from ics_graph.store.subjects import SubjectIndex
from ics_graph.temporal.dates import today
from ics_graph.validation.engine import compile_shapes
from ics_graph.validation.engine.statements import Texts
from ics_graph.validation.rules import DAILY, VIEWS, View, read_rules, shapes_for
from ics_graph.validation.views import Views
from tests.mutation.mutants import Mutant

DAYS = (date(2013, 4, 1), date(2020, 11, 9), date(2022, 6, 30), date(2022, 7, 1), today())
Findings = Counter[tuple[str, ...]]
Check = Callable[[Iterable[Row]], Findings]


class Noticing:
    """The rules of the project, compiled once, and what they find in the data as they are."""

    def __init__(self, data: Path, ontology: Path, shapes: Path) -> None:
        data_files, ontology_files = input_files(data), input_files(ontology)
        parsed = read_files([*data_files, *ontology_files]).files
        self.files: tuple[ParsedFile, ...] = parsed[: len(data_files)]
        self._ontology = [row for file in parsed[len(data_files) :] for row in file.rows]
        self._shapes = SubjectIndex.of(read_files(input_files(shapes), first_number=1_000_000).rows)
        self._rules = read_rules(self._shapes)
        self._checks: dict[tuple[View, tuple[str, ...]], Check] = {}

    @cached_property
    def baseline(self) -> Mapping[tuple[View, date], Findings]:
        """What each view and day shows in the data as they are."""
        views = self._views(())
        return {key: self._find(views, *key) for key in self._runs}

    @cached_property
    def _runs(self) -> tuple[tuple[View, date], ...]:
        once = [(view, DAYS[-1]) for view in VIEWS if view not in DAILY]
        daily = [(view, day) for view in VIEWS if view in DAILY for day in DAYS]
        return (*once, *daily)

    def notices(self, mutants: Sequence[Mutant], upto: Sequence[View] = VIEWS) -> str | None:
        """What notices the data with these mutants: a view of the rules, ``build``, or None: nothing."""
        try:
            views = self._views(mutants)
            for view, day in self._runs:
                if view in upto and self._find(views, view, day) != self.baseline[view, day]:
                    return view
        except InvalidData:
            return "build"
        return None

    def _views(self, mutants: Sequence[Mutant]) -> Views:
        by_file: dict[Path, list[Mutant]] = {}
        for mutant in mutants:
            by_file.setdefault(mutant.file, []).append(mutant)
        rows: list[Row] = []
        for file in self.files:
            own: Sequence[Row] = file.rows
            for mutant in by_file.get(Path(file.source.name), ()):
                own = mutant.applied(own)
            rows += own
        return Views(rows, self._ontology)

    def _find(self, views: Views, view: View, day: date) -> Findings:
        rules = [rule for rule in self._rules if rule.view == view and (view not in DAILY or rule.binds(day))]
        if not rules:
            return Counter()
        key = (view, tuple(rule.shape for rule in rules))
        if key not in self._checks:
            compiled = compile_shapes(shapes_for(self._shapes, rules))
            self._checks[key] = lambda data: Counter(
                (
                    str(found.source_shape),
                    str(found.focus_node),
                    str(found.path_text),
                    str(found.value),
                    str(found.messages),
                )
                for found in compiled.validate(Texts(data)).distinct
            )
        return self._checks[key](views.rows(view, day))
