"""A worker that a line holds, and the jobs that it has: what is sent to it, what it answers, and how it ends.

See :mod:`ics_graph.workers.line`, which hands the jobs out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Final

from ics_graph.errors import IcsGraphError
from ics_graph.workers.endings import error_from, too_late
from ics_graph.workers.handles import Worker
from ics_graph.workers.messages import (
    DROPPED,
    TAKE_BACK,
    Answered,
    DisconnectedError,
    Header,
    MessageStream,
    QueryAnswer,
    QueryJob,
    asking,
    packed,
)

if TYPE_CHECKING:
    from ics_graph.workers.line import Line

LONG: Final = 0.05
"""Seconds after which a query is no short one any more: others may begin beside it, and nobody waits behind it."""
VERY_LONG: Final = 0.5
"""Seconds after which its worker gives way to all others, and is replaced behind it."""
DEPTH: Final = 16
"""Jobs that one worker may have at a time."""

_PIECE: Final = 1 << 18

Done = Callable[[QueryAnswer | BaseException], None]
"""What is called with the answer to a job, or with what went wrong."""


class LineJob:
    """One job in a line: the query, its limits, and who is told the answer, or what went wrong, once."""

    __slots__ = ("_count", "_done", "_job", "_line", "_rows", "_started", "allowed", "longest", "lost", "until")

    def __init__(
        self,
        line: Line,
        job: QueryJob,
        limits: tuple[float, int, int],
        started: float,
        done: Done,
        count: Callable[[BaseException | None], None],
    ) -> None:
        """``limits`` are seconds from ``started`` (monotonic clock), rows and bytes; ``count`` is told before ``done``.

        An answer is counted as ``None``.
        """
        self._line, self._job, self._started, self._done, self._count = line, job, started, done, count
        self.allowed, self._rows, self.longest = limits
        self.until = started + self.allowed
        self.lost = False
        """Whether a worker that had it died before it told of anything. From then on it has a worker for itself."""

    def message(self, now: float) -> bytes:
        """What a worker is sent."""
        return asking(self._job, max(self.until - now, 0.0), self._rows, self.longest)

    def call_off(self) -> None:
        """Have it end with JobCancelledError; once it has ended that does nothing."""
        self._line.cancel(self)

    def answer(self, header: Header, body: bytes) -> None:
        """Tell what the worker said."""
        if type(header) is Answered:
            circumstances = self._job.circumstances
            media_type = circumstances.graphs if header.triples else circumstances.solutions
            self._count(None)
            self._done(QueryAnswer(body, media_type, header.rows, monotonic() - self._started))
        else:
            self.fail(error_from(header))  # type: ignore[arg-type] # ``Hand`` has looked at the kind

    def fail(self, error: BaseException) -> None:
        """Tell what went wrong."""
        self._count(error)
        self._done(error)


class Hand:
    """A worker that a line holds, and its jobs in the order in which they were sent; ``None`` is one given up."""

    def __init__(self, line: Line, worker: Worker) -> None:
        self._line, self._loop, self.worker = line, line.loop, worker
        self.jobs: deque[LineJob | None] = deque()
        self.long = False
        self._since = 0.0
        # Whether its first job has to be alone with it.
        self._alone = False
        self._longest = 0
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
        return not self.jobs or not (job.lost or self._alone)

    def give(self, job: LineJob, now: float) -> None:
        """Put a job behind the others; it is sent with them."""
        if not self.jobs:
            self._since, self._alone = now, job.lost
        self.jobs.append(job)
        if job.longest > self._longest:
            self._longest = self._stream.longest_body = job.longest
        self._outbox.append(job.message(now))

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
            job.fail(error)

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

    def _take(self, header: Header, body: bytes) -> bool:
        """Take one message; gives whether the worker is still held."""
        if type(header) is Answered and self.jobs:
            retires = header.retire
        elif not isinstance(header, dict):
            self._lost()
            return False
        elif not self.worker.greeted:
            self._line.crew.count_birth(self.worker, header)
            if "ready" not in header:
                self._put_back()
                return False
            self.send()
            return True
        elif DROPPED in header:
            self._taking_back = False
            for _ in range(header[DROPPED]):
                self.jobs.popleft()
            return True
        else:
            retires = header["retire"] is not False
        job = self.jobs.popleft()
        if job is not None:
            self._tell(job, header, body)
        if retires:
            self._put_back()
        return not retires

    def _tell(self, job: LineJob, header: Header, body: bytes) -> None:
        try:
            job.answer(header, body)
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
