"""The processes of a pool: the template, the workers it forks, and who has one of them at the moment.

A job takes a place, has a worker for as long as it lasts, and lets go of it; one whose worker was killed has another
made. What waits for a place is a ticket: of a thread (:mod:`ics_graph.workers.pool`) or of an event loop
(:mod:`ics_graph.workers.line`).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections import deque
from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any, Final, NamedTuple

from ics_graph.errors import Busy, IcsGraphError, Unavailable
from ics_graph.settings import Settings
from ics_graph.workers.endings import error_of_death
from ics_graph.workers.handles import Ticket, Worker, end_template, start_template
from ics_graph.workers.messages import Circumstances, DisconnectedError, GraphSource, receive_message

SPARE: Final = 1
"""Workers that stand ready beyond those that may run, so that a killed one is replaced without a wait."""
JOINED_AFTER: Final = 24
"""A dataset of many graphs, such as a day, is joined to few once so many jobs have asked for it."""
_ASKED_KEPT: Final = 256

_CORES: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

_STILLBORN_ALLOWED: Final = 5
_RESTARTS_ALLOWED: Final = 3


class Occupation(NamedTuple):
    """A crew at one moment: tickets that wait, workers that have a job, workers that stand ready."""

    waiting: int
    running: int
    ready: int


class Crew:
    """The workers over one graph. Threads may share a crew."""

    def __init__(self, source: GraphSource, settings: Settings, modules: tuple[str, ...]) -> None:
        """Start the template process and wait until it has loaded ``source``. Raises as WorkerPool does."""
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
        self._running = 0
        # Those of them that have not run long.
        self._brief = 0
        # Workers that live or have been asked for, without those that were told to end.
        self._expected = 0
        self._stillborn = 0
        # How many jobs asked for a dataset of many graphs, and how often graphs have been joined since.
        self._asked: dict[tuple[str, ...], int] = {}
        self._noted: Circumstances | None = None
        self._generation = 0
        self._closed = False
        self._broken: str | None = None
        self._control, self._template = start_template(self._orders)
        self._listener = threading.Thread(target=self._listen, name="ics-graph worker pool", daemon=True)
        self._listener.start()
        self._ask_for_workers()

    @property
    def processes(self) -> tuple[int, ...]:
        """The process ids: the template's first, then those of its workers."""
        with self._lock:
            return (self._template.pid, *self._workers)

    @property
    def closed(self) -> bool:
        """Whether the pool has been closed."""
        return self._closed

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

    def occupation(self) -> Occupation:
        """What goes on at this moment."""
        with self._lock:
            return Occupation(len(self._waiting), self._running, len(self._ready))

    def busy(self) -> set[int]:
        """The process ids of the workers that are not ready: they have a job, or end."""
        with self._lock:
            return set(self._workers) - {worker.process for worker in self._ready}

    # What a job does in its turn

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

    def error_of(self, worker: Worker, until: float, allowed: float) -> IcsGraphError:
        """The error of a job whose worker has died; raises Unavailable where the whole pool has ended."""
        with self._lock:
            self.check_usable()
        grown = worker.resident - worker.resident_at_start
        late = monotonic() >= until
        return error_of_death(worker.status, grown, self._settings.query_memory, allowed, late=late)

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

    def note_graphs(self, circumstances: Circumstances) -> None:
        """Have the graphs of a dataset joined that is asked for often."""
        graphs = circumstances.default_graphs
        if circumstances is self._noted or graphs is None or len(graphs) <= 2:
            return
        # Only one thread mostly; where two count at once, one of them may be missed.
        asked = self._asked.get(graphs, 0) + 1
        if asked > JOINED_AFTER:
            self._noted = circumstances
            return
        with self._lock:
            if len(self._asked) >= _ASKED_KEPT:
                self._asked.clear()
            self._asked[graphs] = asked
            often = asked == JOINED_AFTER
        if often:
            order = b"join " + json.dumps(graphs).encode() + b"\n"
            with self._sending, contextlib.suppress(OSError):
                self._control.sendall(order)

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
