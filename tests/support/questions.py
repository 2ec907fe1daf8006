"""Runs the answers that a file of questions expects: ``python -m tests.support.questions FILE.tsv [...]``.

A line has the id of a question, the stored query that answers it, its arguments, the columns whose distinct rows are
the answer, and the rows expected; docs/asking.md describes the form. ``-`` in the place of a query: the question is one
about a document's prose, ``?``: the graph has no answer; both with the reason as note. Each query is found, bound and
evaluated by the code that ``ics-graph query NAME`` runs.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from ics_graph.catalogue.binding import bind
from ics_graph.catalogue.stored import StoredQuery, find_query
from ics_graph.errors import Ambiguous, IcsGraphError, InvalidParameter
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.resolving import resolve
from ics_graph.settings import Settings
from ics_graph.store.snapshot import View
from ics_graph.store.sparql import SparqlEndpoint
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import CONCEPT, ICS, ID, LEGISLATION

COLUMNS: Final = ("question", "door", "arguments", "columns", "expected", "note")
PROSE: Final = "-"
UNANSWERED: Final = "?"
NO_ROW: Final = "(none)"
_COUNT: Final = re.compile(r"count\(\s*([\w, ]*)\s*\)\Z")
_SHORT: Final = ((ID, ""), (CONCEPT, ""), (LEGISLATION, "legislation/"), (ICS, ""))

Row = tuple[str, ...]


class LineError(ValueError):
    """A line that does not have the form of a question; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of a file of questions."""

    question: str
    door: str
    arguments: Mapping[str, str]
    columns: tuple[str, ...]
    counted: bool
    expected: frozenset[Row]
    note: str
    place: str


@dataclass(slots=True)
class Answered:
    """What came of one line: ``error`` in words, or the rows that are missing and those that are too many."""

    asked: Asked
    error: str | None = None
    missing: list[Row] = field(default_factory=list)
    extra: list[Row] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether exactly the expected rows came."""
        return self.error is None and not self.missing and not self.extra


def read_lines(path: Path) -> Iterator[Asked | LineError]:
    """The lines of a file; one that is malformed is given as the mistake, so that the others still run."""
    with path.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader((line for line in stream), delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, cells in enumerate(lines, 1):
            place = f"{path.name}:{number}"
            if not cells or not "".join(cells).strip() or cells[0].startswith("#") or cells[0] == COLUMNS[0]:
                continue
            try:
                yield _asked([cell.strip() for cell in cells], place)
            except LineError as mistake:
                yield LineError(f"{place} {cells[0]}: {mistake}")


def _asked(cells: Sequence[str], place: str) -> Asked:
    if len(cells) > len(COLUMNS):
        raise LineError(f"{len(cells)} columns instead of {len(COLUMNS)}.")
    question, door, arguments, columns, expected, note = (*cells, *[""] * (len(COLUMNS) - len(cells)))
    if not question or not door:
        raise LineError("a question and a door are needed.")
    if door in {PROSE, UNANSWERED}:
        if not note:
            raise LineError("a question that no query answers needs its reason as note.")
        return Asked(question, door, {}, (), False, frozenset(), note, place)
    counted = _COUNT.match(columns)
    names = tuple(name.strip() for name in (counted[1] if counted else columns).split(",") if name.strip())
    if not names and not counted:
        raise LineError("no columns are named.")
    if not expected:
        raise LineError(f"nothing is expected: write {NO_ROW} where no row is.")
    rows = frozenset() if expected == NO_ROW else frozenset(_row(text) for text in re.split(r"\s+;\s+", expected))
    width = 1 if counted else len(names)
    for row in rows:
        if len(row) != width:
            raise LineError(f"the row {'|'.join(row)} has {len(row)} cells, not {width}.")
    return Asked(question, door, _arguments(arguments), names, counted is not None, rows, note, place)


def _row(text: str) -> Row:
    return tuple(cell.strip() for cell in text.split("|"))


def _arguments(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise LineError(f"the arguments cannot be read: {error}.") from None
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or name in found:
            raise LineError(f"the argument {word!r} is not NAME=VALUE, or is given twice.")
        found[name] = value
    return found


class Asker:
    """Asks stored queries of one graph. Holds a worker: use it as a context manager."""

    def __init__(self, graph: GovernanceGraph, settings: Settings) -> None:
        self._graph = graph
        self._settings = settings
        self._endpoint = SparqlEndpoint(graph.snapshot, settings)

    def __enter__(self) -> Asker:
        """The asker itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the worker."""
        self._endpoint.close()

    def answer(self, asked: Asked) -> Answered:
        """What came of a line; a refusal is an error in words and no traceback."""
        answered = Answered(asked)
        if asked.door in {PROSE, UNANSWERED}:
            return answered
        try:
            names, rows = self._rows(asked)
        except Ambiguous as error:
            answered.error = f"{error} {error.candidates}"
            return answered
        except IcsGraphError as error:
            answered.error = f"{error} {error.hint or ''}".rstrip()
            return answered
        unknown = [name for name in asked.columns if name not in names]
        if unknown:
            answered.error = f"{asked.door} has no column {', '.join(unknown)}; it has {', '.join(names)}."
            return answered
        wanted = asked.columns or names
        got = {tuple(row.get(name, "") for name in wanted) for row in rows}
        if asked.counted:
            got = {(str(len({row for row in got if any(row)})),)}
        answered.missing = sorted(asked.expected - got)
        answered.extra = sorted(got - asked.expected)
        return answered

    def _rows(self, asked: Asked) -> tuple[tuple[str, ...], list[dict[str, str]]]:
        query = find_query(self._settings.queries, asked.door)
        view, given = _view(query, asked.arguments)
        reading = self._graph.reading(view)
        bound = bind(query, given, view, lambda text, kinds: resolve(reading, text, kinds))
        content: dict[str, Any] = json.loads(self._endpoint.evaluate(query.text, view, substitutions=bound).body)
        rows = [{name: _short(term) for name, term in row.items()} for row in content["results"]["bindings"]]
        return tuple(content["head"]["vars"]), rows


def _view(query: StoredQuery, arguments: Mapping[str, str]) -> tuple[View, dict[str, str]]:
    """The view that the arguments ask for, and what is left of them for the query's own parameters."""
    own = {parameter.name for parameter in query.parameters}
    given = dict(arguments)

    def taken(name: str) -> str | None:
        return given.pop(name, None) if name not in own else None

    on, known = taken("on"), taken("known")
    # A query with a parameter of its own named status is asked for statuses of relations by "statuses".
    statuses, include = taken("statuses") or taken("status"), taken("include")
    if on is None:
        raise InvalidParameter("on", "on: the arguments name no day, as in on=2020-11-30.")
    if include not in {None, "unknown"}:
        raise InvalidParameter("include", "include: write unknown.")
    view = View(
        day_parameter("on", on),
        day_parameter("known", known) if known else None,
        tuple(statuses.split(",")) if statuses else query.statuses,
        query.include_unknown or include is not None,
    )
    return view, given


def _short(term: Mapping[str, str]) -> str:
    value = term["value"]
    if term["type"] == "uri":
        return next((name + value[len(space) :] for space, name in _SHORT if value.startswith(space)), value)
    return " ".join(value.split())


def report(answers: Iterable[Answered | LineError]) -> tuple[list[str], int]:
    """The lines to print, and how many lines of the files do not hold."""
    lines: list[str] = []
    by_question: dict[str, list[bool]] = defaultdict(list)
    without: dict[str, set[str]] = {PROSE: set(), UNANSWERED: set()}
    failures = 0
    for answer in answers:
        if isinstance(answer, LineError):
            lines.append(str(answer))
            failures += 1
            continue
        asked = answer.asked
        if asked.door in without:
            without[asked.door].add(asked.question)
            continue
        by_question[asked.question].append(answer.holds)
        if not answer.holds:
            failures += 1
            lines += _told(answer)
    complete = [question for question, held in by_question.items() if all(held)]
    failed = ", ".join(sorted(set(by_question) - set(complete))) or "none"
    lines.append(
        f"{len(complete)} of {len(by_question)} questions hold, {len(without[PROSE])} are about prose, "
        f"{len(without[UNANSWERED])} have no answer; {failures} lines do not hold: {failed}"
    )
    return lines, failures


def _told(answer: Answered) -> Iterator[str]:
    asked = answer.asked
    arguments = " ".join(f"{name}={value}" for name, value in asked.arguments.items())
    yield f"{asked.place} {asked.question} {asked.door} {arguments}"
    if answer.error is not None:
        yield f"    {answer.error}"
        return
    for word, rows in (("missing", answer.missing), ("extra", answer.extra)):
        shown = " ; ".join("|".join(row) for row in rows[:20])
        if rows:
            yield f"    {word} ({len(rows)}): {shown}{' ...' if len(rows) > 20 else ''}"


def run(paths: Iterable[Path], graph: GovernanceGraph, settings: Settings) -> list[Answered | LineError]:
    """What came of every line of the files."""
    with Asker(graph, settings) as asker:
        return [
            line if isinstance(line, LineError) else asker.answer(line) for path in paths for line in read_lines(path)
        ]


def main(arguments: Sequence[str]) -> int:
    """Run files, print what does not hold, and end with 1 where something does not."""
    if not arguments:
        print("python -m tests.support.questions FILE.tsv [...]", file=sys.stderr)
        return 2
    settings = Settings.from_environment()
    try:
        graph = GovernanceGraph.open(settings)
        lines, failures = report(run(map(Path, arguments), graph, settings))
    except (IcsGraphError, OSError) as error:
        print(error, file=sys.stderr)
        return 3
    print("\n".join(lines))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
