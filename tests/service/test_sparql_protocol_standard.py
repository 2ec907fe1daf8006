"""SPARQL 1.1 Protocol, 2.1 (query operation) and 2.2, and SPARQL 1.1 Service Description: each rule against a server.

The dataset is a stranger's: named graphs and a default graph, nothing of this project's vocabulary.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import pytest
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results

from tests.service.served import served

# Names in the manner of other projects' test data; nothing is fetched from there.
ONE, TWO, THREE = (f"http://kasei.us/2009/09/sparql/data/data{number}.rdf" for number in (1, 2, 3))
DATA = f"""
PREFIX : <http://example.org/>
:default :p 0 .
:shared :p "shared" .
GRAPH <{ONE}> {{ <{ONE}> a :Document . :one :p 1 . :shared :p "shared" . _:b :p "first file" }}
GRAPH <{TWO}> {{ <{TWO}> a :Document . :two :p 2 . :shared :p "shared" }}
<{THREE}> {{ <{THREE}> a :Document . :three :p 3 }}
"""
QUADS = """<http://example.org/more> <http://example.org/p> "4" <http://example.org/graph> .
_:b <http://example.org/p> "second file" <http://example.org/graph> .
"""
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
DEFAULT_IS = "ASK { <http://example.org/default> ?p ?o }"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    files = {"graphs.trig": DATA, "deeper/quads.nq": QUADS}
    with served(tmp_path_factory.mktemp("stranger"), files) as at:
        yield at


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=20) as opened:
        yield opened


def ways(client: httpx.Client, query: str, *dataset: tuple[str, str], accept: str = "*/*") -> list[httpx.Response]:
    """The same query in the three ways of the standard (2.1.1 to 2.1.3)."""
    headers = {"Accept": accept}
    pairs = [("query", query), *dataset]
    return [
        client.get("/sparql?" + urlencode(pairs), headers=headers),
        client.post("/sparql", content=urlencode(pairs), headers={**headers, "Content-Type": FORM}),
        client.post(
            "/sparql?" + urlencode(dataset), content=query.encode(), headers={**headers, "Content-Type": DIRECT}
        ),
    ]


def ask(client: httpx.Client, query: str, *dataset: tuple[str, str]) -> bool:
    """The one answer that the three ways give to an ASK."""
    responses = ways(client, query, *dataset)
    assert [response.status_code for response in responses] == [200] * 3, responses[0].text
    answers = {response.json()["boolean"] for response in responses}
    assert len(answers) == 1
    return bool(answers.pop())


def values(client: httpx.Client, query: str, *dataset: tuple[str, str]) -> list[str]:
    """The values of the only column, sorted."""
    found = []
    for response in ways(client, query, *dataset):
        assert response.status_code == 200, response.text
        content = response.json()
        (name,) = content["head"]["vars"]
        found.append(sorted(row[name]["value"] for row in content["results"]["bindings"]))
    assert found[0] == found[1] == found[2]
    return found[0]


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal: a sentence, always."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert told["status"] == status
    assert told["detail"].endswith(".")
    assert len(told["detail"]) > 10
    return told


# -- 2.1.1 to 2.1.3: three ways to send a query ------------------------------------------------------------------------


def test_three_ways(client: httpx.Client) -> None:
    assert ask(client, DEFAULT_IS)
    assert not ask(client, "ASK { <http://example.org/one> ?p ?o }"), "a named graph is no part of the default graph"
    for media_type in (f"{FORM}; charset=UTF-8", FORM.upper()):
        response = client.post("/sparql", content=urlencode({"query": "ASK {}"}), headers={"Content-Type": media_type})
        assert response.json()["boolean"] is True


def test_text_beyond_ascii_arrives(client: httpx.Client) -> None:
    assert values(client, 'SELECT ("é ü 中 𝄞 + & = %" AS ?x) {}') == ["é ü 中 𝄞 + & = %"]


# -- 2.1.4: the dataset ------------------------------------------------------------------------------------------------


def test_one_default_graph(client: httpx.Client) -> None:
    chosen = ("default-graph-uri", ONE)
    assert ask(client, f"ASK {{ <{ONE}> a ?t }}", chosen)
    assert not ask(client, f"ASK {{ <{TWO}> a ?t }}", chosen)
    assert not ask(client, DEFAULT_IS, chosen)
    assert not ask(client, "ASK { GRAPH ?g { ?s ?p ?o } }", chosen), "no named graph was given"


def test_several_default_graphs_are_merged(client: httpx.Client) -> None:
    chosen = [("default-graph-uri", ONE), ("default-graph-uri", TWO)]
    assert ask(client, f"ASK {{ <{ONE}> a ?t . <{TWO}> a ?t }}", *chosen)
    assert not ask(client, f"ASK {{ <{THREE}> a ?t }}", *chosen)
    once = "SELECT (COUNT(*) AS ?n) { <http://example.org/shared> ?p ?o }"
    assert values(client, once, *chosen) == ["1"], "a triple of two graphs stands in their merge once"
    assert values(client, once.replace("{ <", f"FROM <{ONE}> FROM <{TWO}> {{ <")) == ["1"]


def test_named_graphs(client: httpx.Client) -> None:
    chosen = [("named-graph-uri", ONE), ("named-graph-uri", TWO)]
    assert values(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", *chosen) == [ONE, TWO]
    assert values(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", chosen[0]) == [ONE]
    assert not ask(client, "ASK { ?s ?p ?o }", *chosen), "the default graph is empty where none is given"
    assert not ask(client, f"ASK {{ GRAPH <{THREE}> {{ ?s ?p ?o }} }}", *chosen)


def test_default_and_named_graphs(client: httpx.Client) -> None:
    chosen = [("default-graph-uri", THREE), ("named-graph-uri", ONE), ("named-graph-uri", TWO)]
    query = f"ASK {{ <{THREE}> a ?t . GRAPH ?g {{ <{ONE}> a ?t }} GRAPH ?h {{ <{TWO}> a ?t }} }}"
    assert ask(client, query, *chosen)
    assert not ask(client, f"ASK {{ GRAPH <{THREE}> {{ ?s ?p ?o }} }}", *chosen)


def test_the_dataset_of_the_request_wins_over_that_of_the_query(client: httpx.Client) -> None:
    asked = f"ASK FROM <{ONE}> FROM NAMED <{ONE}> {{ <%s> a ?t }}"
    assert ask(client, asked % ONE)
    assert not ask(client, asked % ONE, ("default-graph-uri", TWO))
    assert ask(client, asked % TWO, ("default-graph-uri", TWO))
    unknown = "ASK FROM <http://nowhere.example/> { ?s ?p ?o }"
    assert ask(client, unknown, ("default-graph-uri", TWO)), "what does not count need not be there"
    named = f"SELECT DISTINCT ?g FROM NAMED <{ONE}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    assert values(client, named) == [ONE]
    assert values(client, named, ("named-graph-uri", TWO)) == [TWO]
    assert values(client, named, ("default-graph-uri", TWO)) == []


def test_the_dataset_of_the_query(client: httpx.Client) -> None:
    assert ask(client, f"ASK FROM <{TWO}> {{ <{TWO}> a ?t }}")
    assert not ask(client, f"ASK FROM NAMED <{TWO}> {{ ?s ?p ?o }}")
    both = f"ASK FROM <{TWO}> FROM NAMED <{ONE}> {{ <{TWO}> a ?t . GRAPH <{ONE}> {{ <{ONE}> a ?t }} }}"
    assert ask(client, both)


def test_the_dataset_of_a_post_may_stand_in_address_and_body(client: httpx.Client) -> None:
    response = client.post(
        "/sparql?" + urlencode({"default-graph-uri": ONE}),
        content=urlencode({"query": f"ASK {{ <{ONE}> a ?t . <{TWO}> a ?t }}", "default-graph-uri": TWO}),
        headers={"Content-Type": FORM},
    )
    assert response.json()["boolean"] is True


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize(
    "name", ["http://nowhere.example/", "", "file:///etc/passwd", "data1.rdf", "urn:ics-graph:joined:0", "\u0000"]
)
def test_a_graph_that_is_not_there_is_refused(client: httpx.Client, parameter: str, name: str) -> None:
    for response in ways(client, "ASK {}", (parameter, name)):
        told = refused(response, 400)
        assert told["parameter"] == parameter
        assert ONE in told["hint"]


@pytest.mark.parametrize("clause", ["FROM", "FROM NAMED"])
@pytest.mark.parametrize("name", ["http://nowhere.example/", "file:///etc/passwd", "http://127.0.0.1:1/"])
def test_from_of_a_graph_that_is_not_there_is_refused(client: httpx.Client, clause: str, name: str) -> None:
    for response in ways(client, f"ASK {clause} <{name}> {{ ?s ?p ?o }}"):
        assert refused(response, 400)["line"] == 1


def test_named_graphs_and_blank_nodes_of_files_are_kept(client: httpx.Client) -> None:
    names = values(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    assert names == sorted([ONE, TWO, THREE, "http://example.org/graph"])
    assert values(client, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["2"]
    shared = "ASK { GRAPH ?g { ?b ?p 'first file' } GRAPH ?h { ?b ?q 'second file' } }"
    assert not ask(client, shared), "_:b of two files are two nodes"


# -- 2.1.5 to 2.1.7: forms of answers ----------------------------------------------------------------------------------

SELECT = "SELECT ?o { ?s ?p ?o }"
CONSTRUCT = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{THREE}> {{ ?s ?p ?o }} }}"
ROW_FORMS = {
    "json": ("application/sparql-results+json", QueryResultsFormat.JSON),
    "xml": ("application/sparql-results+xml", QueryResultsFormat.XML),
    "tsv": ("text/tab-separated-values; charset=utf-8", QueryResultsFormat.TSV),
    "csv": ("text/csv; charset=utf-8", None),
}
GRAPH_FORMS = {
    "ttl": ("text/turtle; charset=utf-8", RdfFormat.TURTLE),
    "nt": ("application/n-triples", RdfFormat.N_TRIPLES),
    "nq": ("application/n-quads", RdfFormat.N_QUADS),
    "trig": ("application/trig; charset=utf-8", RdfFormat.TRIG),
    "rdf": ("application/rdf+xml", RdfFormat.RDF_XML),
    "jsonld": ("application/ld+json", RdfFormat.JSON_LD),
}


def in_each_way(client: httpx.Client, query: str, suffix: str, media_type: str) -> Iterator[httpx.Response]:
    yield from ways(client, query, accept=media_type.partition(";")[0])
    yield client.get(f"/sparql.{suffix}", params={"query": query})
    yield client.get("/sparql", params={"query": query, "format": suffix})
    yield client.get("/sparql", params={"query": query, "format": media_type.partition(";")[0]})
    yield client.post(f"/sparql.{suffix}", data={"query": query}, headers={"Accept": "image/png"})


@pytest.mark.parametrize("suffix", ROW_FORMS)
def test_rows_in_every_form(client: httpx.Client, suffix: str) -> None:
    media_type, syntax = ROW_FORMS[suffix]
    for response in in_each_way(client, SELECT, suffix, media_type):
        assert response.headers["content-type"] == media_type
        if syntax is None:
            assert sorted(response.text.splitlines()) == sorted(["o", "0", "shared"])
            continue
        rows = parse_query_results(response.content, format=syntax)
        assert isinstance(rows, QuerySolutions)
        assert sorted(getattr(row["o"], "value", "") for row in rows) == ["0", "shared"]


@pytest.mark.parametrize("suffix", ["json", "xml"])
def test_truth_in_every_form(client: httpx.Client, suffix: str) -> None:
    media_type, syntax = ROW_FORMS[suffix]
    assert syntax is not None
    for response in in_each_way(client, DEFAULT_IS, suffix, media_type):
        assert response.headers["content-type"] == media_type
        answer = parse_query_results(response.content, format=syntax)
        assert isinstance(answer, QueryBoolean)
        assert answer


@pytest.mark.parametrize("suffix", GRAPH_FORMS)
@pytest.mark.parametrize("query", [CONSTRUCT, f"DESCRIBE <http://example.org/three> FROM <{THREE}>"])
def test_graphs_in_every_form(client: httpx.Client, suffix: str, query: str) -> None:
    media_type, syntax = GRAPH_FORMS[suffix]
    for response in in_each_way(client, query, suffix, media_type):
        assert response.headers["content-type"] == media_type
        quads = list(parse(response.content, format=syntax))
        assert "http://example.org/three" in {getattr(quad.subject, "value", "") for quad in quads}
        assert len(quads) == (2 if query is CONSTRUCT else 1)


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        (SELECT, "application/sparql-results+xml;q=0.5, application/sparql-results+json;q=0.4", "xml"),
        (SELECT, "text/csv;q=0.1, text/*;q=0.9", "tsv"),
        (SELECT, "application/sparql-results+json;q=0, */*", "xml"),
        (SELECT, "application/json", "json"),
        (SELECT, "text/turtle, */*;q=0.1", "json"),
        (CONSTRUCT, "application/trig;q=0.9, application/n-quads;q=0.8", "trig"),
        (CONSTRUCT, "text/turtle;q=0.2, application/rdf+xml;q=0.3, */*;q=0.1", "rdf"),
        (CONSTRUCT, "application/ld+json", "jsonld"),
    ],
)
def test_weights_of_accept(client: httpx.Client, query: str, accept: str, media_type: str) -> None:
    wanted = {**ROW_FORMS, **GRAPH_FORMS}[media_type][0]
    for response in ways(client, query, accept=accept):
        assert (response.status_code, response.headers["content-type"]) == (200, wanted)
        assert "accept" in response.headers["vary"].lower()


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (SELECT, "image/png"),
        (SELECT, "text/turtle"),
        (CONSTRUCT, "text/csv"),
        (CONSTRUCT, "application/sparql-results+json"),
        ("ASK {}", "application/n-quads"),
        (SELECT, "*/*;q=0"),
    ],
)
def test_a_form_that_is_not_had(client: httpx.Client, query: str, accept: str) -> None:
    for response in ways(client, query, accept=accept):
        refused(response, 406)


def test_a_name_that_is_no_form(client: httpx.Client) -> None:
    assert refused(client.get("/sparql", params={"query": SELECT, "format": "pdf"}), 400)["parameter"] == "format"
    refused(client.get("/sparql.ttl", params={"query": SELECT}), 406)


# -- 2.1.6: what cannot be answered ------------------------------------------------------------------------------------


def test_several_queries(client: httpx.Client) -> None:
    pairs = urlencode([("query", "ASK {}"), ("query", "SELECT * {}")])
    refused(client.get("/sparql?" + pairs), 400)
    refused(client.post("/sparql", content=pairs, headers={"Content-Type": FORM}), 400)
    one = urlencode({"query": "ASK {}"})
    refused(client.post("/sparql?" + one, content=one, headers={"Content-Type": FORM}), 400)
    refused(client.post("/sparql?" + one, content=b"ASK {}", headers={"Content-Type": DIRECT}), 400)


def test_no_query(client: httpx.Client) -> None:
    refused(client.post("/sparql", content=b"", headers={"Content-Type": FORM}), 400)
    refused(client.post("/sparql", content=b"querry=ASK+%7B%7D", headers={"Content-Type": FORM}), 400)
    refused(client.post("/sparql", content=b"", headers={"Content-Type": DIRECT}), 400)
    refused(client.get("/sparql?query="), 400)
    refused(client.get("/sparql?querry=ASK"), 400)
    refused(client.get("/sparql", params={"default-graph-uri": ONE}), 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/sparql", params={"query": "ASK {}"})
    refused(response, 405)
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain", "application/json", "multipart/form-data; boundary=x", "application/sparql-queryy", "nonsense",
        f"{DIRECT}; charset=UTF-16", f"{FORM}; charset=iso-8859-1",
    ],
)  # fmt: skip
def test_other_media_types(client: httpx.Client, media_type: str) -> None:
    body = b"query=ASK%20%7B%7D" if FORM in media_type else b"ASK {}"
    refused(client.post("/sparql", content=body, headers={"Content-Type": media_type}), 415)


def test_no_media_type(address: str) -> None:
    for body in ("ASK {}", "query=ASK%20%7B%7D"):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
        connection.putrequest("POST", "/sparql")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode())
        response = connection.getresponse()
        assert response.status == 415
        assert json.load(response)["detail"].endswith(".")
        connection.close()


def test_bytes_that_are_not_utf_8(client: httpx.Client) -> None:
    latin = 'ASK { ?s ?p "caf\u00e9" }'.encode("latin-1")
    wide = "ASK {}".encode("utf-16")
    for body in (latin, wide):
        refused(client.post("/sparql", content=body, headers={"Content-Type": DIRECT}), 400)
        escaped = f"query={quote(body)}"
        refused(client.post("/sparql", content=escaped, headers={"Content-Type": FORM}), 400)
        refused(client.get(f"/sparql?{escaped}"), 400)
    refused(client.post("/sparql", content=b"query=" + latin, headers={"Content-Type": FORM}), 400)


def test_a_query_that_is_none(client: httpx.Client) -> None:
    for response in ways(client, "SELECT * {\n ?s ?p }"):
        told = refused(response, 400)
        assert (told["line"], told["type"].rpartition("/")[2]) == (2, "bad-query")
    for response in ways(client, "ASK"):
        refused(response, 400)


def test_updates_are_refused(client: httpx.Client) -> None:
    update = "INSERT DATA { <http://example.org/new> <http://example.org/p> 1 }"
    for response in (
        *ways(client, update),
        client.post("/sparql", content=urlencode({"update": update}), headers={"Content-Type": FORM}),
        client.post("/sparql", content=update.encode(), headers={"Content-Type": "application/sparql-update"}),
        client.get("/sparql", params={"update": update}),
        client.post("/sparql", content=urlencode({"update": "CLEAR ALL"}), headers={"Content-Type": FORM}),
    ):
        refused(response, 403)
    assert not ask(client, "ASK { <http://example.org/new> ?p ?o }")


def test_federation_is_refused(client: httpx.Client) -> None:
    for response in ways(client, "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"):
        assert "SERVICE" in refused(response, 400)["detail"]


# -- HTTP: HEAD, OPTIONS, CORS, validators -----------------------------------------------------------------------------


def test_head(client: httpx.Client) -> None:
    for address in (
        "/sparql?" + urlencode({"query": SELECT}),
        "/sparql",
        "/sparql.csv?" + urlencode({"query": SELECT}),
    ):
        got, headed = client.get(address), client.head(address)
        assert (headed.status_code, headed.content) == (200, b"")
        for name in ("content-type", "content-length", "etag"):
            assert headed.headers.get(name) == got.headers.get(name)
    assert client.head("/sparql?query=nonsense").status_code == 400


def test_options(client: httpx.Client) -> None:
    response = client.options("/sparql")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_any_page_may_read(client: httpx.Client) -> None:
    origin = {"Origin": "https://somewhere.example"}
    for response in (
        client.get("/sparql", params={"query": SELECT}, headers=origin),
        client.get("/sparql", params={"query": "nonsense"}, headers=origin),
        client.get("/sparql", headers=origin),
    ):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in ("/sparql", "/sparql.json"):
        preflight = client.options(path, headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "POST" in preflight.headers["access-control-allow-methods"]
        allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
        assert {"content-type", "accept"} <= set(allowed)
        assert int(preflight.headers["access-control-max-age"]) > 0


def test_validators_tell_datasets_apart(client: httpx.Client) -> None:
    def tag(*pairs: tuple[str, str]) -> str:
        return client.get("/sparql?" + urlencode([("query", SELECT), *pairs])).headers["etag"]

    tags = [tag(), tag(("default-graph-uri", ONE)), tag(("default-graph-uri", TWO)), tag(("named-graph-uri", ONE))]
    assert len(set(tags)) == 4
    again = client.get("/sparql", params={"query": SELECT}, headers={"If-None-Match": tags[0]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tags[0])


# -- service description -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", GRAPH_FORMS)
def test_service_description(client: httpx.Client, address: str, suffix: str) -> None:
    media_type, syntax = GRAPH_FORMS[suffix]
    for response in (
        client.get("/sparql", headers={"Accept": media_type.partition(";")[0]}),
        client.get(f"/sparql.{suffix}"),
    ):
        assert (response.status_code, response.headers["content-type"]) == (200, media_type)
        triples = [quad.triple for quad in parse(response.content, format=syntax)]
        said = {
            (triple.predicate.value.rpartition("#")[2].rpartition("/")[2], getattr(triple.object, "value", ""))
            for triple in triples
        }
        sd = "http://www.w3.org/ns/sparql-service-description#"
        assert {
            ("type", sd + "Service"),
            ("endpoint", f"{address}/sparql"),
            ("supportedLanguage", sd + "SPARQL11Query"),
            ("resultFormat", "http://www.w3.org/ns/formats/SPARQL_Results_JSON"),
            ("resultFormat", "http://www.w3.org/ns/formats/TriG"),
            ("type", sd + "Dataset"),
            ("type", sd + "NamedGraph"),
            ("name", ONE),
            ("type", "http://rdfs.org/ns/void#Dataset"),
            ("sparqlEndpoint", f"{address}/sparql"),
            ("triples", "2"),
            ("triples", "4"),
        } <= said
        assert "license" not in {name for name, _ in said}, "no licence is stated in this data"
    assert client.get("/sparql", headers={"Accept": "text/html,*/*;q=0.8"}).status_code == 200
    refused(client.get("/sparql", headers={"Accept": "text/html"}), 406)


def test_the_description_names_the_host_that_was_asked(client: httpx.Client, address: str) -> None:
    for host in ("one.example", "two.example", "one.example"):
        for _ in range(2):
            assert f"http://{host}/sparql" in client.get("/sparql.nt", headers={"Host": host}).text
    tag = client.get("/sparql.nt").headers["etag"]
    assert client.get("/sparql.nt", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/sparql.nt", headers={"If-None-Match": tag, "Host": "one.example"}).status_code == 200
    assert f"<{address}/sparql>" in client.get("/sparql.nt", headers={"Host": "<>"}).text


# -- a stranger's data -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/sparql?on=2020-11-09", "on"), ("/sparql?status=draft", "status"), ("/sparql?include=unknown", "include"),
        ("/sparql?known=2020-11-09", "known"), ("/as-of/2020-11-09/sparql", "day"),
    ],
)  # fmt: skip
def test_a_strangers_data_has_no_days(client: httpx.Client, path: str, parameter: str) -> None:
    told = refused(client.post(path, data={"query": "ASK {}"}), 400)
    assert told["parameter"] == parameter
    assert "ics-graph-on" not in client.get("/sparql", params={"query": "ASK {}"}).headers
    day = "https://w3id.org/ics-graph/as-of/2020-11-09"
    refused(client.get("/sparql", params={"query": f"ASK FROM <{day}> {{}}"}), 400)
    refused(client.get("/sparql", params={"query": "ASK {}", "default-graph-uri": day}), 400)


def test_the_other_routes_answer_honestly(client: httpx.Client) -> None:
    assert client.get("/organisations").json()["items"] == []
    assert client.get("/search?q=one").json()["items"] == []
    assert client.get("/sources").json()["items"] == []
    for path in ("/organisations/one", "/organisations/one/accountability", "/areas/one", "/relations/one"):
        refused(client.get(path), 404)
    assert client.get("/healthz").json()["status"] == "ok"


# -- RDF 1.2 and SPARQL 1.2, as far as the engine goes -----------------------------------------------------------------


def test_triple_terms_and_directions(client: httpx.Client) -> None:
    query = """VERSION "1.2" PREFIX : <http://example.org/>
        SELECT ?t ?s ("abc"@ar--rtl AS ?l) (LANGDIR(?l) AS ?d) (isTRIPLE(?t) AS ?is) {
          BIND(<<( :a :b "c"@en--ltr )>> AS ?t) BIND(SUBJECT(?t) AS ?s) }"""
    for response in ways(client, query):
        (row,) = response.json()["results"]["bindings"]
        assert row["t"]["type"] == "triple"
        assert row["s"]["value"] == "http://example.org/a"
        assert (row["d"]["value"], row["is"]["value"]) == ("rtl", "true")
    reified = "PREFIX : <http://example.org/> CONSTRUCT { :s :p :o {| :by :me |} } {}"
    for suffix in ("ttl", "nt", "nq", "trig", "rdf"):
        response = client.get(f"/sparql.{suffix}", params={"query": reified})
        assert len(list(parse(response.content, format=GRAPH_FORMS[suffix][1]))) == 3
    told = client.get("/sparql.jsonld", params={"query": reified})
    assert "JSON-LD" in refused(told, 400)["detail"]
