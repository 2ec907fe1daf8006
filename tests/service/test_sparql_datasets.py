"""Whose data is served how: a stranger's folder in every syntax, a governed graph with named graphs, the union."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.service.served import served
from tests.support.graphs import PREFIXES
from tests.support.small_graph import TURTLE

NOTES = "http://example.org/notes"
TRIG = f"""
<http://example.org/alone> <http://example.org/p> "default" .
GRAPH <{NOTES}> {{ <http://example.org/note> <http://example.org/p> "named" . <http://example.org/alone>
    <http://example.org/p> "default" }}
"""
EVERY_SYNTAX = {
    "a.ttl": '<urn:ttl> <urn:p> [ <urn:q> "x" ] .',
    "b.TTL": '<urn:upper> <urn:p> "x" .',
    "c.turtle": '<urn:turtle> <urn:p> "x" .',
    "d.nt": '<urn:nt> <urn:p> "x" .\n',
    "e.nq": '<urn:nq> <urn:p> "x" .\n',
    "f.trig": '{ <urn:trig> <urn:p> "x" }',
    "g.n3": '<urn:n3> <urn:p> "x" .',
    "sub/h.rdf": (
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:">'
        '<r:Description r:about="urn:rdf"><u:p>x</u:p></r:Description></r:RDF>'
    ),
    "sub/deeper/i.owl": (
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:">'
        '<r:Description r:about="urn:owl"><u:p>x</u:p></r:Description></r:RDF>'
    ),
    "j.jsonld": json.dumps({"@id": "urn:jsonld", "urn:p": "x"}),
    "package.json": '{"no": "RDF"}',
    "readme.txt": "no RDF",
}


def rows(client: httpx.Client, query: str, **parameters: str) -> list[str]:
    response = client.get("/sparql", params={"query": query, **parameters})
    assert response.status_code == 200, response.text
    (name,) = response.json()["head"]["vars"]
    return sorted(row[name]["value"] for row in response.json()["results"]["bindings"])


def test_a_folder_in_every_syntax(tmp_path: Path) -> None:
    with served(tmp_path, EVERY_SYNTAX) as at, httpx.Client(base_url=at, timeout=20) as client:
        found = rows(client, "SELECT DISTINCT ?s { ?s <urn:p> ?o }")
    names = ["ttl", "upper", "turtle", "nt", "nq", "trig", "n3", "rdf", "owl", "jsonld"]
    assert found == sorted(f"urn:{name}" for name in names)


def test_blank_nodes_in_circles_and_without_a_word_are_no_fault_of_a_stranger(tmp_path: Path) -> None:
    text = "_:a <urn:p> _:b . _:b <urn:p> _:a . <urn:x> <urn:p> _:nothing , <<( _:a <urn:p> _:c )>> ."
    with served(tmp_path, {"a.ttl": text, "b.ttl": text}) as at, httpx.Client(base_url=at, timeout=20) as client:
        assert rows(client, "SELECT (COUNT(*) AS ?n) {?s ?p ?o}") == ["8"]


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    files = {"graph.ttl": PREFIXES + TURTLE, "notes.trig": TRIG}
    with (
        served(tmp_path_factory.mktemp("governed"), files) as at,
        httpx.Client(base_url=at, timeout=20) as client,
    ):
        yield client


CHAIN = (
    "SELECT ?x { <https://w3id.org/ics-graph/id/org/northton-ccg> <https://w3id.org/ics-graph/ns#accountableTo> ?x }"
)
DAY = "https://w3id.org/ics-graph/as-of/"


def test_named_graphs_beside_the_graph_of_days(governed: httpx.Client) -> None:
    assert rows(governed, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", on="2020-11-09") == [NOTES]
    assert rows(governed, "SELECT ?s { ?s <http://example.org/p> ?o }") == ["http://example.org/alone"]
    assert rows(governed, f"SELECT ?s FROM <{NOTES}> {{ ?s ?p 'named' }}") == ["http://example.org/note"]
    assert len(governed.get("/organisations/northton-ccg?on=2020-11-09").json()["names"]) > 0


def test_a_day_as_a_default_graph(governed: httpx.Client) -> None:
    expected = rows(governed, CHAIN, on="2020-11-09")
    assert expected
    assert rows(governed, CHAIN, **{"default-graph-uri": DAY + "2020-11-09"}) == expected
    assert rows(governed, CHAIN, **{"default-graph-uri": DAY + "2022-07-01"}) == []
    assert rows(governed, CHAIN.replace("{", f"FROM <{DAY}2020-11-09> {{", 1)) == expected
    # The request's dataset comes before the query's.
    told = CHAIN.replace("{", f"FROM <{DAY}2022-07-01> {{", 1)
    assert rows(governed, told, **{"default-graph-uri": DAY + "2020-11-09"}) == expected
    assert rows(governed, CHAIN, **{"default-graph-uri": NOTES}) == []
    response = governed.get("/sparql", params={"query": CHAIN, "default-graph-uri": DAY + "2020-11-09"})
    assert response.headers["ics-graph-on"] == "2020-11-09"
    assert "ics-graph-on" not in governed.get("/sparql", params={"query": "ASK {}", "default-graph-uri": NOTES}).headers


def test_a_day_and_a_graph_are_merged(governed: httpx.Client) -> None:
    query = "SELECT (COUNT(*) AS ?n) { <http://example.org/alone> ?p ?o }"
    both = [("default-graph-uri", name) for name in (NOTES, DAY + "2020-11-09")]
    named = query.replace("{", f"FROM <{NOTES}> FROM <{DAY}2020-11-09> {{")
    for pairs in ([("query", query), *both], [("query", named)]):
        response = governed.get("/sparql?" + urlencode(pairs))
        assert response.status_code == 200, response.text
        (row,) = response.json()["results"]["bindings"]
        assert row["n"]["value"] == "1"


@pytest.mark.parametrize(
    ("path", "parameters", "named"),
    [
        ("/sparql", {"on": "2020-11-09"}, "on"),
        ("/sparql", {"status": "draft"}, "status"),
        ("/sparql", {"include": "unknown"}, "include"),
        ("/sparql", {"known": "2020-11-09"}, "known"),
        ("/as-of/2020-11-09/sparql", {}, "day"),
    ],
)
@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
def test_days_and_graphs_are_not_chosen_together(
    governed: httpx.Client, path: str, parameters: dict[str, str], named: str, parameter: str
) -> None:
    given = {"query": "ASK {}", parameter: NOTES, **parameters}
    for response in (governed.get(path, params=given), governed.post(path, data=given)):
        assert (response.status_code, response.json()["parameter"]) == (400, named)


@pytest.mark.parametrize(
    "given",
    [
        {"default-graph-uri": DAY + "2020-13-09"},
        {"default-graph-uri": DAY},
        {"named-graph-uri": DAY + "2020-11-09"},
        {"default-graph-uri": "https://w3id.org/ics-graph/seg/in-force/0-8"},
        {"query": f"ASK FROM NAMED <{DAY}2020-11-09> {{}}"},
        {"query": "ASK FROM <https://w3id.org/ics-graph/seg/in-force/0-8> {}"},
    ],
)
def test_no_graph_of_a_day(governed: httpx.Client, given: dict[str, str]) -> None:
    response = governed.get("/sparql", params={"query": "ASK {}", **given})
    assert response.status_code == 400
    assert response.json()["detail"].endswith(".")


def test_two_days_are_refused(governed: httpx.Client) -> None:
    days = "&".join(f"default-graph-uri={DAY}{day}" for day in ("2020-11-09", "2020-11-10"))
    assert governed.get(f"/sparql?query=ASK%7B%7D&{days}").status_code == 400


def test_description_of_a_governed_graph(governed: httpx.Client) -> None:
    text = governed.get("/sparql.nt").text
    assert f"#name> <{NOTES}>" in text
    assert "vocabulary> <https://w3id.org/ics-graph/ns#>" in text
    assert "license> <https://creativecommons.org/licenses/by/4.0/>" in text


def test_union_where_it_is_asked_for(tmp_path: Path) -> None:
    with (
        served(tmp_path, {"a.trig": TRIG}, UNION_DEFAULT_GRAPH="true") as at,
        httpx.Client(base_url=at, timeout=20) as client,
    ):
        assert rows(client, "SELECT ?s { ?s ?p ?o }") == ["http://example.org/alone", "http://example.org/note"]
        assert rows(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }") == [NOTES]
        tag = client.get("/sparql", params={"query": "ASK {}"}).headers["etag"]
        assert "UnionDefaultGraph" in client.get("/sparql.nt").text
    again = tmp_path / "again"
    again.mkdir()
    (again / "cache").symlink_to(tmp_path / "cache")
    with served(again, {"a.trig": TRIG}) as at, httpx.Client(base_url=at, timeout=20) as client:
        assert rows(client, "SELECT ?s { ?s ?p ?o }") == ["http://example.org/alone"], "asked for the time before"
        assert client.get("/sparql", params={"query": "ASK {}"}).headers["etag"] != tag


def test_the_licence_is_that_of_the_data(tmp_path: Path) -> None:
    text = (
        "<urn:d> a <http://www.w3.org/ns/dcat#Dataset> ; "
        "<http://purl.org/dc/terms/license> <http://example.org/licence> ."
    )
    with served(tmp_path, {"a.ttl": text}) as at:
        link = httpx.get(at + "/sparql?query=ASK%7B%7D").headers["link"]
        assert link == '<http://example.org/licence>; rel="license"'
        assert httpx.get(at + "/organisations").json()["meta"]["licence"] == "http://example.org/licence"


def test_relative_iris_have_the_base_that_is_set(tmp_path: Path) -> None:
    rdf = (
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:">'
        '<r:Description r:about=""><u:p>x</u:p></r:Description></r:RDF>'
    )
    files = {"a.ttl": "<#it> <urn:p> <other> .", "sub/b.rdf": rdf}
    with (
        served(tmp_path, files, BASE_IRI="http://example.org/data/") as at,
        httpx.Client(base_url=at, timeout=20) as client,
    ):
        found = rows(client, "SELECT ?x { { ?x ?p ?o } UNION { ?s ?p ?x FILTER(isIRI(?x)) } }")
    assert found == [f"http://example.org/data/{name}" for name in ("a.ttl#it", "other", "sub/b.rdf")]
