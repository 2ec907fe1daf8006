"""From a query that has been read to its answer: kept answers, the queue, a worker, and clients that go away.

Nobody waits in a thread: the event loop watches the workers. The deadline counts from the last byte of the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from time import monotonic
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from ics_graph.errors import Busy, IcsGraphError
from ics_graph.service.answer_cache import AnswerCache
from ics_graph.service.opened import OpenedGraph, SparqlAnswer, SparqlEvaluator
from ics_graph.settings import Settings
from ics_graph.workers.handles import Cancellation, JobCancelledError
from ics_graph.workers.messages import QueryAnswer, QueryJob

PATIENCE: Final = 0.25
"""Seconds after which the service begins to look whether the client of a query is still there."""
UNSENT: Final = 4
"""Answers that clients are slow to take may hold this many times the bytes that one answer may have."""


class Evaluating:
    """What evaluates the queries of one application, whichever graph is opened."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.cache: AnswerCache[SparqlAnswer] = AnswerCache(settings.answer_cache_bytes // 2)
        self.unsent = 0
        """Bytes of answers that are being sent to clients which take them slowly; the front counts them."""

    async def answer(
        self,
        opened: OpenedGraph,
        evaluator: SparqlEvaluator,
        job: QueryJob,
        *,
        receive: Receive,
        arrived: float | None = None,
    ) -> SparqlAnswer:
        """The answer to a job.

        ``arrived`` is the moment (monotonic clock) of the request's last byte, now unless given; ``receive`` is that
        of the request, and tells when its client has gone. Raises what :meth:`SparqlEvaluator.answer` does, and
        ClientDisconnect.
        """
        started = monotonic() if arrived is None else arrived
        key, kept = self.find(opened, job)
        if kept is not None:
            return kept
        self.refuse_where_full()
        answer = await _while_connected(evaluator, job, receive, started)
        self.refuse_where_full(len(answer.body))
        self.keep(key, job, answer)
        return answer

    def find(self, opened: OpenedGraph, job: QueryJob) -> tuple[Hashable | None, SparqlAnswer | None]:
        """The key under which the answer to a job may be kept, and the answer if it is."""
        if not job.cacheable or not self._settings.answer_cache_bytes:
            return None, None
        key = _key(opened, job)
        return key, self.cache.get(key)

    def keep(self, key: Hashable | None, job: QueryJob, answer: SparqlAnswer) -> None:
        """Keep an answer under the key that :meth:`find` gave."""
        if key is not None:
            self.cache.put(key, answer, len(answer.body) + len(job.query))

    def refuse_where_full(self, further: int = 0) -> None:
        """Raise Busy where clients are so slow to take their answers that no ``further`` bytes can be held for them."""
        if self.unsent + further > UNSENT * self._settings.query_bytes:
            raise Busy(
                "Clients are slow to take their answers, and no more can be held for them; ask again in a moment.",
                setting="query_bytes",
            )


def _key(opened: OpenedGraph, job: QueryJob) -> Hashable:
    """All that an answer rests on. The graphs stand for the day: they are the same for all days of a segment."""
    return opened.graph.snapshot.manifest.dataset, job.circumstances.digest, job.query


async def _while_connected(evaluator: SparqlEvaluator, job: QueryJob, receive: Receive, arrived: float) -> QueryAnswer:
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
