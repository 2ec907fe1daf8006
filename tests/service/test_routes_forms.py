"""One answer in four forms: JSON that is JSON-LD under the published context, Turtle, JSON-LD, and CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, RdfFormat, Triple, parse
from rdflib import Dataset
from rdflib.term import BNode
from starlette.testclient import TestClient

from ics_graph.service.tables import ENTITIES, TABLES, Table, as_csv
from tests.service.test_routes import ANSWERS
from tests.support.small_graph import DAY

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "http.md"
ID = "https://w3id.org/ics-graph/id/"
ICS = "https://w3id.org/ics-graph/ns#"
BOUNDS = {"earliestStart", "latestStart", "earliestEnd", "latestEnd"}
LINKED = [url for _, url, _ in ANSWERS if url != "/healthz"]
THINGS = [url for route, url, _ in ANSWERS if re.search(r"\{(id|slug)\}$", route) and "functions" not in route]


def with_suffix(url: str, suffix: str) -> str:
    path, _, query = url.partition("?")
    return f"{path}.{suffix}?{query}"


def without_blank(triples: set[Triple]) -> set[Triple]:
    return {triple for triple in triples if not isinstance(triple.subject, BlankNode)}


def expanded(client: TestClient, url: str) -> set[Triple]:
    """The triples of a JSON answer under the context that its ``Link`` names."""
    response = client.get(url)
    assert response.headers["content-type"] == "application/json"
    context = client.get(response.links["http://www.w3.org/ns/json-ld#context"]["url"]).json()
    text = json.dumps({**context, **response.json()})
    return {quad.triple for quad in parse(text, format=RdfFormat.JSON_LD)}


def by_rdflib(client: TestClient, url: str) -> set[tuple[str, str, str]]:
    """The same by a second processor, as text."""
    document = {**client.get("/context.jsonld").json(), **client.get(url).json()}
    dataset = Dataset()
    dataset.parse(data=json.dumps(document), format="json-ld")
    return {(str(s), str(p), str(o)) for s, p, o, _ in dataset.quads() if not isinstance(s, BNode)}


@pytest.mark.parametrize("url", LINKED)
def test_json_says_what_turtle_says(client: TestClient, url: str) -> None:
    turtle = {quad.triple for quad in parse(client.get(with_suffix(url, "ttl")).content, format=RdfFormat.TURTLE)}
    found = expanded(client, url)
    assert without_blank(found) <= turtle
    linked = client.get(with_suffix(url, "jsonld"))
    same = {quad.triple for quad in parse(linked.content, format=RdfFormat.JSON_LD)}
    assert without_blank(same) == without_blank(turtle)
    first = {
        (triple.subject.value, triple.predicate.value, getattr(triple.object, "value", ""))  # type: ignore[union-attr]
        for triple in without_blank(found)
    }
    # rdflib does not read the context of a member that nests (JSON-LD 1.1 Processing, 5.1.2, step 14.2.3).
    assert by_rdflib(client, url) == {triple for triple in first if triple[1].removeprefix(ICS) not in BOUNDS}


@pytest.mark.parametrize("url", THINGS)
def test_turtle_has_nothing_of_the_thing_that_json_could_tell_and_does_not(client: TestClient, url: str) -> None:
    """Of every property that the context has a word for, JSON and Turtle have the same values of the thing itself."""
    iri = client.get(url).json()["iri"]
    turtle = {quad.triple for quad in parse(client.get(with_suffix(url, "ttl")).content, format=RdfFormat.TURTLE)}
    found = expanded(client, url)
    told = {triple.predicate.value for triple in found if getattr(triple.subject, "value", "") == iri}
    told -= {"http://www.w3.org/1999/02/22-rdf-syntax-ns#type"}  # JSON names the most telling class
    assert told or "/people/" in url

    def of(triples: set[Triple]) -> set[Triple]:
        return {
            triple
            for triple in triples
            if getattr(triple.subject, "value", "") == iri and triple.predicate.value in told
        }

    assert of(found) == of(turtle)


@pytest.mark.parametrize("url", LINKED)
def test_the_context_names_every_member_of_answers(client: TestClient, url: str) -> None:
    """One without a meaning is named as null: there are processors that look into what a context does not name."""
    context = client.get("/context.jsonld").json()["@context"]

    def walk(value: Any, terms: dict[str, Any]) -> None:
        for item in value if isinstance(value, list) else []:
            walk(item, terms)
        for name, inner in value.items() if isinstance(value, dict) else []:
            if isinstance(inner, dict | list) and inner:
                assert name in terms, name
                term = terms[name]
                further = term.get("@context", {}) if isinstance(term, dict) else {}
                if term is not None and isinstance(further, dict):  # else a list of words
                    walk(inner, {**terms, **further})

    walk(client.get(url).json(), context)


def test_evidence_and_names_are_told_by_their_iris(client: TestClient) -> None:
    found = expanded(client, f"/organisations/northton-ccg?on={DAY}")
    assert not [triple for triple in found if isinstance(triple.subject, BlankNode)]
    texts = {getattr(triple.object, "value", "") for triple in found}
    assert {"Northton CCG", "99N", "2022-07-01", "A report", f"{ID}org/northton-hwb", f"{ICS}CCG"} <= texts


def rows(client: TestClient, url: str) -> list[dict[str, str]]:
    response = client.get(url)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def test_lists_as_csv(client: TestClient) -> None:
    found = rows(client, f"/organisations.csv?on={DAY}")
    assert [row["id"] for row in found] == [
        item["id"] for item in client.get(f"/organisations?on={DAY}").json()["items"]
    ]
    [ccg] = [row for row in found if row["id"] == "northton-ccg"]
    assert (ccg["kind"], ccg["identifiers"], ccg["end_latest"], ccg["areas"]) == (
        "CCG", "99N", "2022-07-01", "northton",
    )  # fmt: skip
    assert set(ccg["names"].split("; ")) == {"Northton CCG", "Northton Clinical Commissioning Group"}
    [one] = rows(client, f"/organisations/northton-ccg.csv?on={DAY}")
    assert one == ccg
    edges = rows(client, f"/organisations/northton-ccg/accountability.csv?on={DAY}")
    assert [row["to_names"] for row in edges] == ["Health England", "Secretary of Health", "Assembly of the Realm"]
    page = client.get(f"/organisations.csv?on={DAY}&limit=1")
    following = rows(client, page.links["next"]["url"])
    assert following[0]["id"] == found[1]["id"]


@pytest.mark.parametrize("url", LINKED)
def test_every_answer_is_given_as_csv(client: TestClient, url: str) -> None:
    body = client.get(url).json()
    items = body.get("items", body.get("edges", [body]))
    found = rows(client, with_suffix(url, "csv"))
    assert len(found) == len(items)
    columns = {tuple(name for name, _ in table.columns) for table in TABLES.values()}
    header = next(csv.reader(io.StringIO(client.get(with_suffix(url, "csv")).text)))
    assert tuple(header) in columns


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x","y")', "＝1"]
)
def test_formulas_become_text(text: str) -> None:
    table = Table((("name", "name"), ("all", "names[].text")), None)
    answer: dict[str, Any] = {"name": text, "names": [{"text": text}, {"text": 'x, "y"\n'}]}
    [header, row] = csv.reader(io.StringIO(as_csv(answer, table).decode(), newline=""))
    assert header == ["name", "all"]
    assert row == [f"'{text}", f'\'{text}; x, "y"\n']


def test_the_guide_lists_the_columns() -> None:
    guide = GUIDE.read_text("utf-8")
    for name, table in TABLES.items():
        listed = ", ".join(f"`{column}`" for column, _ in table.columns)
        assert f"| {name} | {listed} |" in guide, f"| {name} | {listed} |"
    assert ENTITIES.one().rows is None
