"""What the check before a query refuses and where, and what it tells of the others."""

from __future__ import annotations

import pytest

from ics_graph.errors import BadQuery, TooLarge, UpdateRefused
from ics_graph.settings import Settings
from ics_graph.vocabulary import AS_OF
from ics_graph.workers.precheck import CHAIN_FACTOR, CheckedQuery, precheck

SETTINGS = Settings()
OURS = "https://example.org/graph"


def check(query: str, **given: object) -> CheckedQuery:
    return precheck(query, SETTINGS, allowed_graphs={OURS}, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("# SERVICE\nPREFIX select: <urn:x> BASE <urn:y> ask {}", "ASK"),
        ("PREFIX :<urn:x>\nCONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("VERSION '1.2' DESCRIBE <urn:x>", "DESCRIBE"),
    ],
)
def test_the_form_is_told(query: str, form: str) -> None:
    assert check(query).form == form


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "PREFIX a: <urn:a>\n delete where { ?s ?p ?o }",
        "LOAD <http://127.0.0.1/>",
        "WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "CLEAR ALL",
        "DROP GRAPH <urn:g>",
        "COPY <urn:a> TO <urn:b>",
    ],
)
def test_updates_are_refused_as_such(query: str) -> None:
    with pytest.raises(UpdateRefused) as caught:
        check(query)
    assert caught.value.line is not None


SERVICE = "<http://127.0.0.1:8000/> { ?s ?p ?o }"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ SERVICE {SERVICE} }}",
        f"SELECT * {{ service silent {SERVICE} }}",
        f"SELECT * {{ sErViCe{SERVICE} }}",
        f"SELECT * {{ SERVICE#\n{SERVICE} }}",
        f"SELECT * {{ SERVICE # '\r{SERVICE} }}",
        "SELECT * { VALUES ?u { <http://127.0.0.1/> } SERVICE?u{ ?s ?p ?o } }",
        f"SELECT * {{ ?s ?p trueSERVICE{SERVICE} }}",
        f"SELECT * {{ ?s ?p 1SERVICE{SERVICE} }}",
        f"SELECT * {{ ?s ?p 1.SERVICE{SERVICE} }}",
        f"SELECT * {{ ?s ?p 1.eSERVICE{SERVICE} }}",
        "PREFIX e: <http://127.0.0.1/> SELECT * { SERVICEe:x{} }",
        "PREFIX e: <http://127.0.0.1/> SELECT * { ?s ?p true.SERVICEe:x {} }",
        "PREFIX e: <http://127.0.0.1/> SELECT * { SERVICESILENTe:x {} }",
        f"SELECT * {{ \\u0053ERVICE {SERVICE} }}",
        f"SELECT * {{ S\\U00000045RVICE {SERVICE} }}",
        f"SELECT * {{ ?s ?p ?o FILTER(?s<?o#>'''\n) SERVICE {SERVICE} #'''\n}}",
        f"SELECT * {{ ?s ?p 'a\\u0027 . SERVICE {SERVICE} #' }}",
        f"SELECT * {{ ?s ?p ?o # \\u000A SERVICE {SERVICE}\n }}",
        f"SELECT * {{ ?s ?p <urn:a\\u003E . SERVICE {SERVICE} #> }}",
    ],
)
def test_service_is_refused_however_it_is_written(query: str) -> None:
    with pytest.raises(BadQuery):
        check(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p 'SERVICE <x> {}' } # SERVICE",
        "PREFIX service: <urn:s> SELECT * { service:SERVICE ?p <urn:SERVICE> }",
        "PREFIX service: <urn:s> SELECT * { GRAPH service:g { ?s ?p ?o } }",
        "SELECT * { ?s ?p 'x'@service, _:service }",
        "PREFIX from: <urn:f> SELECT * { ?s ?p from:x } ORDER BY from:f(?s)",
        "SELECT * { ?s ?p ?o FILTER(?s != <urn:a#b> && ?o < 3) }",
        "SELECT * { VALUES (?a ?b) { (<http://a/#x> <http://a/#y>) } }",
        "SELECT * { ?s ?p 'caf\\u00e9 \\' \\n' }",
        "SELECT * { VALUES ?x { " + "-1 " * 20_000 + "} }",
        "SELECT * { VALUES (?x ?y) { " + "(<urn:a> 1) " * 20_000 + "} }",
        "SELECT * { ?s ?p ?o FILTER(?o IN (" + "-1, " * 20_000 + "1)) }",
        "SELECT * { ?s ?p ?o FILTER(?a<<urn:x>" + " && ?a<<urn:x>" * 500 + ") }",
    ],
)
def test_ordinary_queries_pass(query: str) -> None:
    assert check(query).text == query


def test_a_refusal_names_line_and_column() -> None:
    with pytest.raises(BadQuery) as caught:
        check("SELECT *\n{ é SERVICE <urn:x> {} }")
    assert (caught.value.line, caught.value.column) == (2, 5)
    assert caught.value.hint


@pytest.mark.parametrize("query", ["", "  # nothing\n", "{ ?s ?p ?o }", "HELLO", "EXPLAIN SELECT * {}", "SELEC * {}"])
def test_what_is_no_query_is_said_to_be_none(query: str) -> None:
    with pytest.raises(BadQuery, match="query"):
        check(query)


def test_the_datasets_own_graphs_may_be_named() -> None:
    checked = check(
        f"PREFIX e: <https://example.org/>\nSELECT * FROM <{OURS}> FROM NAMED e:graph "
        "FROM <https://w3id.org/ics-graph/as-of/2020-11-09> {}"
    )
    assert (checked.from_graphs, checked.from_named, checked.as_of) == ((OURS,), (OURS,), "2020-11-09")


def test_names_of_graphs_are_resolved() -> None:
    assert check("BASE <https://example.org/> SELECT * FROM <graph> {}").from_graphs == (OURS,)
    assert check("SELECT * FROM <gr\\u0061ph> {}", base="https://example.org/x").from_graphs == (OURS,)
    assert check("ASK FROM e:graph {}", prefixes={"e": "https://example.org/"}).from_graphs == (OURS,)
    assert check(f"CONSTRUCT {{ ?s ?p ?o }} FROM <{OURS}> {{ ?s ?p ?o }}").from_graphs == (OURS,)


def test_a_test_decides_which_graphs_may_be_named() -> None:
    query = "SELECT * FROM <urn:mine:1> {}"
    assert precheck(query, SETTINGS, allowed_graphs=lambda iri: iri.startswith("urn:mine:")).from_graphs == (
        "urn:mine:1",
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM <file:///etc/passwd> {}",
        "SELECT * FROM <http://127.0.0.1:8000/> {}",
        "SELECT * FROM NAMED <https://example.org/other> {}",
        "SELECT * FROM NAMED <https://w3id.org/ics-graph/as-of/2020-11-09> {}",
        "BASE <file:///etc/> SELECT * FROM <passwd> {}",
        "PREFIX f: <file:///etc/> SELECT * FROM f:passwd {}",
        "PREFIX f: <file:///etc/> SELECT * FROMf:passwd {}",
        f"SELECT * FROMNAMED <{OURS}> {{}}",
        "SELECT * FROM<file:///etc/passwd>{}",
        "SELECT * from named <file:///etc/passwd> {}",
        "CONSTRUCT { ?s ?p ?o } FROM <file:///etc/passwd> WHERE { ?s ?p ?o }",
        f"SELECT * FROM <{AS_OF}2020-11-09> FROM <{AS_OF}2021-11-09> {{}}",
        f"SELECT * FROM <{OURS}/../x> {{}}",
        "SELECT * FROM ?g {}",
    ],
)
def test_other_graphs_are_refused(query: str) -> None:
    with pytest.raises(BadQuery):
        check(query)


@pytest.mark.parametrize(
    ("query", "cacheable"),
    [
        ("SELECT (NOW() AS ?n) {}", False),
        ("SELECT (rand () AS ?n) {}", False),
        ("SELECT (STRUUID() AS ?n) {}", False),
        ("SELECT (UUID() AS ?n) {}", False),
        ("SELECT (bnode('x') AS ?n) {}", False),
        ("SELECT (COUNT(DISTINCTRAND()) AS ?n) {}", False),
        ("SELECT ?now ?rand { ?now ?rand 'NOW()' FILTER(isBlank(?now)) } # UUID()", True),
    ],
)
def test_what_changes_from_call_to_call_is_not_cacheable(query: str, cacheable: bool) -> None:
    assert check(query).cacheable is cacheable


def test_the_limit_of_length_counts_bytes() -> None:
    start, end = "SELECT * {} # ", "é"
    longest = start + "x" * (SETTINGS.query_length - len(start) - 2) + end
    assert check(longest).form == "SELECT"
    with pytest.raises(TooLarge) as caught:
        check(longest + "x")
    assert caught.value.setting == "query_length"


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(BadQuery, match="surrogate"):
        check("SELECT ?\ud800 {}")


@pytest.mark.parametrize(
    ("opening", "closing"), [("(", ")"), ("{", "}"), ("[", "]"), ("<<(", ")>>"), ("<<", ">>"), ("{|", "|}")]
)
def test_the_limit_of_nesting_holds_for_every_bracket(opening: str, closing: str) -> None:
    deepest = SETTINGS.query_nesting - 1
    check("SELECT * {" + f" {opening} " * deepest + f" {closing} " * deepest + "}")
    check("SELECT * {" + f" {opening} {closing} " * (deepest + 1) + "}")
    with pytest.raises(TooLarge) as caught:
        check("SELECT * {" + f" {opening} " * (deepest + 1) + "}")
    assert caught.value.setting == "query_nesting"


@pytest.mark.parametrize(
    ("start", "piece", "end"),
    [
        ("SELECT * { FILTER(", "1=1||", "1=1) }"),
        ("SELECT * { FILTER(", "1+", "1) }"),
        ("SELECT * { ", "{} UNION ", "{} }"),
        ("SELECT * { ", "BIND(1 AS ?x) ", "}"),
        ("SELECT * { ", "OPTIONAL { ?s ?p ?o } ", "}"),
        ("SELECT ", "(1 AS ?x) ", "{}"),
    ],
)
def test_chains_have_a_limit(start: str, piece: str, end: str) -> None:
    most = CHAIN_FACTOR * SETTINGS.query_nesting
    check(start + piece * (most // 2 - 1) + end)
    with pytest.raises(TooLarge) as caught:
        check(start + piece * (most + 1) + end)
    assert caught.value.setting == "query_nesting"


def test_negations_in_a_row_count_as_nesting() -> None:
    check("SELECT * { FILTER(" + "!" * SETTINGS.query_nesting + "true) }")
    with pytest.raises(TooLarge):
        check("SELECT * { FILTER(" + "!" * (SETTINGS.query_nesting + 1) + "true) }")


def test_more_closing_than_opening_brackets_do_no_harm() -> None:
    assert check("SELECT * { ?s ?p ?o }}}))]]").form == "SELECT"
