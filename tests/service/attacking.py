"""A service over a graph on which queries can run away: its processes, their memory, and ordinary clients beside.

For the tests that attack it, or look at its limits from outside.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.service.running import RunningService
from tests.support.small_graph import DAY
from tests.workers.conftest import NODES, quads, until
from tests.workers.hostile_queries import cross

ORDINARY = (
    "/organisations/northton-ccg/accountability?on=2020-11-09",
    "/organisations?on=2020-11-09&limit=5",
    "/search?q=northton",
    "/organisations/northton-ccg/timeline.csv",
    "/organisations/northton-hwb/members.ttl?on=2020-11-09",
    "/days",
    "/healthz",
)
CLIENTS = 8
PATIENCE = 5.0
"""Seconds in which what is asked of a busy machine comes about."""
Serve = Callable[..., RunningService]
"""Starts a service with settings of a test's own (the fixture ``serve``)."""
MOST_GROWTH = 1.2
"""How much memory the service may have a minute after the last query, by what it had before."""
SETTLED = 6.0
"""Seconds after which the service has given back what it freed."""


@contextmanager
def attacked(folder: Path, **settings: Any) -> Iterator[RunningService]:
    """A service over a graph on which queries can run away."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "clique.nq").write_text(quads(), "utf-8")
    service = RunningService(folder, **{"query_memory": 192 << 20, **settings})
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()


def processes(service: RunningService) -> set[int]:
    """The service process and all below it."""
    found, rest = set[int](), [service.process.pid]
    while rest:
        number = rest.pop()
        found.add(number)
        for path in Path(f"/proc/{number}/task").glob("*/children"):
            try:
                rest += map(int, path.read_text("ascii").split())
            except OSError:
                continue  # it ended
    return found


def memory(service: RunningService) -> int:
    """Bytes that all processes of a service have taken, each page counted once (``Pss_Anon``, and ``SwapPss``).

    Workers are forked and share most pages: the sum of their resident sets would count these a dozen times, and a
    growth would be little beside it. The pages of programs and libraries are left out: they are the kernel's, and each
    process's part of them changes with whatever else on the machine uses the same files.
    """
    total = 0
    for number in processes(service):
        try:
            rollup = Path(f"/proc/{number}/smaps_rollup").read_text("ascii")
        except OSError:
            continue  # it ended
        parts = dict(re.findall(r"^(Pss_Anon|SwapPss):\s+(\d+) kB", rollup, re.MULTILINE))
        total += sum(map(int, parts.values())) << 10
    return total


def no_fault_in(service: RunningService) -> None:
    """The log has no traceback, and no query."""
    log = "".join(list(service.lines))
    assert "Traceback" not in log
    assert '"internal"' not in log
    assert "A fault of ours" not in log


class Bystanders:
    """Connections that send ordinary requests until they are stopped."""

    def __init__(self, service: RunningService) -> None:
        self._service = service
        self._stopped = threading.Event()
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.seconds: list[float] = []
        self._threads = [threading.Thread(target=self._ask, args=(one,)) for one in range(CLIENTS)]

    def __enter__(self) -> Bystanders:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(30)

    def were_served(self, slowest: float) -> None:
        """Each had the answer to each request, and none waited longer than so many seconds."""
        assert not self.faults
        assert set(self.statuses) == {200}
        assert self.statuses[200] > 10 * CLIENTS
        assert max(self.seconds) < slowest

    def _ask(self, first: int) -> None:
        connection = HTTPConnection("127.0.0.1", self._service.port, timeout=20)
        number = first
        try:
            while not self._stopped.wait(0.02):
                number += 1
                started = monotonic()
                path = ORDINARY[number % len(ORDINARY)]
                connection.request("GET", path, headers={} if number % 2 else {"Cache-Control": "no-cache"})
                response = connection.getresponse()
                response.read()
                self.statuses[response.status] += 1
                self.seconds.append(monotonic() - started)
                if response.status != 200:
                    self.faults.append(f"{path}: {response.status}")
        except (OSError, HTTPException) as error:
            self.faults.append(repr(error))
        finally:
            connection.close()


class Reply(NamedTuple):
    """What a client has received, ``seconds`` after the last byte of its request."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document that it is."""
        assert self.headers["content-type"] == "application/problem+json", (self.status, self.body[:200])
        found: dict[str, Any] = json.loads(self.body)
        assert found["status"] == self.status
        return found

    @property
    def kind(self) -> str:
        """The kind of problem that it is."""
        return str(self.problem["type"]).rpartition("/")[2]


def ask(service: RunningService, query: str, accept: str = "text/csv") -> Reply:
    """Send a query in one piece, over a connection of its own."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=60)
    try:
        connection.connect()
        started = monotonic()
        connection.request("GET", f"/sparql?on={DAY}&query={quote(query)}", headers={"Accept": accept})
        response = connection.getresponse()
        body = response.read()
        seconds = monotonic() - started
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, body, seconds)
    finally:
        connection.close()


def gauge(service: RunningService, name: str) -> int:
    """A number that the service says of the pool of queries."""
    found = re.search(rf'^ics_graph_{name}{{pool="query"}} (\S+)$', service.get("/metrics").text, re.MULTILINE)
    assert found is not None, name
    return int(float(found[1]))


def running(service: RunningService, number: int) -> bool:
    """Whether so many queries come to run in time."""
    return until(lambda: gauge(service, "jobs_running") >= number, PATIENCE)


def waiting(service: RunningService, number: int) -> bool:
    """Whether so many queries come to wait in time."""
    return until(lambda: gauge(service, "queue_length") >= number, PATIENCE)


def small(number: int) -> str:
    """A query of its own that is answered at once with ``number``."""
    return f"SELECT (COUNT(*) + {number - NODES} AS ?n) {{ ?s <https://example.org/name> ?o }}"


def lasting(rows: int) -> str:
    """A query that has an end, after so many rows."""
    return f"SELECT (COUNT(*) AS ?n) {{ SELECT * {{ {cross(3)} }} LIMIT {rows} }}"


def counted(reply: Reply, number: int) -> bool:
    """Whether a reply is the whole answer that counts to a number."""
    return (reply.status, reply.body) == (200, b"n\r\n%d\r\n" % number)
