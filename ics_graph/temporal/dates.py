"""Days without a zone: reading them, the two unbounded ends of time, and periods known to a month or a year."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from ics_graph.errors import InvalidParameter

Precision = Literal["day", "month", "year"]

UNBOUNDED_BEFORE: Final = date.min
"""Stands for "no earliest day is known": every real day lies after it."""
UNBOUNDED_AFTER: Final = date.max
"""Stands for "no latest day is known" or "open": every real day lies before it."""

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_UNBOUNDED: Final = frozenset((UNBOUNDED_BEFORE, UNBOUNDED_AFTER))
_ONE_DAY: Final = timedelta(days=1)
_LONDON: Final = "Europe/London"


def read_day(text: str) -> date:
    """The day written as ``YYYY-MM-DD`` (xsd:date without a zone).

    Raises ``ValueError`` for any other form, a day that no calendar has, and the two days that stand for unbounded.
    """
    if not _DAY.match(text):
        raise ValueError(f"{text!r} is not a day of the form YYYY-MM-DD")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar") from None
    if day in _UNBOUNDED:
        raise ValueError(
            f"{text!r} cannot be asked about: the first and the last day of the calendar stand for no date"
        )
    return day


def day_parameter(name: str, text: str) -> date:
    """The day given as parameter ``name``; raises InvalidParameter with one clear sentence."""
    try:
        return read_day(text)
    except ValueError as error:
        raise InvalidParameter(name, f"{name}: {error}.", hint="Write a day as 2020-11-09.") from None


def today() -> date:
    """Today in London, whatever zone the machine is in: the law's days are London's."""
    return datetime.now(ZoneInfo(_LONDON)).date()


def next_day(day: date) -> date:
    """The day after; unbounded stays unbounded."""
    return day if day in _UNBOUNDED else day + _ONE_DAY


def previous_day(day: date) -> date:
    """The day before; unbounded stays unbounded."""
    return day if day in _UNBOUNDED else day - _ONE_DAY


def day_after_period(first: date, precision: Precision) -> date:
    """The first day after the day, month or year that begins with ``first``."""
    if precision == "year":
        return UNBOUNDED_AFTER if first.year == date.max.year else date(first.year + 1, 1, 1)
    if precision == "month":
        if first.month == 12:
            return day_after_period(date(first.year, 1, 1), "year")
        return date(first.year, first.month + 1, 1)
    return next_day(first)


def first_of_period(day: date, precision: Precision) -> date:
    """The first day of the month or year in which ``day`` lies; ``day`` itself for a day."""
    if precision == "year":
        return day.replace(month=1, day=1)
    if precision == "month":
        return day.replace(day=1)
    return day


def shown(day: date) -> str | None:
    """ISO text of a day, ``None`` for an unbounded one: the form answers give."""
    return None if day in _UNBOUNDED else day.isoformat()
