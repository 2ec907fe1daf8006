"""What a hostile tester once found in the service, each held against its return. The service runs as a process."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import httpx
import pytest
from starlette.testclient import TestClient

from tests.service.running import RunningService

TIMEOUT = 1.0
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r }"
RUNAWAY_PATH = "/sparql?query=" + quote(RUNAWAY)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningService]]:
    started: list[RunningService] = []

    def start_one(**settings: Any) -> RunningService:
        started.append(RunningService(tmp_path, log_level="error", **settings))
        return started[-1]

    yield start_one
    for service in started:
        service.stop()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    started = RunningService(tmp_path_factory.mktemp("attacked"), log_level="error", request_timeout=TIMEOUT)
    yield started
    started.stop()


def ask(service: RunningService, query: str) -> bool:
    # Not with httpx, which takes no address of this length.
    with urlopen(f"{service.address}/sparql?query={quote(query)}", timeout=30) as response:
        return bool(json.load(response)["boolean"])


def interrupt(service: RunningService) -> tuple[int, float]:
    """Press Ctrl-C; gives the exit code and the seconds until the end."""
    begun = monotonic()
    code = service.stop()
    return code, monotonic() - begun


def no_traceback(service: RunningService, since: int, most: int = 0) -> None:
    sleep(0.2)
    lines = service.lines[since:]
    assert len(lines) <= most, "".join(lines)
    assert "Traceback" not in "".join(lines)


def answer_of(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """The status and the problem document that come before the connection is closed."""
    received = b""
    while piece := connection.recv(1 << 16):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return int(head.split()[1]), json.loads(body)


def closed_after(connection: socket.socket) -> float:
    """Seconds until the service closes a connection, whatever it says before."""
    begun = monotonic()
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionError:
        pass
    return monotonic() - begun


def post_head(length: int, path: str = "/sparql") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("path", ["/sparql", "/validate"])
def test_a_client_that_drops_mid_upload_left_a_traceback_in_the_log(service: RunningService, path: str) -> None:
    since = len(service.lines)
    head = post_head(100, path).replace(b"sparql-query", b"n-triples" if path == "/validate" else b"sparql-query")
    for _ in range(3):
        with service.connect() as connection:
            connection.sendall(head + b"A")
            sleep(0.1)
    assert ask(service, "ASK {}")
    no_traceback(service, since)


@pytest.mark.parametrize("waiting", [0, 3])
def test_an_interrupt_waited_for_running_queries_and_left_a_traceback(
    start: Callable[..., RunningService], waiting: int
) -> None:
    service = start()
    assert ask(service, "ASK {}")
    sleep(2)  # the processes that validate are ready as well
    responses: list[int] = []

    def run() -> None:
        try:
            responses.append(httpx.get(service.address + RUNAWAY_PATH, timeout=30).status_code)
        except httpx.HTTPError:
            responses.append(0)

    asking = [threading.Thread(target=run) for _ in range(1 + waiting)]
    for thread in asking:
        thread.start()
    sleep(0.5)
    code, seconds = interrupt(service)
    for thread in asking:
        thread.join(10)
    assert code == 130
    assert "".join(service.lines).strip() == "ics-graph: interrupted"
    assert seconds < 2.5, "about half a second, and some for a busy machine"
    assert responses == [503] * (1 + waiting), "each client is told"


def test_an_interrupt_waited_for_clients_that_send_or_receive_nothing(start: Callable[..., RunningService]) -> None:
    service = start()
    assert ask(service, "ASK {}")
    sleep(2)
    with service.connect() as uploading, service.connect() as silent, service.connect() as beginning:
        uploading.sendall(post_head(100) + b"A")
        beginning.sendall(b"GET / HT")
        sleep(0.3)
        code, seconds = interrupt(service)
        silent.close()
    assert code == 130
    assert "".join(service.lines).strip() == "ics-graph: interrupted"
    assert seconds < 4


def test_abandoned_queries_ran_on_and_held_up_the_next(service: RunningService) -> None:
    since = len(service.lines)
    assert ask(service, "ASK {}")
    for _ in range(5):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(service.address + RUNAWAY_PATH, timeout=0.2)
    begun = monotonic()
    assert ask(service, "ASK {}")
    assert monotonic() - begun < 4, "the deadline of one of them is ten seconds"
    no_traceback(service, since)


def test_abandoned_queries_in_the_queue_were_evaluated(service: RunningService) -> None:
    since = len(service.lines)
    connections = []
    for _ in range(10):
        connections.append(service.connect())
        connections[-1].sendall(f"GET {RUNAWAY_PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    sleep(0.5)
    for connection in reversed(connections):
        connection.close()
    begun = monotonic()
    assert ask(service, "ASK {}")
    assert monotonic() - begun < 4
    no_traceback(service, since)


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_never_ended_held_its_connection(service: RunningService, sent: bytes) -> None:
    since = len(service.lines)
    with service.connect() as connection:
        connection.sendall(sent)
        status, body = answer_of(connection)
    assert (status, body["type"].rpartition("/")[2]) == (408, "request-timeout")
    no_traceback(service, since)


def test_a_head_that_came_in_drips_held_its_connection(service: RunningService) -> None:
    begun = monotonic()
    with service.connect() as connection:
        try:
            for byte in b"GET / HTTP/1.1\r\nX: " + b"x" * 1000:
                connection.sendall(bytes([byte]))
                sleep(0.05)
        except ConnectionError:
            pass
    assert monotonic() - begun < TIMEOUT + 3


def test_the_second_head_of_a_connection_had_no_time_limit(service: RunningService) -> None:
    with service.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        sleep(0.3)
        connection.sendall(b"GET /hea")
        assert closed_after(connection) < TIMEOUT + 3


def test_a_body_that_never_ended_held_its_connection(service: RunningService) -> None:
    since = len(service.lines)
    with service.connect() as connection:
        connection.sendall(post_head(100) + b"A")
        status, body = answer_of(connection)
    assert (status, body["type"].rpartition("/")[2]) == (408, "request-timeout")
    no_traceback(service, since)


@pytest.mark.parametrize("path", ["/healthz", "/sparql", RUNAWAY_PATH])
def test_a_body_that_nobody_reads_held_its_connection(service: RunningService, path: str) -> None:
    since = len(service.lines)
    with service.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n".encode())
        assert closed_after(connection) < TIMEOUT + 3
    no_traceback(service, since)


def test_a_slow_query_is_not_taken_for_a_slow_request(service: RunningService) -> None:
    """The limit is of what the client sends, and ends with it."""
    with service.connect() as connection:
        connection.sendall(post_head(len(RUNAWAY)) + RUNAWAY.encode())
        connection.settimeout(TIMEOUT + 1)
        with pytest.raises(TimeoutError):
            connection.recv(1)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        post_head(1).replace(b"Content-Length: 1", b"Transfer-Encoding: chunked") + b"nonsense\r\n",
    ],
)
def test_malformed_requests_are_refused_without_a_traceback(service: RunningService, sent: bytes) -> None:
    since = len(service.lines)
    with service.connect() as connection:
        connection.sendall(sent)
        status, body = answer_of(connection)
    assert (status, body["status"]) == (400, 400)
    no_traceback(service, since, most=1)


def test_a_malformed_end_of_an_answered_request_left_a_traceback(service: RunningService) -> None:
    since = len(service.lines)
    with service.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        connection.sendall(b"nonsense\r\n")
        assert closed_after(connection) < TIMEOUT + 3
    no_traceback(service, since, most=1)


def test_long_headers_were_accepted(service: RunningService) -> None:
    since = len(service.lines)
    for sent in (b"X-Long: " + b"x" * 200_000 + b"\r\n", b"".join(b"X-%d: x\r\n" % number for number in range(10_000))):
        with service.connect() as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + sent + b"\r\n")
            status, body = answer_of(connection)
        assert (status, body["type"].rpartition("/")[2]) == (431, "headers-too-large")
    assert httpx.get(service.address + "/healthz", headers={"X-Long": "x" * 60_000}).status_code == 200
    no_traceback(service, since, most=2)


def test_the_longest_query_still_fits_in_the_address(service: RunningService) -> None:
    query = "ASK {} #" + "é" * (((256 << 10) - 8) // 2)
    assert ask(service, query)
    with pytest.raises(HTTPError) as caught:
        ask(service, query + "é")
    assert caught.value.code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=%FF", "/search?%FF=q", "/organisations/%FF%FE", "/organisations?q=%C3", "/healthz?%80",
        "/sparql?query=%FF", "/%FF", "/%FF/sparql", "/as-of/%FF/sparql", "/id/org/%ED%A0%80", "/validate?on=%FF",
    ],
)  # fmt: skip
def test_addresses_that_are_no_utf8_were_taken_for_other_words(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (400, "bad-request")


def test_escaped_utf8_is_understood(client: TestClient) -> None:
    assert client.get("/search?q=%C3%A9%F0%9F%98%80").status_code == 200


OTHER_LISTS = [
    "/organisations?on=2020-11-10&limit=1",
    "/organisations?on=2020-11-09&include=ended&limit=1",
    "/organisations?on=2020-11-09&statutory=yes&limit=1",
    "/sources?on=2020-11-09",
    "/search?q=northton&on=2020-11-09",
    "/organisations/northton-ccg/relations?on=2020-11-09",
    "/organisations/northton-ccg/members?on=2020-11-09",
    "/organisations/northton-ccg/delegations?on=2020-11-09",
]


@pytest.mark.parametrize("other", OTHER_LISTS)
def test_the_cursor_of_another_list_was_accepted(client: TestClient, other: str) -> None:
    cursor = client.get("/organisations?on=2020-11-09&limit=1").json()["next"]
    response = client.get(f"{other}&cursor={cursor}")
    assert (response.status_code, response.json()["parameter"]) == (400, "cursor")


def test_a_cursor_goes_on_in_its_own_list_whatever_the_limit(client: TestClient) -> None:
    first = client.get("/organisations?on=2020-11-09&limit=1").json()
    whole = client.get("/organisations?on=2020-11-09").json()
    rest = client.get(f"/organisations.json?limit=1000&cursor={first['next']}&on=2020-11-09").json()
    assert first["items"] + rest["items"] == whole["items"]


@pytest.mark.parametrize("number", ["1_0", "5.0", "%205", "5%20", "%2B5", "٥", "0x5", "1e1", ""])
@pytest.mark.parametrize(("path", "parameter"), [("", "limit"), ("/northton-ccg/accountability", "depth")])
def test_what_is_no_whole_number_was_read_as_one(client: TestClient, path: str, parameter: str, number: str) -> None:
    response = client.get(f"/organisations{path}?{parameter}={number}")
    assert (response.status_code, response.json()["parameter"]) == (400, parameter)
