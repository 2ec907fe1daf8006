"""Workers that are killed from outside: each death costs the request that its worker had, and no other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

import pytest

from tests.service.attacking import Serve, ask, counted, lasting, processes, running, small, waiting
from tests.service.running import RunningService
from tests.workers.conftest import until
from tests.workers.hostile_queries import HOSTILE

SLACK = 5.0
"""Seconds that a busy machine may take."""
RUNAWAY = HOSTILE["cartesian count"]

pytestmark = pytest.mark.slow


def busiest(service: RunningService, others: set[int]) -> int:
    """The process, none of ``others``, that takes the processor most."""

    def ticks(number: int) -> int:
        try:
            fields = Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0
        return int(fields[11]) + int(fields[12])

    candidates = processes(service) - others - {service.process.pid}
    before = {number: ticks(number) for number in candidates}
    found: list[int] = []

    def grown() -> bool:
        found[:] = [number for number in candidates if ticks(number) - before[number] > 10]
        return bool(found)

    assert until(grown, SLACK)
    return max(found, key=lambda number: ticks(number) - before[number])


def workers_of(service: RunningService) -> set[int]:
    """The processes that processes of the service have forked."""
    return processes(service) - {service.process.pid} - service.children()


def test_a_killed_worker_costs_its_own_request_and_no_other(serve: Serve) -> None:
    service = serve(query_deadline=30.0, query_workers=2, query_queue=16)
    pace = ask(service, lasting(300_000)).seconds
    rows = int(300_000 * 3 / max(pace, 0.01))
    with ThreadPoolExecutor(8) as clients:
        victim = clients.submit(ask, service, RUNAWAY)
        assert running(service, 1)
        number = busiest(service, set())
        beside = clients.submit(ask, service, lasting(rows))
        assert running(service, 2)
        queued = [clients.submit(ask, service, small(one)) for one in range(5)]
        assert waiting(service, 1)
        assert not beside.done()
        killed = monotonic()
        os.kill(number, signal.SIGKILL)
        reply = victim.result(SLACK)
        assert monotonic() - killed < SLACK
        assert (reply.status, reply.kind) == (503, "worker-lost")
        assert counted(beside.result(), rows)
        for one, answer in enumerate(queued):
            assert counted(answer.result(), one)
    assert counted(ask(service, small(9)), 9)


def test_killed_workers_that_stand_ready_cost_nothing(serve: Serve) -> None:
    service = serve(query_workers=2)
    for number in range(3):
        for worker in workers_of(service):
            with contextlib.suppress(ProcessLookupError):  # it had been replaced, as one does that has grown
                os.kill(worker, signal.SIGKILL)
        assert counted(ask(service, small(number)), number)


def test_workers_killed_among_small_queries_cost_one_request_each_at_most(serve: Serve) -> None:
    service = serve(query_workers=2, query_queue=64)
    stopped = threading.Event()
    outcomes: Counter[str] = Counter()

    def client(first: int) -> None:
        connection = HTTPConnection("127.0.0.1", service.port, timeout=20)
        for number in range(first, first + 1_000_000):
            if stopped.is_set():
                return
            try:
                connection.request("GET", f"/sparql?query={quote(small(number))}", headers={"Accept": "text/csv"})
                response = connection.getresponse()
                body = response.read()
            except (OSError, HTTPException) as error:
                outcomes[repr(error)] += 1
                return
            if response.status == 200:
                outcomes["answered" if body == b"n\r\n%d\r\n" % number else "wrong"] += 1
            else:
                outcomes[json.loads(body)["type"].rpartition("/")[2]] += 1

    kills = 0
    with ThreadPoolExecutor(6) as clients:
        asking: list[Future[None]] = [clients.submit(client, 1_000_000 * one) for one in range(6)]
        try:
            for turn in range(8):
                sleep(0.25)
                ordered = sorted(workers_of(service))
                if ordered:
                    os.kill(ordered[turn % len(ordered)], signal.SIGKILL)
                    kills += 1
        finally:
            sleep(0.25)
            stopped.set()
        for one in asking:
            one.result()
    assert kills >= 6
    assert outcomes["answered"] > 50
    assert set(outcomes) <= {"answered", "worker-lost"}
    assert outcomes["worker-lost"] <= kills
