"""Hostile queries: whatever one does, its client has an honest answer in time, and the next query is answered.

Each runs twice: as the doors run it, with the check before, and without the check, for the workers must hold alone.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from ics_graph.errors import BadQuery, LimitReached, MemoryExceeded, QueryTimeout, TooLarge
from ics_graph.settings import Settings
from ics_graph.workers.messages import Circumstances, GraphSource, Limits, QueryJob
from ics_graph.workers.pool import WorkerPool
from ics_graph.workers.precheck import precheck
from tests.workers.conftest import NODES, ONE, alive, until
from tests.workers.hostile_queries import HOSTILE, text

DEADLINE = 0.3
SLACK = 2.0
"""Seconds past the deadline that a busy machine may take; on an idle one it is a few hundredths."""

ORDINARY = QueryJob("SELECT (COUNT(*) AS ?n) { ?s <https://example.org/name> ?o }", Circumstances(solutions="text/csv"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """A socket that must see no connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture(scope="module")
def hostile_pool(source: GraphSource) -> Iterator[WorkerPool]:
    settings = Settings(query_deadline=DEADLINE, query_memory=96 << 20, query_rows=20_000, query_bytes=8 << 20)
    with WorkerPool(source, settings) as pool:
        yield pool


def run(pool: WorkerPool, query: str) -> str:
    """Run a query and an ordinary one behind it; gives the name of what came of the first."""
    started = monotonic()
    try:
        answer = pool.evaluate(QueryJob(query, Circumstances(default_graphs=("", ONE), named_graphs=(ONE,))))
        outcome = f"{answer.rows} rows"
        assert answer.rows <= 20_000
        assert len(answer.body) <= 8 << 20
    except (BadQuery, LimitReached) as error:
        outcome = type(error).__name__
    assert monotonic() - started < DEADLINE + SLACK
    assert pool.evaluate(ORDINARY).body == f"n\r\n{NODES}\r\n".encode()
    return outcome


def sees_nothing(listener: socket.socket) -> bool:
    try:
        listener.accept()
    except BlockingIOError:
        return True
    return False


def test_there_are_many() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_with_the_check(hostile_pool: WorkerPool, listener: socket.socket, name: str) -> None:
    query = text(name, listener.getsockname()[1])
    try:
        checked = precheck(query, Settings())
    except (BadQuery, TooLarge):
        return
    finally:
        assert sees_nothing(listener)
    run(hostile_pool, checked.text)
    assert sees_nothing(listener)


@pytest.mark.parametrize("name", HOSTILE)
def test_without_the_check(hostile_pool: WorkerPool, listener: socket.socket, name: str) -> None:
    run(hostile_pool, text(name, listener.getsockname()[1]))
    assert sees_nothing(listener)


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith(("nested", "unclosed", "negations"))])
def test_the_check_refuses_deep_nesting(name: str) -> None:
    with pytest.raises(TooLarge) as caught:
        precheck(HOSTILE[name], Settings())
    assert caught.value.setting == "query_nesting"


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith(("service", "from", "load", "insert"))])
def test_the_check_refuses_ways_out(name: str) -> None:
    with pytest.raises(BadQuery):
        precheck(text(name, 80), Settings())


@pytest.mark.parametrize(
    ("name", "deadline", "error"),
    [
        ("cartesian count", 0.3, QueryTimeout),
        ("doubling length", 20, MemoryExceeded),
        ("cartesian rows", 20, TooLarge),
        ("nested functions", 20, TooLarge),
    ],
)
def test_each_limit_stops_its_runaway(
    hostile_pool: WorkerPool, name: str, deadline: float, error: type[LimitReached]
) -> None:
    with pytest.raises(error):
        hostile_pool.evaluate(QueryJob(HOSTILE[name], Circumstances(limits=Limits(deadline=deadline))))


def test_all_of_them_at_once(source: GraphSource) -> None:
    settings = Settings(query_deadline=30.0, query_memory=96 << 20, query_rows=20_000, query_workers=2)
    worst = ["cartesian order", "doubling concat", "nested functions", "regex per row", "path star", "chain of or"]
    with WorkerPool(source, settings) as pool, ThreadPoolExecutor(8) as threads:

        def one(number: int) -> str:
            if number % 2:
                return pool.evaluate(ORDINARY).body.decode()
            query, limits = HOSTILE[worst[number // 2 % len(worst)]], Limits(deadline=0.5, rows=1000)
            try:
                return str(pool.evaluate(QueryJob(query, Circumstances(limits=limits))).rows)
            except (BadQuery, LimitReached):
                return "refused"

        outcomes = list(threads.map(one, range(24)))
        assert outcomes[1::2] == [f"n\r\n{NODES}\r\n"] * 12
        processes = pool.processes
    assert until(lambda: not any(map(alive, processes)))
