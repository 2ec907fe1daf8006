"""The four-day rule: when something certainly holds, certainly does not, or may hold (docs/model.md, "Time").

A start lies somewhere in [s1, s2], an end in [e1, e2]; on day D the answer is *yes* when s2 <= D < e1, *no* when
D < s1 or D >= e2, else *unknown*. The days come from what a node states, cut by the lives of its ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from ics_graph.temporal.dates import (
    UNBOUNDED_AFTER,
    UNBOUNDED_BEFORE,
    day_after_period,
    next_day,
    previous_day,
)
from ics_graph.temporal.facts import DatedFacts

Answer = Literal["yes", "no", "unknown"]
Interval = tuple[date, date]


class FourDays(NamedTuple):
    """s1 and s2 (earliest and latest start), e1 and e2 (earliest and latest end: the first day it is no more).

    An unbounded s1 is ``UNBOUNDED_BEFORE``; an unbounded s2 (no day is certain), e1 or e2 is ``UNBOUNDED_AFTER``.
    """

    s1: date = UNBOUNDED_BEFORE
    s2: date = UNBOUNDED_AFTER
    e1: date = UNBOUNDED_AFTER
    e2: date = UNBOUNDED_AFTER

    def holds(self, day: date) -> Answer:
        """The answer for one day."""
        if day < self.s1 or day >= self.e2:
            return "no"
        return "yes" if self.s2 <= day < self.e1 else "unknown"

    def certain(self) -> Interval | None:
        """The half-open interval of the answer *yes*, ``None`` where no day is certain."""
        first = self.s2 if self.s2 > self.s1 else self.s1
        after = self.e1 if self.e1 < self.e2 else self.e2
        return (first, after) if first < after else None

    def uncertain(self) -> tuple[Interval, ...]:
        """The half-open intervals of the answer *unknown*."""
        if self.s1 >= self.e2:
            return ()
        certain = self.certain()
        if certain is None:
            return ((self.s1, self.e2),)
        parts = ((self.s1, certain[0]), (certain[1], self.e2))
        return tuple(part for part in parts if part[0] < part[1])


ALWAYS = FourDays(UNBOUNDED_BEFORE, UNBOUNDED_AFTER, UNBOUNDED_AFTER, UNBOUNDED_AFTER)


def stated_days(facts: DatedFacts, *, personal: bool = False, earliest: date = UNBOUNDED_BEFORE) -> FourDays:
    """The days from a node's own statement alone.

    ``earliest`` is the s1 that the ends give where the statement gives none (it also stands in for an end told as
    past that nothing attests). ``personal`` ends an open relation of a person after its last attestation.
    """
    attested = facts.attested()
    s1, s2 = _start(facts, attested, earliest)
    e1, e2 = _end(facts, attested, max(s1, earliest), personal=personal)
    return FourDays(s1, s2, e1, e2)


def _start(facts: DatedFacts, attested: Sequence[date], earliest: date) -> Interval:
    first_attested = attested[0] if attested else UNBOUNDED_AFTER
    if facts.start is not None:
        after = day_after_period(facts.start, facts.start_precision)
        inside = [day for day in attested if facts.start <= day < after]
        if facts.start_precision == "day":
            return facts.start, facts.start
        return facts.start, inside[0] if inside else previous_day(after)
    if facts.started_on_or_before is not None:
        return earliest, min(facts.started_on_or_before, first_attested)
    return earliest, first_attested


def _end(facts: DatedFacts, attested: Sequence[date], s1: date, *, personal: bool) -> Interval:
    if facts.end is not None:
        if facts.end_precision == "day":
            return facts.end, facts.end
        after = day_after_period(facts.end, facts.end_precision)
        inside = [day for day in attested if facts.end <= day < after]
        return (next_day(inside[-1]) if inside else facts.end), after
    if facts.ended_on_or_before is not None:
        before = [day for day in attested if day < facts.ended_on_or_before]
        return (next_day(before[-1]) if before else s1), facts.ended_on_or_before
    if facts.end_unknown or personal:
        return (next_day(attested[-1]) if attested else s1), UNBOUNDED_AFTER
    return UNBOUNDED_AFTER, UNBOUNDED_AFTER


def cut(facts: DatedFacts, lives: Iterable[FourDays], *, personal: bool = False, own: FourDays) -> FourDays:
    """The days of a relation: its own, not before the s1 of any end and not after their e1 and e2.

    ``own`` are its :func:`stated_days` (with ``personal``), from which most days follow.
    """
    bounds = tuple(lives)
    s1 = max((life.s1 for life in bounds), default=UNBOUNDED_BEFORE)
    if facts.end is None and (facts.ended_on_or_before is not None or facts.end_unknown or personal):
        # Where nothing attests an end that is told, s1 stands in for it.
        own = stated_days(facts, personal=personal, earliest=s1)
    s1 = max(s1, own.s1)
    e1 = min((life.e1 for life in bounds), default=UNBOUNDED_AFTER)
    e2 = min((life.e2 for life in bounds), default=UNBOUNDED_AFTER)
    return FourDays(s1, max(own.s2, s1), min(own.e1, e1), min(own.e2, e2))


def joint_life(parties: Sequence[FourDays]) -> FourDays:
    """The bound that its parties set to a joint arrangement: from the second that begins to the last but one that ends.

    An arrangement of which only one party is recorded is bounded by that one.
    """
    if not parties:
        return ALWAYS
    place = 1 if len(parties) > 1 else 0
    return FourDays(
        sorted(life.s1 for life in parties)[place],
        sorted(life.s2 for life in parties)[place],
        sorted((life.e1 for life in parties), reverse=True)[place],
        sorted((life.e2 for life in parties), reverse=True)[place],
    )


def attested_span(facts: DatedFacts, own: FourDays) -> Interval | None:
    """The days on which a relation certainly holds by its own citations; one without an end, to its last attested day.

    This is what a relation proves about the lives of its ends; ``own`` are its :func:`stated_days`. ``None`` where it
    proves nothing.
    """
    after = own.e1
    if after == UNBOUNDED_AFTER:
        attested = facts.attested()
        if not attested:
            return None
        after = next_day(attested[-1])
    return (own.s2, after) if own.s2 < after else None


def widen(life: FourDays, spans: Iterable[Interval]) -> FourDays:
    """A life with s2 and e1 widened, inside its own s1 and e2, to the days that its relations prove."""
    s2, e1 = life.s2, life.e1
    for span in spans:
        first, after = max(span[0], life.s1), min(span[1], life.e2)
        if first < after:
            s2, e1 = min(s2, first), max(e1, after)
    return FourDays(life.s1, s2, e1, life.e2)
