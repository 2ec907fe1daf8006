"""Which lexical forms belong to which datatype of XML Schema 1.1, and what is said of those that do not."""

from __future__ import annotations

import time

import pytest
from pyoxigraph import Literal, RdfFormat

from ics_graph.loading.lexical import CHECKED_DATATYPES, ill_typed_literals, lexical_fault
from ics_graph.loading.reader import read_bytes
from ics_graph.loading.terms import XSD

GOOD = {
    "date": "2020-02-29 2000-02-29 0000-02-29 -0001-12-31 12021-01-01 2021-01-01Z 2021-01-01+14:00 2021-01-01-13:59",
    "dateTime": "2021-01-01T00:00:00 2021-12-31T24:00:00 2021-12-31T24:00:00.0 2021-01-01T23:59:59.999Z",
    "dateTimeStamp": "2021-01-01T00:00:00Z 2021-01-01T00:00:00-05:00",
    "time": "00:00:00 24:00:00 23:59:59.5+01:00",
    "gYear": "2021 0000 -0044 12021 2021Z",
    "gYearMonth": "2021-12 2021-01-05:00",
    "gMonth": "--12 --01Z",
    "gMonthDay": "--02-29 --12-31",
    "gDay": "---31 ---01Z",
    "integer": "0 -0 +1 007 -12345678901234567890 " + "9" * 5000,
    "nonNegativeInteger": "0 -0 +5 99999999999999999999",
    "positiveInteger": "1 0001",
    "nonPositiveInteger": "0 -1 +0",
    "negativeInteger": "-1 -99999999999",
    "byte": "127 -128 000000127",
    "unsignedByte": "0 255",
    "short": "-32768",
    "int": "2147483647",
    "long": "-9223372036854775808",
    "unsignedLong": "18446744073709551615",
    "decimal": "1 1.0 .5 1. -1.50 +0",
    "double": "1 1E5 -1.5e-3 INF -INF +INF NaN .5",
    "float": "1e10",
    "boolean": "true false 1 0",
    "duration": "P1Y P1Y12M PT36H P1DT1M -P1Y2M3DT4H5M6.7S PT0S",
    "yearMonthDuration": "P1Y2M P0M",
    "dayTimeDuration": "P1DT2H PT1.5S",
    "hexBinary": "00 fF0a",
    "base64Binary": "AAAA AA== AAA= TWFu",
    "language": "en en-GB x-private-1",
    "NCName": "a _a é1",
    "Name": "a:b :a",
    "NMTOKEN": "1a -a",
    "token": "a",
    "anyURI": "http://example.org/ a%20b ../x#y é",
    "string": "a",
    "normalizedString": "a",
}
BAD = {
    "date": "2021-02-29 1900-02-29 2021-04-31 2021-13-01 2021-00-01 2021-01-00 2021-01-32 21-01-01 2021-1-1 2021/01/01 "
    "02021-01-01 2022-07-01T00:00:00 2021-01-01+14:01 2021-01-01+15:00 2021-01-01z +2021-01-01 none 2021 ٢٠٢١-01-01",
    "dateTime": "2021-02-29T00:00:00 2021-01-01T24:00:01 2021-01-01T24:00:00.1 2021-01-01T25:00:00 2021-01-01T00:60:00 "
    "2021-01-01T00:00:60 2021-01-01 2021-01-01T00:00 2021-01-01t00:00:00 2021-01-01T00:00:00.",
    "dateTimeStamp": "2021-01-01T00:00:00",
    "time": "1:00:00 24:01:00 00:00",
    "gYear": "21 02021 2021-01 +2021",
    "gYearMonth": "2021-13 2021",
    "gMonth": "12 --13 --1",
    "gMonthDay": "--02-30 --04-31 02-01",
    "gDay": "---32 31 ---00",
    "integer": "abc 1.0 1e3 -- + 1- ٣ 1_000 0x1F " + "0" * 100_000 + "x",
    "nonNegativeInteger": "-1 " + "-" + "9" * 5000,
    "positiveInteger": "0 -0",
    "nonPositiveInteger": "1",
    "negativeInteger": "0",
    "byte": "128 -129 300",
    "unsignedByte": "256 -1",
    "short": "32768",
    "int": "2147483648",
    "long": "9223372036854775808",
    "unsignedLong": "18446744073709551616",
    "decimal": "1e3 . INF 1,5 --1",
    "double": "inf nan Infinity 1e .e1 0x1p3",
    "boolean": "none True TRUE yes",
    "duration": "P P1YT 1Y P1H PT P-1Y P1Y2D3M P1.5Y",
    "yearMonthDuration": "P1D P",
    "dayTimeDuration": "P1Y P1DT",
    "hexBinary": "0 0g",
    "base64Binary": "A AA AAA A=== AAAA= AB==",
    "language": "en_GB englishlanguage",
    "NCName": "a:b 1a",
    "Name": "1a -a",
    "NMTOKEN": "a/b",
}


def pairs(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, lexical) for name, forms in table.items() for lexical in forms.split(" ") if lexical]


@pytest.mark.parametrize(("name", "lexical"), pairs(GOOD), ids=lambda value: value[:40])
def test_forms_that_belong(name: str, lexical: str) -> None:
    assert lexical_fault(XSD + name, lexical) is None


@pytest.mark.parametrize(("name", "lexical"), pairs(BAD), ids=lambda value: value[:40])
def test_forms_that_do_not_belong(name: str, lexical: str) -> None:
    began = time.process_time()
    reason = lexical_fault(XSD + name, lexical)
    assert time.process_time() - began < 1
    assert reason is not None
    assert f"xsd:{name}: " in reason
    assert len(reason) < 250


@pytest.mark.parametrize(
    ("name", "lexical"),
    [("date", " 2021-01-01"), ("integer", "1\n"), ("boolean", "true "), ("token", " a"), ("token", "a  b"),
     ("normalizedString", "a\tb"), ("string", "a\x00b"), ("anyURI", "a\x01"), ("base64Binary", "AAAA "), ("date", "")],
)  # fmt: skip
def test_white_space_and_control_characters(name: str, lexical: str) -> None:
    assert lexical_fault(XSD + name, lexical) is not None


@pytest.mark.parametrize(
    ("name", "lexical", "sentence"),
    [
        ("date", "2021-02-29", '"2021-02-29" is no xsd:date: February 2021 has 28 days.'),
        ("date", "2022-07-01T00:00:00", '"2022-07-01T00:00:00" is no xsd:date: expected a day as YYYY-MM-DD.'),
        ("date", "2021-01-01 ", '"2021-01-01 " is no xsd:date: it begins or ends with white space.'),
        ("byte", "300", '"300" is no xsd:byte: the greatest value is 127.'),
        ("boolean", "none", '"none" is no xsd:boolean: expected true, false, 1 or 0.'),
        ("boolean", "\x1b[31m", '"\\x1b[31m" is no xsd:boolean: expected true, false, 1 or 0.'),
    ],
)
def test_the_words(name: str, lexical: str, sentence: str) -> None:
    assert lexical_fault(XSD + name, lexical) == sentence


def test_every_datatype_has_good_examples() -> None:
    assert {XSD + name for name in GOOD} >= CHECKED_DATATYPES - {XSD + "unsignedInt", XSD + "unsignedShort"}


def test_the_quads_of_a_file_with_what_is_wrong() -> None:
    file = read_bytes(
        b"@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        b'<x:s> <x:p> "2021-02-29"^^xsd:date , "2021-02-28"^^xsd:date , 1 , "x"@en , "x"^^<x:own> , <x:o> , [] ,\n'
        b'  <<( <x:s> <x:p> "abc"^^xsd:integer )>> .\n'
        b'<x:t> <x:p> "2021-02-29"^^xsd:date .',
        RdfFormat.TURTLE,
    )
    faults = list(ill_typed_literals(file.quads))
    assert [reason.split(" is no")[0] for _, reason in faults] == ['"2021-02-29"', '"abc"', '"2021-02-29"']
    locator = file.locator()
    quad = faults[2][0]
    occurrence = locator.triple(quad.subject, quad.predicate, quad.object)
    assert isinstance(quad.object, Literal)
    assert occurrence is not None
    assert (occurrence.object.position.line, occurrence.object.text) == (4, '"2021-02-29"^^xsd:date')
