"""Every route: its answer has the shape that OpenAPI shows, says what was asked, and says it of the right day."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pyoxigraph import RdfFormat, parse
from starlette.testclient import TestClient

from ics_graph.service import documents
from tests.support.small_graph import DAY, LATER

ID = "https://w3id.org/ics-graph/id/"

ANSWERS: list[tuple[str, str, Any]] = [
    ("/organisations", f"/organisations?on={DAY}", documents.ListOfEntities),
    ("/organisations/{id}", f"/organisations/northton-ccg?on={DAY}", documents.EntityDocument),
    (
        "/organisations/{id}/accountability",
        f"/organisations/northton-ccg/accountability?on={DAY}",
        documents.AccountabilityDocument,
    ),
    ("/organisations/{id}/relations", f"/organisations/northton-ccg/relations?on={DAY}", documents.ListOfRelations),
    ("/organisations/{id}/members", f"/organisations/northton-hwb/members?on={DAY}", documents.ListOfRelations),
    (
        "/organisations/{id}/memberships",
        f"/organisations/northton-council/memberships?on={DAY}",
        documents.ListOfRelations,
    ),
    (
        "/organisations/{id}/responsibilities",
        f"/organisations/northton-council/responsibilities?on={DAY}",
        documents.ListOfRelations,
    ),
    (
        "/organisations/{id}/delegations",
        f"/organisations/northton-ccg/delegations?on={DAY}",
        documents.ListOfDelegations,
    ),
    ("/areas/{id}", f"/areas/northton?on={DAY}", documents.AreaDocument),
    ("/posts/{id}", f"/posts/secretary-of-health?on={DAY}", documents.EntityDocument),
    ("/people/{id}", f"/people/ada-example?on={DAY}", documents.EntityDocument),
    ("/constituencies/{id}", f"/constituencies/groups-of-northton?on={DAY}", documents.EntityDocument),
    ("/electorates/{id}", f"/electorates/voters-of-the-realm?on={DAY}", documents.EntityDocument),
    ("/instruments/{id}", f"/instruments/northton-memorandum?on={DAY}", documents.EntityDocument),
    ("/relations/{id}", f"/relations/ccg-delegates?on={DAY}", documents.RelationDocument),
    ("/search", f"/search?q=ICP&on={DAY}", documents.ListOfSearchHits),
    ("/sources", f"/sources?on={DAY}", documents.ListOfSources),
    ("/sources/{id}", f"/sources/report?on={DAY}", documents.SourceDocument),
    (
        "/organisations/{id}/timeline",
        f"/organisations/northton-ccg/timeline?on={DAY}",
        documents.ListOfTimelineEntries,
    ),
    ("/events/{id}", f"/events/ccg-functions-pass?on={DAY}", documents.EventDocument),
    ("/claims", f"/claims?on={DAY}", documents.ListOfClaims),
    ("/claims/{id}", f"/claims/number-of-ccgs?on={DAY}", documents.ClaimDocument),
    ("/concepts/{scheme}/{slug}", f"/concepts/function/nhs-commissioning?on={DAY}", documents.ConceptDocument),
    (
        "/functions/{slug}/responsible",
        f"/functions/adult-social-care/responsible?on={DAY}&area=testshire",
        documents.ListOfRelations,
    ),
    ("/days", f"/days?on={DAY}", documents.ListOfDays),
    ("/queries", f"/queries?on={DAY}&limit=2", documents.ListOfQueries),
    ("/data", f"/data?on={DAY}", documents.ListOfDumps),
    ("/healthz", "/healthz", documents.Health),
]
ENTITIES = [url for route, url, _ in ANSWERS if route.endswith("{id}")]
WITHOUT_MODEL = {
    *("/", "/id/{kind}/{slug}", "/concept/{scheme}", "/concept/{scheme}/{slug}", "/ns", "/ns/{version}"),
    *("/ontology", "/shapes", "/context.jsonld", "/instruments/{id:path}"),
    *("/queries/{name}", "/data/{name}", "/readyz", "/metrics"),
}


def get(client: TestClient, url: str) -> Any:
    response = client.get(url)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(("route", "url", "model"), ANSWERS)
def test_answer_has_the_documented_shape(client: TestClient, route: str, url: str, model: type[BaseModel]) -> None:
    response = client.get(url)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    model.model_validate_json(response.content)
    meta = response.json()["meta"]
    assert set(meta) == {"on", "known", "statuses", "include", "dataset", "licence", "truncated"}
    if "on=" in url:
        assert meta["on"] == DAY
    assert response.headers["ics-graph-dataset"] == meta["dataset"]
    assert response.headers["ics-graph-on"] == meta["on"]
    assert response.headers["vary"] == "Accept"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "cache-control" in response.headers


def test_every_route_is_walked(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    # What is posted has tests of its own.
    walked = {route for route, _, _ in ANSWERS} | WITHOUT_MODEL | {"/validate"}
    assert set(app.openapi()["paths"]) - walked == {"/sparql", "/as-of/{day}/sparql"}
    assert not [route.path for route in app.routes if isinstance(route, APIRoute) and route.path not in walked]


def test_organisation_of_a_day(client: TestClient) -> None:
    body = get(client, f"/organisations/northton-ccg?on={DAY}")
    assert body["id"] == "northton-ccg"
    assert body["iri"] == ID + "org/northton-ccg"
    assert (body["name"], body["kind"], body["level"], body["lives"]) == ("Northton CCG", "CCG", "place", "yes")
    [code] = body["identifiers"]
    assert code.pop("iri").startswith(ID + "identifier/")
    assert code == {"scheme": "ods", "value": "99N", "from": "2013-04-01", "until": "2022-07-01"}
    assert body["end"] == {
        "certainty": "stated",
        "earliest": "2022-07-01",
        "latest": "2022-07-01",
        "precision": "day",
    }
    assert {item["id"] for item in body["relations"]} == {
        "ccg-to-health-england",
        "ccg-delegates",
        "ccg-in-hwb",
        "coverage-ccg",
    }
    source = {"id": "report", "title": "A report", "date": "2020-11-09", "iri": ID + "source/report"}
    assert body["evidence"][0]["source"] == source
    for link in body["links"].values():
        assert client.get(link, params={"on": DAY}).status_code == 200


def test_ended_body_names_its_successor(client: TestClient) -> None:
    body = get(client, f"/organisations/northton-ccg?on={LATER}")
    assert body["lives"] == "no"
    assert [change["id"] for change in body["successors"]] == ["testshire-icb"]
    assert body["relations"] == []


def test_accountability_up_to_the_parliament(client: TestClient) -> None:
    answer = get(client, f"/organisations/northton-ccg/accountability?on={DAY}")
    assert answer["chains"] == [["ccg-to-health-england", "health-england-to-secretary", "secretary-to-assembly"]]
    assert answer["ends_in"] == [{"id": "assembly-of-the-realm", "kind": "parliament"}]
    assert answer["root"]["id"] == "northton-ccg"
    down = get(client, f"/organisations/health-england/accountability?on={DAY}&direction=down&kind=statutory")
    assert down["chains"] == [["ccg-to-health-england"]]
    draft = get(client, f"/organisations/northton-icp/accountability?on={DAY}&status=draft")
    assert draft["chains"] == [["icp-to-council"]]
    assert draft["meta"]["statuses"] == ["draft"]
    short = get(client, f"/organisations/northton-ccg/accountability?on={DAY}&depth=1")
    assert short["chains"] == [["ccg-to-health-england"]]
    assert short["meta"]["truncated"] is True


def test_lists_of_relations(client: TestClient) -> None:
    def ids(url: str) -> list[str]:
        return [item["id"] for item in get(client, url)["items"]]

    assert ids(f"/organisations/northton-hwb/members?on={DAY}") == ["ccg-in-hwb", "council-in-hwb"]
    assert ids("/organisations/northton-hwb/members?on=2015-01-01") == ["council-in-hwb"]
    assert ids("/organisations/northton-hwb/members?on=2015-01-01&include=unknown") == ["ccg-in-hwb", "council-in-hwb"]
    assert ids(f"/organisations/northton-council/memberships?on={DAY}") == ["council-in-hwb"]
    assert ids(f"/organisations/northton-council/responsibilities?on={DAY}") == ["council-care"]
    assert ids(f"/organisations/northton-council/relations?on={DAY}&type=Advice,PartOf") == ["hwb-of-council"]
    assert ids(f"/organisations/northton-council/relations?on={DAY}&type=Advice&status=being-established") == [
        "group-advises"
    ]


def test_delegation_says_who_stays_accountable(client: TestClient) -> None:
    [item] = get(client, f"/organisations/northton-ccg/delegations?on={DAY}")["items"]
    assert item["relation"]["functions"] == ["nhs-commissioning"]
    assert item["accountability"] == "retained"
    assert item["accountable"]["id"] == "northton-ccg"
    assert [forum["id"] for forum in item["accountable_to"]] == ["health-england"]


def test_filters_of_bodies(client: TestClient) -> None:
    def ids(query: str) -> set[str]:
        return {item["id"] for item in get(client, f"/organisations?{query}")["items"]}

    assert ids(f"kind=CCG&on={DAY}") == {"northton-ccg"}
    assert ids(f"kind=CCG&on={LATER}") == set()
    assert ids(f"kind=CCG&on={LATER}&include=ended") == {"northton-ccg"}
    assert ids(f"place=northton&on={DAY}") == {"northton-ccg", "northton-council"}
    assert ids(f"system=testshire&on={DAY}&level=place") == {"northton-ccg", "northton-council"}
    assert ids(f"statutory=yes&on={DAY}") == {"northton-council"}
    assert ids(f"q=icp&on={DAY}") == {"northton-icp"}
    assert get(client, f"/organisations?on={LATER}&include=ended,unknown")["meta"]["include"] == ["ended", "unknown"]


def test_area_names_its_bodies_by_level(client: TestClient) -> None:
    area = get(client, f"/areas/northton?on={DAY}")
    assert [whole["id"] for whole in area["areas"]] == ["testshire"]
    assert {body["id"] for body in area["bodies"]["place"]} == {"northton-ccg", "northton-council"}


def test_post_and_person(client: TestClient) -> None:
    post = get(client, f"/posts/secretary-of-health?on={DAY}")
    assert {item["type"] for item in post["relations"]} == {"Accountability", "Tenure"}
    # A tenure without an end holds for certain until it was last attested; after that nobody knows.
    person = get(client, f"/people/ada-example?on={LATER}&include=unknown")
    assert [(item["id"], item["holds"]) for item in person["relations"]] == [("ada-holds", "unknown")]


def test_instrument_by_its_iri(client: TestClient) -> None:
    answer = get(client, "/instruments/http%3A%2F%2Fwww.legislation.gov.uk%2Fid%2Fukpga%2F1900%2F1")
    assert answer["name"] == "Test Act 1900"
    assert client.get("/instruments/http%3A%2F%2Fexample.org%2F").status_code == 404
    assert client.get("/instruments/http%3A%2F%2F%5B").status_code == 404


def test_relation_on_a_day_on_which_it_does_not_hold(client: TestClient) -> None:
    assert get(client, f"/relations/ccg-in-hwb?on={DAY}")["holds"] == "yes"
    assert get(client, f"/relations/ccg-in-hwb?on={LATER}")["holds"] == "no"
    assert client.get("/relations/no-such").status_code == 404


def test_search_tells_homonyms_apart(client: TestClient) -> None:
    items = get(client, f"/search?q=ICP&on={DAY}")["items"]
    assert {(item["id"], item["matched"]) for item in items} == {("northton-icp", "ICP"), ("testshire-icp", "ICP")}
    [item] = get(client, "/search?q=99N")["items"]
    assert (item["id"], item["matched_kind"]) == ("northton-ccg", "code")
    assert get(client, "/search?q=")["items"] == []


def test_sources_say_what_they_support(client: TestClient) -> None:
    source = get(client, "/sources/report")
    assert source["publisher"] == "Test"
    assert "northton-ccg" in {entity["id"] for entity in source["supports"]}
    # Citations alike in every word are one; these differ in whether they attest.
    assert source["citations"] == 2
    assert client.get("/sources/none").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        f"/organisations?on={DAY}",
        f"/organisations/northton-council/relations?on={DAY}",
        f"/search?q=n&on={DAY}",
        f"/organisations.json?on={DAY}&kind=Partnership&include=unknown",
    ],
)
def test_pages_follow_one_another(client: TestClient, url: str) -> None:
    whole = get(client, url)
    found: list[str] = []
    following: str | None = f"{url}&limit=1"
    while following is not None:
        response = client.get(following)
        page = response.json()
        assert len(page["items"]) == 1
        assert page["total"] == whole["total"]
        found += [item["id"] for item in page["items"]]
        following = response.links["next"]["url"] if "next" in response.links else None
        assert (page["next"] is not None) == (following is not None) == page["meta"]["truncated"]
    assert found == [item["id"] for item in whole["items"]]
    assert len(found) == whole["total"]


@pytest.mark.parametrize("url", ENTITIES)
def test_entity_as_rdf(client: TestClient, url: str) -> None:
    iri = get(client, url)["iri"]
    turtle = client.get(url, headers={"Accept": "text/turtle"})
    assert turtle.headers["content-type"] == "text/turtle; charset=utf-8"
    triples = {quad.triple for quad in parse(turtle.content, format=RdfFormat.TURTLE)}
    assert any(getattr(triple.subject, "value", "") == iri for triple in triples)
    path, _, query = url.partition("?")
    assert client.get(f"{path}.ttl?{query}").content == turtle.content
    linked = client.get(f"{path}.jsonld?{query}", headers={"Accept": "text/turtle"})
    assert linked.headers["content-type"] == "application/ld+json"
    assert {quad.triple for quad in parse(linked.content, format=RdfFormat.JSON_LD)} == triples
    assert turtle.headers["etag"] != linked.headers["etag"]


def test_rdf_of_a_body_has_its_relations_and_their_evidence(client: TestClient) -> None:
    text = client.get(f"/organisations/northton-ccg.ttl?on={DAY}").text
    for expected in ("r:ccg-to-health-england", 'ics:locator "1"', '"A report"@en', '"Health England"', '"99N"'):
        assert expected in text
    assert "r:hwb-of-council" not in text


def test_iri_leads_to_the_page(client: TestClient) -> None:
    response = client.get(f"/id/org/northton-ccg?on={DAY}")
    assert response.status_code == 303
    assert response.headers["location"] == f"/organisations/northton-ccg?on={DAY}"
    assert client.get("/id/org/northton-ccg.ttl").headers["location"] == "/organisations/northton-ccg.ttl"
    for kind, slug in (("org", "none"), ("citation", "x"), ("post", "[")):
        assert client.get(f"/id/{kind}/{slug}").status_code == 404


def test_ontology_in_every_form(client: TestClient) -> None:
    forms = {
        "text/turtle": RdfFormat.TURTLE,
        "application/ld+json": RdfFormat.JSON_LD,
        "application/n-triples": RdfFormat.N_TRIPLES,
        "application/rdf+xml": RdfFormat.RDF_XML,
    }
    sizes = set()
    for media_type, form in forms.items():
        response = client.get("/ontology", headers={"Accept": media_type})
        assert response.headers["content-type"].startswith(media_type)
        sizes.add(len(set(parse(response.content, format=form))))
    assert len(sizes) == 1
    assert sizes.pop() > 1000
    tag = response.headers["etag"]
    unchanged = client.get("/ontology", headers={"Accept": media_type, "If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_index_leads_on(client: TestClient) -> None:
    links = get(client, "/")["links"]
    for link in links.values():
        assert client.get(link.replace("{?q}", "?q=ccg")).status_code == 200, link


def test_known_answers_as_the_documents_of_that_day_had_it(client: TestClient) -> None:
    before = get(client, f"/organisations/northton-ccg?on={DAY}&known=2020-01-01")
    assert before["lives"] == "no"
    assert before["evidence"] == []
