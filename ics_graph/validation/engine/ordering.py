"""Order of literal values, for ranges and ``sh:lessThan`` (SHACL sections 4.3 and 4.5; SPARQL 1.1 section 17.3).

``<`` is defined between two numbers, two strings, two booleans and two values of one date, time or duration type.
Everything else is not comparable, which SHACL counts as a violation: a string is never before or after a date. Dates
and times with and without a time zone are ordered partially (XSD 1.1 Part 2, section 3.3.7): only when they are more
than fourteen hours apart.
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from ics_graph.loading.texts import XSD_STRING, datatype_of, is_literal, language_of, lexical_form
from ics_graph.validation.engine.datatypes import INTEGER_TYPES, is_well_typed
from ics_graph.validation.engine.namespace import XSD, XSD_BOOLEAN

_DATE = XSD + "date"
FOURTEEN_HOURS = 14 * 3600
_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$")
_DURATION = re.compile(
    r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII
)
_DURATIONS = frozenset(XSD + name for name in ("duration", "dayTimeDuration", "yearMonthDuration"))
_MOMENTS = {
    XSD + name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "dateTime": r"(?P<year>-?\d+)-(?P<month>\d\d)-(?P<day>\d\d)T(?P<time>.*)",
        "dateTimeStamp": r"(?P<year>-?\d+)-(?P<month>\d\d)-(?P<day>\d\d)T(?P<time>.*)",
        "date": r"(?P<year>-?\d+)-(?P<month>\d\d)-(?P<day>\d\d)",
        "time": r"(?P<time>.*)",
        "gYear": r"(?P<year>-?\d+)",
        "gYearMonth": r"(?P<year>-?\d+)-(?P<month>\d\d)",
        "gMonth": r"--(?P<month>\d\d)",
        "gMonthDay": r"--(?P<month>\d\d)-(?P<day>\d\d)",
        "gDay": r"---(?P<day>\d\d)",
    }.items()
}
# Datatypes whose values are compared with those of another datatype.
_KIND = {XSD + "dateTimeStamp": XSD + "dateTime"}


class Moment(NamedTuple):
    """A point of one of the date and time types: ``seconds`` on that type's line, UTC if ``zoned``."""

    seconds: int | Fraction
    zoned: bool


class Duration(NamedTuple):
    """A duration: months and seconds do not convert into each other."""

    months: int
    seconds: int | Fraction


class Single(NamedTuple):
    """An ``xsd:float``, which widens to a double beside one and narrows a decimal beside it."""

    value: float


Value: TypeAlias = "int | Decimal | float | Single | str | bool | Moment | Duration"


def comparable_value(text: str) -> tuple[str, Value] | None:
    """The kind and value of a term (N-Triples text) that ``<`` is defined for; None for every other term.

    Ill-typed literals, language-tagged strings, IRIs and blank nodes have no order.
    """
    if not is_literal(text) or language_of(text):
        return None
    datatype = datatype_of(text)
    lexical = lexical_form(text)
    if datatype == XSD_STRING:
        return ("string", lexical)
    if not is_well_typed(lexical, datatype):
        return None
    if datatype == _DATE and len(lexical) == 10 and lexical[4] == "-":
        return (datatype, Moment(_days(int(lexical[:4]), int(lexical[5:7]), int(lexical[8:])) * 86400, zoned=False))
    if datatype in INTEGER_TYPES:
        return ("number", Decimal(lexical) if len(lexical) > 4000 else int(lexical))
    if datatype == XSD + "decimal":
        return ("number", Decimal(lexical))
    if datatype == XSD + "double":
        return ("number", float(lexical))
    if datatype == XSD + "float":
        return ("number", Single(_single(float(lexical))))
    if datatype == XSD_BOOLEAN:
        return ("boolean", lexical in {"true", "1"})
    if datatype in _DURATIONS:
        return ("duration", _duration(lexical))
    if datatype in _MOMENTS:
        return (_KIND.get(datatype, datatype), _moment(lexical, datatype))
    return None


def compare(left: tuple[str, Value] | None, right: tuple[str, Value] | None) -> int | None:
    """-1, 0 or 1 as ``left`` is before, equal to or after ``right``; None where no order is defined."""
    if left is None or right is None or left[0] != right[0]:
        return None
    first, second = left[1], right[1]
    if left[0] == "number":
        return _compare_numbers(first, second)
    if isinstance(first, Moment) and isinstance(second, Moment):
        return _compare_moments(first, second)
    if isinstance(first, Duration) and isinstance(second, Duration):
        return _compare_durations(first, second)
    return _sign(first, second)


def _sign(first: object, second: object) -> int:
    return bool(first > second) - bool(first < second)  # type: ignore[operator]


def _single(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _compare_numbers(first: object, second: object) -> int | None:
    """With the type promotion of XPath: integer and decimal to float, float to double."""
    if isinstance(first, Single) or isinstance(second, Single):
        other_is_double = isinstance(first, float) or isinstance(second, float)
        first, second = (_widen(number, other_is_double) for number in (first, second))
    elif isinstance(first, float) or isinstance(second, float):
        first, second = _float(first), _float(second)
    if first != first or second != second:  # noqa: PLR0124 - NaN is not equal to itself
        return None
    return _sign(first, second)


def _widen(number: object, to_double: bool) -> float:
    if isinstance(number, Single):
        return number.value
    return _float(number) if to_double else _single(_float(number))


def _float(number: object) -> float:
    try:
        return float(number)  # type: ignore[arg-type]
    except OverflowError:
        return -math.inf if str(number).startswith("-") else math.inf


def _days(year: int, month: int, day: int) -> int:
    """Days since 1 March of year 0, proleptic Gregorian (years start in March so that leap days come last)."""
    shifted = year - (month <= 2)
    era_month = (month + 9) % 12
    return 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + (153 * era_month + 2) // 5 + day - 1


def _moment(lexical: str, datatype: str) -> Moment:
    zone = _ZONE.search(lexical)
    # "-05:00" at the end of a gYearMonth-like text is a zone; "2022-10" is none, since zones have a colon.
    body = lexical[: zone.start()] if zone else lexical
    match = _MOMENTS[datatype].fullmatch(body)
    fields = match.groupdict() if match else {}
    year = int(fields.get("year") or 2000)  # a leap year, for the types without a year
    seconds: int | Fraction = _days(year, int(fields.get("month") or 1), int(fields.get("day") or 1)) * 86400
    if fields.get("time"):
        hours, minutes, rest = fields["time"].split(":")
        seconds += int(hours) * 3600 + int(minutes) * 60 + (Fraction(rest) if "." in rest else int(rest))
    if zone:
        seconds -= _offset(zone[0])
    return Moment(seconds, zone is not None)


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return -seconds if zone[0] == "-" else seconds


def _compare_moments(first: Moment, second: Moment) -> int | None:
    if first.zoned == second.zoned:
        return _sign(first.seconds, second.seconds)
    if first.seconds > second.seconds + FOURTEEN_HOURS:
        return 1
    return -1 if first.seconds < second.seconds - FOURTEEN_HOURS else None


def _duration(lexical: str) -> Duration:
    match = _DURATION.fullmatch(lexical)
    sign, years, months, days, hours, minutes, rest = match.groups() if match else ("",) * 7
    factor = -1 if sign else 1
    whole = int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60
    return Duration(factor * (int(years or 0) * 12 + int(months or 0)), factor * (whole + Fraction(rest or 0)))


def _compare_durations(first: Duration, second: Duration) -> int | None:
    """Added to the four reference dates of XSD 1.1 (section 3.3.6.1), the order must be the same each time."""
    signs = {
        _sign(_after(start, first), _after(start, second)) for start in ((1696, 9), (1697, 2), (1903, 3), (1903, 7))
    }
    return signs.pop() if len(signs) == 1 else None


def _after(start: tuple[int, int], duration: Duration) -> int | Fraction:
    year, month = divmod(start[0] * 12 + start[1] - 1 + duration.months, 12)
    return _days(year, month + 1, 1) * 86400 + duration.seconds
