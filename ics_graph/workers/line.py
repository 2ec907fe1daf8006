"""The jobs of an event loop and the workers that have them: no thread waits, the loop watches the connections.

Small queries take less time than handing them over one by one does. So a worker is given several at once, which it
does one behind the other; what arrives in one turn of the loop goes to it in one piece. When one of them turns out to
be long, those behind it are taken back and given to others: whoever asks waits for a stranger's query for
:data:`LONG` at most. A worker that dies, or is killed at a deadline, costs the job that it was at, and no other.

The places, workers and deaths are those of threads (:mod:`ics_graph.workers.crew`); a crew may be used from threads
and from a loop at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable
from itertools import islice
from json.encoder import encode_basestring_ascii
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from ics_graph.errors import Busy, IcsGraphError
from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.endings import too_late
from ics_graph.workers.handles import JobCancelledError, Worker
from ics_graph.workers.messages import (
    DROPPED,
    TAKE_BACK,
    DisconnectedError,
    MessageStream,
    QueryJob,
    packed,
    packed_text,
)

if TYPE_CHECKING:
    from ics_graph.workers.crew import Crew

LONG: Final = 0.05
"""Seconds after which a query is no short one any more: others may begin beside it, and nobody waits behind it."""
VERY_LONG: Final = 0.5
"""Seconds after which its worker gives way to all others, and is replaced behind it."""
DEPTH: Final = 16
"""Jobs that one worker may have at a time."""

_SWEEP: Final = 0.02
_PIECE: Final = 1 << 18
_DEATH_NOTICE: Final = 1.0
_COMMON_KEPT: Final = 256

Answer = tuple[dict[str, Any], bytes]
Ending = Answer | BaseException


class LineJob:
    """One job in a line. ``done`` is called once, with the answer's header and body or with what went wrong."""

    __slots__ = ("_common", "_query", "allowed", "done", "longest", "lost", "until")

    def __init__(
        self,
        job: QueryJob,
        *,
        most_rows: int,
        longest: int,
        until: float,
        allowed: float,
        done: Callable[[Ending], None],
    ) -> None:
        """``until`` is the moment (monotonic clock) at which ``allowed`` seconds are over; ``longest`` is in bytes."""
        self._query = job.query
        self._common = _common(job, most_rows, longest)
        self.longest, self.until, self.allowed, self.done = longest, until, allowed, done
        self.lost = False
        """Whether a worker that had it died before it told of anything. From then on it has a worker for itself."""

    def message(self) -> bytes:
        """What a worker is sent."""
        seconds = max(self.until - monotonic(), 0.0)
        header = f'{{"kind":"query","query":{encode_basestring_ascii(self._query)},"seconds":{seconds:.3f}}}'
        return packed_text(header.encode("ascii"), len(self._common)) + self._common


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
        self._hands: list[_Hand] = []
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
            job.done(JobCancelledError())
            self.come_back()
            return
        for hand in self._hands:
            if job in hand.jobs:
                hand.give_up(job)
                job.done(JobCancelledError())
                return

    def come_back(self) -> None:
        """Have the jobs that wait handed out at the end of this turn of the loop."""
        if self._turn is None:
            self._turn = self.loop.call_soon(self._hand_out)

    def first_again(self, jobs: list[LineJob]) -> None:
        """Put jobs back to the head of the line."""
        self._waiting.extendleft(reversed(jobs))

    def drop(self, hand: _Hand) -> None:
        """Hold a worker no more."""
        self._hands.remove(hand)
        self.come_back()

    def announce(self, hand: _Hand, job: LineJob | None) -> None:
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
                job.done(error)

    def _hand_out(self) -> None:
        self._turn = None
        try:
            while self._waiting and (hand := self._hand_for(self._waiting[0])) is not None:
                hand.give(self._waiting.popleft())
        except IcsGraphError as error:
            # The pool has ended.
            while self._waiting:
                self._waiting.popleft().done(error)
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

    def _hand_for(self, job: LineJob) -> _Hand | None:
        """A worker that nobody has; else the one with the fewest jobs, if the job may stand behind others."""
        worker = self._new_worker()
        if worker is not None:
            hand = _Hand(self, worker)
            self._hands.append(hand)
            return hand
        return min(
            (hand for hand in self._hands if hand.has_room(job)),
            key=lambda hand: len(hand.jobs),
            default=None,
        )

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
            job.done(self.crew.none_free())
        for hand in list(self._hands):
            hand.check(now)
        self._hand_out()


class _Hand:
    """A worker that a line holds, and its jobs in the order in which they were sent; ``None`` is one given up."""

    def __init__(self, line: Line, worker: Worker) -> None:
        self._line, self._loop, self.worker = line, line.loop, worker
        self.jobs: deque[LineJob | None] = deque()
        self.long = False
        self._since = 0.0
        self._stream = MessageStream(0)
        self._outbox: list[bytes] = []
        self._unsent = memoryview(b"")
        self._writing = False
        # Whether jobs have been taken back and the worker has not said how many those were.
        self._taking_back = False
        # Whether it ended without having read all that was sent to it.
        self._unread = False
        worker.connection.settimeout(0)
        self._loop.add_reader(worker.connection, self._readable)

    def is_held(self) -> bool:
        """Whether something is still to come from the worker."""
        return bool(self.jobs) or self._taking_back

    def has_room(self, job: LineJob) -> bool:
        """Whether a job may be given to the worker now."""
        if self.long or len(self.jobs) >= DEPTH:
            return False
        return not self.jobs or not (job.lost or any(each is not None and each.lost for each in self.jobs))

    def give(self, job: LineJob) -> None:
        """Put a job behind the others; it is sent with them."""
        if not self.jobs:
            self._since = monotonic()
        self.jobs.append(job)
        self._stream.longest_body = max(self._stream.longest_body or 0, job.longest)
        self._outbox.append(job.message())

    def send(self) -> None:
        """Send what has been given, as soon as the worker is there."""
        if self._outbox and self.worker.greeted and not self._writing:
            self._unsent = memoryview(b"".join(self._outbox))
            self._outbox.clear()
            self._write()

    def let_go(self) -> None:
        """Give the worker back to the pool."""
        self._watch_no_more()
        if self.worker.steps_back:
            self._line.crew.discard(self.worker)
        else:
            self._line.crew.release(self.worker)

    def give_up(self, job: LineJob) -> None:
        """Want no answer to a job any more. A worker that is at it is killed as soon as that is worth the while."""
        self.jobs[self.jobs.index(job)] = None
        self.check(monotonic())

    def check(self, now: float) -> None:
        """Do what the time asks for."""
        if not self.is_held():
            return
        job, ran = self.jobs[0] if self.jobs else None, now - self._since
        if job is not None and now >= job.until:
            # One that came to a worker at the last moment was not stopped: it had no time to begin.
            stopped = ran >= min(LONG, job.allowed / 2)
            self._kill(job, too_late(job.allowed) if stopped else self._line.crew.none_free())
        elif job is None and ran >= LONG:
            self._kill(None, None)
        elif ran >= LONG and not self.long:
            self.long = True
            self._line.crew.grown_long(self.worker)
            self._take_back()
        elif ran >= VERY_LONG and not self.worker.steps_back:
            self.worker.step_back()

    def _take_back(self) -> None:
        """Give the jobs behind the first to others."""
        behind = self.behind()
        if behind:
            self.jobs = deque([self.jobs[0], *[None] * (len(self.jobs) - 1)])
            self._outbox.append(packed({"kind": TAKE_BACK}))
            self._taking_back = True
            self.send()
            self._line.first_again(behind)

    def behind(self) -> list[LineJob]:
        """The jobs that wait for the first one to end."""
        return [job for job in islice(self.jobs, 1, None) if job is not None]

    def _kill(self, job: LineJob | None, error: IcsGraphError | None) -> None:
        self._end()
        self._line.crew.discard(self.worker)
        if job is not None and error is not None:
            job.done(error)

    def _end(self) -> None:
        """Hold the worker no more; those behind its first job go to others."""
        self._watch_no_more()
        self._line.first_again(self.behind())
        self.jobs.clear()
        self._line.drop(self)

    def _watch_no_more(self) -> None:
        connection = self.worker.connection
        if connection.fileno() >= 0:
            self._loop.remove_reader(connection)
            if self._writing:
                self._loop.remove_writer(connection)
                self._writing = False

    # What passes to and fro

    def _write(self) -> None:
        try:
            self._unsent = self._unsent[self.worker.connection.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            # It had ended before, which its side of the connection tells as well.
            self._unsent = memoryview(b"")
            self._unread = True
        if bool(self._unsent) != self._writing:
            self._writing = not self._writing
            if self._writing:
                self._loop.add_writer(self.worker.connection, self._write)
            else:
                self._loop.remove_writer(self.worker.connection)
        if not self._writing:
            self.send()

    def _readable(self) -> None:
        try:
            piece = self.worker.connection.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            self._unread = True
            self._lost()
            return
        try:
            messages = self._stream.take(piece)
        except DisconnectedError:
            piece, messages = b"", []
        self._since = monotonic()
        for header, body in messages:
            if not self._take(header, body):
                return
        if not piece:
            self._lost()
        elif not self.is_held() or not self.long:
            self._line.come_back()

    def _take(self, header: dict[str, Any], body: bytes) -> bool:
        """Take one message; gives whether the worker is still held."""
        if not self.worker.greeted:
            self._line.crew.count_birth(self.worker, header)
            if "ready" not in header:
                self._put_back()
                return False
            self.send()
        elif DROPPED in header:
            self._taking_back = False
            for _ in range(header[DROPPED]):
                self.jobs.popleft()
        else:
            job = self.jobs.popleft()
            if job is not None:
                self._tell(job, (header, body))
            if header["retire"] is not False:
                self._put_back()
                return False
        return True

    def _tell(self, job: LineJob, answer: Answer) -> None:
        try:
            job.done(answer)
        except Exception as error:  # noqa: BLE001 - a fault of one who asked must not cost others their answers
            context = {"message": "a fault in one who was told the answer to a query", "exception": error}
            self._loop.call_exception_handler(context)

    def _put_back(self) -> None:
        """Give all jobs that are left to others: the worker has ended without any of them."""
        self.jobs.appendleft(None)
        self._end()
        self._line.crew.discard(self.worker)

    def _lost(self) -> None:
        """The worker has ended."""
        job = self.jobs[0] if self.jobs else None
        if not self.worker.greeted:
            self._line.crew.count_birth(self.worker, {})
            self._put_back()
        elif job is None:
            self._kill(None, None)
        elif self._unread and (not job.lost or len(self.jobs) == 1):
            # It had not read all: of several jobs perhaps the first, a single one surely not. Another can have it.
            job.lost = True
            self._put_back()
        else:
            self._end()
            self._line.announce(self, job)


_kept_common: dict[tuple[object, ...], bytes] = {}


def _common(job: QueryJob, most_rows: int, most_bytes: int) -> bytes:
    """All of a payload but the query: it is the same for most jobs, and longer than small queries are."""
    if job.substitutions or job.prefixes is not PREFIXES:
        return _encoded_common(job, most_rows, most_bytes)
    key = (
        job.default_graphs, job.named_graphs, job.joined, job.solutions, job.graphs, job.base, most_rows, most_bytes
    )  # fmt: skip
    common = _kept_common.get(key)
    if common is None:
        if len(_kept_common) >= _COMMON_KEPT:
            _kept_common.clear()
        common = _kept_common[key] = _encoded_common(job, most_rows, most_bytes)
    return common


def _encoded_common(job: QueryJob, most_rows: int, most_bytes: int) -> bytes:
    return json.dumps({**job.circumstances(), "rows": most_rows, "bytes": most_bytes}).encode()
