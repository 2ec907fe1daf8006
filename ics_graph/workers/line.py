"""The jobs of an event loop and the workers that have them: no thread waits, the loop watches the connections.

Small queries take less time than handing them over one by one does. So a worker is given several at once, which it
does one behind the other; what arrives in one turn of the loop goes to it in one piece. When one of them turns out to
be long, those behind it are taken back and given to others (:mod:`ics_graph.workers.hand`): whoever asks waits for a
stranger's query for :data:`~ics_graph.workers.hand.LONG` at most. A worker that dies, or is killed at a deadline,
costs the job that it was at, and no other.

The places, workers and deaths are those of threads (:mod:`ics_graph.workers.crew`); a crew may be used from threads
and from a loop at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Final

from ics_graph.errors import Busy, IcsGraphError
from ics_graph.workers.hand import Hand, LineJob
from ics_graph.workers.handles import JobCancelledError, Worker

if TYPE_CHECKING:
    from ics_graph.workers.crew import Crew

_SWEEP: Final = 0.02
_DEATH_NOTICE: Final = 1.0


class _Ticket:
    """A place in the queue of the pool."""

    def __init__(self, given: _Given) -> None:
        self.given = given
        self.brief = True
        self.worker: Worker | None = None


class _Given:
    """The part of :class:`threading.Event` that a ticket needs, for a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, then: Callable[[], None]) -> None:
        self._loop, self._then = loop, then
        self._thread = threading.get_ident()
        self.is_set = False

    def set(self) -> None:
        """End the wait; any thread may say so."""
        self.is_set = True
        if threading.get_ident() == self._thread:
            self._then()
        else:
            with contextlib.suppress(RuntimeError):  # the loop has been closed, and nobody waits any more
                self._loop.call_soon_threadsafe(self._then)


class Line:
    """The jobs of one event loop at one pool. For that loop's thread alone, but for ``waiting``."""

    def __init__(self, crew: Crew, loop: asyncio.AbstractEventLoop) -> None:
        self.crew, self.loop = crew, loop
        self._waiting: deque[LineJob] = deque()
        self._hands: list[Hand] = []
        self._ticket: _Ticket | None = None
        self._turn: asyncio.Handle | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self._notices: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many jobs have not begun, beyond the tickets that the pool counts itself."""
        return len(self._waiting) + sum(len(hand.behind()) for hand in self._hands) - (self._ticket is not None)

    def submit(self, job: LineJob) -> None:
        """Take a job. Raises Busy where as many wait as may, and Unavailable where the pool has ended."""
        jobs = len(self._waiting)
        for hand in self._hands:
            jobs += 1 if hand.long else len(hand.jobs)
        self.crew.check_room(jobs, workers=len(self._hands), tickets=int(self._ticket is not None))
        self._waiting.append(job)
        self.come_back()

    def cancel(self, job: LineJob) -> None:
        """Call a job off: it ends with JobCancelledError. One that has ended already is left alone."""
        if job in self._waiting:
            self._waiting.remove(job)
            job.fail(JobCancelledError())
            self.come_back()
            return
        for hand in self._hands:
            if job in hand.jobs:
                hand.give_up(job)
                job.fail(JobCancelledError())
                return

    def come_back(self) -> None:
        """Have the jobs that wait handed out at the end of this turn of the loop."""
        if self._turn is None:
            self._turn = self.loop.call_soon(self._hand_out)

    def first_again(self, jobs: list[LineJob]) -> None:
        """Put jobs back to the head of the line."""
        self._waiting.extendleft(reversed(jobs))

    def drop(self, hand: Hand) -> None:
        """Hold a worker no more."""
        self._hands.remove(hand)
        self.come_back()

    def announce(self, hand: Hand, job: LineJob | None) -> None:
        """Tell a job how its worker died, once that is known."""
        task = self.loop.create_task(self._tell(hand.worker, job))
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)

    async def _tell(self, worker: Worker, job: LineJob | None) -> None:
        try:
            # The template tells how it ended, but nobody waits long for that.
            end = monotonic() + _DEATH_NOTICE
            while not worker.dead.is_set() and not self.crew.closed and monotonic() < end:
                await asyncio.sleep(0.002)
        finally:
            self.crew.discard(worker)
            if job is not None:
                try:
                    error = self.crew.error_of(worker, job.until, job.allowed)
                except IcsGraphError as ended:
                    error = ended
                job.fail(error)

    def _hand_out(self) -> None:
        self._turn = None
        now = monotonic()
        try:
            while self._waiting and (hand := self._hand_for(self._waiting[0])) is not None:
                hand.give(self._waiting.popleft(), now)
        except IcsGraphError as error:
            # The pool has ended.
            while self._waiting:
                self._waiting.popleft().fail(error)
        for hand in list(self._hands):
            if hand.is_held():
                hand.send()
            else:
                hand.let_go()
                self._hands.remove(hand)
        if not self._waiting and self._ticket is not None:
            ticket, self._ticket = self._ticket, None
            self.crew.give_up_place(ticket)
        if self._sweeping is None and (self._waiting or self._hands):
            self._sweeping = self.loop.call_later(_SWEEP, self._sweep)

    def _hand_for(self, job: LineJob) -> Hand | None:
        """A worker that nobody has; else the one with the fewest jobs, if the job may stand behind others."""
        worker = self._new_worker()
        if worker is not None:
            hand = Hand(self, worker)
            self._hands.append(hand)
            return hand
        found = None
        for hand in self._hands:
            if hand.has_room(job) and (found is None or len(hand.jobs) < len(found.jobs)):
                found = hand
        return found

    def _new_worker(self) -> Worker | None:
        if self._ticket is not None:
            if not self._ticket.given.is_set:
                return None
            ticket, self._ticket = self._ticket, None
            return self.crew.taken(ticket)
        ticket = _Ticket(_Given(self.loop, self.come_back))
        try:
            worker = self.crew.take_place(ticket)
        except Busy:
            return None  # the queue is that of threads: there is a place again at the next sweep
        if worker is None:
            self._ticket = ticket
        return worker

    def _sweep(self) -> None:
        """See which jobs have become long, and which have come to their deadline."""
        self._sweeping = None
        now = monotonic()
        for job in [job for job in self._waiting if now >= job.until]:
            self._waiting.remove(job)
            job.fail(self.crew.none_free())
        for hand in list(self._hands):
            hand.check(now)
        self._hand_out()
