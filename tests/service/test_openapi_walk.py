"""One walk over the whole OpenAPI document: every operation answers, and every error it tells is seen as a problem.

The errors that need a fault of the machine are brought about by a scripted evaluator and by a graph that breaks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from ics_graph.errors import BadQuery, Busy, IcsGraphError, MemoryExceeded, QueryTimeout, TooLarge, WorkerLost
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.service.front import LONGEST_ADDRESS
from ics_graph.service.problems import PROBLEM_TYPES
from ics_graph.settings import Settings
from ics_graph.workers.messages import QueryAnswer, QueryJob
from tests.service.scripted import ScriptedSparql
from tests.service.test_problems import checked
from tests.support.graphs import ONTOLOGY
from tests.support.small_graph import DAY, small_snapshot

HEAD_OF_QUERY = '#+ title = "A test"\n#+ question = "What comes of it?"\n#+ [example]\n#+ on = "2020-11-09"\n'
FAULTS: dict[str, IcsGraphError] = {
    "bad-query": BadQuery("It ends too early.", line=1, column=1),
    "query-timeout": QueryTimeout("Too slow.", setting="query_deadline"),
    "too-large": TooLarge("Too large.", setting="query_bytes"),
    "memory-exceeded": MemoryExceeded("Too greedy.", setting="query_memory"),
    "busy": Busy("No worker is free.", setting="query_queue"),
    "worker-lost": WorkerLost("It died."),
}
GOOD: dict[str, str] = {
    "/organisations": "/organisations",
    "/organisations/{id}": "/organisations/northton-ccg",
    "/organisations/{id}/accountability": "/organisations/northton-ccg/accountability",
    "/organisations/{id}/relations": "/organisations/northton-ccg/relations",
    "/organisations/{id}/members": "/organisations/northton-hwb/members",
    "/organisations/{id}/memberships": "/organisations/northton-ccg/memberships",
    "/organisations/{id}/responsibilities": "/organisations/northton-council/responsibilities",
    "/organisations/{id}/delegations": "/organisations/northton-ccg/delegations",
    "/organisations/{id}/timeline": "/organisations/northton-ccg/timeline",
    "/areas/{id}": "/areas/northton",
    "/posts/{id}": "/posts/secretary-of-health",
    "/people/{id}": "/people/ada-example",
    "/constituencies/{id}": "/constituencies/groups-of-northton",
    "/electorates/{id}": "/electorates/voters-of-the-realm",
    "/instruments/{id}": "/instruments/northton-memorandum",
    "/events/{id}": "/events/ccg-functions-pass",
    "/relations/{id}": "/relations/ccg-delegates",
    "/claims": "/claims?about=northton-ccg",
    "/claims/{id}": "/claims/number-of-ccgs",
    "/concepts/{scheme}/{slug}": "/concepts/function/nhs-commissioning",
    "/functions/{slug}/responsible": "/functions/adult-social-care/responsible?area=northton",
    "/days": "/days?from=2013-01-01&until=2022-12-31",
    "/search": "/search?q=northton",
    "/sources": "/sources",
    "/sources/{id}": "/sources/report",
    "/queries": "/queries",
    "/queries/{name}": "/queries/good",
    "/data": "/data",
    "/data/{name}": "/data/base",
    "/context.jsonld": "/context.jsonld",
    "/ontology": "/ontology",
    "/shapes": "/shapes",
    "/id/{kind}/{slug}": "/id/org/northton-ccg",
    "/concept/{scheme}": "/concept/function",
    "/concept/{scheme}/{slug}": "/concept/function/nhs-commissioning",
    "/ns": "/ns",
    "/ns/{version}": "/ns/0.1.0",
    "/healthz": "/healthz",
}
"""A request that is answered, for every route that has GET."""
ELSEWHERE = {"/sparql", "/as-of/{day}/sparql", "/validate", "/readyz", "/metrics", "/admin/reload"}
"""Routes whose errors have test files of their own."""
LEADS_ELSEWHERE = {"/id/{kind}/{slug}", "/concept/{scheme}", "/concept/{scheme}/{slug}", "/ns", "/ns/{version}"}
WITHOUT_VALIDATOR = {"/healthz", *LEADS_ELSEWHERE}
OF_THE_CONNECTION = {408, 431}
"""Told by the server before a request is one, or for a body: no route under test reads a body (test_serving.py)."""


class Faulty(ScriptedSparql):
    """An evaluator that fails as the query's comment says."""

    def answered(self, job: QueryJob) -> QueryAnswer:
        for kind, fault in FAULTS.items():
            if f"# {kind}" in job.query:
                raise fault
        if "# crash" in job.query:
            raise ZeroDivisionError("a secret of the machine")
        return QueryAnswer(b'{"head":{"vars":[]},"results":{"bindings":[]}}', job.circumstances.solutions, 0, 0)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("queries")
    for name in ("good", "crash", *FAULTS):
        (folder / f"{name}.rq").write_text(f"{HEAD_OF_QUERY}# {name}\nSELECT * {{ ?s ?p ?o }}\n", "utf-8")
    app = create_app(
        Settings(ontology=ONTOLOGY, queries=folder), GovernanceGraph(small_snapshot()), sparql=lambda *_: Faulty()
    )
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def document(walked: TestClient) -> Any:
    return walked.get("/openapi.json").json()


def with_parameter(url: str, extra: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{extra}"


def documented(operation: Mapping[str, Any], response: Response) -> None:
    """A response is one that the document has, in a form and a shape that it has."""
    told = operation["responses"].get(str(response.status_code))
    assert told is not None, (response.status_code, response.text[:200])
    if response.status_code >= 400:
        assert "application/problem+json" in told["content"]
    elif response.content:
        assert response.headers["content-type"].partition(";")[0] in told["content"]


def test_the_walk_leaves_no_route_out(document: Any) -> None:
    assert set(document["paths"]) - ELSEWHERE == set(GOOD)


def test_every_operation_and_every_error_form(walked: TestClient, document: Any) -> None:
    for path, item in document["paths"].items():
        if path in ELSEWHERE:
            continue
        operation = item["get"]
        seen = _answers(walked, path, operation) | _client_errors(walked, path, operation)
        seen |= _server_errors(walked, path, operation)
        promised = {int(status) for status in operation["responses"] if status[0] in "45"}
        assert promised - seen - OF_THE_CONNECTION <= _unreachable(path), path


def _unreachable(path: str) -> set[int]:
    """Errors that a route tells and that no request can bring about: it has no id, or no limit to reach."""
    # Without a body only an answer can be too large, and those of these routes are pages. 503 is told by the server
    # while it stops, or by what stands before it.
    found = {413, 503}
    if "{" not in path:
        found.add(404)
    return found


def _answers(client: TestClient, path: str, operation: Any) -> set[int]:
    url = GOOD[path]
    response = client.get(url)
    assert response.status_code == (303 if path in LEADS_ELSEWHERE else 200), (path, response.text[:300])
    documented(operation, response)
    head = client.head(url)
    assert (head.status_code, head.content) == (response.status_code, b"")
    options = client.options(url)
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    if path in WITHOUT_VALIDATOR:
        return set()
    tag = response.headers["etag"]
    unchanged = client.get(url, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    for form in operation["responses"]["200"]["content"]:
        given = client.get(url, headers={"Accept": form})
        if path.startswith("/queries/") and given.status_code == 406:
            continue  # a query gives either rows or triples
        if path.startswith("/data/") and form == "application/trig":
            continue  # of the other dumps
        assert given.status_code == 200, (url, form, given.text)
        assert given.headers["content-type"].partition(";")[0] == form
    return set()


def _client_errors(client: TestClient, path: str, operation: Any) -> set[int]:
    url = GOOD[path]
    told = [(client.get(with_parameter(url, "onn=1")), 400, "invalid-parameter")]
    told += [(client.get(with_parameter(url, "on=2020-01-01&on=2020-01-01")), 400, "invalid-parameter")]
    told += [(client.get(with_parameter(url, "q=%ff")), 400, "bad-request")]
    told += [(client.get(with_parameter(url, f"on={'x' * LONGEST_ADDRESS}")), 414, "uri-too-long")]
    told += [(client.request(method, url), 405, "method-not-allowed") for method in ("POST", "PUT", "DELETE", "PATCH")]
    if "406" in operation["responses"] and path not in WITHOUT_VALIDATOR:
        told.append((client.get(url, headers={"Accept": "image/png"}), 406, "not-acceptable"))
    if "{" in path:
        none = path.format(id="none", slug="none", scheme="none", kind="org", name="none", version="none")
        told.append((client.get(none), 404, "not-found"))
    for response, status, kind in told:
        checked(response, status, kind)
        documented(operation, response)
    return {status for _, status, _ in told} | ({406} if path in WITHOUT_VALIDATOR else set())


def _server_errors(client: TestClient, path: str, operation: Any) -> set[int]:
    if path == "/queries/{name}":
        seen = set()
        for kind in FAULTS:
            response = client.get(f"/queries/{kind}")
            checked(response, PROBLEM_TYPES[kind].status, kind)
            documented(operation, response)
            assert ("retry-after" in response.headers) == (kind == "busy")
            seen.add(response.status_code)
        crashed = client.get("/queries/crash")
        assert "secret" not in crashed.text
        checked(crashed, 500, "internal")
        return seen | {500}
    # A graph that breaks under a request: the same for every route, whatever it looks up.
    holder = client.app.state.holder  # type: ignore[attr-defined]
    kept, holder.current = holder.current, None
    try:
        response = client.get(GOOD[path])
    finally:
        holder.current = kept
    if path not in {"/context.jsonld", "/ns"}:
        checked(response, 500, "internal")
        documented(operation, response)
    return {500}


def test_examples_fit_their_schemas(document: Any) -> None:
    seen = 0
    for path, item in document["paths"].items():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                for form in answer.get("content", {}).values():
                    if "example" in form:
                        schema = {**form["schema"], "components": document["components"]}
                        Draft202012Validator(schema).validate(form["example"])
                        seen += 1
                    elif status[0] in "45":
                        assert form["examples"], (path, status)
    assert seen > 25
    problem = {**document["components"]["schemas"]["Problem"], "components": document["components"]}
    for kind, example in document["components"]["examples"].items():
        Draft202012Validator(problem).validate(example["value"])
        assert example["value"]["status"] == PROBLEM_TYPES[kind].status


def test_answers_name_the_context_and_their_next_part(walked: TestClient) -> None:
    response = walked.get(f"/organisations?on={DAY}&limit=1")
    links = response.links
    assert links["http://www.w3.org/ns/json-ld#context"]["url"] == "/context.jsonld"
    assert "cursor=" in links["next"]["url"]
    assert "license" in links
    assert "@context" in json.loads(walked.get("/context.jsonld").content)
