"""The shipped data are in order; with one board taken out the report names the Place, the rule and its reason."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from ics_graph.store.layout import input_files
from ics_graph.temporal.dates import today
from ics_graph.validation.findings import Finding
from ics_graph.validation.rule_documentation import KNOWN_WARNINGS
from ics_graph.validation.runner import validate
from ics_graph.vocabulary import SHAPES as SHAPES_NAMESPACE
from ics_graph.vocabulary import local_name
from tests.shapes.checking import ONTOLOGY, PROJECT, SHAPES

DATA = PROJECT / "data"
BOARDS = "health-and-wellbeing-boards.ttl"


def findings(folder: Path, day: date) -> tuple[Finding, ...]:
    return validate([folder], [SHAPES], ONTOLOGY, on=day).findings


def test_the_shipped_data_break_no_rule_today() -> None:
    assert [finding for finding in findings(DATA, today()) if finding.severity == "violation"] == []


@pytest.mark.slow
def test_on_every_day_the_shipped_data_leave_only_the_warnings_that_are_explained() -> None:
    found = validate([DATA], [SHAPES], ONTOLOGY, all_dates=True).findings
    assert [finding for finding in found if finding.severity == "violation"] == []
    left = {(finding.shape.removeprefix(SHAPES_NAMESPACE), local_name(finding.focus_node)) for finding in found}
    assert left == set(KNOWN_WARNINGS)


def without(folder: Path, statement: str) -> Path:
    """A copy of the data without one statement (from its start to the full stop that ends its paragraph)."""
    copy = folder / "data"
    shutil.copytree(DATA, copy)
    file = copy / BOARDS
    lines = file.read_text("utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(statement))
    after = next(number for number in range(first, len(lines)) if lines[number].rstrip().endswith(" ."))
    file.write_text("\n".join([*lines[:first], *lines[after + 1 :]]) + "\n", "utf-8")
    return copy


@pytest.mark.parametrize("day", [date(2020, 11, 9), today()], ids=["2020", "today"])
def test_a_place_without_its_board_is_named_with_rule_and_reason(tmp_path: Path, day: date) -> None:
    found = findings(without(tmp_path, "r:cov-knowsley-hwb "), day)
    (finding,) = [each for each in found if each.shape == SHAPES_NAMESPACE + "PlaceHasHealthAndWellbeingBoard"]
    assert "Knowsley" in finding.message
    assert finding.severity == "violation"
    assert finding.reason is not None
    assert "2012, section 194" in finding.reason
    assert finding.file is not None
    assert finding.file.endswith("areas.ttl")


def test_a_place_whose_board_is_no_body_any_more_is_named(tmp_path: Path) -> None:
    found = findings(without(tmp_path, "b:halton-hwb "), date(2020, 11, 9))
    (finding,) = [each for each in found if each.shape == SHAPES_NAMESPACE + "PlaceHasHealthAndWellbeingBoard"]
    assert "Halton" in finding.message


def test_the_rule_on_boards_does_not_bind_before_the_act(tmp_path: Path) -> None:
    found = findings(without(tmp_path, "r:cov-knowsley-hwb "), date(2012, 11, 9))
    assert not [each for each in found if each.shape == SHAPES_NAMESPACE + "PlaceHasHealthAndWellbeingBoard"]


def test_every_file_of_the_data_is_checked() -> None:
    report = validate([DATA], [SHAPES], ONTOLOGY)
    assert report.checked.shapes > 60
    assert len(input_files(DATA)) > 20
