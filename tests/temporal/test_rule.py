"""Corners of the four-day rule that no vector has."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE
from ics_graph.temporal.facts import DatedCitation, DatedFacts, DatedNode
from ics_graph.temporal.lives import compute_days
from ics_graph.temporal.rule import FourDays, cut, stated_days, widen

DAYS = st.one_of(st.dates(date(2000, 1, 1), date(2003, 12, 31)), st.sampled_from([UNBOUNDED_BEFORE, UNBOUNDED_AFTER]))

SPANS = st.lists(st.tuples(DAYS, DAYS), max_size=4)
SOME_DAY = st.none() | st.dates(date(2000, 1, 1), date(2003, 12, 31))
PRECISIONS = st.sampled_from(["day", "month", "year"])
FACTS = st.builds(
    DatedFacts,
    start=SOME_DAY,
    start_precision=PRECISIONS,
    started_on_or_before=SOME_DAY,
    end=SOME_DAY,
    end_precision=PRECISIONS,
    ended_on_or_before=SOME_DAY,
    end_unknown=st.booleans(),
    citations=st.lists(st.builds(DatedCitation, attests=SOME_DAY), max_size=2).map(tuple),
)
ASKED = st.dates(date(2000, 1, 1), date(2004, 1, 1))


def test_a_proof_outside_the_life_proves_nothing() -> None:
    life = FourDays(date(2020, 4, 1), date(2020, 4, 30), UNBOUNDED_AFTER, UNBOUNDED_AFTER)
    assert widen(life, [(date(2010, 1, 1), date(2011, 1, 1))]) == life
    ended = FourDays(date(2010, 1, 1), date(2010, 1, 1), date(2015, 1, 1), date(2016, 1, 1))
    assert widen(ended, [(date(2018, 1, 1), date(2019, 1, 1))]) == ended


def test_a_party_without_dates_always_lives() -> None:
    life = DatedNode("a", "life", DatedFacts(start=date(2013, 4, 1), end=date(2016, 1, 1)))
    joint = DatedNode("j", "arrangement", DatedFacts(start=date(2014, 1, 1)), from_ends=("a", "con-1", "con-2"))
    assert compute_days([life, joint]).holds("j", date(2020, 1, 1)) == "yes"


@given(
    DAYS, DAYS, DAYS, DAYS, st.lists(st.tuples(DAYS, DAYS), max_size=4), st.dates(date(2000, 1, 1), date(2004, 1, 1))
)
def test_widening_makes_days_certain_and_nothing_else(
    s1: date, s2: date, e1: date, e2: date, spans: list[tuple[date, date]], day: date
) -> None:
    life = FourDays(s1, max(s1, s2), min(e1, e2), e2)
    before, after = life.holds(day), widen(life, spans).holds(day)
    assert after == before or (before, after) == ("unknown", "yes")


@given(DAYS, DAYS, DAYS, DAYS, ASKED)
def test_intervals_and_answers_agree(s1: date, s2: date, e1: date, e2: date, day: date) -> None:
    days = FourDays(s1, s2, e1, e2)
    certain = days.certain()
    inside = certain is not None and certain[0] <= day < certain[1]
    doubtful = any(first <= day < after for first, after in days.uncertain())
    assert (inside, doubtful) == (days.holds(day) == "yes", days.holds(day) == "unknown")


@given(FACTS, st.lists(st.builds(FourDays, DAYS, DAYS, DAYS, DAYS), max_size=3), st.booleans())
def test_a_cut_starts_from_the_own_days_as_they_are_with_the_start_of_the_ends(
    facts: DatedFacts, lives: list[FourDays], personal: bool
) -> None:
    earliest = max((life.s1 for life in lives), default=UNBOUNDED_BEFORE)
    own = stated_days(facts, personal=personal, earliest=earliest)
    s1 = max(earliest, own.s1)
    e1, e2 = (min((getattr(life, end) for life in lives), default=UNBOUNDED_AFTER) for end in ("e1", "e2"))
    expected = FourDays(s1, max(own.s2, s1), min(own.e1, e1), min(own.e2, e2))
    assert cut(facts, lives, personal=personal, own=stated_days(facts, personal=personal)) == expected
