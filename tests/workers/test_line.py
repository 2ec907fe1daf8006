"""Jobs for an event loop: the same answers, limits and deaths as for threads, and nobody waits in a thread.

A worker has several jobs at a time here, one behind the other.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from ics_graph.errors import BadQuery, Busy, IcsGraphError, MemoryExceeded, QueryTimeout, TooLarge, WorkerLost
from ics_graph.settings import Settings
from ics_graph.workers.crew import JOINED_AFTER, SPARE
from ics_graph.workers.handles import Cancellation, JobCancelledError
from ics_graph.workers.messages import DEFAULT_GRAPH, Circumstances, GraphSource, Limits, QueryAnswer, QueryJob
from ics_graph.workers.pool import WorkerPool
from tests.workers.conftest import NODES, until
from tests.workers.pools import COUNT, RUNAWAY, job, ordinary, workers_of

OpenPool = Callable[..., WorkerPool]


async def count(pool: WorkerPool) -> None:
    answer = await pool.answer(QueryJob(COUNT, Circumstances(solutions="text/csv", limits=Limits(deadline=10))))
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
        return await pool.answer(QueryJob(f"SELECT ('{text}' AS ?x) {{}}", Circumstances(solutions="text/csv")))

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
        asyncio.run(pool.answer(QueryJob(query, Circumstances(limits=limits))))
    assert getattr(caught.value, "setting", None) == setting
    if limits.deadline is not None:
        assert limits.deadline <= monotonic() - started < limits.deadline + 0.5
        assert pool.statistics().kills["query_deadline"] >= 1
    ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)


def test_the_deadline_counts_from_the_arrival_and_the_queue_belongs_to_it(open_pool: OpenPool) -> None:
    pool = open_pool(query_deadline=0.6)

    async def main() -> None:
        running = asyncio.create_task(pool.answer(job(RUNAWAY, 5)))
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
        busy = pool.crew.busy()
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


def number(value: int) -> QueryJob:
    """A query that has its own number as answer."""
    return QueryJob(f"SELECT ({value} AS ?n) {{}}", Circumstances(solutions="text/csv", limits=Limits(deadline=20)))


def is_number(answer: object, value: int) -> bool:
    return isinstance(answer, QueryAnswer) and answer.body == f"n\r\n{value}\r\n".encode()


DEADLY = "SELECT * { FILTER(" + "abs(" * 20_000 + "1" + ")" * 20_000 + " = 1) }"
"""A query on which the engine runs out of stack, where no check is before it."""


def test_each_job_has_its_own_answer_whatever_happens_to_those_around_it(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2, query_queue=1000, query_deadline=20.0)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        ordinary_tasks: dict[int, asyncio.Task[QueryAnswer]] = {}
        odd: list[asyncio.Task[QueryAnswer]] = []
        for value in range(300):
            ordinary_tasks[value] = loop.create_task(pool.answer(number(value)))
            if value % 60 == 20:
                odd.append(loop.create_task(pool.answer(job(RUNAWAY, 0.4))))
            if value % 60 == 40:
                odd.append(loop.create_task(pool.answer(QueryJob(DEADLY))))
            if value % 25 == 7:
                odd.append(loop.create_task(pool.answer(QueryJob(f"{COUNT} # {value}"))))
                odd[-1].cancel()
            if value % 40 == 0:
                await asyncio.sleep(0)
        answers = await asyncio.gather(*ordinary_tasks.values(), return_exceptions=True)
        assert [value for value, answer in enumerate(answers) if not is_number(answer, value)] == []
        endings = await asyncio.gather(*odd, return_exceptions=True)
        kinds = {type(ending) for ending in endings}
        # One that has a deadline of its own may not get its turn before that on a busy machine.
        assert kinds - {Busy} == {QueryTimeout, TooLarge, asyncio.CancelledError}

    asyncio.run(main())
    ordinary(pool)
    assert pool.statistics().running == pool.statistics().waiting == 0
    assert until(lambda: len(workers_of(pool)) == 2 + SPARE)


def test_nobody_waits_behind_a_query_that_turns_out_to_be_long(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=4, query_deadline=20.0)

    async def main() -> None:
        # All in one turn of the loop: some stand behind the long ones at the same worker.
        long = [asyncio.create_task(pool.answer(QueryJob(RUNAWAY))) for _ in range(2)]
        short = [asyncio.create_task(pool.answer(number(value))) for value in range(30)]
        answers = await asyncio.wait_for(asyncio.gather(*short), 10)
        assert all(is_number(answer, value) for value, answer in enumerate(answers))
        assert not any(task.done() for task in long)
        for task in long:
            task.cancel()
        await asyncio.gather(*long, return_exceptions=True)

    asyncio.run(main())
    ordinary(pool)


def test_a_worker_killed_under_several_jobs_costs_the_first_of_them(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=1, query_deadline=20.0)

    async def main() -> None:
        await count(pool)
        first = asyncio.create_task(pool.answer(QueryJob(RUNAWAY)))
        behind = [asyncio.create_task(pool.answer(number(value))) for value in range(10)]
        await asyncio.sleep(0.02)
        (busy,) = pool.crew.busy()
        os.kill(busy, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            await first
        answers = await asyncio.gather(*behind)
        assert all(is_number(answer, value) for value, answer in enumerate(answers))

    asyncio.run(main())


def test_a_job_that_kills_each_worker_is_not_given_to_one_after_another(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=1, query_deadline=20.0)

    async def main() -> None:
        answers = await asyncio.gather(
            *(pool.answer(QueryJob(DEADLY)) for _ in range(3)),
            *(pool.answer(number(value)) for value in range(5)),
            return_exceptions=True,
        )
        assert all(isinstance(answer, TooLarge) for answer in answers[:3])
        assert all(is_number(answer, value) for value, answer in enumerate(answers[3:]))

    asyncio.run(main())
    ordinary(pool)


def test_a_dataset_of_many_graphs_is_joined_once_it_is_asked_often(tmp_path: Path) -> None:
    names = [f"https://example.org/graph/{place}" for place in range(6)]
    lines = [f"<urn:s> <urn:p> <urn:o{place}> <{name}> .\n" for place, name in enumerate(names)]
    path = tmp_path / "graphs.nq"
    path.write_text("<urn:s> <urn:p> <urn:base> .\n" + "".join(lines), "utf-8")
    graphs = (DEFAULT_GRAPH, *names[:4], "https://example.org/graph/none")
    job = QueryJob(
        "SELECT ?o { ?s ?p ?o }", Circumstances(solutions="text/csv", default_graphs=graphs, named_graphs=())
    )
    with WorkerPool(GraphSource(files=(path,)), Settings(query_workers=2)) as pool:
        before = set(workers_of(pool))

        async def main() -> set[str]:
            answers = await asyncio.gather(*(pool.answer(job) for _ in range(JOINED_AFTER)))
            return {" ".join(sorted(answer.body.decode().split())) for answer in answers}

        whole = "o urn:base urn:o0 urn:o1 urn:o2 urn:o3"
        assert asyncio.run(main()) == {whole}
        # Workers that know of the join stand in the place of those that did not.
        assert until(lambda: len(workers_of(pool)) == 3 and not before & set(workers_of(pool)))
        assert asyncio.run(main()) == {whole}
        named = QueryJob(
            "SELECT DISTINCT ?g { GRAPH ?g {} }", Circumstances(solutions="text/csv", default_graphs=graphs)
        )
        assert sorted(pool.evaluate(named).body.decode().split()) == ["g", *names]


def test_an_idle_worker_that_has_touched_much_is_replaced_and_nobody_notices(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=1)

    async def main() -> None:
        await count(pool)
        before = set(workers_of(pool))
        pairs = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f } LIMIT 60000 }"
        await pool.answer(QueryJob(pairs, Circumstances(limits=Limits(deadline=20))))
        for _ in range(100):
            await asyncio.sleep(0.1)
            if before - set(workers_of(pool)):
                break
        assert len(before - set(workers_of(pool))) == 1
        await asyncio.gather(*(count(pool) for _ in range(5)))
        assert not pool.statistics().kills

    asyncio.run(main())


def test_a_fault_in_one_who_is_told_costs_nobody_else_an_answer(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=1)

    async def main() -> None:
        faults: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: faults.append(context["exception"]))

        def stumble(ending: object) -> None:
            raise ZeroDivisionError(ending)

        tasks = [asyncio.create_task(pool.answer(number(value))) for value in range(5)]
        await asyncio.sleep(0)
        pool.submit(number(5), stumble)
        tasks += [asyncio.create_task(pool.answer(number(value))) for value in range(5, 10)]
        answers = await asyncio.gather(*tasks)
        assert all(is_number(answer, value) for value, answer in enumerate(answers))
        assert [type(fault) for fault in faults] == [ZeroDivisionError]

    asyncio.run(main())
    ordinary(pool)
