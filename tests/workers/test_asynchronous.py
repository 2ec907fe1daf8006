"""Jobs for an event loop: the same answers, limits and deaths as for threads, and nobody waits in a thread."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from time import monotonic

import pytest

from ics_graph.errors import BadQuery, Busy, IcsGraphError, MemoryExceeded, QueryTimeout, TooLarge, WorkerLost
from ics_graph.workers.handles import Cancellation, JobCancelledError
from ics_graph.workers.messages import Limits, QueryAnswer, QueryJob
from ics_graph.workers.pool import SPARE, WorkerPool
from tests.workers.conftest import NODES, until
from tests.workers.test_pool import COUNT, RUNAWAY, ordinary, workers_of

OpenPool = Callable[..., WorkerPool]


async def count(pool: WorkerPool) -> None:
    answer = await pool.answer(QueryJob(COUNT, solutions="text/csv", limits=Limits(deadline=10)))
    assert answer.body == f"n\r\n{NODES}\r\n".encode()


def test_many_jobs_at_once_are_answered_without_a_thread(pool: WorkerPool) -> None:
    async def main() -> None:
        threads = threading.active_count()
        await asyncio.gather(*(count(pool) for _ in range(50)))
        assert threading.active_count() == threads

    asyncio.run(main())
    ordinary(pool)


def test_threads_and_a_loop_share_a_pool(pool: WorkerPool) -> None:
    async def main() -> None:
        blocking = [asyncio.to_thread(ordinary, pool) for _ in range(10)]
        await asyncio.gather(*blocking, *(count(pool) for _ in range(10)))

    asyncio.run(main())


def test_a_long_query_and_a_long_answer_come_through(pool: WorkerPool) -> None:
    text = "x" * 700_000

    async def main() -> QueryAnswer:
        return await pool.answer(QueryJob(f"SELECT ('{text}' AS ?x) {{}}", solutions="text/csv"))

    assert len(asyncio.run(main()).body) == len(text) + 5


@pytest.mark.parametrize(
    ("query", "limits", "error", "setting"),
    [
        (RUNAWAY, Limits(deadline=0.3), QueryTimeout, "query_deadline"),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c", Limits(), MemoryExceeded, "query_memory"),
        ("SELECT * { ?a ?b ?c }", Limits(rows=3), TooLarge, "query_rows"),
        ("SELECT * { ?a ?b ?c }", Limits(bytes=300), TooLarge, "query_bytes"),
        ("SELECT * {", Limits(), BadQuery, None),
    ],
)
def test_limits_are_those_of_threads(
    pool: WorkerPool, query: str, limits: Limits, error: type[IcsGraphError], setting: str | None
) -> None:
    started = monotonic()
    with pytest.raises(error) as caught:
        asyncio.run(pool.answer(QueryJob(query, limits=limits)))
    assert getattr(caught.value, "setting", None) == setting
    if limits.deadline is not None:
        assert limits.deadline <= monotonic() - started < limits.deadline + 0.5
        assert pool.statistics().kills["query_deadline"] >= 1
    ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)


def test_the_deadline_counts_from_the_arrival_and_the_queue_belongs_to_it(open_pool: OpenPool) -> None:
    pool = open_pool(query_deadline=0.6)

    async def main() -> None:
        running = asyncio.create_task(pool.answer(QueryJob(RUNAWAY, limits=Limits(deadline=5))))
        await asyncio.sleep(0.2)
        started = monotonic()
        with pytest.raises(Busy, match="deadline"):
            await pool.answer(QueryJob(COUNT), arrived=started - 0.3)
        assert 0.25 < monotonic() - started < 0.8
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    ordinary(pool)


def test_a_full_queue_is_told_at_once(open_pool: OpenPool) -> None:
    pool = open_pool(query_deadline=1.0, query_queue=2)

    async def main() -> None:
        tasks = [asyncio.create_task(pool.answer(QueryJob(RUNAWAY))) for _ in range(3)]
        await asyncio.sleep(0.2)
        assert pool.statistics().waiting == 2
        started = monotonic()
        with pytest.raises(Busy, match="wait already"):
            await pool.answer(QueryJob(COUNT))
        assert monotonic() - started < 0.05
        endings = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(endings[0], QueryTimeout)
        assert all(isinstance(ending, QueryTimeout | Busy) for ending in endings)

    asyncio.run(main())


def test_a_dead_worker_costs_its_own_request_only(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2, query_deadline=20.0)

    async def main() -> None:
        await asyncio.gather(count(pool), count(pool))
        lost = asyncio.create_task(pool.answer(QueryJob(RUNAWAY)))
        await asyncio.sleep(0.4)
        with pool._lock:
            busy = set(pool._workers) - {worker.process for worker in pool._ready}
        others = [asyncio.create_task(count(pool)) for _ in range(20)]
        os.kill(busy.pop(), signal.SIGKILL)
        with pytest.raises(WorkerLost):
            await lost
        await asyncio.gather(*others)

    asyncio.run(main())


def test_idle_workers_that_die_cost_nobody_anything(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2)

    async def main() -> None:
        await count(pool)
        for process in workers_of(pool):
            os.kill(process, signal.SIGKILL)
        await asyncio.gather(*(count(pool) for _ in range(10)))

    asyncio.run(main())


def test_a_cancelled_job_ends_at_once_running_or_waiting(open_pool: OpenPool) -> None:
    pool = open_pool(query_deadline=20.0)

    async def main() -> None:
        handles = [Cancellation(), Cancellation()]
        tasks = [asyncio.create_task(pool.answer(QueryJob(RUNAWAY), handle)) for handle in handles]
        await asyncio.sleep(0.3)
        for handle, task in reversed(list(zip(handles, tasks, strict=True))):
            started = monotonic()
            handle.cancel()
            with pytest.raises(JobCancelledError):
                await task
            assert monotonic() - started < 1.5
        await count(pool)
        assert pool.statistics().kills["cancelled"] == 2

    asyncio.run(main())


def test_closing_ends_those_who_wait(open_pool: OpenPool) -> None:
    pool = open_pool(query_deadline=20.0)

    async def main() -> None:
        tasks = [asyncio.create_task(pool.answer(QueryJob(RUNAWAY))) for _ in range(2)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(pool.close)
        for ending in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(ending, IcsGraphError)

    asyncio.run(main())
