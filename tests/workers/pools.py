"""What the tests of pools share: a query that runs away, one that does not, and who is at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ics_graph.workers.messages import Circumstances, Limits, QueryJob
from ics_graph.workers.pool import WorkerPool
from tests.workers.conftest import NODES, until

OpenPool = Callable[..., WorkerPool]
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s <https://example.org/name> ?o }"


def job(query: str, deadline: float) -> QueryJob:
    """A query that may take so many seconds."""
    return QueryJob(query, Circumstances(limits=Limits(deadline=deadline)))


def ordinary(pool: WorkerPool) -> None:
    """An ordinary query is answered."""
    answer = pool.evaluate(QueryJob(COUNT, Circumstances(solutions="text/csv", limits=Limits(deadline=10))))
    assert answer.body == f"n\r\n{NODES}\r\n".encode()


def workers_of(pool: WorkerPool) -> tuple[int, ...]:
    return pool.processes[1:]


def next_busy(pool: WorkerPool) -> int:
    """The process of the worker that runs a query."""

    def spent(process: int) -> int:
        return int(Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[11])

    before = {process: spent(process) for process in workers_of(pool)}
    assert until(lambda: any(spent(process) > ticks + 5 for process, ticks in before.items()))
    return next(process for process, ticks in before.items() if spent(process) > ticks + 5)
