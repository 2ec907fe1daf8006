"""From a query that has been read to its answer: kept answers, the queue, a worker, and clients that go away.

Nobody waits in a thread: the event loop watches the workers. The deadline counts from the last byte of the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping
from time import monotonic
from typing import Any, Final, Protocol, cast

from anyio import CapacityLimiter
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from ics_graph.errors import Busy, IcsGraphError
from ics_graph.service.abandoning import run_while_connected
from ics_graph.service.answer_cache import AnswerCache
from ics_graph.service.opened import OpenedGraph, SparqlAnswer, SparqlEvaluator
from ics_graph.settings import Settings
from ics_graph.store.dataset import DatasetChoice
from ics_graph.store.snapshot import View
from ics_graph.workers.handles import Cancellation, JobCancelledError
from ics_graph.workers.messages import QueryAnswer, QueryJob

PATIENCE: Final = 0.25
"""Seconds after which the service begins to look whether the client of a query is still there."""
UNSENT: Final = 4
"""Answers that clients are slow to take may hold this many times the bytes that one answer may have."""


class LoopEvaluator(Protocol):
    """An evaluator that answers over an event loop."""

    def job(self, query: str, view: View, **how: Any) -> QueryJob:
        """The job of a query, checked; see :meth:`ics_graph.store.sparql.SparqlEndpoint.job`."""

    async def answer(
        self, job: QueryJob, cancellation: Cancellation | None = None, *, arrived: float | None = None
    ) -> QueryAnswer:
        """The whole answer to a job."""


class Evaluating:
    """What evaluates the queries of one application, whichever graph is opened."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limiter: CapacityLimiter | None = None
        self.cache: AnswerCache[SparqlAnswer] = AnswerCache(settings.answer_cache_bytes // 2)
        self.unsent = 0
        """Bytes of answers that are being sent to clients which take them slowly; the front counts them."""

    async def answer(
        self,
        opened: OpenedGraph,
        evaluator: SparqlEvaluator,
        query: str,
        view: View,
        *,
        solutions: str,
        graphs: str,
        receive: Receive,
        dataset: DatasetChoice | None = None,
        substitutions: Mapping[str, str] | None = None,
        arrived: float | None = None,
    ) -> SparqlAnswer:
        """The answer to ``query`` on the graphs of ``dataset``, else on the day graph of ``view``.

        Rows and truth values come in the media type ``solutions``, triples in ``graphs``. ``arrived`` is the moment
        (monotonic clock) of the request's last byte, now unless given; ``receive`` is that of the request, and tells
        when its client has gone. Raises what :meth:`SparqlEvaluator.evaluate` does, and ClientDisconnect.
        """
        started = monotonic() if arrived is None else arrived
        how: dict[str, Any] = {"solutions": solutions, "graphs": graphs, "dataset": dataset}
        if substitutions:
            how["substitutions"] = substitutions
        if not hasattr(evaluator, "job"):
            return await self._in_thread(evaluator, query, view, how, receive)
        looping = cast(LoopEvaluator, evaluator)
        job = looping.job(query, view, **how)
        key = _key(opened, job) if job.cacheable else None
        if key is not None:
            kept = self.cache.get(key)
            if kept is not None:
                return kept
        self._refuse_where_full()
        answer = await _while_connected(looping, job, receive, started)
        self._refuse_where_full(len(answer.body))
        if key is not None:
            self.cache.put(key, answer, len(answer.body) + len(query))
        return answer

    def _refuse_where_full(self, further: int = 0) -> None:
        if self.unsent + further > UNSENT * self._settings.query_bytes:
            raise Busy(
                "Clients are slow to take their answers, and no more can be held for them; ask again in a moment.",
                setting="query_bytes",
            )

    async def _in_thread(
        self, evaluator: SparqlEvaluator, query: str, view: View, how: Mapping[str, Any], receive: Receive
    ) -> SparqlAnswer:
        """For evaluators that block."""
        if self._limiter is None:
            # A limiter belongs to the event loop in which it is made.
            self._limiter = CapacityLimiter(self._settings.query_workers + self._settings.query_queue)
        if self._limiter.available_tokens < 1:
            raise Busy("As many queries are waiting as may; ask again in a moment.", setting="query_queue")

        def work(cancellation: Cancellation) -> SparqlAnswer:
            return evaluator.evaluate(query, view, cancellation=cancellation, **how)

        return await run_while_connected(receive, work, self._limiter)


def _key(opened: OpenedGraph, job: QueryJob) -> Hashable:
    """All that an answer rests on. The graphs stand for the day: they are the same for all days of a segment."""
    return (
        opened.graph.snapshot.manifest.dataset,
        job.default_graphs,
        job.named_graphs,
        job.joined,
        job.query,
        tuple(sorted(job.substitutions.items())),
        job.base,
        job.solutions,
        job.graphs,
    )


async def _while_connected(evaluator: LoopEvaluator, job: QueryJob, receive: Receive, arrived: float) -> QueryAnswer:
    """The answer to a job, which is called off where the client goes away.

    Most queries end before it is worth the while to look after the client.
    """
    cancellation = Cancellation()
    faults: list[IcsGraphError] = []
    watching: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()

    async def watch() -> None:
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except IcsGraphError as error:
            # A limit of what is still to come of the request; told to the client by the one who waits.
            faults.append(error)
        cancellation.cancel()

    timer = loop.call_later(PATIENCE, lambda: watching.append(loop.create_task(watch())))
    try:
        return await evaluator.answer(job, cancellation, arrived=arrived)
    except JobCancelledError:
        raise (faults[0] if faults else ClientDisconnect()) from None
    finally:
        timer.cancel()
        for task in watching:
            task.cancel()
