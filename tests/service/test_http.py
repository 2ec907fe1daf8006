"""What HTTP asks of every answer: negotiation, validators, HEAD, OPTIONS, CORS, limits."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ics_graph.service.caching import entity_tag, names_anything, names_tag
from ics_graph.service.negotiation import ENTITY_FORMS, JSON, JSON_LD, TURTLE, Form, preferred
from tests.support.small_graph import DAY

URL = f"/organisations/northton-ccg?on={DAY}"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", TURTLE),
        ("text/turtle", TURTLE),
        ("TEXT/Turtle", TURTLE),
        ("application/json;q=0.5, text/turtle", TURTLE),
        ("application/json;q=0.5, text/turtle;q=0.4", JSON),
        ("*/*;q=0.1, application/ld+json", JSON_LD),
        # The most precise range decides, whatever its order.
        ("*/*, application/json;q=0", TURTLE),
        ("application/json;q=0, */*", TURTLE),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded", */*;q=0.1', JSON_LD),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("image/png", None),
        ("application/json;q=0", None),
        # What cannot be read says nothing.
        ("nonsense", JSON),
        ("application/json;q=7, text/turtle;q=0.1", TURTLE),
    ],
)
def test_form_that_accept_prefers(accept: str | None, form: Form | None) -> None:
    assert preferred(accept, ENTITY_FORMS) == form


def test_several_accept_headers_are_one(client: TestClient) -> None:
    response = client.get(URL, headers=[("Accept", "image/png"), ("Accept", "text/turtle")])
    assert response.headers["content-type"].startswith("text/turtle")


def test_unchanged_answer_is_not_sent_again(client: TestClient) -> None:
    first = client.get(URL)
    tag = first.headers["etag"]
    for value in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(URL, headers={"If-None-Match": value})
        assert (again.status_code, again.content) == (304, b""), value
        for name in ("etag", "vary", "cache-control", "ics-graph-dataset"):
            assert again.headers[name] == first.headers[name]
    assert client.get(URL, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get("/organisations/none", headers={"If-None-Match": "*"}).status_code == 404


def test_validator_covers_everything_that_makes_an_answer_another() -> None:
    from datetime import date

    day = date(2020, 11, 9)
    tags = {
        entity_tag("d1", day, "/a", [("q", "x")], "json"),
        entity_tag("d2", day, "/a", [("q", "x")], "json"),
        entity_tag("d1", date(2020, 11, 10), "/a", [("q", "x")], "json"),
        entity_tag("d1", None, "/a", [("q", "x")], "json"),
        entity_tag("d1", day, "/b", [("q", "x")], "json"),
        entity_tag("d1", day, "/a", [("q", "y")], "json"),
        entity_tag("d1", day, "/a", [("q", "x")], "ttl"),
    }
    assert len(tags) == 7
    pairs = [("a", "1"), ("b", "2")]
    assert entity_tag("d", day, "/", pairs, "json") == entity_tag("d", day, "/", pairs[::-1], "json")
    assert not names_tag(None, '"x"')
    assert not names_anything(None)


def test_answer_about_today_is_fresh_for_less_long(client: TestClient) -> None:
    def seconds(url: str) -> int:
        return int(client.get(url).headers["cache-control"].partition("max-age=")[2].partition(",")[0])

    assert seconds("/organisations") < seconds(f"/organisations?on={DAY}")


def test_head_is_get_without_the_body(client: TestClient) -> None:
    whole, head = client.get(URL), client.head(URL)
    assert head.status_code == 200
    assert head.content == b""
    first, second = dict(head.headers), dict(whole.headers)
    # The number of the request is another each time.
    assert first.pop("x-request-id", None) != second.pop("x-request-id", "")
    assert first == second
    assert client.head("/nothing").status_code == 404
    assert client.head("/organisations/none").content == b""


def test_options_and_preflight(client: TestClient) -> None:
    response = client.options("/organisations")
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    preflight = client.options("/organisations", headers=asked)
    assert preflight.status_code == 204
    assert "GET" in preflight.headers["access-control-allow-methods"]
    assert "authorization" not in preflight.headers["access-control-allow-headers"].lower()
    assert client.get(URL, headers={"Origin": "https://example.org"}).headers["access-control-allow-origin"] == "*"


def test_suffix_of_a_form_that_is_not_given(client: TestClient) -> None:
    for url in ("/organisations/northton-ccg.tsv", "/organisations.nt", "/search.xml?q=x"):
        assert client.get(url).status_code == 406
    # An id is a whole segment: what only begins with a dot is no suffix.
    assert client.get("/organisations/.json").status_code == 404
    assert client.get("/organisations/northton-ccg.png").status_code == 404


def test_limits_of_body_and_address(client: TestClient) -> None:
    headers = {"Content-Type": "application/sparql-query"}
    assert client.post("/sparql", content=b"#" * 10_000, headers=headers).status_code == 200
    longer = client.post("/sparql", content=b"#" * 10_001, headers=headers)
    assert (longer.status_code, longer.json()["limit"]) == (413, "query_length")
    stated = client.post("/sparql", content=b"#" * 20_001, headers=headers)
    assert (stated.status_code, stated.json()["limit"]) == (413, "request_bytes")
    streamed = client.post("/sparql", content=iter([b"#" * 15_000, b"#" * 15_000]), headers=headers)
    assert (streamed.status_code, streamed.json()["limit"]) == (413, "request_bytes")
    path = "/search?q="
    fits = "a" * (8192 - len(path) + 1)
    assert client.get(path + fits).status_code == 200
    assert client.get(path + fits + "a").status_code == 414


def test_nothing_is_loaded_or_asked_before_the_application_starts(client: TestClient) -> None:
    from ics_graph.service.app import create_app
    from ics_graph.settings import Settings

    app = create_app(Settings())
    assert isinstance(app, FastAPI)
    assert app.state.holder.current is None
    response = TestClient(app, raise_server_exceptions=False).get("/healthz")
    assert response.status_code == 500
    assert response.json()["type"].endswith("/internal")
