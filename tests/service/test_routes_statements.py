"""Claims, concepts, functions, days, the history of bodies, events, stored queries, dumps and shapes."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from typing import Any

import pytest
from pyoxigraph import RdfFormat, Store, parse
from starlette.testclient import TestClient

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import Settings
from tests.service.scripted import ScriptedSparql
from tests.service.test_routes import get
from tests.support.graphs import ONTOLOGY
from tests.support.small_graph import DAY, LATER, small_snapshot

ID = "https://w3id.org/ics-graph/id/"


def ids(client: TestClient, url: str) -> list[str]:
    return [item["id"] for item in get(client, url)["items"]]


def test_claims_by_what_they_are_about(client: TestClient) -> None:
    for about in ("northton-ccg", "b:northton-ccg", "Northton%20CCG", f"{ID}org/northton-ccg", "org/northton-ccg"):
        assert ids(client, f"/claims?about={about}") == ["number-of-ccgs"]
    assert ids(client, "/claims?about=northton-council") == []
    assert ids(client, "/claims?aspect=number-of-ccgs&polarity=stated&source=report") == ["number-of-ccgs"]
    assert ids(client, "/claims?polarity=denied") == ids(client, "/claims?source=other") == []
    assert ids(client, "/claims?known=2020-01-01") == []
    [claim] = get(client, "/claims")["items"]
    assert claim["values"] == [{"value": "1", "datatype": "integer", "iri": None, "name": None}]
    assert (claim["aspect"], claim["polarity"]) == ("number-of-ccgs", "stated")
    ambiguous = client.get("/claims?about=ICP")
    assert ambiguous.status_code == 400
    assert len(ambiguous.json()["candidates"]) == 2


def test_concepts_say_what_they_mean(client: TestClient) -> None:
    concept = get(client, "/concepts/function/nhs-commissioning")
    assert (concept["id"], concept["scheme"]) == ("function/nhs-commissioning", "function")
    assert concept["definition"]
    assert client.get(concept["links"]["responsible"]).status_code == 200
    assert get(client, "/concepts/status/draft")["name"] == "draft"


def test_responsible_in_an_area_around_it_and_inside_it(client: TestClient) -> None:
    url = f"/functions/adult-social-care/responsible?on={DAY}"
    assert ids(client, url) == ids(client, f"{url}&area=northton") == ["council-care"]
    assert ids(client, f"{url}&area=testshire") == ["council-care"]  # Northton is a part of it
    assert ids(client, f"{url}&area=southton") == []
    assert ids(client, "/functions/adult-social-care/responsible?on=1990-01-01") == []


def test_days_on_which_anything_changes(client: TestClient) -> None:
    days = {item["day"]: item for item in get(client, "/days")["items"]}
    assert days[LATER] == {
        "day": LATER, "lives_begin": 2, "lives_end": 1, "relations_begin": 0,
        "relations_end": days[LATER]["relations_end"], "events": 1,
    }  # fmt: skip
    assert days[LATER]["relations_end"] >= 3
    assert list(days) == sorted(days)
    within = [item["day"] for item in get(client, "/days?from=2013-01-01&until=2020-01-01")["items"]]
    assert within == [day for day in days if "2013-01-01" <= day <= "2020-01-01"]
    page = client.get("/days?limit=1")
    assert client.get(page.links["next"]["url"]).json()["items"][0]["day"] == list(days)[1]


def test_answers_change_on_these_days_only(client: TestClient) -> None:
    """What a reading prepares for a segment of days is not given on a day of another."""
    from datetime import date, timedelta

    for day in (item["day"] for item in get(client, "/days")["items"]):
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        for on in (before, day):
            fresh = GovernanceGraph(small_snapshot())
            reading = fresh.reading(fresh.view(on))
            for body in ("northton-ccg", "testshire-icb", "northton-council"):
                answer = get(client, f"/organisations/{body}?on={on}")
                assert answer["lives"] == reading.lives(f"{ID}org/{body}"), (body, on)
                shown = {item["id"] for item in answer["relations"]}
                held = reading.relations_of(f"{ID}org/{body}", every_status=True)
                assert shown == {iri.rpartition("/")[2] for iri in held}, (body, on)


def test_history_of_a_body(client: TestClient) -> None:
    entries = get(client, "/organisations/northton-ccg/timeline")["items"]
    told = [(item["day"], item["what"], item["part"], item["sort"]) for item in entries]
    assert ("2013-04-01", "begins", "body", "CCG") in told
    assert ("2022-07-01", "ends", "body", "CCG") in told
    assert ("2013-04-01", "begins", "identifier", "ods") in told
    assert ("2022-07-01", "happens", "event", "TransferOfFunctions") in told
    assert ("2020-01-01", "begins", "relation", "Delegation") in told
    assert [item["day"] for item in entries] == sorted(item["day"] for item in entries)
    [event] = [item for item in entries if item["part"] == "event"]
    assert (event["takes_part_as"], [other["id"] for other in event["others"]]) == ("transferor", ["testshire-icb"])
    [ends] = [item for item in entries if (item["part"], item["what"]) == ("body", "ends")]
    assert [other["id"] for other in ends["others"]] == ["testshire-icb"]
    draft = get(client, "/organisations/northton-ccg/timeline?status=draft")["items"]
    assert {item["part"] for item in draft} == {"body", "identifier"}
    assert get(client, "/organisations/northton-ccg/timeline?known=2020-01-01")["items"] == []


def test_event_names_who_took_part(client: TestClient) -> None:
    event = get(client, f"/events/ccg-functions-pass?on={LATER}")
    assert (event["type"], event["status"], event["holds"]) == ("TransferOfFunctions", "in-force", "yes")
    assert [body["id"] for body in event["transferor"]] == ["northton-ccg"]
    assert [body["id"] for body in event["transferee"]] == ["testshire-icb"]
    assert client.get("/id/event/ccg-functions-pass").headers["location"] == "/events/ccg-functions-pass"
    assert client.get("/id/claim/number-of-ccgs").headers["location"] == "/claims/number-of-ccgs"


def test_stored_queries_are_described_and_run(client: TestClient, sparql: ScriptedSparql) -> None:
    queries = {item["id"]: item for item in get(client, "/queries")["items"]}
    members = queries["members-of-a-body"]
    assert members["question"].endswith("?")
    [body] = [parameter for parameter in members["parameters"] if parameter["id"] == "body"]
    assert (body["type"], body["needed"]) == ("organisation", True)
    response = client.get(f"/queries/members-of-a-body?body=northton-hwb&on={DAY}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/sparql-results+json"
    assert response.headers["ics-graph-on"] == DAY
    text, view = sparql.asked[-1]
    assert "members" in text.lower()
    assert view.on.isoformat() == DAY
    assert sparql.bound[-1]["body"] == f"<{ID}org/northton-hwb>"
    unchanged = {"If-None-Match": response.headers["etag"]}
    assert client.get(f"/queries/members-of-a-body?body=northton-hwb&on={DAY}", headers=unchanged).status_code == 304
    table = client.get(f"/queries/members-of-a-body.csv?body=northton-hwb&on={DAY}")
    assert table.headers["content-type"].startswith("text/csv")
    client.get(f"/queries/members-of-a-body?body=northton-hwb&on={DAY}&status=draft&include=unknown")
    _, view = sparql.asked[-1]
    assert (view.statuses, view.include_unknown) == (("draft",), True)


@pytest.fixture(scope="module")
def real() -> Iterator[TestClient]:
    """With worker processes of its own."""
    app = create_app(Settings(ontology=ONTOLOGY, query_workers=1), GovernanceGraph(small_snapshot()))
    with TestClient(app) as client:
        yield client


def test_stored_query_in_a_worker(real: TestClient) -> None:
    url = f"/queries/members-of-a-body?body=northton-hwb&on={DAY}"
    found: Any = real.get(url).json()
    assert "northton-council" in str(found["results"]["bindings"])
    assert "head" in found
    assert real.get(url.replace("?", ".csv?")).text.count("\r\n") >= 2
    assert real.get(url.replace("northton-hwb", "northton-ccg")).json()["results"]["bindings"] == []


def test_dumps_are_the_whole_graph(client: TestClient) -> None:
    listed = {item["id"]: item for item in get(client, "/data")["items"]}
    assert listed["base"]["statements"] == small_snapshot().manifest.triples
    sizes = set()
    for form, syntax in (("nt", RdfFormat.N_TRIPLES), ("nq", RdfFormat.N_QUADS), ("ttl", RdfFormat.TURTLE)):
        response = client.get(f"/data/base.{form}", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in response.headers
        sizes.add(len(set(parse(response.content, format=syntax))))
    assert sizes == {listed["base"]["statements"]}
    for file in (each for item in listed.values() for each in item["files"]):
        response = client.get(file["href"])
        assert response.headers["content-type"].partition(";")[0] == file["media_type"]
    days = client.get("/data/segments.trig").content
    assert len(list(parse(days, format=RdfFormat.TRIG))) == listed["segments"]["statements"]


def test_dump_comes_packed_where_the_client_takes_it(client: TestClient) -> None:
    plain = client.get("/data/base.nt", headers={"Accept-Encoding": "identity"})
    packed = client.get("/data/base.nt", headers={"Accept-Encoding": "gzip;q=0.5"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content  # the client unpacks
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept, Accept-Encoding"
    refused = client.get("/data/base.nt", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "content-encoding" not in refused.headers
    head = client.head("/data/base.nt", headers={"Accept-Encoding": "gzip"})
    assert (head.status_code, head.content) == (200, b"")
    assert client.get("/data/base.nt", headers={"Accept-Encoding": "identity"}).content == plain.content
    assert gzip.decompress(small_snapshot().folder.joinpath("base.nq.gz").read_bytes()) == plain.content
    Store().bulk_load(io.BytesIO(plain.content), RdfFormat.N_TRIPLES)


def test_shapes_are_the_rules(client: TestClient) -> None:
    triples = list(parse(client.get("/shapes").content, format=RdfFormat.TURTLE))
    assert any(quad.object.value == "http://www.w3.org/ns/shacl#NodeShape" for quad in triples)
