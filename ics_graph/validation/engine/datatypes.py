"""Lexical spaces of the XSD datatypes: which literals are well-typed (``sh:datatype``, SHACL section 4.1.2).

XSD 1.1 Part 2, as RDF 1.1 Concepts section 5 asks; no whitespace is collapsed, since RDF maps lexical forms as they
stand. All built-in XSD datatypes that RDF allows are checked, not only the few SPARQL 1.1 names; a datatype that is
not known here has no ill-typed literals.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date
from functools import cache, partial

from ics_graph.loading.texts import RDF_DIR_LANG_STRING, RDF_LANG_STRING
from ics_graph.validation.engine.namespace import XSD

_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_YEAR = r"-?(?:[1-9][0-9]{3,}|0[0-9]{3})"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_DAYS_AND_TIME = (
    r"(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"  # at least one field by lookahead
)
_NAME_START = (
    ":A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_CHARACTER = _NAME_START + "\\-.0-9\u00b7\u0300-\u036f\u203f\u2040"

_INTEGER = re.compile(r"[+-]?[0-9]+")

_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
INTEGER_TYPES = frozenset(XSD + name for name in _BOUNDS)

_PATTERNS = {
    "date": rf"({_YEAR})-({_MONTH})-({_DAY}){_ZONE}",
    "dateTime": rf"({_YEAR})-({_MONTH})-({_DAY})T{_TIME}{_ZONE}",
    "gMonthDay": rf"--({_MONTH})-({_DAY}){_ZONE}",
    "boolean": r"true|false|1|0",
    "decimal": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)",
    "double": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN",
    "float": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN",
    "time": _TIME + _ZONE,
    "gYear": _YEAR + _ZONE,
    "gYearMonth": rf"{_YEAR}-{_MONTH}{_ZONE}",
    "gMonth": rf"--{_MONTH}{_ZONE}",
    "gDay": rf"---{_DAY}{_ZONE}",
    "duration": rf"-?P(?=[0-9]|T[0-9])(?:[0-9]+Y)?(?:[0-9]+M)?{_DAYS_AND_TIME}",
    "dayTimeDuration": rf"-?P(?=[0-9]|T[0-9]){_DAYS_AND_TIME}",
    "yearMonthDuration": r"-?P(?=[0-9])(?:[0-9]+Y)?(?:[0-9]+M)?",
    "hexBinary": r"(?:[0-9A-Fa-f]{2})*",
    "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "Name": f"[{_NAME_START}][{_NAME_CHARACTER}]*",
    "NCName": f"(?!.*:)[{_NAME_START}][{_NAME_CHARACTER}]*",
    "NMTOKEN": f"[{_NAME_CHARACTER}]+",
}


def is_leap(year: int) -> bool:
    """Whether the year (astronomical, 0 is 1 BC) has a 29 February in the proleptic Gregorian calendar."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """The number of days of a month, 1 to 12."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def _bounded(low: int | None, high: int | None, lexical: str) -> bool:
    if _INTEGER.fullmatch(lexical) is None:
        return False
    if low is None and high is None:
        return True
    if len(lexical.lstrip("+-0")) > 20:  # beyond every bound; int() refuses very long texts
        negative = lexical.startswith("-")
        return low is None if negative else high is None
    value = int(lexical)
    return (low is None or value >= low) and (high is None or value <= high)


def _date(lexical: str) -> bool:
    if len(lexical) == 10 and lexical[4] == lexical[7] == "-" and lexical[:4] > "0001":
        try:
            date.fromisoformat(lexical)
        except ValueError:
            return False
        return True
    return _calendar("date", lexical)


def _calendar(name: str, lexical: str) -> bool:
    match = _compiled(name).fullmatch(lexical)
    return match is not None and int(match[3]) <= days_in_month(int(match[1]), int(match[2]))


def _month_day(lexical: str) -> bool:
    match = _compiled("gMonthDay").fullmatch(lexical)
    return match is not None and int(match[2]) <= days_in_month(2000, int(match[1]))


def _base64(lexical: str) -> bool:
    try:
        base64.b64decode(lexical.replace(" ", ""), validate=True)
    except ValueError:
        return False
    return True


@cache
def _compiled(name: str) -> re.Pattern[str]:
    return re.compile(_PATTERNS[name], re.ASCII)


def _matches(name: str, lexical: str) -> bool:
    return _compiled(name).fullmatch(lexical) is not None


_CHECKS: dict[str, Callable[[str], bool]] = {
    **{XSD + name: partial(_bounded, low, high) for name, (low, high) in _BOUNDS.items()},
    **{XSD + name: partial(_matches, name) for name in _PATTERNS},
    XSD + "date": _date,
    XSD + "dateTime": partial(_calendar, "dateTime"),
    XSD + "dateTimeStamp": lambda text: _calendar("dateTime", text) and re.search(r"(Z|[+-]..:..)$", text) is not None,
    XSD + "gMonthDay": _month_day,
    XSD + "base64Binary": _base64,
    # Only a literal with a tag has these datatypes; one written with the datatype and no tag is ill-typed.
    RDF_LANG_STRING: lambda _: False,
    RDF_DIR_LANG_STRING: lambda _: False,
}


def is_well_typed(lexical: str, datatype: str, language: str = "") -> bool:
    """Whether ``lexical`` is in the lexical space of the datatype IRI; True for a datatype that is not known."""
    if language:
        return True
    check = _CHECKS.get(datatype)
    return check is None or check(lexical)
