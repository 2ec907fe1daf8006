"""``POST /validate``: what is read, what is answered, and where each limit lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pyoxigraph import NamedNode, RdfFormat, parse, serialize
from starlette.testclient import TestClient

from ics_graph.cli.main import run
from ics_graph.errors import InvalidParameter
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import MOST_VALIDATE_BYTES, Settings
from tests.service.scripted import scripted
from tests.service.test_problems import checked
from tests.support.graphs import ONTOLOGY
from tests.support.small_graph import small_snapshot

PREFIXES = """@prefix ex: <https://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = f"""{PREFIXES}
ex:one a ex:Person ;
  ex:age "thirty" .
ex:two a ex:Person ; ex:age 7 .
"""
SHAPES = f"""{PREFIXES}
ex:PersonShape a sh:NodeShape ;
  sh:targetClass ex:Person ;
  sh:property [ sh:path ex:age ; sh:datatype xsd:integer ; sh:message "An age is a number." ] .
"""
MOST_BYTES, MOST_TRIPLES, MOST_SHAPES = 20_000, 50, 5
JSON_TYPE = {"Content-Type": "application/json"}
TURTLE_TYPE = {"Content-Type": "text/turtle"}


@pytest.fixture(scope="module")
def validating() -> Iterator[TestClient]:
    limits = Settings(
        ontology=ONTOLOGY,
        request_bytes=1_000,
        validate_bytes=MOST_BYTES,
        validate_triples=MOST_TRIPLES,
        validate_shapes=MOST_SHAPES,
    )
    app = create_app(limits, GovernanceGraph(small_snapshot()), sparql=lambda *_: scripted)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def posted(client: TestClient, data: str = DATA, shapes: str | None = SHAPES, **headers: str) -> Any:
    members = {"data": data} if shapes is None else {"data": data, "shapes": shapes}
    return client.post("/validate", json=members, headers=headers)


def test_findings_name_the_part_and_the_place_in_it(validating: TestClient) -> None:
    response = posted(validating)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert set(answer) == {"conforms", "findings", "checked", "on"}
    assert answer["conforms"] is False
    assert answer["checked"] == {"shapes": 1, "focus_nodes": 2, "triples": 4}
    assert response.headers["ics-graph-on"] == answer["on"]
    (finding,) = answer["findings"]
    expected = {
        "focus_node": "https://example.org/one",
        "path": "https://example.org/age",
        "value": "thirty",
        "lexical": '"thirty"',
        "severity": "violation",
        "shape": "https://example.org/PersonShape",
        "message": "An age is a number.",
        "file": "data",
        "line": 6,
        "column": 10,
        "shape_file": "shapes",
        "shape_line": 7,
    }
    assert {name: finding[name] for name in expected} == expected


def test_answer_fits_the_published_schema(validating: TestClient) -> None:
    document = validating.get("/openapi.json").json()
    operation = document["paths"]["/validate"]["post"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    schema = {**answer, "components": document["components"]}
    Draft202012Validator(schema).validate(posted(validating).json())
    assert "422" in operation["responses"]
    assert {"text/turtle", "multipart/form-data", "application/json"} < set(operation["requestBody"]["content"])


def test_data_that_conform(validating: TestClient) -> None:
    answer = posted(validating, DATA.replace('"thirty"', "30")).json()
    assert (answer["conforms"], answer["findings"]) == (True, [])


def test_parts_of_a_form(validating: TestClient) -> None:
    second = f"{PREFIXES}\r\nex:three a ex:Person ;\r\n ex:age 3.5 .\r\n"
    more = SHAPES.replace("PersonShape", "Another").replace("sh:datatype xsd:integer", "sh:maxInclusive 3")
    files = [
        ("data", ("../../etc/passwd", DATA, "text/turtle; charset=utf-8")),
        ("data", ("b.ttl", second, "application/octet-stream")),
        ("shapes", ("s.ttl", SHAPES)),
        ("shapes", ("s", more)),
    ]
    answer = validating.post("/validate", files=files).json()
    places = {(found["file"], found["line"], found["column"], found["shape_file"]) for found in answer["findings"]}
    assert places == {
        ("data", 6, 10, "shapes"),
        ("data", 6, 10, "shapes-2"),
        ("data", 7, 29, "shapes-2"),
        ("data-2", 6, 9, "shapes"),
        ("data-2", 6, 9, "shapes-2"),
    }


@pytest.mark.parametrize(
    ("media_type", "syntax", "placed"),
    [
        ("text/turtle", RdfFormat.TURTLE, True),
        ("application/n-triples", RdfFormat.N_TRIPLES, True),
        ("application/n-quads", RdfFormat.N_QUADS, True),
        ("application/trig", RdfFormat.TRIG, True),
        ("application/rdf+xml", RdfFormat.RDF_XML, False),
        ("application/ld+json", RdfFormat.JSON_LD, False),
    ],
)
def test_every_syntax(validating: TestClient, media_type: str, syntax: RdfFormat, placed: bool) -> None:
    content = serialize((quad.triple for quad in parse(DATA, RdfFormat.TURTLE)), format=syntax)
    assert content is not None
    answers = [
        validating.post("/validate", files=[("data", ("d", content, media_type)), ("shapes", ("s.ttl", SHAPES))]),
        posted_as(validating, content.decode(), media_type),
    ]
    for response in answers:
        (finding,) = response.json()["findings"]
        assert (finding["file"], finding["line"] is not None) == ("data", placed)


def posted_as(client: TestClient, data: str, media_type: str) -> Any:
    return client.post("/validate", json={"data": data, "data_format": media_type, "shapes": SHAPES})


def test_without_shapes_ours_are_taken(validating: TestClient) -> None:
    data = (
        "@prefix ics: <https://w3id.org/ics-graph/ns#> .\n<https://w3id.org/ics-graph/id/org/nowhere-ccg> a ics:CCG .\n"
    )
    response = validating.post("/validate?on=2020-11-09", content=data, headers=TURTLE_TYPE)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["conforms"], answer["on"]) == (False, "2020-11-09")
    assert {(found["file"], found["line"]) for found in answer["findings"]} == {("data", 2)}
    for found in answer["findings"]:
        assert found["reason"]
        assert found["shape_file"].startswith("shapes/")
    every_day = validating.post("/validate?all-dates=true", content=data, headers=TURTLE_TYPE)
    assert every_day.json()["on"] is None


def test_report_as_the_standard_has_it_and_as_sarif(validating: TestClient) -> None:
    response = posted(validating, Accept="text/turtle")
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    triples = list(parse(response.content, RdfFormat.TURTLE))
    focus = NamedNode("http://www.w3.org/ns/shacl#focusNode")
    assert [str(each.object) for each in triples if each.predicate == focus] == ["<https://example.org/one>"]
    response = posted(validating, Accept="application/sarif+json")
    assert response.headers["content-type"] == "application/sarif+json"
    (result,) = response.json()["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "data"
    assert place["region"] == {"startLine": 6, "startColumn": 10}
    checked(posted(validating, Accept="text/csv"), 406, "not-acceptable")


# -- limits, at each and one past it ---------------------------------------------------------------------------------


def test_limit_of_bytes_is_its_own(validating: TestClient) -> None:
    start = json.dumps({"data": DATA, "shapes": SHAPES})
    at = (start + " " * (MOST_BYTES - len(start))).encode()
    assert validating.post("/validate", content=at, headers=JSON_TYPE).status_code == 200
    body = checked(validating.post("/validate", content=at + b" ", headers=JSON_TYPE), 413, "too-large")
    assert body["limit"] == "validate_bytes"

    def pieces() -> Iterator[bytes]:
        yield at
        yield b" "

    body = checked(validating.post("/validate", content=pieces(), headers=JSON_TYPE), 413, "too-large")
    assert body["limit"] == "validate_bytes"
    query = {"Content-Type": "application/sparql-query"}
    body = checked(validating.post("/sparql", content=b" " * 1_001, headers=query), 413, "too-large")
    assert body["limit"] == "request_bytes"


def test_limit_of_triples(validating: TestClient) -> None:
    def data(count: int) -> str:
        return PREFIXES + "ex:one a ex:Person .\n" + "".join(f"ex:one ex:age {n} .\n" for n in range(count - 1))

    assert posted(validating, data(MOST_TRIPLES)).json()["checked"]["triples"] == MOST_TRIPLES
    assert checked(posted(validating, data(MOST_TRIPLES + 1)), 413, "too-large")["limit"] == "validate_triples"


def test_limit_of_shapes(validating: TestClient) -> None:
    def shapes(count: int) -> str:
        return PREFIXES + "".join(f"ex:s{n} sh:targetClass ex:Person ; sh:minCount 0 .\n" for n in range(count))

    def property_shapes(count: int) -> str:
        return PREFIXES + "".join(
            f"ex:s{n} a sh:PropertyShape ; sh:targetClass ex:Person ; sh:path ex:age .\n" for n in range(count)
        )

    assert posted(validating, shapes=property_shapes(MOST_SHAPES)).status_code == 200
    body = checked(posted(validating, shapes=property_shapes(MOST_SHAPES + 1)), 413, "too-large")
    assert body["limit"] == "validate_shapes"
    assert checked(posted(validating, shapes=shapes(MOST_SHAPES + 1)), 413, "too-large")["limit"] == "validate_shapes"


def test_limit_of_bytes_fits_into_one_message_to_a_worker() -> None:
    name = "ICS_GRAPH_VALIDATE_BYTES"
    assert Settings.from_environment({name: str(MOST_VALIDATE_BYTES)}).validate_bytes == MOST_VALIDATE_BYTES
    for value in (MOST_VALIDATE_BYTES + 1, 0):
        with pytest.raises(InvalidParameter):
            Settings.from_environment({name: str(value)})


# -- what cannot be read ---------------------------------------------------------------------------------------------


def test_broken_graphs_are_told_with_their_place(validating: TestClient) -> None:
    body = checked(posted(validating, f"{PREFIXES}ex:one ex:age ;; 3 .\n"), 400, "invalid-data")
    assert (body["line"], body["detail"][:6]) == (4, "data: ")
    assert body["column"]
    body = checked(posted(validating, shapes=f"{PREFIXES}\nex:s sh:path [ .\n"), 400, "invalid-data")
    assert (body["line"], body["detail"][:8]) == (5, "shapes: ")
    response = validating.post("/validate", content=b'<urn:a> <urn:b> "\xff" .', headers=TURTLE_TYPE)
    assert checked(response, 400, "invalid-data")["column"] == 18
    checked(validating.post("/validate", content=bytes(range(256)), headers=TURTLE_TYPE), 400, "invalid-data")


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("sh:property [ sh:path ex:age ; sh:minCount -1.5 ]", "minCount"),
        ("sh:property [ sh:path ex:age ; sh:node ex:Bad ]", "recursive"),
        ("sh:targetNode ex:a ; sh:severety sh:Info", "severety"),
        ('sh:sparql [ sh:select "SELECT $this WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }" ]', "SERVICE"),
        ('sh:sparql [ sh:select "SELECT $this WHERE { $this ?p " ]', "query"),
        ('sh:property [ sh:path ex:age ; sh:pattern "(" ]', "pattern"),
    ],
)
def test_ill_formed_shapes_are_named(validating: TestClient, shape: str, said: str) -> None:
    shapes = f"{PREFIXES}\nex:Bad a sh:NodeShape ; sh:targetClass ex:Person ;\n  {shape} .\n"
    body = checked(posted(validating, shapes=shapes), 400, "invalid-data")
    assert body["detail"].startswith("shapes: ")
    assert "https://example.org/Bad" in body["detail"]
    assert said in body["detail"]
    assert body["line"] in {5, 6}


def test_nothing_checked_is_never_a_pass(validating: TestClient) -> None:
    checked(posted(validating, shapes=SHAPES.replace("ex:Person ;", "ex:Nobody ;")), 422, "nothing-checked")
    checked(posted(validating, shapes=""), 422, "nothing-checked")
    checked(posted(validating, data=""), 422, "nothing-checked")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/html",
        "application/sparql-query",
        "text/turtle; charset=iso-8859-1",
        "application/x-www-form-urlencoded",
    ],
)
def test_unknown_syntax(validating: TestClient, content_type: str) -> None:
    response = validating.post("/validate", content=DATA, headers={"Content-Type": content_type})
    checked(response, 415, "unsupported-media-type")


def test_bodies_that_are_read_by_none(validating: TestClient) -> None:
    unsupported = [
        {"content": DATA, "headers": {**TURTLE_TYPE, "Content-Encoding": "gzip"}},
        {"json": {"data": DATA, "data_format": "image/png"}},
        {"files": [("data", ("d.png", DATA))]},
        {"files": [("data", ("d", DATA, "image/png"))]},
    ]
    for request in unsupported:
        checked(validating.post("/validate", **request), 415, "unsupported-media-type")  # type: ignore[arg-type]
    bad = [
        {"json": {"shapes": SHAPES}},
        {"json": {"data": DATA, "shape": SHAPES}},
        {"json": {"data": ["http://example.org/"]}},
        {"json": [DATA]},
        {"content": b"{", "headers": JSON_TYPE},
        {"content": b"[" * 5_000, "headers": JSON_TYPE},
        {"content": b"\xff", "headers": JSON_TYPE},
        {"content": b'{"data": "\\ud800"}', "headers": JSON_TYPE},
        {"files": [("shapes", ("s.ttl", SHAPES))]},
        {"files": [("data", ("d.ttl", DATA)), ("file", ("d.ttl", DATA))]},
        {"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"nothing", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"--x\r\n\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"--x\r\n\r\na\r\n--x--", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"--x--", "headers": {"Content-Type": 'multipart/form-data; boundary="x\ty"'}},
        {"content": b"\r\n--x" * 200 + b"--", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    ]
    for request in bad:
        checked(validating.post("/validate", **request), 400, "bad-request")  # type: ignore[arg-type]


def test_parameters(validating: TestClient) -> None:
    for query in ("on=2020-99-99", "onn=2020-01-01", "on=2020-01-01&all-dates=true", "on=2020-01-01&on=2020-01-02"):
        body = {"data": DATA, "shapes": SHAPES}
        checked(validating.post(f"/validate?{query}", json=body), 400, "invalid-parameter")
    response = validating.get("/validate")
    checked(response, 405, "method-not-allowed")
    assert "POST" in response.headers["allow"]


def test_same_as_the_command_says(
    validating: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data.ttl").write_text(DATA, "utf-8")
    (tmp_path / "shapes.ttl").write_text(SHAPES, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["validate", "data.ttl", "--shapes", "shapes.ttl", "--format", "json", "--on", "2020-11-09"]) == 1
    said = capsys.readouterr().out.replace('"data.ttl"', '"data"').replace('"shapes.ttl"', '"shapes"')
    answer = validating.post("/validate?on=2020-11-09", json={"data": DATA, "shapes": SHAPES})
    assert answer.json() == json.loads(said)
