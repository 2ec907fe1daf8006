"""Answers as CSV: one row an item, with the columns that docs/http.md lists (a test compares the two).

A column is a path into the JSON of an item: ``start.earliest``, or ``from[].id`` for all ids of a list, joined by
``; `` in the order of the list. What a spreadsheet would take for a formula is written as text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

_JOINT: Final = "; "
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With what a cell begins that a spreadsheet evaluates (OWASP, CSV injection), the full-width forms too."""
_BOUNDS: Final = (
    ("start_earliest", "start.earliest"),
    ("start_latest", "start.latest"),
    ("end_earliest", "end.earliest"),
    ("end_latest", "end.latest"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of an item, each with its path; ``rows`` is the member of the answer that holds the items.

    Without ``rows`` the answer itself is the one item.
    """

    columns: tuple[tuple[str, str], ...]
    rows: str | None = "items"

    def one(self) -> Table:
        """The same columns for an answer that is the item."""
        return Table(self.columns, None)


def _same(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


ENTITIES: Final = Table(
    (
        *_same("id", "iri", "name", "kind", "level", "statutory", "legal_form", "legal_personality"),
        *_same("decision_making", "status", "outcome", "lives"),
        *_BOUNDS,
        ("areas", "areas[].id"),
        ("part_of", "part_of[].id"),
        ("identifiers", "identifiers[].value"),
        ("names", "names[].text"),
        ("predecessors", "predecessors[].id"),
        ("successors", "successors[].id"),
        ("sources", "evidence[].source.id"),
    )
)
_RELATION: Final = (
    *_same("id", "iri", "type"),
    ("from", "from[].id"),
    ("from_names", "from[].name"),
    ("to", "to[].id"),
    ("to_names", "to[].name"),
    ("kinds", "kinds[]"),
    *_same("status", "outcome", "holds"),
    *_BOUNDS,
    *_same("first_attested", "last_attested"),
    ("subject_matter", "subject_matter[]"),
    ("mechanisms", "mechanisms[]"),
    ("functions", "functions[]"),
    ("represents", "represents[].id"),
    ("role", "role[]"),
    *_same("voting", "seats"),
    ("area", "area[].id"),
    *_same("collective", "enforceable", "accountability_retained"),
    ("basis", "basis[].iri"),
    ("note", "note"),
    ("sources", "evidence[].source.id"),
    ("locators", "evidence[].locator"),
)
RELATIONS: Final = Table(_RELATION)
EDGES: Final = Table(_RELATION, "edges")
DELEGATIONS: Final = Table(
    (
        ("accountability", "accountability"),
        ("accountable", "accountable.id"),
        ("accountable_to", "accountable_to[].id"),
        *((name, f"relation.{path}") for name, path in _RELATION),
    )
)
HITS: Final = Table(
    (
        *_same("id", "iri", "name", "matched", "matched_kind", "kind", "level"),
        ("areas", "areas[].id"),
        *_BOUNDS,
        *_same("status", "lives", "score"),
    )
)
SOURCES: Final = Table(
    (
        *_same("id", "iri", "title", "publisher", "date", "licence"),
        ("part_of", "part_of[].id"),
        ("expresses", "expresses[]"),
        ("not_independent_of", "not_independent_of[].id"),
        *_same("citations", "supports_total"),
        ("supports", "supports[].id"),
    )
)
EVENTS: Final = Table(
    (
        *_same("id", "iri", "name", "type", "status", "outcome", "holds"),
        *_BOUNDS,
        *((name, f"{name}[].id") for name in ("original", "resulting", "concerns", "transferor", "transferee")),
        ("meeting_of", "meeting_of[].id"),
        ("realises", "realises[].id"),
        ("note", "note"),
        ("sources", "evidence[].source.id"),
    )
)
TIMELINE: Final = Table(
    (
        *_same("day", "what", "part", "sort", "text", "takes_part_as"),
        ("certainty", "when.certainty"),
        ("earliest", "when.earliest"),
        ("latest", "when.latest"),
        ("precision", "when.precision"),
        ("subject", "subject.id"),
        ("status", "subject.status"),
        ("outcome", "subject.outcome"),
        ("others", "others[].id"),
        ("documents", "documents[].id"),
    )
)
CLAIMS: Final = Table(
    (
        *_same("id", "iri"),
        ("about", "about[].id"),
        ("aspect", "aspect"),
        ("values", "values[].value"),
        *_same("unit", "polarity", "note"),
        ("sources", "evidence[].source.id"),
        ("locators", "evidence[].locator"),
    )
)
CONCEPTS: Final = Table(
    (
        *_same("id", "iri", "scheme", "name", "notation", "definition", "note"),
        ("alternatives", "alternatives[]"),
        ("broader", "broader[].id"),
        ("narrower", "narrower[].id"),
        ("sources", "sources[]"),
    )
)
DAYS: Final = Table(_same("day", "lives_begin", "lives_end", "relations_begin", "relations_end", "events"))
QUERIES: Final = Table(
    (
        *_same("id", "title", "question", "include_unknown"),
        ("statuses", "statuses[]"),
        ("parameters", "parameters[].id"),
        ("link", "links.run"),
    )
)
DUMPS: Final = Table(
    (
        *_same("id", "title", "statements"),
        ("forms", "files[].media_type"),
        ("links", "files[].href"),
    )
)
TABLES: Final[Mapping[str, Table]] = {
    "entities": ENTITIES, "relations": RELATIONS, "delegations": DELEGATIONS, "search": HITS, "sources": SOURCES,
    "events": EVENTS, "timeline": TIMELINE, "claims": CLAIMS, "concepts": CONCEPTS, "days": DAYS, "queries": QUERIES,
    "data": DUMPS,
}  # fmt: skip
"""Every table, by the name under which the documentation lists its columns."""


def as_csv(answer: Mapping[str, Any], table: Table) -> bytes:
    """An answer as CSV (RFC 4180: a header, CRLF, quotes where needed) in UTF-8."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([name for name, _ in table.columns])
    for item in (answer,) if table.rows is None else answer[table.rows]:
        writer.writerow([_guarded(_cell(item, path)) for _, path in table.columns])
    return text.getvalue().encode("utf-8", "replace")


def _cell(item: Mapping[str, Any], path: str) -> str:
    if "." not in path and "[" not in path:
        return _text(item.get(path))
    return _JOINT.join(text for text in map(_text, _values(item, path.split("."))) if text)


def _values(value: Any, steps: list[str]) -> Iterator[Any]:
    if value is None:
        return
    if not steps:
        yield value
        return
    step, *rest = steps
    inner = value.get(step.removesuffix("[]"))
    for each in _listed(inner) if step.endswith("[]") else (inner,):
        yield from _values(each, rest)


def _listed(value: Any) -> Iterable[Any]:
    return value or ()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def _guarded(text: str) -> str:
    """Text that no spreadsheet evaluates: an apostrophe before what looks like a formula makes it text there."""
    return f"'{text}" if text.startswith(_FORMULA) else text
