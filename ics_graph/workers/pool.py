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
import json
import os
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

from ics_graph.errors import Busy, IcsGraphError, LimitReached, QueryTimeout, Unavailable
from ics_graph.settings import Settings
from ics_graph.workers.endings import error_from, error_of_death
from ics_graph.workers.handles import (
    Cancellation,
    JobCancelledError,
    Statistics,
    Ticket,
    Worker,
    end_template,
    start_template,
)
from ics_graph.workers.line import Ending, Line, LineJob
from ics_graph.workers.messages import (
    DisconnectedError,
    GraphSource,
    QueryAnswer,
    QueryJob,
    UnreadError,
    receive_message,
    send_message,
)

SPARE: Final = 1
"""Workers that stand ready beyond those that may run, so that a killed one is replaced without a wait."""

_CORES: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

JOINED_AFTER: Final = 24
"""A dataset of many graphs, such as a day, is joined to few once so many jobs have asked for it."""
_ASKED_KEPT: Final = 256

_STILLBORN_ALLOWED: Final = 5
_RESTARTS_ALLOWED: Final = 3
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
        self._orders = {
            **source.as_json(), "memory": settings.query_memory, "modules": list(modules),
            "allocator": settings.query_allocator,
        }  # fmt: skip
        self._settings = settings
        self._lock = threading.Lock()
        # Taken before the other lock where both are needed.
        self._sending = threading.Lock()
        self._workers: dict[int, Worker] = {}
        self._ready: deque[Worker] = deque()
        # In the order in which they came.
        self._waiting: dict[Ticket, None] = {}
        self._answered = 0
        self._failed: Counter[str] = Counter()
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Line] = WeakKeyDictionary()
        self._running = 0
        # Those of them that have not run long.
        self._brief = 0
        # Workers that live or have been asked for, without those that were told to end.
        self._expected = 0
        self._stillborn = 0
        # How many jobs asked for a dataset of many graphs, and how often graphs have been joined since.
        self._asked: Counter[tuple[str, ...]] = Counter()
        self._generation = 0
        self._closed = False
        self._broken: str | None = None
        self._control, self._template = start_template(self._orders)
        self._listener = threading.Thread(target=self._listen, name="ics-graph worker pool", daemon=True)
        self._listener.start()
        self._ask_for_workers()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def processes(self) -> tuple[int, ...]:
        """The process ids: the template's first, then those of its workers."""
        with self._lock:
            return (self._template.pid, *self._workers)

    @property
    def closed(self) -> bool:
        """Whether the pool has been closed."""
        return self._closed

    def statistics(self) -> Statistics:
        """What goes on at this moment, and how jobs have ended."""
        with self._lock:
            waiting = len(self._waiting) + sum(line.waiting for line in self._lines.values())
            return Statistics(waiting, self._running, len(self._ready), self._answered, dict(self._failed))

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
        started = monotonic() if arrived is None else arrived
        allowed, most_rows, longest = self._limits(job)
        self._note_graphs(job)

        def ended(ending: Ending) -> None:
            if isinstance(ending, tuple):
                header, body = ending
                if "error" in header:
                    ending = error_from(header)
                else:
                    self.count(None)
                    done(QueryAnswer(body, str(header["media_type"]), int(header["rows"]), monotonic() - started))
                    return
            self.count(ending)
            done(ending)

        of_line = LineJob(
            job, most_rows=most_rows, longest=longest, until=started + allowed, allowed=allowed, done=ended
        )
        line = self._line()
        try:
            line.submit(of_line)
        except IcsGraphError as error:
            self.count(error)
            raise
        return partial(line.cancel, of_line)

    def _line(self) -> Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = Line(self, loop)
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
        self._note_graphs(job)
        payload = {**job.payload(), "rows": most_rows, "bytes": longest}
        header, body = self.run("query", payload, deadline=allowed, most_bytes=longest, cancellation=cancellation)
        return QueryAnswer(body, str(header["media_type"]), int(header["rows"]), monotonic() - started)

    def _note_graphs(self, job: QueryJob) -> None:
        """Have the graphs of a dataset joined that is asked for often."""
        graphs = job.default_graphs
        if graphs is None or len(graphs) <= 2:
            return
        with self._lock:
            self._asked[graphs] += 1
            often = self._asked[graphs] == JOINED_AFTER
            if len(self._asked) > _ASKED_KEPT:
                self._asked.clear()
        if often:
            order = b"join " + json.dumps(graphs).encode() + b"\n"
            with self._sending, contextlib.suppress(OSError):
                self._control.sendall(order)

    def _limits(self, job: QueryJob) -> tuple[float, int, int]:
        """The limits of a job: its deadline in seconds, the most rows and the most bytes of its answer."""
        limits, settings = job.limits, self._settings
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
                self.discard(worker)
                raise self.too_late(allowed) from None
            except DisconnectedError:
                if not self._closed:  # then nobody listens for deaths
                    worker.dead.wait(_DEATH_NOTICE)
                self.discard(worker)
                raise self.error_of(worker, until, allowed) from None
            except BaseException:
                self.discard(worker)
                raise
            if answer is not None:
                return self.finish(worker, answer)
            # It died before it had the job, so another can have it.
            self.discard(worker)

    def close(self) -> None:
        """End all processes; jobs that run or wait raise. May be called twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            workers, waiting, idle = list(self._workers.values()), list(self._waiting), list(self._ready)
            self._ready.clear()
            self._waiting.clear()
        for ticket in waiting:
            ticket.given.set()
        for worker in workers:
            worker.kill()
        for worker in idle:
            worker.connection.close()
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        end_template(self._template)
        if threading.current_thread() is not self._listener:
            self._listener.join(timeout=2)
        self._control.close()

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
            self.count_birth(worker, greeting)
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
        worker = self.take_place(ticket)
        if worker is not None:
            return worker
        try:
            with cancelling.calling(ticket.given.set):
                ticket.given.wait(max(until - monotonic(), 0.0))
        except BaseException:
            self.give_up_place(ticket)
            raise
        return self.taken(ticket)

    # What a job does in its turn; threads do it, and the line of an event loop (ics_graph.workers.line)

    def check_room(self, jobs: int, *, workers: int, tickets: int) -> None:
        """Raise Busy where a line that has ``jobs``, holds ``workers`` and waits with ``tickets`` may have no more."""
        with self._lock:
            self.check_usable()
            others = self._running - workers + len(self._waiting) - tickets
            if jobs + others >= self._settings.query_workers + self._settings.query_queue:
                raise self._full()

    def take_place(self, ticket: Ticket) -> Worker | None:
        """A worker, or ``None`` where ``ticket`` has to wait in the queue. Raises Busy where that is full."""
        with self._lock:
            self.check_usable()
            if not self._waiting and self._may_run(ticket):
                return self._hand_out(ticket)
            # Those for whom a place is free do not wait for a query to end, and so are no part of the queue.
            free = max(self._settings.query_workers - self._running, 0)
            if len(self._waiting) >= self._settings.query_queue + free:
                raise self._full()
            self._waiting[ticket] = None
            self._dispatch()
            return None

    def _full(self) -> Busy:
        return Busy(
            f"All workers are busy and {self._settings.query_queue} requests wait already.",
            setting="query_queue",
            hint="Ask again in a moment.",
        )

    def taken(self, ticket: Ticket) -> Worker:
        """The worker of a ticket whose wait is over; raises Busy or Unavailable where it has none."""
        worker = self._leave_queue(ticket)
        if worker is not None:
            return worker
        with self._lock:
            self.check_usable()
        raise self.none_free()

    def none_free(self) -> Busy:
        """The error of a query that was not begun before its deadline."""
        return Busy(
            "No worker became free before the deadline of the query.",
            setting="query_workers",
            hint="Ask again in a moment.",
        )

    def give_up_place(self, ticket: Ticket) -> None:
        """Leave the queue; a worker that has come in the meantime goes to the next."""
        worker = self._leave_queue(ticket)
        if worker is not None:
            self.release(worker)

    def _leave_queue(self, ticket: Ticket) -> Worker | None:
        with self._lock:
            self._waiting.pop(ticket, None)
            return ticket.worker

    def finish(self, worker: Worker, answer: tuple[dict[str, Any], bytes]) -> tuple[dict[str, Any], bytes]:
        """Let go of a worker that has answered; gives the answer, or raises the error that it is."""
        header, body = answer
        if header.get("retire") is False and not worker.steps_back:
            self.release(worker)
        else:
            self.discard(worker)
        if "error" in header:
            raise error_from(header)
        return header, body

    def too_late(self, allowed: float) -> QueryTimeout:
        """The error of a query that was stopped after ``allowed`` seconds."""
        return QueryTimeout(
            f"The query was stopped after {allowed:g} s.",
            setting="query_deadline",
            hint="Ask for less at once: name a body or an area, or add a LIMIT.",
        )

    def error_of(self, worker: Worker, until: float, allowed: float) -> IcsGraphError:
        """The error of a job whose worker has died; raises Unavailable where the whole pool has ended."""
        with self._lock:
            self.check_usable()
        grown = worker.resident - worker.resident_at_start
        late = monotonic() >= until
        return error_of_death(worker.status, grown, self._settings.query_memory, allowed, late=late)

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

    def check_usable(self) -> None:
        if self._closed:
            raise Unavailable("The workers have been ended.")
        if self._broken is not None:
            raise Unavailable(self._broken)

    def _dispatch(self) -> None:
        """Give ready workers to those who wait, in their order. The lock is held."""
        while self._waiting and self._may_run(ticket := next(iter(self._waiting))):
            del self._waiting[ticket]
            ticket.worker = self._hand_out(ticket)
            ticket.given.set()

    def _may_run(self, ticket: Ticket) -> bool:
        """Whether a job may have a worker now. More short jobs than cores would only take the cores from one another.

        The lock is held.
        """
        if not self._ready or self._running >= self._settings.query_workers:
            return False
        return not ticket.brief or self._brief < _CORES

    def _hand_out(self, ticket: Ticket) -> Worker:
        worker = self._ready.popleft()
        self._running += 1
        worker.brief = ticket.brief
        self._brief += ticket.brief
        return worker

    def _take_back(self, worker: Worker) -> None:
        """Count a worker as running no more. The lock is held."""
        self._running -= 1
        self._brief -= worker.brief
        worker.brief = False

    def grown_long(self, worker: Worker) -> None:
        """Count a job as a short one no more."""
        with self._lock:
            self._brief -= worker.brief
            worker.brief = False
            self._dispatch()

    def release(self, worker: Worker) -> None:
        with self._lock:
            self._take_back(worker)
            usable = not self._closed and worker.process in self._workers and worker.status is None
            outdated = usable and worker.generation != self._generation
            if outdated:
                self._forget(worker)
            elif usable:
                # The last used comes first: what it has joined and cached serves the next job.
                self._ready.appendleft(worker)
            self._dispatch()
        if outdated or not usable:
            worker.kill_and_close()
        if outdated:
            self._ask_for_workers()

    def discard(self, worker: Worker) -> None:
        """Kill a worker that had a job and have another made."""
        worker.kill_and_close()
        with self._lock:
            self._take_back(worker)
            self._forget(worker)
            self._dispatch()
        self._ask_for_workers()

    def _forget(self, worker: Worker) -> None:
        """Count a worker no more. The lock is held."""
        if worker.counted:
            worker.counted = False
            self._expected -= 1

    def count_birth(self, worker: Worker, greeting: Mapping[str, Any]) -> None:
        """Take note of what a new worker says first; give up on those that end as they start, time after time."""
        if "ready" in greeting:
            worker.greeted = True
            worker.resident_at_start = greeting["resident"]
        if worker.killed:
            return
        with self._lock:
            if "ready" in greeting:
                self._stillborn = 0
                return
            self._stillborn += 1
            if self._stillborn < _STILLBORN_ALLOWED:
                return
        self._give_up(f"The workers cannot start: {greeting.get('message', 'they die at once')}.")

    # The template process

    def _ask_for_workers(self) -> None:
        """Have as many workers made as are missing."""
        # Counting and sending are one step, or a request could go to a template of which nobody counts any more.
        with self._sending:
            with self._lock:
                if self._closed or self._broken is not None:
                    return
                missing = max(self._settings.query_workers + SPARE - self._expected, 0)
                self._expected += missing
            # A template that is gone is seen by the listener, which starts another and asks it anew.
            with contextlib.suppress(OSError):
                self._control.sendall(b"fork\n" * missing)

    def _listen(self) -> None:
        """Take what the template says, in a thread of its own, until the pool is closed."""
        while True:
            self._listen_to_template()
            with self._lock:
                if self._closed:
                    return
            if not self._restart():
                return

    def _listen_to_template(self) -> None:
        received, descriptors = b"", deque[int]()
        while True:
            try:
                piece, passed, _, _ = socket.recv_fds(
                    self._control, 1 << 16, 16, getattr(socket, "MSG_CMSG_CLOEXEC", 0)
                )
            except OSError:
                piece, passed = b"", []
            descriptors.extend(passed)
            if not piece:
                for descriptor in descriptors:
                    os.close(descriptor)
                return
            received += piece
            *lines, received = received.split(b"\n")
            for line in lines:
                message = json.loads(line)
                if "worker" in message:
                    taken = [descriptors.popleft() for _ in range(message["descriptors"])]
                    self._take_worker(message["worker"], taken)
                elif "dead" in message:
                    self._take_death(message)
                elif "joined" in message:
                    self._renew_workers()
                else:
                    # The system could not fork: it may a little later.
                    sleep(0.1)
                    with self._lock:
                        self._expected -= 1
                    self._ask_for_workers()

    def _renew_workers(self) -> None:
        """Have workers in the place of those that do not know of graphs that have been joined; of busy ones later."""
        with self._lock:
            self._generation += 1
            old = list(self._ready)
            self._ready.clear()
            for worker in old:
                self._forget(worker)
        for worker in old:
            worker.kill_and_close()
        self._ask_for_workers()

    def _take_worker(self, process: int, descriptors: list[int]) -> None:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        connection = socket.socket(fileno=descriptors[0])
        worker = Worker(process, connection, descriptors[1] if len(descriptors) > 1 else None)
        with self._lock:
            worker.generation = self._generation
            closed = self._closed
            if not closed:
                self._workers[process] = worker
                self._ready.append(worker)
                self._dispatch()
        if closed:
            worker.kill_and_close()

    def _take_death(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            worker = self._workers.pop(message["dead"], None)
            if worker is None:
                return
            worker.status, worker.resident = message["status"], message["resident"]
            self._forget(worker)
            idle = worker in self._ready
            if idle:
                self._ready.remove(worker)
        worker.dead.set()
        if idle:
            if not worker.greeted:
                try:
                    greeting, _ = receive_message(worker.connection, until=monotonic() + 0.1, longest_body=0)
                except (DisconnectedError, OSError):
                    greeting = {}
                self.count_birth(worker, greeting)
            worker.kill_and_close()
        self._ask_for_workers()

    def _restart(self) -> bool:
        """Start another template in the place of one that died. Its workers die with it, and their jobs with them."""
        with self._lock:
            lost, idle = list(self._workers.values()), list(self._ready)
            self._workers.clear()
            self._ready.clear()
        for worker in lost:
            worker.dead.set()
        for worker in idle:
            worker.kill_and_close()
        end_template(self._template, at_once=True)
        reason = ""
        for attempt in range(_RESTARTS_ALLOWED):
            sleep(0.1 * attempt)
            try:
                control, template = start_template(self._orders)
            except IcsGraphError as error:
                reason = error.message
                continue
            with self._sending, self._lock:
                self._control.close()
                self._control, self._template = control, template
                for worker in lost:
                    worker.counted = False
                self._expected = 0
                closed = self._closed
            if closed:
                control.close()
                end_template(template)
                return False
            self._ask_for_workers()
            return True
        self._give_up(f"The workers ended and cannot be started again. {reason}")
        return False

    def _give_up(self, reason: str) -> None:
        """Let every job from now on raise Unavailable."""
        with self._lock:
            self._broken = reason
            waiting = list(self._waiting)
            self._waiting.clear()
        for ticket in waiting:
            ticket.given.set()


def _name_of(ending: BaseException) -> str:
    """How a job ended, as :class:`~ics_graph.workers.handles.Statistics` names it."""
    if isinstance(ending, LimitReached):
        return ending.setting
    if isinstance(ending, IcsGraphError):
        return ending.kind
    return "cancelled" if isinstance(ending, JobCancelledError) else "fault"
