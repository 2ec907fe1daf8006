"""Every error kind, walked: one problem document for each, with what its kind adds and nothing of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Response
from starlette.requests import Request
from starlette.testclient import TestClient

from ics_graph import errors
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.service.documents import Problem
from ics_graph.service.problems import PROBLEM_TYPES, TYPE_BASE, problem_of
from ics_graph.settings import Settings
from tests.support.small_graph import DAY, small_snapshot

ALLOWED = "GET, HEAD, OPTIONS"


def classes(root: type[errors.IcsGraphError]) -> Iterator[type[errors.IcsGraphError]]:
    yield root
    for below in root.__subclasses__():
        yield from classes(below)


def checked(response: Response, status: int, kind: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert "Accept" in response.headers["vary"]
    assert response.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = response.json()
    Problem.model_validate(body)
    assert body["type"] == TYPE_BASE + kind
    assert body["status"] == status
    assert body["title"] == PROBLEM_TYPES[kind].title
    for trace in ("Traceback", "/ics_graph/", ".py"):
        assert trace not in response.text
    return body


def test_every_kind_of_error_has_a_problem_type() -> None:
    kinds = {found.kind for found in classes(errors.IcsGraphError)}
    assert kinds <= set(PROBLEM_TYPES)


BAD_PARAMETERS = [
    ("/organisations?on=2020-13-01", "on"),
    ("/organisations?on=2021-02-29", "on"),
    ("/organisations?on=", "on"),
    ("/organisations?on=9999-12-31", "on"),
    ("/organisations?on=tomorrow", "on"),
    ("/organisations?known=2020-1-1", "known"),
    ("/organisations?status=real", "status"),
    ("/organisations?status=", "status"),
    ("/organisations?include=everything", "include"),
    ("/organisations/northton-ccg?include=ended", "include"),
    ("/organisations?onn=2020-01-01", "onn"),
    ("/organisations?on=2020-01-01&on=2020-01-01", "on"),
    ("/organisations?limit=0", "limit"),
    ("/organisations?limit=1001", "limit"),
    ("/organisations?limit=many", "limit"),
    ("/organisations?cursor=%C3%A9", "cursor"),
    ("/organisations?kind=Club", "kind"),
    ("/organisations?level=galaxy", "level"),
    ("/organisations?statutory=perhaps", "statutory"),
    ("/organisations?place=atlantis", "place"),
    ("/organisations?place=%5B", "place"),
    ("/organisations?system=%00", "system"),
    ("/organisations/northton-ccg/relations?type=Friendship", "type"),
    ("/organisations/northton-ccg/accountability?direction=sideways", "direction"),
    ("/organisations/northton-ccg/accountability?depth=0", "depth"),
    ("/organisations/northton-ccg/accountability?kind=moral", "kind"),
    ("/organisations/northton-ccg/accountability?collective=perhaps", "collective"),
    ("/organisations/northton-ccg.ttl?known=2020-12-01", "known"),
    ("/search", "q"),
    ("/claims?about=atlantis", "about"),
    ("/claims?polarity=shouted", "polarity"),
    ("/functions/adult-social-care/responsible?area=atlantis", "area"),
    ("/functions/adult-social-care/responsible?area=%5B", "area"),
    ("/days?from=2020-99-01", "from"),
    ("/days?until=2020-99-01", "until"),
    ("/days?from=2020-02-01&until=2020-01-01", "until"),
    ("/organisations/northton-ccg/timeline?cursor=x", "cursor"),
    ("/data/base.nt?on=2020-01-01", "on"),
    ("/context.jsonld?x=1", "x"),
    ("/shapes?on=2020-01-01", "on"),
    ("/queries/members-of-a-body", "body"),
    ("/queries/members-of-a-body?body=northton-hwb&colour=red", "colour"),
    ("/queries/members-of-a-body?body=northton-hwb&known=2020-01-01", "known"),
    ("/queries/members-of-a-body?body=northton-hwb&on=2020-99-01", "on"),
    ("/healthz?on=2020-01-01", "on"),
    ("/ontology?x=1", "x"),
    ("/id/org/northton-ccg?x=1", "x"),
    ("/sparql?known=2020-01-01", "known"),
    ("/sparql?query=ASK%7B%7D&query=ASK%7B%7D", "query"),
    ("/sparql?query=ASK%7B%7D&on=2020-99-99", "on"),
    ("/sparql?query=ASK%7B%7D&include=ended", "include"),
    ("/sparql?query=ASK%7B%7D&status=real", "status"),
    ("/sparql?query=ASK%7B%7D&format=png", "format"),
    ("/sparql?query=ASK%7B%7D&default-graph-uri=file:///etc/passwd", "default-graph-uri"),
    ("/as-of/2020-99-99/sparql?query=ASK%7B%7D", "on"),
    ("/as-of/2020-11-09/sparql?query=ASK%7B%7D&on=2020-11-09", "on"),
]


@pytest.mark.parametrize(("url", "parameter"), BAD_PARAMETERS)
def test_bad_parameter_is_named(client: TestClient, url: str, parameter: str) -> None:
    body = checked(client.get(url), 400, "invalid-parameter")
    assert body["parameter"] == parameter
    assert parameter in body["detail"] or parameter == "place"


def test_unknown_parameter_is_told_those_that_there_are(client: TestClient) -> None:
    body = checked(client.get("/organisations/northton-ccg?onn=2020-01-01"), 400, "invalid-parameter")
    assert body["hint"] == "It has include, known, on, status."


@pytest.mark.parametrize(
    "url",
    [
        "/organisations/none",
        "/organisations/northton",
        "/organisations/%5B%00%0A",
        "/organisations/%22%3E%3Cscript%3E",
        "/organisations/none/accountability",
        "/organisations/none/relations",
        "/organisations/none/members",
        "/organisations/none/memberships",
        "/organisations/none/delegations",
        "/organisations/none/responsibilities",
        "/areas/none",
        "/posts/none",
        "/people/none",
        "/instruments/none",
        "/relations/none",
        "/sources/none",
        "/organisations/none/timeline",
        "/events/none",
        "/events/%00",
        "/claims/none",
        "/concepts/none/at-home",
        "/concepts/function/none",
        "/concepts/function/%5B",
        "/functions/none/responsible",
        "/functions/%5B/responsible",
        "/queries/none",
        "/queries/members-of-a-body?body=none",
        "/data/none",
        "/id/org/none",
        "/id/thing/none",
    ],
)
def test_unknown_id(client: TestClient, url: str) -> None:
    body = checked(client.get(url), 404, "not-found")
    assert body["instance"] == url.partition("?")[0]


def test_unknown_page_and_method(client: TestClient) -> None:
    checked(client.get("/no/such/page"), 404, "no-such-route")
    checked(client.get("/organisations/"), 404, "no-such-route")
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        response = client.request(method, "/organisations/northton-ccg")
        checked(response, 405, "method-not-allowed")
        assert response.headers["allow"] == ALLOWED
    response = client.delete("/sparql")
    checked(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_unacceptable_forms(client: TestClient) -> None:
    body = checked(client.get(f"/organisations?on={DAY}", headers={"Accept": "image/png"}), 406, "not-acceptable")
    assert "application/json" in body["detail"]
    checked(client.get("/ontology", headers={"Accept": "application/json;q=0.9"}), 406, "not-acceptable")
    checked(client.get("/sparql?query=ASK%7B%7D", headers={"Accept": "image/png"}), 406, "not-acceptable")
    checked(client.get("/sparql?query=ASK%7B%7D", headers={"Accept": "text/turtle"}), 406, "not-acceptable")
    checked(client.get("/sparql?query=CONSTRUCT", headers={"Accept": "text/csv"}), 406, "not-acceptable")


@pytest.mark.parametrize(
    ("query", "status", "kind", "members"),
    [
        ("bad", 400, "bad-query", {"line": 1, "column": 4, "hint": "Close the bracket."}),
        ("insert", 403, "update-refused", {}),
        ("slow", 408, "query-timeout", {"limit": "query_deadline"}),
        ("large", 413, "too-large", {"limit": "query_bytes"}),
        ("greedy", 413, "memory-exceeded", {"limit": "query_memory"}),
        ("queued", 503, "busy", {"limit": "query_queue"}),
        ("deadly", 503, "worker-lost", {}),
        ("crash", 500, "internal", {}),
    ],
)
def test_failed_query(client: TestClient, query: str, status: int, kind: str, members: dict[str, object]) -> None:
    response = client.get("/sparql", params={"query": query})
    body = checked(response, status, kind)
    assert {name: body.get(name) for name in members} == members
    assert ("retry-after" in response.headers) == (kind == "busy")
    assert "secret" not in response.text


def test_posted_bodies_that_cannot_be_read(client: TestClient) -> None:
    checked(client.post("/sparql", json={"query": "ASK {}"}), 415, "unsupported-media-type")
    checked(client.post("/sparql"), 415, "unsupported-media-type")
    latin = {"Content-Type": "application/sparql-query; charset=iso-8859-1"}
    checked(client.post("/sparql", content=b"ASK {}", headers=latin), 415, "unsupported-media-type")
    query = {"Content-Type": "application/sparql-query; charset=UTF-8"}
    checked(client.post("/sparql", content=b"\xff", headers=query), 400, "bad-request")
    checked(client.post("/sparql", data={"nothing": "here"}), 400, "bad-request")
    checked(client.post("/sparql?query=ASK%7B%7D", content=b"ASK {}", headers=query), 400, "bad-request")
    checked(client.get("/sparql?query=%ff"), 400, "bad-request")
    checked(client.get("/sparql?" + "&".join(f"a{number}=1" for number in range(101))), 400, "bad-request")
    update = {"Content-Type": "application/sparql-update"}
    checked(client.post("/sparql", content=b"CLEAR ALL", headers=update), 403, "update-refused")
    checked(client.post("/sparql", data={"update": "CLEAR ALL"}), 403, "update-refused")
    checked(client.get("/sparql?update=CLEAR"), 403, "update-refused")


def test_service_without_sparql_says_so(settings: Settings) -> None:
    app = create_app(settings, GovernanceGraph(small_snapshot()), sparql=lambda *_: None)
    with TestClient(app) as client:
        checked(client.get("/sparql?query=ASK%7B%7D"), 503, "unavailable")


def test_members_of_errors_that_no_route_raises_yet() -> None:
    scope = Request({"type": "http", "method": "GET", "path": "/x y", "headers": [], "query_string": b""}).scope

    def body(error: errors.IcsGraphError) -> tuple[int, dict[str, Any]]:
        import json

        response = problem_of(scope, error)
        return response.status_code, json.loads(bytes(response.body))

    status, ambiguous = body(errors.Ambiguous("Two.", [("a", "A"), ("b", "B")]))
    assert (status, ambiguous["instance"]) == (400, "/x%20y")
    assert ambiguous["candidates"] == [{"id": "a", "description": "A"}, {"id": "b", "description": "B"}]
    position = errors.Position("/home/someone/file.ttl", 3, 9)
    status, invalid = body(errors.InvalidData("A bracket is missing.", position=position))
    assert (status, invalid["line"], invalid["column"]) == (400, 3, 9)
    assert "someone" not in str(invalid)
    assert body(errors.NothingChecked("No shape had a target."))[0] == 422
    assert body(errors.IcsGraphError("secret")) == body(errors.IcsGraphError("other secret"))
    long = body(errors.NotFound("x" * 5000))[1]["detail"]
    assert len(long) == 1000
