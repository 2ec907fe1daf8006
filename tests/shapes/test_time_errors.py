"""The errors of the time vectors: each is found by a rule, and what is none is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ics_graph.validation.findings import Finding
from ics_graph.validation.runner import validate
from ics_graph.vocabulary import SHAPES as SHAPES_NAMESPACE
from tests.shapes.cases import EVIDENCE, LAW, body, person, post, relation
from tests.shapes.checking import ONTOLOGY, SHAPES, Example, check
from tests.support import time_vectors

ERRORS: list[dict[str, Any]] = time_vectors.VECTORS["errors"]
DAY = "2020-11-09"
ADVICE = "ics:adviser b:X-one ; ics:advised b:X-two"

EXPECTED = {
    "end not after start": "EndsAfterItStarts",
    "starts before one of its ends can have begun": "RelationFitsTheLives",
    "outlives one of its ends": "RelationFitsTheLives",
    "no citation": "RelationHasEvidence",
    "end and endedOnOrBefore together": "EndIsStatedOnce",
    "precision whose date is not the first day of its period": "StartPrecisionFits",
    "a designate's tenure before its body lives": "RelationFitsTheLives",
    "time zone on a date": "DatesAreClean",
    "time of day under xsd:date": "DatesAreClean",
    "impossible day": "DatesAreClean",
}


def facts(stated: Mapping[str, Any]) -> str:
    """The dates of a vector as Turtle, to be put before the evidence."""
    parts = [
        f'ics:{name} "{day}"^^xsd:date ; '
        for name, day in stated.items()
        if name in ("start", "end", "startedOnOrBefore", "endedOnOrBefore")
    ]
    parts += [f'ics:{name} "{stated[name]}" ; ' for name in ("startPrecision", "endPrecision") if name in stated]
    return "".join(parts)


def turtle(vector: Mapping[str, Any], status: str) -> str:
    """The graph of an error: two bodies (or a post) and a relation between them."""
    if "lexical" in vector:
        return body("X-one", more=f'ics:start "{vector["lexical"]}"^^xsd:date ; ', evidence=LAW)
    stated = vector["relation"]
    evidence = "" if stated.get("citations") == [] else LAW
    ends = vector.get("ends", [{}, {}])
    if len(ends) == 1:
        holders = post("X-chair", facts(ends[0]), LAW) + person("X-she")
        made = relation("X-it", "Tenure", "ics:holder pers:X-she ; ics:heldPost post:X-chair", facts(stated), evidence)
    else:
        holders = body("X-one", more=facts(ends[0]), evidence=LAW) + body("X-two", more=facts(ends[1]), evidence=LAW)
        made = relation("X-it", "Advice", ADVICE, facts(stated), evidence or 'ics:note "Uncited."@en')
    return holders + made.replace("st:in-force", f"st:{status}")


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Example, tuple[Finding, ...]]:
    examples = [Example(turtle(vector, status), DAY) for vector in ERRORS for status in ("in-force", "planned")]
    return check(examples, tmp_path_factory.mktemp("errors"))


@pytest.mark.parametrize("vector", ERRORS, ids=lambda vector: str(vector["case"]))
def test_an_error_of_the_vectors_is_found(
    vector: Mapping[str, Any], findings: Mapping[Example, tuple[Finding, ...]]
) -> None:
    found = findings[Example(turtle(vector, "in-force"), DAY)]
    rules = {finding.shape.removeprefix(SHAPES_NAMESPACE) for finding in found}
    if vector["finding"].startswith("none: "):
        assert rules == set()
        return
    assert rules == {EXPECTED[vector["case"]]}
    assert {finding.severity for finding in found} == {"violation"}
    if "none for status planned" in vector["finding"]:
        assert findings[Example(turtle(vector, "planned"), DAY)] == ()


def test_no_vector_of_the_rule_itself_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "vectors.ttl"
    file.write_text(time_vectors.turtle(), "utf-8")
    assert validate([file], [SHAPES / "dates.ttl"], ONTOLOGY).findings == ()


def test_lives_that_bound_nothing_are_no_error(tmp_path: Path) -> None:
    text = body("X-one") + relation(
        "X-it", "Advice", "ics:adviser b:X-one ; ics:advised b:X-one", facts({"start": "1990-01-01"}), EVIDENCE
    )
    assert check([Example(text, DAY)], tmp_path)[Example(text, DAY)] == ()
