"""The table of days as a file: every dated node with its facts, its citations' dates and its four days.

With it, answers ``known=`` a day are computed without the store, and accountability is walked without SPARQL.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ics_graph.store.nodes import NodeRow
from ics_graph.temporal.facts import EVERYTHING, DatedCitation, DatedFacts, DatedNode
from ics_graph.temporal.rule import FourDays


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _row_json(row: NodeRow, days: FourDays) -> list[Any]:
    node, facts = row.node, row.node.facts
    return [
        node.id,
        node.kind,
        node.relation_class,
        [
            _text(facts.start),
            facts.start_precision,
            _text(facts.started_on_or_before),
            _text(facts.end),
            facts.end_precision,
            _text(facts.ended_on_or_before),
            facts.end_unknown,
            facts.status,
            facts.outcome,
        ],
        [
            [
                _text(citation.written_from),
                _text(citation.written_until),
                _text(citation.attests),
                None if citation.supports == EVERYTHING else sorted(citation.supports),
            ]
            for citation in facts.citations
        ],
        node.from_ends,
        node.to_ends,
        [node.personal, row.kinds, row.collective, row.forum_unstated],
        [_text(day) for day in (days.s1, days.s2, days.e1, days.e2)],
    ]


def _row(item: list[Any]) -> tuple[NodeRow, FourDays]:
    identity, kind, relation_class, facts, citations, from_ends, to_ends, flags, days = item
    node = DatedNode(
        id=identity,
        kind=kind,
        facts=DatedFacts(
            start=_day(facts[0]),
            start_precision=facts[1],
            started_on_or_before=_day(facts[2]),
            end=_day(facts[3]),
            end_precision=facts[4],
            ended_on_or_before=_day(facts[5]),
            end_unknown=facts[6],
            status=facts[7],
            outcome=facts[8],
            citations=tuple(
                DatedCitation(
                    _day(first),
                    _day(until),
                    _day(attests),
                    EVERYTHING if supports is None else frozenset(supports),
                )
                for first, until, attests, supports in citations
            ),
        ),
        from_ends=tuple(from_ends),
        to_ends=tuple(to_ends),
        personal=flags[0],
        relation_class=relation_class,
    )
    four = [date.fromisoformat(day) for day in days]
    return NodeRow(node, tuple(flags[1]), flags[2], flags[3]), FourDays(*four)


def write_table(path: Path, rows: Iterable[NodeRow], days: Mapping[str, FourDays], change_days: Iterable[date]) -> None:
    """Write rows, their days and the change days as compressed JSON, the same bytes on every machine."""
    content = {
        "change_days": [day.isoformat() for day in change_days],
        "rows": [_row_json(row, days[row.node.id]) for row in rows],
    }
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))


def read_table(path: Path) -> tuple[list[NodeRow], dict[str, FourDays], tuple[date, ...]]:
    """Rows, days by node, and change days."""
    content = json.loads(gzip.decompress(path.read_bytes()))
    pairs = [_row(item) for item in content["rows"]]
    days = {row.node.id: four for row, four in pairs}
    return [row for row, _ in pairs], days, tuple(date.fromisoformat(day) for day in content["change_days"])
