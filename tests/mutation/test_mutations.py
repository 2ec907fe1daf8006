"""The mutation run itself: its sample is the same everywhere, it notices what it should, and its list is explained."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from ics_graph.loading.reader import read_files
from ics_graph.store.layout import input_files
from tests.mutation.explanations import EXPLANATIONS
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.noticing import Noticing
from tests.mutation.run_mutations import DOCUMENT, PROJECT, document, survivors

DATA = PROJECT / "data"


@pytest.fixture(scope="module")
def noticing() -> Noticing:
    return Noticing(DATA, PROJECT / "ontology", PROJECT / "shapes")


def of_kind(noticing: Noticing, file: str, kind: str) -> Mutant:
    """The first mutant of a kind in a file."""
    return next(mutant for mutant in mutants(noticing.files, 1) if mutant.file.name == file and mutant.kind == kind)


def test_every_file_has_its_mutants_and_the_sample_is_the_same_each_time(noticing: Noticing) -> None:
    sample = list(mutants(noticing.files, 1))
    again = list(mutants(read_files(input_files(DATA)).files, 1))
    assert [str(mutant) for mutant in sample] == [str(mutant) for mutant in again]
    assert {mutant.file for mutant in sample if mutant.new is None} == set(input_files(DATA))
    assert {mutant.file.name for mutant in sample if mutant.new is not None} > {"trusts.ttl", "wirral.ttl"}


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("national.ttl", "status"),
        ("councils.ttl", "type"),
        ("wirral.ttl", "locator"),
        ("trusts.ttl", "text"),
        ("warrington.ttl", "coveredArea"),
    ],
)
def test_the_rules_on_the_data_as_written_notice_a_missing_triple(noticing: Noticing, file: str, kind: str) -> None:
    assert noticing.notices([of_kind(noticing, file, kind)], ("as-written",)) == "as-written"


def test_a_remark_may_go_unnoticed(noticing: Noticing) -> None:
    remark = next(mutant for mutant in mutants(noticing.files, 1) if mutant.kind == "note")
    assert noticing.notices([remark], ("as-written",)) is None


def test_survivors_are_found_one_by_one_in_a_group(noticing: Noticing) -> None:
    sample = list(mutants(noticing.files, 1))[:9]
    noticed = {sample[2], sample[7]}

    def finds(group: Sequence[Mutant]) -> bool:
        return bool(noticed & set(group))

    assert survivors(sample, finds) == [mutant for mutant in sample if mutant not in noticed]
    assert survivors([], finds) == []


def test_the_list_of_survivors_explains_each_kind() -> None:
    written = DOCUMENT.read_text("utf-8")
    sections = re.findall(r"^## (.+) \((\d+)\)\n\n(.+)\n\n((?:- .+\n)+)", written, re.MULTILINE)
    assert sections
    for kind, count, explanation, listed in sections:
        assert explanation == EXPLANATIONS[kind]
        assert listed.count("\n") == int(count)
    # A larger sample (--each) has survivors of further kinds, which are explained as well.
    assert {kind for kind, *_ in sections} <= set(EXPLANATIONS)


def test_a_kind_that_nobody_explained_is_said_so(noticing: Noticing) -> None:
    mutant = of_kind(noticing, "wirral.ttl", "status")
    odd = Mutant(Path("wirral.ttl"), mutant.old, None)
    assert odd.kind not in EXPLANATIONS
    assert "Not explained yet." in document([odd], 1, 1)
