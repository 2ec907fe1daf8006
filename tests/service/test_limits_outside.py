"""The limits of queries as a client sees them: a whole answer in time or an honest refusal, whatever others do.

Against a service process. Moments are measured by the clients, so on a busy machine the worst of them says little:
where a limit is promised to a part of a second, the median has to keep it, and the worst has some seconds more.
"""

from __future__ import annotations

import json
import re
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import monotonic, sleep
from urllib.parse import quote

import pytest

from tests.service.attacking import (
    MOST_GROWTH,
    SETTLED,
    Bystanders,
    Reply,
    Serve,
    ask,
    attacked,
    counted,
    memory,
    no_fault_in,
    running,
    small,
    waiting,
)
from tests.service.on_the_wire import FORM
from tests.service.running import RunningService
from tests.support.small_graph import DAY
from tests.workers.conftest import until
from tests.workers.hostile_queries import HOSTILE, cross

SLACK = 5.0
"""Seconds that a busy machine may take besides."""
PROMISED = 0.5
"""Seconds past the deadline in which a client has its answer."""
REFUSED_WITHIN = 0.05
"""Seconds in which a request is refused where the queue is full."""
DEADLINE = 1.0
RUNAWAY = HOSTILE["cartesian count"]

pytestmark = pytest.mark.slow


# Clients that read slowly

TIMEOUT = 1.0
ROWS = 60_000
LARGE = f"SELECT * {{ {cross(2)} }} LIMIT {ROWS}"


@pytest.fixture
def patient(serve: Serve) -> RunningService:
    """A service with large answers for clients, which have a second to take them."""
    return serve(request_timeout=TIMEOUT, query_deadline=20.0, query_workers=2)


def slowly(
    service: RunningService, pause: float, version: str = "1.1", at_first: float = 0.0
) -> tuple[bytes, float, bool]:
    """Ask for the large answer and take it a little at a time, and nothing for some seconds ``at_first``.

    Gives what came, the seconds from its first byte to the end, and whether the connection was seen to break.
    """
    received, broken = bytearray(), False
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", service.port))
        address = f"/sparql?on={DAY}&query={quote(LARGE)}"
        head = f"GET {address} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        begun, end = None, monotonic() + at_first + TIMEOUT + 2 * SLACK
        sleep(at_first)
        try:
            while monotonic() < end and (piece := connection.recv(2048)):
                begun = begun or monotonic()
                received += piece
                sleep(pause)
        except ConnectionError:
            broken = True
    return bytes(received), monotonic() - (begun or monotonic()), broken


def cut(received: bytes, *, broken: bool) -> bool:
    """Whether what a client has received is seen to be a part: it broke, or is shorter than was announced."""
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    assert b" 200 " in head.split(b"\r\n")[0]
    assert length is not None, "only a stated length tells whether all has come"
    assert len(body) < int(length[1])
    assert not body.rstrip().endswith(b"]}}"), "nor does it look whole"
    return broken or len(body) < int(length[1])


def test_clients_that_read_slowly_are_cut_off_visibly_and_cost_others_nothing(patient: RunningService) -> None:
    assert ask(patient, LARGE).status == 200
    sleep(SETTLED)
    before = memory(patient)
    versions = ["1.1", "1.0", "1.1", "1.1"]
    with Bystanders(patient) as bystanders, ThreadPoolExecutor(len(versions)) as clients:
        slow = [clients.submit(slowly, patient, 0.2, version) for version in versions]
        numbers: list[float] = []
        while not all(one.done() for one in slow):
            reply = ask(patient, small(len(numbers)))
            numbers.append(reply.seconds)
            assert counted(reply, len(numbers) - 1)
            sleep(0.02)
    for received, seconds, broken in (one.result() for one in slow):
        assert cut(received, broken=broken)
        assert seconds < TIMEOUT + SLACK
    assert numbers
    assert max(numbers) < SLACK
    bystanders.were_served(SLACK)
    assert until(lambda: memory(patient) < MOST_GROWTH * before, 60), "what nobody takes is not kept"


def test_a_client_that_reads_nothing_is_cut_off_and_one_that_reads_all_is_not(patient: RunningService) -> None:
    received, _, broken = slowly(patient, 0.0, at_first=TIMEOUT + 3)
    assert cut(received, broken=broken)
    whole = ask(patient, LARGE, "application/sparql-results+json")
    assert len(json.loads(whole.body)["results"]["bindings"]) == ROWS
    assert int(whole.headers["content-length"]) == len(whole.body)


# A full queue


def test_a_full_queue_refuses_at_once_and_answers_those_in_it(serve: Serve) -> None:
    queue = 6
    service = serve(query_workers=1, query_queue=queue, query_deadline=4.0)
    with ThreadPoolExecutor(queue + 1) as clients:
        runaway = clients.submit(ask, service, RUNAWAY)
        assert running(service, 1)
        # Those behind it came later, so that a time of their own is left to them when it is stopped.
        sleep(1.5)
        queued = [clients.submit(ask, service, small(number)) for number in range(queue)]
        assert waiting(service, queue)
        refused = [ask(service, small(number)) for number in range(100, 150)]
        assert not runaway.done(), "the queue was full all the time"
        assert runaway.result().kind == "query-timeout"
        answered = 0
        for number, one in enumerate(queued):
            if counted(one.result(), number):
                answered += 1
            else:
                refused.append(one.result())
    # The service asks a query of its own now and then, to see that it is ready.
    assert answered >= queue - 1
    for reply in refused:
        assert (reply.status, reply.kind, reply.problem["limit"]) == (503, "busy", "query_queue")
        assert int(reply.headers["retry-after"]) >= 1
    assert median(reply.seconds for reply in refused) < REFUSED_WITHIN
    assert counted(ask(service, small(7)), 7)


# The deadline

KINDS = (
    "cartesian count", "cartesian distinct", "cartesian order limit", "cartesian group", "cartesian group_concat",
    "cartesian construct", "cartesian describe", "cartesian not exists", "offset without end", "regex per row",
    "hashes per row", "path star", "path star of star", "path optional", "path inverse", "every row doubled",
)  # fmt: skip
IN_TIME = {"query-timeout": 408, "too-large": 413, "memory-exceeded": 413, "busy": 503}


def honest(replies: list[Reply]) -> Counter[str]:
    """How often which kind of problem came; each says what became of its query, in time."""
    kinds = Counter(reply.kind for reply in replies)
    assert kinds.keys() <= IN_TIME.keys()
    assert all(reply.status == IN_TIME[reply.kind] for reply in replies)
    assert median(reply.seconds for reply in replies) < DEADLINE + PROMISED
    assert max(reply.seconds for reply in replies) < DEADLINE + SLACK
    return kinds


# Of two workers one may be between two queries when the time is up, of which one was too large.
@pytest.mark.parametrize(("workers", "stopped"), [(2, 1), (16, 2)], ids=["most of them queued", "all of them running"])
def test_runaways_of_every_kind_are_answered_in_time(serve: Serve, workers: int, stopped: int) -> None:
    service = serve(query_deadline=DEADLINE, query_workers=workers, query_queue=32, query_rows=1 << 40)
    with ThreadPoolExecutor(len(KINDS)) as clients:
        replies = list(clients.map(lambda name: ask(service, HOSTILE[name]), KINDS))
        kinds = honest(replies)
        assert kinds["query-timeout"] >= stopped
        assert counted(ask(service, small(3)), 3)


def dripped(service: RunningService, query: str, seconds: float) -> Reply:
    """Post a query whose body takes so many seconds to arrive; the reply's time counts from its last byte."""
    body = b"query=" + quote(query).encode()
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\nConnection: close\r\n" + FORM
    first, last = body[:-10], body[-10:]
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + first)
        for byte in last:
            sleep(seconds / len(last))
            connection.sendall(bytes([byte]))
        sent = monotonic()
        received = b""
        while piece := connection.recv(1 << 16):
            received += piece
        took = monotonic() - sent
    top, _, content = received.partition(b"\r\n\r\n")
    line, *lines = top.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    assert len(content) == int(headers["content-length"])
    return Reply(int(line.split()[1]), headers, content, took)


def test_the_clock_starts_at_the_last_byte_of_the_request(serve: Serve) -> None:
    service = serve(query_deadline=DEADLINE, query_workers=6, query_queue=16)
    with ThreadPoolExecutor(10) as clients:
        ordinary = [clients.submit(dripped, service, small(number), 1.5 * DEADLINE) for number in range(5)]
        runaways = [clients.submit(dripped, service, RUNAWAY, 1.5 * DEADLINE) for _ in range(5)]
        for number, one in enumerate(ordinary):
            assert counted(one.result(), number), "slow to come, and no slow query"
        replies = [one.result() for one in runaways]
    honest(replies)
    stopped = [reply.seconds for reply in replies if reply.kind == "query-timeout"]
    assert stopped
    # The last byte is under way for some moments.
    assert min(stopped) > DEADLINE - 0.1, "what its body took to come is not taken from a query's time"


# Rows and bytes

SOLUTIONS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
TRIPLES = ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json", "application/trig")
MOST_ROWS = 100
MOST_BYTES = 50_000


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service of small answers."""
    folder = tmp_path_factory.mktemp("bounded")
    with attacked(folder, query_rows=MOST_ROWS, query_bytes=MOST_BYTES, answer_cache_bytes=1 << 20) as service:
        yield service
    no_fault_in(service)


def rows_in(reply: Reply) -> int:
    """How many rows or triples a whole answer has."""
    kind = reply.headers["content-type"].partition(";")[0]
    if kind == "application/sparql-results+json":
        return len(json.loads(reply.body)["results"]["bindings"])
    if kind == "application/sparql-results+xml":
        assert reply.body.rstrip().endswith(b"</sparql>")
        return reply.body.count(b"<result>")
    if kind in {"text/csv", "text/tab-separated-values"}:
        return reply.body.count(b"\n") - 1
    return len(re.findall(rb"n\d+-n\d+", reply.body))


@pytest.mark.parametrize("accept", [*SOLUTIONS, *TRIPLES])
def test_an_answer_has_all_rows_or_is_refused(bounded: RunningService, accept: str) -> None:
    def query(rows: int) -> str:
        if accept in SOLUTIONS:
            return f"SELECT ?s ?o {{ ?s <https://example.org/to> ?o }} LIMIT {rows}"
        made = "BIND(IRI(CONCAT(STR(?s), '-', STRAFTER(STR(?o), 'org/'))) AS ?made)"
        inner = f"SELECT ?s ?o {{ ?s <https://example.org/to> ?o }} LIMIT {rows}"
        return f"CONSTRUCT {{ ?made a <https://example.org/made> }} {{ {{ {inner} }} {made} }}"

    whole = ask(bounded, query(MOST_ROWS), accept)
    assert whole.status == 200
    assert rows_in(whole) == MOST_ROWS
    for _ in range(2):  # the second time nothing is kept that is not whole
        reply = ask(bounded, query(MOST_ROWS + 1), accept)
        refused_with_a_way_on(reply, "query_rows")


def refused_with_a_way_on(reply: Reply, setting: str) -> None:
    """A reply says which limit was passed, and how to have the answer in parts."""
    assert (reply.status, reply.kind, reply.problem["limit"]) == (413, "too-large", setting)
    assert {"LIMIT", "OFFSET", "ORDER"} <= set(re.findall(r"[A-Z]+", reply.problem["hint"]))


@pytest.mark.parametrize("accept", [*SOLUTIONS, "application/n-triples"])
def test_an_answer_has_all_bytes_or_is_refused(bounded: RunningService, accept: str) -> None:
    def reply(length: int) -> Reply:
        # A function makes the value, for the query would be as long.
        text = f"SUBSTR(CONCAT({', '.join(['?a'] * 60)}), 1, {length})"
        head = "CONSTRUCT { <urn:a> <urn:b> ?x }" if accept == "application/n-triples" else "SELECT ?x"
        return ask(bounded, f"{head} {{ BIND('{'a' * 1000}' AS ?a) BIND({text} AS ?x) }}", accept)

    around = len(reply(1000).body) - 1000
    most = reply(MOST_BYTES - around)
    assert (most.status, len(most.body)) == (200, MOST_BYTES)
    refused_with_a_way_on(reply(MOST_BYTES - around + 1), "query_bytes")
    refused_with_a_way_on(reply(MOST_BYTES), "query_bytes")


def test_an_answer_without_end_is_refused_and_not_cut(bounded: RunningService) -> None:
    for accept in SOLUTIONS:
        reply = ask(bounded, f"SELECT * {{ {cross(3)} }}", accept)
        assert reply.kind == "too-large"
        assert reply.problem["limit"] in {"query_rows", "query_bytes"}
