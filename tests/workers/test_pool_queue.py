"""Many queries at once: threads, the queue, and jobs that are called off."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from ics_graph.errors import Busy, QueryTimeout
from ics_graph.workers.crew import SPARE
from ics_graph.workers.handles import Cancellation, JobCancelledError
from ics_graph.workers.messages import Circumstances, Limits, QueryJob
from ics_graph.workers.pool import WorkerPool
from tests.workers.conftest import alive, until
from tests.workers.pools import COUNT, RUNAWAY, OpenPool, job, next_busy, ordinary, workers_of


def test_sixteen_threads_at_once(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=3)
    with ThreadPoolExecutor(16) as threads:
        jobs = [QueryJob(f"SELECT ({number} AS ?n) {{}}", Circumstances(solutions="text/csv")) for number in range(200)]
        answers = list(threads.map(pool.evaluate, jobs))
    assert [answer.body for answer in answers] == [f"n\r\n{number}\r\n".encode() for number in range(200)]
    assert len(workers_of(pool)) == 3 + SPARE


def test_sixteen_threads_some_with_runaways(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2)

    def one(number: int) -> str:
        query = RUNAWAY if number % 4 == 0 else f"SELECT ({number} AS ?n) {{}}"
        try:
            limits = Limits(deadline=0.2 if query is RUNAWAY else 20)
            return pool.evaluate(QueryJob(query, Circumstances(solutions="text/csv", limits=limits))).body.decode()
        except (QueryTimeout, Busy):
            return "stopped"

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(one, range(32)))
    assert found == ["stopped" if number % 4 == 0 else f"n\r\n{number}\r\n" for number in range(32)]


def test_a_full_queue_refuses_at_once(open_pool: OpenPool) -> None:
    pool = open_pool(query_queue=1)
    ordinary(pool)
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(pool.evaluate, job(RUNAWAY, 1.5))
        next_busy(pool)
        waiting = threads.submit(pool.evaluate, job(COUNT, 20))
        assert until(lambda: pool.statistics().waiting == 1)
        started = monotonic()
        with pytest.raises(Busy) as caught:
            pool.evaluate(QueryJob(COUNT))
        assert monotonic() - started < 0.5
        assert caught.value.setting == "query_queue"
        with pytest.raises(QueryTimeout):
            running.result()
        assert waiting.result().rows == 1


def test_the_deadline_counts_the_queue(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.evaluate, job(RUNAWAY, 1.5))
        next_busy(pool)
        started = monotonic()
        with pytest.raises(Busy) as caught:
            pool.evaluate(job(COUNT, 0.2))
        assert monotonic() - started < 10
        assert caught.value.setting == "query_workers"
        with pytest.raises(QueryTimeout):
            running.result()
    ordinary(pool)


def test_an_interrupt_in_the_queue_leaves_no_gap(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.evaluate, job(RUNAWAY, 1.0))
        next_busy(pool)
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            pool.evaluate(job(COUNT, 20))
        with pytest.raises(QueryTimeout):
            running.result()
    ordinary(pool)


def test_a_call_inside_of_a_handler_keeps_its_worker(pool: WorkerPool) -> None:
    try:
        raise ValueError("x")  # noqa: TRY301
    except ValueError:
        ordinary(pool)
    ordinary(pool)


def test_a_running_job_is_called_off(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    before = set(workers_of(pool))
    cancellation = Cancellation()
    threading.Timer(0.3, cancellation.cancel).start()
    started = monotonic()
    with pytest.raises(JobCancelledError):
        pool.evaluate(QueryJob(RUNAWAY), cancellation)
    assert monotonic() - started < 3
    ordinary(pool)
    assert until(lambda: any(not alive(process) for process in before)), "the worker must be gone"
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)


def test_a_waiting_job_is_called_off_and_costs_no_worker(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)
    running, waiting = Cancellation(), Cancellation()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(pool.evaluate, QueryJob(RUNAWAY), running)
        sleep(0.3)
        before = set(workers_of(pool))
        second = threads.submit(pool.evaluate, QueryJob(RUNAWAY), waiting)
        sleep(0.2)
        waiting.cancel()
        with pytest.raises(JobCancelledError):
            second.result(timeout=3)
        assert set(workers_of(pool)) == before
        assert not first.done()
        running.cancel()
        with pytest.raises(JobCancelledError):
            first.result(timeout=3)
    ordinary(pool)


def test_a_job_called_off_too_late_or_too_early(open_pool: OpenPool) -> None:
    pool = open_pool()
    cancellation = Cancellation()
    assert pool.evaluate(QueryJob(COUNT), cancellation).rows == 1
    before = set(workers_of(pool))
    cancellation.cancel()
    ordinary(pool)
    assert before <= set(workers_of(pool)), "the worker has another job by then"
    with pytest.raises(JobCancelledError):
        pool.evaluate(QueryJob(COUNT), cancellation)
    ordinary(pool)


def test_jobs_called_off_at_any_moment_leave_the_pool_whole(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2)

    def one(number: int) -> None:
        cancellation = Cancellation()
        timer = threading.Timer(0.001 * (number % 20), cancellation.cancel)
        timer.start()
        with contextlib.suppress(JobCancelledError):
            pool.evaluate(QueryJob(RUNAWAY if number % 3 == 0 else COUNT), cancellation)
        timer.join()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(one, range(60)))
    ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 2 + SPARE)
