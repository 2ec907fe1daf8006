"""The W3C SHACL test suite against the fast engine: exact reports, and refusals where a failure is expected."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ics_graph.errors import InvalidData
from ics_graph.validation.engine import compile_shapes, validate
from tests.validation_engine.w3c_suite import Case, cases, parse, row_of

SHARED = Path(__file__).resolve().parents[3] / "shared"
SUITE = SHARED / "w3c" / "shacl-tests"


def _collect(part: str) -> list[Case]:
    return list(cases(SUITE / part)) if (SUITE / part / "manifest.ttl").is_file() else []


CORE, SPARQL = _collect("core"), _collect("sparql")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the W3C suite is read from ../shared, which is not here")
@pytest.mark.parametrize(("found", "expected"), [(CORE, 98), (SPARQL, 23)], ids=["core", "sparql"])
def test_the_suite_is_complete(found: list[Case], expected: int) -> None:
    assert len(found) == expected
    assert len({case.name for case in found}) == expected


def test_seven_cases_expect_a_failure() -> None:
    if not SHARED.is_dir():
        pytest.skip("the W3C suite is read from ../shared, which is not here")
    assert sum(case.expected is None for case in CORE + SPARQL) == 7


@pytest.mark.parametrize("case", CORE + SPARQL, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    shapes = parse(case.shapes)
    data = shapes if case.data == case.shapes else parse(case.data)
    if case.expected is None:
        with pytest.raises(InvalidData, match="Shape"):
            compile_shapes(shapes)
        return
    report = validate(data, shapes)
    assert Counter(map(row_of, report.findings)) == case.expected
    assert report.conforms == case.conforms
