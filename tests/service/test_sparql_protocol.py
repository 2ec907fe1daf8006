"""The SPARQL 1.1 Protocol as far as it does not need an engine: how a query, a day and a form come in."""

from __future__ import annotations

import asyncio
from datetime import date

import httpx
import pytest
from pyoxigraph import RdfFormat, parse
from starlette.testclient import TestClient

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import Settings
from ics_graph.temporal.dates import today
from ics_graph.workers.handles import Cancellation
from ics_graph.workers.messages import QueryAnswer, QueryJob
from tests.service.scripted import FAILURES, ScriptedSparql
from tests.support.small_graph import small_snapshot

QUERY = "SELECT ?é { ?s ?p ?o }"


def test_three_ways_to_send_a_query(client: TestClient, sparql: ScriptedSparql) -> None:
    before = len(sparql.asked)
    sent = [
        client.get("/sparql", params={"query": QUERY}),
        client.post("/sparql", data={"query": QUERY}),
        client.post(
            "/sparql", content=QUERY.encode(), headers={"Content-Type": "Application/SPARQL-Query; charset=utf-8"}
        ),
    ]
    for response in sent:
        assert response.status_code == 200
        assert response.content == QUERY.encode()
        assert response.headers["content-type"] == "application/sparql-results+json"
    # The service asks a query of its own now and then, to see that it is ready.
    assert [query for query, _ in sparql.asked[before:] if query == QUERY] == [QUERY] * 3


def test_day_status_and_doubt_choose_the_graph(client: TestClient, sparql: ScriptedSparql) -> None:
    client.get("/sparql", params={"query": QUERY})
    assert sparql.asked[-1][1].on == today()
    response = client.get("/sparql", params={"query": QUERY, "on": "2020-11-09", "status": "draft,in-force"})
    assert response.headers["ics-graph-on"] == "2020-11-09"
    view = sparql.asked[-1][1]
    assert (view.on, view.statuses, view.include_unknown) == (date(2020, 11, 9), ("draft", "in-force"), False)
    client.post("/as-of/2019-01-02/sparql", data={"query": QUERY, "include": "unknown"})
    view = sparql.asked[-1][1]
    assert (view.on, view.include_unknown) == (date(2019, 1, 2), True)
    client.post("/sparql?on=2018-01-02", data={"query": QUERY})
    assert sparql.asked[-1][1].on == date(2018, 1, 2)


def test_a_query_of_today_is_one_of_another_day_tomorrow(
    client: TestClient, sparql: ScriptedSparql, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (date(2024, 5, 1), date(2024, 5, 2)):
        for module in ("service.sparql_preparing", "service.front", "governance.graph"):
            monkeypatch.setattr(f"ics_graph.{module}.today", lambda day=day: day)
        for more in ({}, {"status": "draft"}):
            response = client.get("/sparql", params={"query": QUERY, **more})
            assert response.headers["ics-graph-on"] == day.isoformat()
        assert sparql.asked[-1][1].on == day
        stated = client.get("/sparql", params={"query": QUERY, "on": "2020-11-09"})
        assert stated.headers["ics-graph-on"] == "2020-11-09"


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("SELECT", "*/*", "application/sparql-results+json"),
        ("SELECT", "application/sparql-results+xml", "application/sparql-results+xml"),
        ("SELECT", "application/xml", "application/sparql-results+xml"),
        ("SELECT", "text/csv;q=0.5, text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("SELECT", "text/turtle, text/csv;q=0.1", "text/csv; charset=utf-8"),
        ("CONSTRUCT", "*/*", "text/turtle; charset=utf-8"),
        ("CONSTRUCT", "application/n-triples", "application/n-triples"),
        ("CONSTRUCT", "application/rdf+xml, text/turtle;q=0.9", "application/rdf+xml"),
        ("CONSTRUCT", "text/csv, application/ld+json;q=0.2", "application/ld+json"),
    ],
)
def test_form_by_accept(client: TestClient, query: str, accept: str, media_type: str) -> None:
    response = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert response.headers["content-type"] == media_type


@pytest.mark.parametrize(
    ("query", "name", "media_type"),
    [
        ("SELECT", "json", "application/sparql-results+json"),
        ("SELECT", "xml", "application/sparql-results+xml"),
        ("SELECT", "text/csv", "text/csv; charset=utf-8"),
        ("CONSTRUCT", "xml", "application/rdf+xml"),
        ("CONSTRUCT", "turtle", "text/turtle; charset=utf-8"),
        ("CONSTRUCT", "rdf+xml", "application/rdf+xml"),
        ("CONSTRUCT", "json-ld", "application/ld+json"),
    ],
)
def test_form_by_name_or_suffix(client: TestClient, query: str, name: str, media_type: str) -> None:
    # As SPARQLWrapper does: the same name under three parameters, of which one is ours.
    named = {"query": query, "format": name, "output": name, "results": name}
    assert client.get("/sparql", params=named).headers["content-type"] == media_type
    if name in {"json", "xml"}:
        assert client.get(f"/sparql.{name}", params={"query": query}).headers["content-type"] == media_type


def test_answers_have_validators_unless_they_change_by_themselves(client: TestClient, sparql: ScriptedSparql) -> None:
    first = client.get("/sparql", params={"query": QUERY, "on": "2020-11-09"})
    tag = first.headers["etag"]
    answers = sparql.answers
    again = client.get("/as-of/2020-11-09/sparql", params={"query": QUERY}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert sparql.answers == answers, "an answer that the client has is not computed again"
    for different in (
        {"query": QUERY, "on": "2020-11-10"},
        {"query": QUERY + " ", "on": "2020-11-09"},
        {"query": QUERY, "on": "2020-11-09", "include": "unknown"},
        {"query": QUERY, "on": "2020-11-09", "status": "draft"},
        {"query": QUERY, "on": "2020-11-09", "format": "csv"},
    ):
        assert client.get("/sparql", params=different).headers["etag"] != tag
    for volatile in ("SELECT (NOW() AS ?x) {}", "SELECT (rand ( ) AS ?x) {}"):
        response = client.get("/sparql", params={"query": volatile})
        assert "etag" not in response.headers
        assert response.headers["cache-control"] == "no-store"
    assert client.post("/sparql", data={"query": QUERY}).headers["cache-control"] == "no-store"


def test_bare_get_describes_the_service(client: TestClient) -> None:
    response = client.get("/sparql")
    assert response.headers["content-type"].startswith("text/turtle")
    triples = {quad.triple for quad in parse(response.content, format=RdfFormat.TURTLE)}
    values = {getattr(triple.object, "value", "") for triple in triples}
    assert "http://testserver/sparql" in values
    assert "http://www.w3.org/ns/sparql-service-description#SPARQL11Query" in values
    linked = client.get("/as-of/2020-11-09/sparql", headers={"Accept": "application/ld+json"})
    assert "http://testserver/as-of/2020-11-09/sparql" in linked.text
    assert client.get("/sparql", headers={"Accept": "image/png"}).status_code == 406


def test_from_names_the_day_of_the_answer(client: TestClient) -> None:
    query = "SELECT * FROM <https://w3id.org/ics-graph/as-of/2019-03-04> { ?s ?p ?o }"
    response = client.get("/sparql", params={"query": query, "on": "2020-11-09"})
    assert response.headers["ics-graph-on"] == "2019-03-04"
    wrong = client.get("/sparql", params={"query": query.replace("03-04", "13-04")})
    assert (wrong.status_code, wrong.json()["parameter"]) == (400, "FROM")


def test_head_and_options(client: TestClient) -> None:
    response = client.head("/sparql", params={"query": QUERY})
    assert (response.status_code, response.content) == (200, b"")
    options = client.options("/sparql")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


class Slow(ScriptedSparql):
    """An evaluator that answers when it is told to, and has room for two queries."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.waiting = 0

    async def answer(
        self, job: QueryJob, cancellation: Cancellation | None = None, *, arrived: float | None = None
    ) -> QueryAnswer:
        if self.waiting == 2:
            raise FAILURES["queued"]
        self.waiting += 1
        await asyncio.wait_for(self.go.wait(), 30)
        return await super().answer(job, cancellation, arrived=arrived)


def test_full_queue_is_told_at_once_and_other_routes_go_on(settings: Settings) -> None:
    slow = Slow()
    app = create_app(settings, GovernanceGraph(small_snapshot()), sparql=lambda *_: slow)

    async def ask() -> tuple[list[int], int, httpx.Response]:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            waiting = [asyncio.create_task(client.get("/sparql?query=ASK")) for _ in range(2)]
            await asyncio.sleep(0.2)
            refused = await client.get("/sparql?query=ASK")
            other = await client.get("/organisations")
            slow.go.set()
            answered = await asyncio.gather(*waiting)
        return [response.status_code for response in answered], other.status_code, refused

    answered, other, refused = asyncio.run(ask())
    assert answered == [200, 200]
    assert other == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["limit"] == "query_queue"
