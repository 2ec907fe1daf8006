"""The fast lane: what it answers is what the application answers, and what it counts and logs as well.

A request with a header ``Range`` is none for the lane, and changes nothing else: so each request is sent both ways.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ics_graph.errors import IcsGraphError
from ics_graph.service.problems import BadRequest
from ics_graph.service.sparql_request import SparqlRequest, _fields, read_address, split_address
from tests.service.on_the_wire import Answer, answers, exchange
from tests.service.running import RunningService
from tests.workers.conftest import until

SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/ics-graph/ns#CCG> } ORDER BY ?s"
QUERIES = (
    SELECT, "ASK { ?s ?p ?o }", "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c }", "DESCRIBE <urn:none>", "SELECT * {", "",
    "SELECT (NOW() AS ?n) {}", "SELECT ?s { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "DELETE WHERE { ?s ?p ?o }",
    "SELECT * FROM <https://w3id.org/ics-graph/as-of/2020-11-09> { ?s a <https://w3id.org/ics-graph/ns#CCG> }",
    "SELECT ('\u00e9\u4e2d' AS ?x) {}", "SELECT * { ?s ?p ?o . ?a ?b ?c }",
    "(" * 500, "SELECT (1/0 AS ?x) {}",
)  # fmt: skip
ADDRESSES = (
    *(f"/sparql?query={quote(query)}&on=2020-11-09" for query in QUERIES),
    *(
        f"/sparql?query={quote(SELECT)}&{more}"
        for more in (
            "on=2020-02-30", "on=2020-11-09&on=2020-11-09", "known=2021-01-01", "status=draft", "status=nonsense",
            "include=unknown", "format=xml", "format=csv", "format=nonsense", "query=ASK%7B%7D", "update=x",
            "unknown=1",
            "default-graph-uri=urn:none", "default-graph-uri=https://w3id.org/ics-graph/as-of/2020-11-09",
            "default-graph-uri=urn:x&on=2020-11-09", "=", "&&", "%zz", "on=%FF", "on=2020%2D11%2D09",
            "&".join(f"a{place}=1" for place in range(101)),
        )
    ),
    "/sparql", "/sparql?on=2020-11-09", "/sparql?nothing=1", "/sparql?query=%E9", "/sparql?query=ASK+%7B%7D%",
    "/sparql?query", "/sparql?query=" + "a" * 300_000, "/sparql#query=x", "/as-of/2020-11-09/sparql?query=ASK%7B%7D",
    "/healthz", "/organisations?on=2020-11-09", "/organisations.csv?on=2020-11-09", "/nowhere",
    "/%73parql?query=ASK%7B%7D",
)  # fmt: skip
ACCEPTS = (
    b"", b"Accept: text/csv\r\n", b"Accept: application/sparql-results+xml;q=0.5, text/turtle\r\n",
    b"Accept: image/png\r\n", b"Accept: text/csv\r\nAccept: application/json;q=0.1\r\n",
)  # fmt: skip
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z")
ROUNDABOUT = b"Range: bytes=0-\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("lane"), query_rows=1_000)
    yield running
    running.stop()


def asked(service: RunningService, address: str, headers: bytes = b"", method: str = "GET") -> Answer:
    received = exchange(
        service, f"{method} {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode() + headers + b"\r\n"
    )
    found = answers(received, head=method == "HEAD")
    assert len(found) == 1, (address[:100], headers, received[:200])
    return found[0]


def comparable(answer: Answer) -> tuple[int, dict[str, str], object]:
    """An answer without what differs between any two: its id, its moment, and blanks made for it."""
    headers = {name: value for name, value in answer.headers.items() if name not in {"date", "x-request-id"}}
    if answer.status == 304:
        headers.pop("link", None)  # of an answer that is kept it has the next page as well
    if _MOMENT.search(answer.body):
        headers.pop("content-length", None)
    return answer.status, headers, _MOMENT.sub(b"", answer.body)


@pytest.mark.parametrize("accept", ACCEPTS, ids=range(len(ACCEPTS)))
def test_the_lane_answers_what_the_application_answers(service: RunningService, accept: bytes) -> None:
    for address in ADDRESSES:
        roundabout = comparable(asked(service, address, accept + ROUNDABOUT))
        first, again = (comparable(asked(service, address, accept)) for _ in range(2))
        assert first == roundabout, address
        assert again == roundabout, address


def test_a_client_that_has_the_answer_is_told_so(service: RunningService) -> None:
    for number, address in enumerate((f"/sparql?on=2020-11-09&query={quote(SELECT)}", "/organisations?on=2020-11-09")):
        # Another query string, and so one that nobody has asked before.
        fresh = f"{address}&format=json" if number == 0 else f"{address}&limit=7"
        tag = asked(service, fresh, ROUNDABOUT).headers["etag"]
        known = b"If-None-Match: " + tag.encode() + b"\r\n"
        expected = comparable(asked(service, fresh, known + ROUNDABOUT))
        assert expected[0] == 304
        assert comparable(asked(service, fresh, known)) == expected
        assert asked(service, fresh).status == 200
        assert comparable(asked(service, fresh, known)) == expected


def test_requests_on_one_connection_are_answered_in_their_order(service: RunningService) -> None:
    lines = [
        f"/sparql?query=SELECT%20({number}%20AS%20%3Fn)%20%7B%7D"
        if number % 3
        else f"/search?q=northton&limit={number + 1}"
        for number in range(12)
    ]
    pipelined = b"".join(f"GET {line} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for line in lines[:-1])
    last = f"GET {lines[-1]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    found = answers(exchange(service, pipelined + last))
    assert [answer.status for answer in found] == [200] * 12
    for number, answer in enumerate(found):
        if number % 3:
            (row,) = json.loads(answer.body)["results"]["bindings"]
            assert row["n"]["value"] == str(number)
        else:
            assert b'"items"' in answer.body


def test_head_and_old_clients_are_served(service: RunningService) -> None:
    address = f"/sparql?on=2020-11-09&query={quote(SELECT)}"
    whole = asked(service, address)
    head = asked(service, address, method="HEAD")
    assert (head.status, head.headers["content-length"]) == (200, str(len(whole.body)))
    (old,) = answers(exchange(service, f"GET {address} HTTP/1.0\r\n\r\n".encode()))
    assert (old.status, old.body, old.headers["connection"]) == (200, whole.body, "close")


def test_the_lane_counts_and_logs_as_the_application_does(service: RunningService) -> None:
    def counted() -> dict[str, float]:
        text = service.get("/metrics").text
        return {
            line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.startswith(("ics_graph_requests_total", "ics_graph_requests_in_progress"))
        }

    def lines() -> list[dict[str, Any]]:
        return [line for line in service.events("request") if line["route"] == "/sparql"]

    # Lines are written in the order in which the requests end: when this one is there, all before it are.
    earlier = len(service.events("request"))
    asked(service, "/nowhere")
    service.wait_for("request", route="(no route)")
    assert until(lambda: len(service.events("request")) > earlier)
    sleep(0.5)
    before = counted()
    good, bad = f"/sparql?query={quote(SELECT + ' LIMIT 3')}", "/sparql?query=SELECT"
    seen = len(lines())
    for address in (good, bad):
        asked(service, address)
        asked(service, address, ROUNDABOUT)
    after = counted()
    grown = {name: after[name] - before.get(name, 0) for name in after if "/sparql" in name}
    assert {name: number for name, number in grown.items() if number} == {
        'ics_graph_requests_total{method="GET",route="/sparql",status="200"}': 2,
        'ics_graph_requests_total{method="GET",route="/sparql",status="400"}': 2,
    }
    assert after["ics_graph_requests_in_progress"] == 1  # the one that asks
    assert until(lambda: len(lines()) >= seen + 4)
    lane_good, round_good, lane_bad, round_bad = lines()[seen : seen + 4]
    for lane, roundabout in ((lane_good, round_good), (lane_bad, round_bad)):
        assert lane.keys() | {"cache"} == roundabout.keys() | {"cache"}
        for member in ("route", "status", "bytes", "dataset", "query", "problem"):
            assert lane.get(member) == roundabout.get(member), member


@given(st.binary(max_size=60) | st.text("a=&%+;2dDfF\u00e9", max_size=30).map(str.encode))
@example(b"a=%3D%3d&b=+%2B&%26=%25&c")
@example(b"query=%")
@example(b"%0D%0A=%0a=")
def test_forms_are_read_as_the_standard_library_reads_them(text: bytes) -> None:
    try:
        expected = parse_qsl(text.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(BadRequest):
            _fields(text, "It")
        return
    assert _fields(text, "It") == expected


FIELDS = (
    "query=ASK",
    "query=%e9",
    "query",
    "%71uery=a",
    "subquery=b",
    "on=2020-11-09",
    "on=x",
    "a=+",
    "",
    "=",
    "on=%zz",
)


@given(st.lists(st.sampled_from(FIELDS), max_size=5))
@example(["a=+"] * 99 + ["query=ASK"])
@example(["query=ASK"] + [""] * 101)
def test_the_rest_of_an_address_means_the_same_with_any_query(fields: list[str]) -> None:
    """What is read of an address is kept by all that stands beside the query."""

    def read(address: bytes) -> object:
        try:
            return read_address(address, None)
        except IcsGraphError as error:
            return type(error), error.message

    address = "&".join(fields).encode()
    expected = read(address)
    refused: object = None
    try:
        query, others = split_address(address)
    except BadRequest as error:
        refused = type(error), error.message
    if refused is not None:
        assert refused == expected
        return
    if query is None:
        return
    for other in (others + b"&query=x", b"query=x&" + others):
        found = read(other)
        if isinstance(expected, SparqlRequest) and isinstance(found, SparqlRequest):
            assert found._replace(query=query) == expected
        else:
            # (An empty field more may be one field too many.)
            assert found == expected or len(fields) > 90


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(service: RunningService) -> None:
    """One timer watches a connection, whatever number of requests comes over it."""
    request = f"GET /sparql?query={quote(SELECT)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with service.connect() as connection:
        for turn in range(3):
            connection.sendall(request)
            received = connection.recv(1 << 16)
            assert received.startswith(b"HTTP/1.1 200 ")
            answered = monotonic()
            sleep(3.0 if turn < 2 else 0)
        assert connection.recv(1 << 16) == b""
        assert 4.5 < monotonic() - answered < 10
