"""A query in a worker, here in the test's own process: dataset, joined graphs, forms, limits, errors, parameters."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from pyoxigraph import DefaultGraph, NamedNode, QueryResultsFormat, RdfFormat, Store

from ics_graph.errors import BadQuery, InvalidParameter, TooLarge
from ics_graph.workers.binding import bind
from ics_graph.workers.evaluation import JOINED_KEPT, QueryEvaluator, count_rows
from ics_graph.workers.messages import DEFAULT_GRAPH, Circumstances, QueryJob
from tests.workers.conftest import ONE, TWO, quads

JSON, CSV = "application/sparql-results+json", "text/csv"
EVERYTHING = "SELECT * { ?s ?p ?o }"
DAY = (DEFAULT_GRAPH, ONE, TWO)


@pytest.fixture(scope="module")
def store() -> Store:
    loaded = Store()
    loaded.bulk_load(quads().encode(), RdfFormat.N_QUADS)
    return loaded


@pytest.fixture(scope="module")
def evaluator(store: Store) -> QueryEvaluator:
    return QueryEvaluator(store, writable=True)


def answer(
    evaluator: QueryEvaluator, job: QueryJob | str, rows: int = 10_000, size: int = 1 << 20
) -> tuple[int, bytes]:
    asked = QueryJob(job) if isinstance(job, str) else job
    header, body = evaluator.evaluate({**asked.payload(), "rows": rows, "bytes": size})
    return header["rows"], body


def altered(job: QueryJob, **parts: Any) -> QueryJob:
    """The job in other circumstances."""
    return job._replace(circumstances=replace(job.circumstances, **parts))


def column(evaluator: QueryEvaluator, job: QueryJob) -> list[str]:
    rows, body = answer(evaluator, altered(job, solutions=CSV))
    values = body.decode().split("\r\n")[1:-1]
    assert len(values) == rows
    return values


def test_the_engine_merges_no_duplicates_across_graphs(store: Store) -> None:
    graphs: list[NamedNode] = [NamedNode(ONE), NamedNode(TWO)]
    assert len(list(store.query(EVERYTHING, default_graph=graphs))) == 3  # type: ignore[arg-type]


def test_the_dataset_is_the_jobs_whatever_from_says(evaluator: QueryEvaluator) -> None:
    assert answer(evaluator, QueryJob(EVERYTHING, Circumstances(default_graphs=(ONE,), named_graphs=())))[0] == 1
    query = f"SELECT * FROM <{TWO}> {{ ?s ?p ?o }}"
    assert answer(evaluator, query)[0] == 2
    assert answer(evaluator, QueryJob(query, Circumstances(default_graphs=(ONE,), named_graphs=())))[0] == 1
    in_graph = "SELECT * { GRAPH ?g { ?s ?p ?o } }"
    assert answer(evaluator, QueryJob(in_graph, Circumstances(named_graphs=(TWO,))))[0] == 2
    assert answer(evaluator, QueryJob(in_graph, Circumstances(named_graphs=())))[0] == 0
    assert answer(evaluator, QueryJob(in_graph))[0] == 3


@pytest.mark.parametrize("writable", [True, False])
def test_joined_graphs_hold_each_triple_once(store: Store, writable: bool) -> None:
    evaluator = QueryEvaluator(store, writable=writable)
    count = "SELECT (COUNT(*) AS ?n) { ?s <https://example.org/up> ?o }"
    job = QueryJob(count, Circumstances(default_graphs=(ONE, TWO)))
    assert column(evaluator, job) == ["3"]
    assert column(evaluator, altered(job, joined=True)) == ["2"]
    assert column(evaluator, altered(job, joined=True, default_graphs=DAY)) == ["2"]
    everything = QueryJob("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", Circumstances(default_graphs=DAY, joined=True))
    assert column(evaluator, everything) == [str(len(store_triples(store)))]
    in_graph = QueryJob("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", Circumstances(named_graphs=None))
    assert column(evaluator, in_graph) == ["3"], "copies of our own are no graphs of the dataset"


def store_triples(store: Store) -> set[pyoxigraph.Triple]:
    graphs: list[DefaultGraph | NamedNode] = [DefaultGraph(), NamedNode(ONE), NamedNode(TWO)]
    return {quad.triple for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph)}


def test_few_joined_graphs_are_kept(store: Store) -> None:
    evaluator, before = QueryEvaluator(store, writable=True), len(list(store.named_graphs()))
    for number in range(2 * JOINED_KEPT):
        graphs = (DEFAULT_GRAPH, ONE, TWO, f"https://example.org/none/{number}")
        for _ in range(2):
            assert answer(evaluator, QueryJob("ASK {}", Circumstances(default_graphs=graphs, joined=True)))[0] == 1
    assert len(list(store.named_graphs())) <= before + JOINED_KEPT


def test_a_name_of_a_graph_must_be_an_iri(evaluator: QueryEvaluator) -> None:
    with pytest.raises(InvalidParameter):
        answer(evaluator, QueryJob("ASK {}", Circumstances(default_graphs=("no iri",))))


@pytest.mark.parametrize("media_type", [JSON, "application/sparql-results+xml", CSV, "text/tab-separated-values"])
def test_rows_are_limited_exactly(evaluator: QueryEvaluator, media_type: str) -> None:
    rows = '("x},{\\r\\n" 1) (UNDEF UNDEF) ("\\"}},{\\"" <urn:a>) ("<result>\\t," "\\\\")'
    query = f"SELECT * {{ VALUES (?a ?b) {{ {rows} }} }}"
    job = QueryJob(query, Circumstances(solutions=media_type))
    assert answer(evaluator, job, rows=4)[0] == 4
    with pytest.raises(TooLarge) as caught:
        answer(evaluator, job, rows=3)
    assert caught.value.setting == "query_rows"


FORMS = (QueryResultsFormat.JSON, QueryResultsFormat.XML, QueryResultsFormat.CSV, QueryResultsFormat.TSV)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_rows_are_counted_in_every_form(form: QueryResultsFormat) -> None:
    rows = [
        '"\\"}},{\\""',
        '"}},{"',
        '"},{"',
        '"a\\r\\nb"',
        '"<result>"',
        "<urn:a>",
        "1",
        '"\\\\"',
        '"{\\"bindings\\":[{"',
        "UNDEF",
    ]
    for count in range(len(rows) + 1):
        query = "SELECT * { VALUES ?a { " + " ".join(rows[:count]) + " } }"
        results = Store().query(query)
        assert isinstance(results, pyoxigraph.QuerySolutions)
        assert count_rows(results.serialize(format=form) or b"", form) == count
    results = Store().query("SELECT * {}")
    assert isinstance(results, pyoxigraph.QuerySolutions)
    assert count_rows(results.serialize(format=form) or b"", form) == 1


def test_bytes_are_limited_exactly(evaluator: QueryEvaluator) -> None:
    query = "SELECT (STRDT('aaaaaaaaaa', <urn:d>) AS ?x) {}"
    size = len(answer(evaluator, query)[1])
    assert answer(evaluator, query, size=size)[0] == 1
    with pytest.raises(TooLarge) as caught:
        answer(evaluator, query, size=size - 1)
    assert caught.value.setting == "query_bytes"


def test_of_two_limits_that_of_rows_is_named(evaluator: QueryEvaluator) -> None:
    with pytest.raises(TooLarge) as caught:
        answer(evaluator, EVERYTHING, rows=10, size=4096)
    assert caught.value.setting == "query_rows"


def test_triples_are_limited_exactly(evaluator: QueryEvaluator) -> None:
    job = QueryJob(
        "CONSTRUCT WHERE { ?s <https://example.org/name> ?o }", Circumstances(prefixes={"e": "https://example.org/"})
    )
    rows, body = answer(evaluator, job, rows=40)
    assert rows == 40
    assert b"@prefix e:" in body
    assert b"e:n1 e:name" in body
    with pytest.raises(TooLarge) as caught:
        answer(evaluator, job, rows=39)
    assert caught.value.setting == "query_rows"
    with pytest.raises(TooLarge) as caught:
        answer(evaluator, job, size=100)
    assert caught.value.setting == "query_bytes"


@pytest.mark.parametrize(
    "media_type", ["text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"]
)
def test_graphs_come_in_every_form(evaluator: QueryEvaluator, media_type: str) -> None:
    rows, body = answer(evaluator, QueryJob("DESCRIBE <https://example.org/n1>", Circumstances(graphs=media_type)))
    form = RdfFormat.from_media_type(media_type)
    assert form is not None
    assert len(list(pyoxigraph.parse(body, form, base_iri="urn:x"))) == rows > 0


def test_a_truth_value_is_one_row(evaluator: QueryEvaluator) -> None:
    assert answer(evaluator, QueryJob("ASK {}"), rows=1) == (1, b'{"head":{},"boolean":true}')


def test_an_unknown_form_is_refused(evaluator: QueryEvaluator) -> None:
    with pytest.raises(InvalidParameter):
        answer(evaluator, QueryJob("ASK {}", Circumstances(solutions="text/html")))


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * {?s ?p ?o} ; DROP ALL", 1, 21),
        ("SELECT * {\n  ?s ?p ?o\n  ?t ?p ?o }", 3, 3),
        ("SELECT ?o { '😀' ?p ?o }\n}", 2, 1),
        ("SELECT * { é foo:p ?o }", 1, 12),
        ("SELECT * { ?s foo:p ?o }", 1, 15),
        ("SELECT * { ?s ?p <rel> }", 1, 18),
        ("SELECT * {\n ?s ?p ?o FILTER(?o = 1 }", 2, 25),
        ("SELECT * {\n\n  OPTIONAL { ?s ?p ?o ", 3, 12),
        ("SELECT * WHERE", 1, 15),
        ("SELECT ?a COUNT(?b) { ?a ?b ?c }", 1, 11),
        ("SELECT ?x (COUNT(?y) AS ?n) { ?x ?p ?y }", 1, 1),
        ("SELECT * { ?s ?p 'never }", 1, 18),
        ("SELECT * { ?s ?p ?o } LIMIT -1", 1, 29),
    ],
)
def test_a_syntax_error_has_its_place_in_the_users_text(
    evaluator: QueryEvaluator, query: str, line: int, column: int
) -> None:
    with pytest.raises(BadQuery) as caught:
        answer(evaluator, query)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "error at" not in caught.value.message


def test_what_the_engine_has_not_is_said(evaluator: QueryEvaluator) -> None:
    with pytest.raises(BadQuery, match="not supported"):
        answer(evaluator, "SELECT (<urn:f>(1) AS ?x) {}")


UP = QueryJob("SELECT ?o { ?body <https://example.org/up>+ ?o } ORDER BY ?o", Circumstances(default_graphs=(TWO,)))
A = {"body": "<https://example.org/a>"}


def test_a_parameter_need_not_be_selected(evaluator: QueryEvaluator) -> None:
    assert column(evaluator, altered(UP, substitutions=A)) == ["https://example.org/b", "https://example.org/c"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?x { ?x <urn:p> ?y }", "SELECT (<urn:t> AS ?x) { <urn:t> <urn:p> ?y }"),
        ("SELECT * { FILTER(BOUND(?x) && !BOUND(?y)) }", "SELECT * { FILTER(true && !BOUND(?y)) }"),
        ("SELECT ?y { ?y ?p '?x' } # ?x", "SELECT ?y { ?y ?p '?x' } # ?x"),
        (
            "SELECT ?x (COUNT(?y) AS ?n) { ?x ?p ?y } GROUP BY ?x HAVING(?x = 1) ORDER BY ?x DESC(?x)",
            "SELECT (<urn:t> AS ?x) (COUNT(?y) AS ?n) { <urn:t> ?p ?y } GROUP BY (<urn:t> AS ?x_given) "
            "HAVING(<urn:t> = 1) ORDER BY (<urn:t>) DESC(<urn:t>)",
        ),
        (
            "SELECT ?n { { SELECT ?n { $x ?p ?n } } VALUES ?n { 1 } }",
            "SELECT ?n { { SELECT ?n { <urn:t> ?p ?n } } VALUES ?n { 1 } }",
        ),
        ("DESCRIBE ?x", "DESCRIBE <urn:t>"),
        ("SELECT * { ?a ?p ?b FILTER(?a<?x) }", "SELECT * { ?a ?p ?b FILTER(?a< <urn:t>) }"),
    ],
)
def test_a_term_takes_the_place_of_its_variable(query: str, expected: str) -> None:
    bound = bind(query, {"x": "<urn:t>"})
    assert "".join(bound.split()) == "".join(expected.split())
    Store().query(bound)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { BIND(1 AS ?x) }",
        "SELECT (1 AS ?x) {}",
        "SELECT * { VALUES ?x { 1 } }",
        "SELECT * { VALUES (?y ?x) { (1 2) } }",
        "SELECT * { { SELECT ?x { ?x ?p ?o } } }",
    ],
)
def test_a_parameter_cannot_be_assigned_in_the_query(query: str) -> None:
    with pytest.raises(BadQuery):
        bind(query, {"x": "<urn:t>"})


@pytest.mark.parametrize(
    "term",
    [
        "",
        "?y",
        "_:b",
        "urn:t",
        "<urn:t",
        "<no iri>",
        "<urn:t> . <urn:a> <urn:b> <urn:c>",
        '"a" } #',
        "<urn:t> <urn:g>",
        "1",
        "'a'",
    ],
)
def test_only_one_term_is_bound(term: str) -> None:
    with pytest.raises(InvalidParameter):
        bind("SELECT ?x {}", {"x": term})


@pytest.mark.parametrize(
    "text",
    ['a" } DROP ALL #', "a'b\\c", "\n\r\t", "{ } ?x <urn:y> # \\u0022", "é😀", "' } SERVICE <http://127.0.0.1/> {} #"],
)
def test_any_text_stays_one_literal(evaluator: QueryEvaluator, text: str) -> None:
    job = QueryJob("SELECT ?x { ?s ?p ?o } LIMIT 1", Circumstances(substitutions={"x": str(pyoxigraph.Literal(text))}))
    row = json.loads(answer(evaluator, job)[1])["results"]["bindings"]
    assert row == [{"x": {"type": "literal", "value": text}}]


def test_errors_of_a_query_with_parameters_have_their_place_in_the_original(evaluator: QueryEvaluator) -> None:
    with pytest.raises(BadQuery) as caught:
        answer(evaluator, QueryJob("SELECT * { ?body ?p }", Circumstances(substitutions=A)))
    assert (caught.value.line, caught.value.column) == (1, 21)
    with pytest.raises(BadQuery, match="parameter"):
        answer(evaluator, QueryJob("SELECT * { ?s ?body ?o }", Circumstances(substitutions={"body": '"text"'})))


def test_a_store_on_disk_is_read(tmp_path: Path) -> None:
    Store(str(tmp_path / "store")).bulk_load(quads().encode(), RdfFormat.N_QUADS)
    evaluator = QueryEvaluator(Store.read_only(str(tmp_path / "store")), writable=False)
    assert column(evaluator, altered(UP, substitutions=A, default_graphs=DAY, joined=True))[1:] == [
        "https://example.org/c"
    ]
