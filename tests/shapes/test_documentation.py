"""Every rule is documented, says why it exists, and speaks to people who do not program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyoxigraph import Literal

from ics_graph.errors import InvalidData
from ics_graph.loading.reader import read_files
from ics_graph.loading.texts import parse_term
from ics_graph.store.layout import input_files
from ics_graph.store.subjects import SubjectIndex
from ics_graph.validation import rule_documentation
from ics_graph.validation.rules import SH, VIEWS, Rule, read_rules
from ics_graph.vocabulary import CONCEPT, RDFS
from tests.shapes.checking import ONTOLOGY, SHAPES
from tests.shapes.examples import bad_examples

INDEX = SubjectIndex.of(read_files(input_files(SHAPES)).rows)
RULES = read_rules(INDEX)
REASON = re.compile(r"(Law|Guidance|Our own convention(, after Bovens|, from the reports read)?): ")


def test_the_list_of_rules_is_up_to_date() -> None:
    written = rule_documentation.DOCUMENT.read_text("utf-8")
    assert written == rule_documentation.document(SHAPES, bad_examples()), "docs/rules.md is out of date: make docs"


def test_every_rule_has_an_example_that_fails() -> None:
    assert {rule.shape.rsplit("#", 1)[-1] for rule in RULES} == set(bad_examples())


@pytest.mark.parametrize("own", RULES, ids=lambda rule: str(rule.shape.rsplit("#", 1)[-1]))
def test_a_rule_says_what_why_where_and_how_to_mend(own: Rule) -> None:
    assert INDEX.text(own.shape, RDFS + "label")
    assert own.ours
    assert own.reason is not None
    assert REASON.match(own.reason), own.reason
    assert own.remedy
    # A law is named with its section: "Law: NHS Act 2006, section 14Z25".
    if own.reason.startswith("Law: "):
        assert re.search(r"section|Schedule|regulation|SI \d{4}/\d+", own.reason)


def test_every_message_is_in_english_and_a_sentence() -> None:
    texts = [parse_term(text) for _, text in INDEX.subjects_of(SH + "message")]
    assert len(texts) > len(RULES)
    for term in texts:
        assert isinstance(term, Literal)
        assert term.language == "en"
        assert term.value.endswith((".", "?"))
        assert "sh:" not in term.value


def test_each_view_is_a_concept() -> None:
    schemes = SubjectIndex.of(read_files(input_files(ONTOLOGY)).rows)
    for view in VIEWS:
        assert f"{CONCEPT}view/{view}" in schemes


def test_a_rule_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:x> a sh:NodeShape ; sh:targetClass <urn:y> .", "utf-8"
    )
    with pytest.raises(InvalidData, match="lacks a label"):
        rule_documentation.document(tmp_path)
