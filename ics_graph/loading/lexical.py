"""Literals that are no value of their datatype, found before any library mends them.

A store rewrites what it understands (``"01"^^xsd:integer`` becomes 1) and some libraries make a valid date of an
invalid one, so the check is made on parsed terms. Rules: W3C XML Schema Definition Language 1.1 Part 2, section 3
(there the year 0000 is allowed and is a leap year), without its whitespace normalisation, which RDF does not do
(RDF 1.1 Concepts, section 5.1). Ranges are part of a datatype: 300 is no ``xsd:byte``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import Literal, Quad, Triple

from ics_graph.loading.terms import XSD

_Check = Callable[[str], str | None]

_ZONE = r"(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_YEAR = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH = r"(?P<month>[0-9]{2})"
_DAY = r"(?P<day>[0-9]{2})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?"
_MONTH_NAMES = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def ill_typed_literals(quads: Iterable[Quad]) -> Iterator[tuple[Quad, str]]:
    """The quads whose object is a literal outside its datatype, each with the reason as one sentence.

    Takes the quads as parsed (:class:`~ics_graph.loading.reader.ParsedFile`), never those of a store; literals in
    triple terms are looked at too. Datatypes other than those of XML Schema are passed over.
    """
    known: dict[tuple[str, str], str | None] = {}
    for quad in quads:
        value = quad.object
        while isinstance(value, Triple):
            value = value.object
        if not isinstance(value, Literal):
            continue
        datatype = value.datatype.value
        if datatype not in _CHECKS:
            continue
        key = (datatype, value.value)
        if key not in known:
            known[key] = lexical_fault(datatype, value.value)
        reason = known[key]
        if reason is not None:
            yield quad, reason


def lexical_fault(datatype: str, lexical: str) -> str | None:
    """Why ``lexical`` is no lexical form of the datatype with this IRI, as one sentence; None where it is one.

    Datatypes that are not known here have no faults.
    """
    check = _CHECKS.get(datatype)
    reason = check(lexical) if check else None
    if reason is None:
        return None
    shown = lexical if len(lexical) <= 60 else lexical[:60] + "..."
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return f'"{shown}" is no xsd:{datatype.removeprefix(XSD)}: {reason}.'


def _form(pattern: str, wanted: str) -> _Check:
    compiled = re.compile(pattern)

    def check(lexical: str) -> str | None:
        return None if compiled.fullmatch(lexical) else _expected(lexical, wanted)

    return check


def _expected(lexical: str, wanted: str) -> str:
    if lexical != lexical.strip(" \t\r\n"):
        return "it begins or ends with white space"
    return f"expected {wanted}"


def _calendar(pattern: str, wanted: str) -> _Check:
    """A check of dates and times: the form first, then month, day of the month, hour, minute, second."""
    compiled = re.compile(pattern)

    def check(lexical: str) -> str | None:
        match = compiled.fullmatch(lexical)
        if match is None:
            return _expected(lexical, wanted)
        parts = match.groupdict()
        return _day_fault(parts) or _time_fault(parts)

    return check


def _day_fault(parts: dict[str, str | None]) -> str | None:
    year, month_text, day_text = parts.get("year"), parts.get("month"), parts.get("day")
    month = int(month_text) if month_text else None
    if month is not None and not 1 <= month <= 12:
        return f"there is no month {month_text}"
    if day_text is None:
        return None
    day = int(day_text)
    if not 1 <= day <= 31:
        return f"there is no day {day_text}"
    if month is None:
        return None
    days = _MONTH_DAYS[month - 1]
    if month == 2 and (year is None or _is_leap(int(year[-4:]))):
        days = 29
    if day > days:
        when = f"{_MONTH_NAMES[month - 1]} {year}" if year else _MONTH_NAMES[month - 1]
        return f"{when} has {days} days"
    return None


def _is_leap(year: int) -> bool:
    """By the last four digits of a year: leap years repeat every 400."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _time_fault(parts: dict[str, str | None]) -> str | None:
    hour, minute, second = parts.get("hour"), parts.get("minute"), parts.get("second")
    if hour is None or minute is None or second is None:
        return None
    if hour == "24" and minute == "00" and second == "00" and not (parts.get("fraction") or "").strip(".0"):
        return None
    if int(hour) > 23:
        return f"there is no hour {hour}"
    if int(minute) > 59:
        return f"there is no minute {minute}"
    return f"there is no second {second}" if int(second) > 59 else None


def _whole(low: int | None, high: int | None) -> _Check:
    limit = max(len(str(abs(bound))) for bound in (low or 0, high or 0))

    def check(lexical: str) -> str | None:
        match = re.fullmatch(r"([+-]?)([0-9]+)", lexical)
        if match is None:
            return _expected(lexical, "digits, with or without a sign before them")
        negative, digits = match[1] == "-", match[2].lstrip("0") or "0"
        # Python refuses to convert thousands of digits; a number longer than both bounds need not be converted.
        if len(digits) > limit and (high is not None or low is not None):
            value = -(10**limit) if negative else 10**limit
        else:
            value = 0 if len(digits) > 4000 else int(match[1] + digits)
        if low is not None and value < low:
            return f"the least value is {low}"
        if high is not None and value > high:
            return f"the greatest value is {high}"
        return None

    return check


def _duration(pattern: str, wanted: str) -> _Check:
    compiled = re.compile(pattern)

    def check(lexical: str) -> str | None:
        if compiled.fullmatch(lexical) and lexical[-1] not in "PT":
            return None
        return _expected(lexical, wanted)

    return check


def _base64(lexical: str) -> str | None:
    packed = lexical.replace(" ", "")
    spaced = re.fullmatch(r"(?:[A-Za-z0-9+/=] ?)*", lexical) and not lexical.endswith(" ")
    group = r"[A-Za-z0-9+/]"
    end = rf"(?:{group}[AQgw]==|{group}{{2}}[AEIMQUYcgkosw048]=)?"
    if spaced and re.fullmatch(rf"(?:{group}{{4}})*{end}", packed):
        return None
    return _expected(lexical, "groups of four characters of base64")


_NAME_START = (
    r":A-Z_a-z\xC0-\xD6\xD8-\xF6\xF8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME_PART = _NAME_START + r"\-.0-9\xB7\u0300-\u036F\u203F-\u2040"
_CHARACTERS = r"[\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]*"
_SINGLE_SPACED = r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?"
_SIGNED = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_FLOAT = _form(rf"{_SIGNED}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN", "a number such as 1.5, -2E3, INF or NaN")
_NCNAME_START, _NCNAME_PART = _NAME_START[1:], _NAME_PART[1:]
_SECONDS = r"[0-9]+(?:\.[0-9]+)?S"
_HOURS = rf"(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:{_SECONDS})?)?"

_BY_NAME: dict[str, _Check] = {
    "string": _form(_CHARACTERS, "characters that XML allows"),
    "normalizedString": _form(r"[^\t\n\r]*", "text without tabs and line ends"),
    "token": _form(_SINGLE_SPACED, "text without tabs, line ends and spaces but single ones inside"),
    "language": _form(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*", "a language tag such as en-GB"),
    "Name": _form(rf"[{_NAME_START}][{_NAME_PART}]*", "an XML name"),
    "NCName": _form(rf"[{_NCNAME_START}][{_NCNAME_PART}]*", "an XML name without a colon"),
    "NMTOKEN": _form(rf"[{_NAME_PART}]+", "characters of XML names"),
    # XML Schema 1.1 puts no restriction on the form of an IRI reference (section 3.3.17).
    "anyURI": _form(_CHARACTERS, "characters that XML allows"),
    "boolean": _form(r"true|false|1|0", "true, false, 1 or 0"),
    "decimal": _form(_SIGNED, "digits, with at most one point and no exponent"),
    "double": _FLOAT,
    "float": _FLOAT,
    "integer": _whole(None, None),
    "nonNegativeInteger": _whole(0, None),
    "positiveInteger": _whole(1, None),
    "nonPositiveInteger": _whole(None, 0),
    "negativeInteger": _whole(None, -1),
    "long": _whole(-(2**63), 2**63 - 1),
    "int": _whole(-(2**31), 2**31 - 1),
    "short": _whole(-(2**15), 2**15 - 1),
    "byte": _whole(-(2**7), 2**7 - 1),
    "unsignedLong": _whole(0, 2**64 - 1),
    "unsignedInt": _whole(0, 2**32 - 1),
    "unsignedShort": _whole(0, 2**16 - 1),
    "unsignedByte": _whole(0, 2**8 - 1),
    "date": _calendar(rf"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}", "a day as YYYY-MM-DD"),
    "dateTime": _calendar(rf"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}", "a moment as YYYY-MM-DDThh:mm:ss"),
    "dateTimeStamp": _calendar(
        rf"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE[:-1]}", "a moment with its time zone as YYYY-MM-DDThh:mm:ssZ"
    ),
    "time": _calendar(rf"{_TIME}{_ZONE}", "a time as hh:mm:ss"),
    "gYear": _calendar(rf"{_YEAR}{_ZONE}", "a year as YYYY"),
    "gYearMonth": _calendar(rf"{_YEAR}-{_MONTH}{_ZONE}", "a month as YYYY-MM"),
    "gMonth": _calendar(rf"--{_MONTH}{_ZONE}", "a month of any year as --MM"),
    "gMonthDay": _calendar(rf"--{_MONTH}-{_DAY}{_ZONE}", "a day of any year as --MM-DD"),
    "gDay": _calendar(rf"---{_DAY}{_ZONE}", "a day of any month as ---DD"),
    "duration": _duration(rf"-?P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?{_HOURS}", "a duration such as P1Y6M or PT36H"),
    "yearMonthDuration": _duration(r"-?P(?:[0-9]+Y)?(?:[0-9]+M)?", "years and months such as P1Y6M"),
    "dayTimeDuration": _duration(rf"-?P(?:[0-9]+D)?{_HOURS}", "days and time such as P1DT12H"),
    "hexBinary": _form(r"(?:[0-9a-fA-F]{2})*", "pairs of hexadecimal digits"),
    "base64Binary": _base64,
}
_CHECKS: dict[str, _Check] = {XSD + name: check for name, check in _BY_NAME.items()}

CHECKED_DATATYPES = frozenset(_CHECKS)
"""IRIs of the datatypes whose lexical forms are known here."""
