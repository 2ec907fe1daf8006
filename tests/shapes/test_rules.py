"""Each rule fails on a minimal bad example, with no other finding, and passes on its mended twin."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ics_graph.loading.reader import read_files
from ics_graph.store.layout import input_files
from ics_graph.store.subjects import SubjectIndex
from ics_graph.validation.findings import Finding
from ics_graph.validation.rules import read_rules
from ics_graph.vocabulary import SHAPES as SHAPES_NAMESPACE
from tests.shapes import agreement_cases, cases, duty_cases, governance_cases
from tests.shapes.cases import Case
from tests.shapes.checking import SHAPES, Example, check

CASES = (*cases.cases(), *governance_cases.cases(), *duty_cases.cases(), *agreement_cases.cases())


def name_of(case: Case) -> str:
    return f"{case.rule}-{CASES.index(case)}"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Example, tuple[Finding, ...]]:
    examples = [Example(text, case.day, case.alone) for case in CASES for text in (case.text, case.spoilt())]
    return check(examples, tmp_path_factory.mktemp("examples"))


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_rule_fails_on_the_bad_example_and_passes_on_its_mended_twin(
    case: Case, findings: Mapping[Example, tuple[Finding, ...]]
) -> None:
    assert findings[Example(case.text, case.day, case.alone)] == ()
    found = findings[Example(case.spoilt(), case.day, case.alone)]
    broken = {finding.shape.removeprefix(SHAPES_NAMESPACE) for finding in found}
    assert broken == {case.rule, *case.also}
    of_the_rule = [finding for finding in found if finding.shape == SHAPES_NAMESPACE + case.rule]
    assert {finding.severity for finding in of_the_rule} == {case.severity}
    assert any(case.message in finding.message for finding in of_the_rule)
    for finding in of_the_rule:
        assert finding.reason
        assert finding.remedy
        assert finding.file
        assert finding.line
        assert finding.shape_file
        assert finding.shape_line
        assert "{" not in finding.message


def test_every_rule_has_an_example() -> None:
    parsed = read_files(input_files(SHAPES))
    rules = {rule.shape.removeprefix(SHAPES_NAMESPACE) for rule in read_rules(SubjectIndex.of(parsed.rows))}
    assert rules == {case.rule for case in CASES}
