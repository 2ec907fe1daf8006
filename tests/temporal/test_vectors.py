"""The four-day rule against the contract's own vectors, as plain values without a store."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE
from ics_graph.temporal.facts import EVERYTHING, DatedCitation, DatedFacts, DatedNode
from ics_graph.temporal.lives import ComputedDays, compute_days
from tests.support.time_vectors import VECTORS

CASES = [pytest.param(vector, id=vector["case"]) for vector in VECTORS["vectors"]]


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def citation(item: dict[str, Any]) -> DatedCitation:
    until = day(item["statedUntil"])
    assert until is not None
    default = date.fromordinal(until.toordinal() - 1)
    return DatedCitation(
        written_from=day(item["statedFrom"]),
        written_until=until,
        attests=day(item["attests"]) if "attests" in item else default,
        supports=frozenset(item["supports"]) if "supports" in item else EVERYTHING,
    )


def facts(item: dict[str, Any]) -> DatedFacts:
    known = [{"statedFrom": "1900-01-01", "statedUntil": "1900-01-02", "attests": None}]
    return DatedFacts(
        start=day(item.get("start")),
        start_precision=item.get("startPrecision", "day"),
        started_on_or_before=day(item.get("startedOnOrBefore")),
        end=day(item.get("end")),
        end_precision=item.get("endPrecision", "day"),
        ended_on_or_before=day(item.get("endedOnOrBefore")),
        end_unknown=item.get("endUnknown", False),
        status=item.get("status", "in-force"),
        citations=tuple(citation(entry) for entry in item.get("citations", known)),
    )


def nodes(vector: dict[str, Any]) -> list[DatedNode]:
    ends = vector.get("ends") or vector.get("parties") or [vector["life"], {"start": "2013-04-01"}]
    lives = [DatedNode(f"end-{number}", "life", facts(end)) for number, end in enumerate(ends)]
    ids = tuple(life.id for life in lives)
    if "arrangement" in vector:
        return [*lives, DatedNode("r-0", "arrangement", facts(vector["arrangement"]), from_ends=ids)]
    relations = vector.get("relations") or [vector["relation"]]
    return lives + [
        DatedNode(
            f"r-{number}",
            "relation",
            facts(relation),
            from_ends=ids[:1] if not vector.get("personal") else ("p",),
            to_ends=ids[1:] if not vector.get("personal") else ids,
            personal=vector.get("personal", False),
        )
        for number, relation in enumerate(relations)
    ]


def answer(computed: ComputedDays, ids: list[str], on: date, statuses: list[str]) -> str:
    answers = {
        computed.holds(node, on)
        for node in ids
        if node in computed.nodes and computed.nodes[node].facts.status in statuses
    }
    return "yes" if "yes" in answers else "unknown" if "unknown" in answers else "no"


@pytest.mark.parametrize("vector", CASES)
def test_answers_of_the_vector(vector: dict[str, Any]) -> None:
    graph = nodes(vector)
    relations = [node.id for node in graph if node.kind != "life"]
    for ask in vector.get("ask", []):
        computed = compute_days(graph, day(ask.get("known")))
        on = date.fromisoformat(ask["on"])
        assert answer(computed, relations, on, ask.get("statuses", ["in-force"])) == ask["holds"], ask
    for ask in vector.get("ask_life", []):
        computed = compute_days(graph, day(ask.get("known")))
        assert computed.holds("end-0", date.fromisoformat(ask["on"])) == ask["holds"], ask
    assert vector.get("ask") or vector.get("ask_life")


@pytest.mark.parametrize("vector", [case for case in CASES if "days" in case.values[0]])  # type: ignore[operator]
def test_four_days_of_the_vector(vector: dict[str, Any]) -> None:
    computed = compute_days(nodes(vector)).days["r-0"]
    expected = [day(text) for text in vector["days"]]
    unbounded = [UNBOUNDED_BEFORE, UNBOUNDED_AFTER, UNBOUNDED_AFTER, UNBOUNDED_AFTER]
    found = [computed.s1, computed.s2, computed.e1, computed.e2]
    assert found == [wanted or none for wanted, none in zip(expected, unbounded, strict=True)]
