"""The pool of workers: what the service and the command line use.

    with WorkerPool(GraphSource(files=(path,)), settings) as pool:
        answer = pool.evaluate(QueryJob("SELECT * WHERE { ?s ?p ?o } LIMIT 10"))

A job has a worker for itself. When its deadline comes the worker is killed, and a spare one that stands ready takes
its place; when it dies otherwise, that costs this job alone. The graph is loaded by a template process
(:mod:`ics_graph.workers.template`), once.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

from ics_graph.errors import IcsGraphError, LimitReached
from ics_graph.settings import Settings
from ics_graph.workers.crew import Crew
from ics_graph.workers.endings import error_from, too_late
from ics_graph.workers.hand import LineJob
from ics_graph.workers.handles import Cancellation, JobCancelledError, Statistics, Worker
from ics_graph.workers.line import Line
from ics_graph.workers.messages import (
    DisconnectedError,
    GraphSource,
    QueryAnswer,
    QueryJob,
    UnreadError,
    receive_message,
    send_message,
)

_DEATH_NOTICE: Final = 1.0


class _Ticket:
    """A place in the queue, of a thread."""

    def __init__(self) -> None:
        self.given = threading.Event()
        self.brief = False
        self.worker: Worker | None = None


class WorkerPool:
    """Worker processes over one graph. Threads may share a pool."""

    def __init__(self, source: GraphSource, settings: Settings, *, modules: tuple[str, ...] = ()) -> None:
        """Start the template process and wait until it has loaded ``source``.

        The settings ``query_deadline``, ``query_memory``, ``query_rows``, ``query_bytes``, ``query_workers`` and
        ``query_queue`` hold for every job. ``modules`` are imported in the template; they may add kinds of jobs to
        ``ics_graph.workers.worker.KINDS``. Raises :class:`~ics_graph.errors.MissingData` where a file is not there, and
        :class:`~ics_graph.errors.Unavailable` where the graph cannot be loaded or no process can be started.
        """
        self._settings = settings
        self._lock = threading.Lock()
        self._answered = 0
        self._failed: Counter[str] = Counter()
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Line] = WeakKeyDictionary()
        self._latest: Line | None = None
        self.crew = Crew(source, settings, modules)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def processes(self) -> tuple[int, ...]:
        """The process ids: the template's first, then those of its workers."""
        return self.crew.processes

    def close(self) -> None:
        """End all processes; jobs that run or wait raise. May be called twice."""
        self.crew.close()

    def statistics(self) -> Statistics:
        """What goes on at this moment, and how jobs have ended."""
        occupied = self.crew.occupation()
        waiting = occupied.waiting + sum(line.waiting for line in self._lines.values())
        with self._lock:
            return Statistics(waiting, occupied.running, occupied.ready, self._answered, dict(self._failed))

    async def answer(
        self, job: QueryJob, cancellation: Cancellation | None = None, *, arrived: float | None = None
    ) -> QueryAnswer:
        """As :meth:`evaluate`, for an event loop. The deadline counts from ``arrived`` (monotonic clock), else now."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[QueryAnswer] = loop.create_future()

        def done(ending: QueryAnswer | BaseException) -> None:
            if answered.done():
                return
            if isinstance(ending, BaseException):
                answered.set_exception(ending)
            else:
                answered.set_result(ending)

        cancelling = cancellation or Cancellation()
        call_off = self.submit(job, done, arrived=arrived)
        try:
            with cancelling.calling(partial(loop.call_soon_threadsafe, call_off)):
                return await answered
        except BaseException:
            call_off()
            raise

    def submit(
        self, job: QueryJob, done: Callable[[QueryAnswer | BaseException], None], *, arrived: float | None = None
    ) -> Callable[[], None]:
        """Have a job done for the running event loop, which calls ``done`` with the answer, or the error, once.

        Gives what calls the job off (``done`` has JobCancelledError then); once it has ended that does nothing. Raises
        Busy and Unavailable; what else :meth:`evaluate` raises is given to ``done``.
        """
        self.crew.note_graphs(job.circumstances)
        line = self._line()
        started = monotonic() if arrived is None else arrived
        of_line = LineJob(line, job, self._limits(job), started, done, self.count)
        try:
            line.submit(of_line)
        except IcsGraphError as error:
            self.count(error)
            raise
        return of_line.call_off

    def _line(self) -> Line:
        loop = asyncio.get_running_loop()
        line = self._latest
        if line is None or line.loop is not loop:
            line = self._lines.get(loop)
            if line is None:
                line = self._lines[loop] = Line(self.crew, loop)
            self._latest = line
        return line

    def evaluate(self, job: QueryJob, cancellation: Cancellation | None = None) -> QueryAnswer:
        """The whole answer to a query. Blocks; the deadline counts from the call, waiting included.

        Raises :class:`~ics_graph.errors.BadQuery`, :class:`~ics_graph.errors.InvalidParameter`, one of the limits
        (:class:`~ics_graph.errors.QueryTimeout`, :class:`~ics_graph.errors.TooLarge`,
        :class:`~ics_graph.errors.MemoryExceeded`, :class:`~ics_graph.errors.Busy`), or
        :class:`~ics_graph.errors.WorkerLost`. A KeyboardInterrupt kills the worker and goes on, and so does
        ``cancellation`` (:class:`~ics_graph.workers.handles.JobCancelledError`).
        """
        started = monotonic()
        allowed, most_rows, longest = self._limits(job)
        self.crew.note_graphs(job.circumstances)
        payload = {**job.payload(), "rows": most_rows, "bytes": longest}
        header, body = self.run("query", payload, deadline=allowed, most_bytes=longest, cancellation=cancellation)
        return QueryAnswer(body, str(header["media_type"]), int(header["rows"]), monotonic() - started)

    def _limits(self, job: QueryJob) -> tuple[float, int, int]:
        """The limits of a job: its deadline in seconds, the most rows and the most bytes of its answer."""
        limits, settings = job.circumstances.limits, self._settings
        return (
            settings.query_deadline if limits.deadline is None else limits.deadline,
            settings.query_rows if limits.rows is None else limits.rows,
            settings.query_bytes if limits.bytes is None else limits.bytes,
        )

    def run(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        deadline: float | None = None,
        most_bytes: int | None = None,
        cancellation: Cancellation | None = None,
    ) -> tuple[dict[str, Any], bytes]:
        """Have a worker do a job of any kind; gives the header and the body of its answer. Raises as ``evaluate``."""
        allowed = self._settings.query_deadline if deadline is None else deadline
        until = monotonic() + allowed
        longest = self._settings.query_bytes if most_bytes is None else most_bytes
        with self._counting():
            return self._run({**payload, "kind": kind}, until, allowed, longest, cancellation or Cancellation())

    def _run(
        self, payload: dict[str, Any], until: float, allowed: float, longest: int, cancelling: Cancellation
    ) -> tuple[dict[str, Any], bytes]:
        while True:
            worker = self._acquire(until, cancelling)
            try:
                with cancelling.calling(worker.kill):
                    answer = self._exchange(worker, payload, until, longest)
            except TimeoutError:
                self.crew.discard(worker)
                raise too_late(allowed) from None
            except DisconnectedError:
                if not self.crew.closed:  # then nobody listens for deaths
                    worker.dead.wait(_DEATH_NOTICE)
                self.crew.discard(worker)
                raise self.crew.error_of(worker, until, allowed) from None
            except BaseException:
                self.crew.discard(worker)
                raise
            if answer is not None:
                return self.finish(worker, answer)
            # It died before it had the job, so another can have it.
            self.crew.discard(worker)

    # Jobs and their workers

    def _exchange(
        self, worker: Worker, payload: dict[str, Any], until: float, longest: int
    ) -> tuple[dict[str, Any], bytes] | None:
        """Do a job at a worker; ``None`` where the worker was dead before."""
        if not worker.greeted:
            try:
                greeting, _ = receive_message(worker.connection, until=until, longest_body=0)
            except DisconnectedError:
                greeting = {}
            self.crew.count_birth(worker, greeting)
            if "ready" not in greeting:
                return None
        remaining = until - monotonic()
        if remaining <= 0:
            raise TimeoutError
        worker.connection.settimeout(remaining)
        try:
            send_message(worker.connection, {**payload, "seconds": remaining})
        except ConnectionError:
            return None
        try:
            return receive_message(worker.connection, until=until, longest_body=longest)
        except UnreadError:
            return None

    def _acquire(self, until: float, cancelling: Cancellation) -> Worker:
        ticket = _Ticket()
        worker = self.crew.take_place(ticket)
        if worker is not None:
            return worker
        try:
            with cancelling.calling(ticket.given.set):
                ticket.given.wait(max(until - monotonic(), 0.0))
        except BaseException:
            self.crew.give_up_place(ticket)
            raise
        return self.crew.taken(ticket)

    # What a job does in its turn; threads do it, and the line of an event loop (ics_graph.workers.line)

    def finish(self, worker: Worker, answer: tuple[dict[str, Any], bytes]) -> tuple[dict[str, Any], bytes]:
        """Let go of a worker that has answered; gives the answer, or raises the error that it is."""
        header, body = answer
        if header.get("retire") is False and not worker.steps_back:
            self.crew.release(worker)
        else:
            self.crew.discard(worker)
        if "error" in header:
            raise error_from(header)
        return header, body

    @contextlib.contextmanager
    def _counting(self) -> Iterator[None]:
        """Count how a job ends."""
        ending: BaseException | None = None
        try:
            yield
        except BaseException as error:
            ending = error
            raise
        finally:
            self.count(ending)

    def count(self, ending: BaseException | None) -> None:
        """Count a job that was answered, or what it ended with."""
        with self._lock:
            if ending is None:
                self._answered += 1
            else:
                self._failed[_name_of(ending)] += 1

    # The template process


def _name_of(ending: BaseException) -> str:
    """How a job ended, as :class:`~ics_graph.workers.handles.Statistics` names it."""
    if isinstance(ending, LimitReached):
        return ending.setting
    if isinstance(ending, IcsGraphError):
        return ending.kind
    return "cancelled" if isinstance(ending, JobCancelledError) else "fault"
