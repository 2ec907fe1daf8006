"""Shipped queries are written in the form that stays fast on a large graph.

Measured on half a million triples: FILTER NOT EXISTS 924 ms where MINUS took 14; a chain of five with an OPTIONAL date
after each hop 43 s (at 21 thousand triples) where all triple patterns first and date tests last took 3 to 8 ms.
"""

from __future__ import annotations

import re

import pytest

from ics_graph.workers.tokens import Token, scan
from tests.catalogue.evaluating import QUERIES
from tests.support.graphs import PROJECT

_DATE = re.compile(r"OPTIONAL\s*\{\s*\?\w+\s+ics:(?:start|end)\s+\?(\w+)")


def slow_forms(text: str) -> list[str]:
    """What of a query is in the slow form, in words."""
    found: list[str] = []
    tokens = [token for token in scan(text) if token.kind != "comment"]
    words = [token.text.upper() for token in tokens]
    if "EXISTS" in words:
        found.append("EXISTS: use MINUS, or a join")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    # A stated date may be shown (names, codes and events have no days of their own); comparing with it is slow.
    conditions = " ".join(re.findall(r"FILTER\s*\([^\n]*", body, re.IGNORECASE))
    found += [
        f"OPTIONAL date ?{variable} in a FILTER: the day graph has the day"
        for variable in _DATE.findall(body)
        if re.search(rf"\?{variable}\b", conditions)
    ]
    if re.search(r"\b(?:NOW|RAND|UUID|STRUUID)\s*\(", body, re.IGNORECASE):
        found.append("an answer that is another each time")
    return found + _patterns_after_optionals(tokens)


def _patterns_after_optionals(tokens: list[Token]) -> list[str]:
    """Triple patterns that follow an OPTIONAL or a FILTER of their own group: the planner cannot put them first."""
    found: list[str] = []
    # For each open brace: whether an OPTIONAL or FILTER has stood in it; brackets are passed over.
    late: list[bool] = []
    depth = 0
    after_keyword = False
    start_of_pattern = True
    for before, token in zip([Token("", "", 0), *tokens], tokens, strict=False):
        text = token.text.upper() if token.kind == "word" else token.text
        if text == "(":
            depth += 1
        elif text == ")":
            depth -= 1
        elif depth:
            continue
        elif text == "{":
            late.append(False)
        elif text == "}":
            late.pop()
        elif text in {"OPTIONAL", "FILTER"} and late:
            late[-1] = True
        start_of_pattern = before.text in {"}", ".", "{", ")"} and not after_keyword
        if start_of_pattern and token.kind in {"variable", "iri", "name"} and late and late[-1]:
            found.append(f"a pattern after OPTIONAL or FILTER, at character {token.start}")
        after_keyword = before.text.upper() == "AS"
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_shipped_queries_are_in_the_fast_form(name: str) -> None:
    assert slow_forms(QUERIES[name].text) == []


@pytest.mark.parametrize(
    "slow",
    [
        "SELECT ?p WHERE { ?p a ics:Place FILTER NOT EXISTS { ?b ics:covers ?p } }",
        "SELECT ?p WHERE { ?p a ics:Place . filter  not\nexists { ?b ics:covers ?p } }",
        "SELECT ?a WHERE { ?r ics:actor ?a . OPTIONAL { ?r ics:end ?e } FILTER(!BOUND(?e)) }",
        "SELECT ?a WHERE { ?r ics:actor ?a . OPTIONAL { ?r ics:forum ?f } ?s ics:actor ?f . }",
        "SELECT ?a WHERE { ?r ics:actor ?a . FILTER(?a != ?b) ?s ics:actor ?b }",
        "SELECT ?a WHERE { ?r ics:actor ?a . BIND(NOW() AS ?n) }",
    ],
)
def test_the_slow_form_is_seen(slow: str) -> None:
    assert slow_forms(slow)


@pytest.mark.parametrize(
    "fast",
    [
        "SELECT ?p WHERE { ?p a ics:Place MINUS { ?b ics:covers ?p } OPTIONAL { ?p rdfs:label ?n } }",
        "SELECT ?a WHERE { # FILTER NOT EXISTS would be slow\n ?r ics:actor ?a OPTIONAL { ?r ics:forum ?f } }",
        "SELECT ?a WHERE { { ?a ics:p ?b OPTIONAL { ?a ics:q ?c } } UNION { ?a ics:r ?b } ?a ics:s ?d }",
    ],
)
def test_the_fast_form_is_let_pass(fast: str) -> None:
    assert slow_forms(fast) == []


def test_queries_filter_by_no_day() -> None:
    """The day is chosen by the day graph: a query that compares dates itself would not agree with it."""
    for name, query in QUERIES.items():
        for condition in re.findall(r"FILTER\s*\(([^\n]*)\)", query.text):
            assert not re.search(r"(?i)date|day|start|end|attest", condition), name


def test_every_query_is_documented() -> None:
    document = (PROJECT / "docs" / "queries.md").read_text("utf-8")
    for query in QUERIES.values():
        assert f"## {query.title}" in document
        assert query.question in document
        for parameter in query.parameters:
            assert parameter.description in document


def test_there_are_enough_of_them_and_no_two_alike() -> None:
    assert len(QUERIES) >= 12
    assert len({query.title for query in QUERIES.values()}) == len(QUERIES)
    assert len({query.question for query in QUERIES.values()}) == len(QUERIES)
    for query in QUERIES.values():
        assert query.question.rstrip(")").endswith((".", "?"))
        assert query.example
