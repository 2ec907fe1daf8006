"""Jobs of a pool for an event loop: no thread waits, the loop watches the worker's connection.

The same places, workers and deaths as for threads (:mod:`ics_graph.workers.pool`); only the waiting differs. The pool
may be used from threads and from one loop at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.handles import Cancellation, Worker
from ics_graph.workers.messages import DisconnectedError, MessageReader, QueryJob, packed

if TYPE_CHECKING:
    from ics_graph.workers.pool import WorkerPool

LONG: Final = 0.05
"""Seconds after which a query is no short one any more: others may begin beside it."""
VERY_LONG: Final = 0.5
"""Seconds after which its worker gives way to all others, and is replaced behind it."""

_PIECE: Final = 1 << 18
_DEATH_NOTICE: Final = 1.0
_LONGEST_GREETING: Final = 0
_COMMON_KEPT: Final = 256

Answer = tuple[dict[str, Any], bytes]


class _Given:
    """The part of :class:`threading.Event` that a ticket of the queue needs, for a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = threading.get_ident()
        self.future: asyncio.Future[None] = loop.create_future()

    def set(self) -> None:
        """End the wait; any thread may say so."""
        if threading.get_ident() == self._thread:
            self._finish()
        else:
            with contextlib.suppress(RuntimeError):  # the loop has been closed, and nobody waits any more
                self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


class _LoopTicket:
    """A place in the queue of one who waits in a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.given = _Given(loop)
        self.brief = True
        self.worker: Worker | None = None


class _Exchange:
    """One job at one worker: ``done`` is the answer, or ``None`` where the worker was dead before it had the job."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        worker: Worker,
        job: QueryJob,
        common: bytes,
        longest: int,
        pool: WorkerPool,
    ) -> None:
        self._loop, self._pool, self._worker = loop, pool, worker
        self._job, self._common, self._longest = job, common, longest
        self._until = 0.0
        self._reader = MessageReader(longest)
        self._unsent = memoryview(b"")
        self._writing = False
        self._timer: asyncio.TimerHandle | None = None
        self.done: asyncio.Future[Answer | None] = loop.create_future()

    def begin(self, until: float) -> None:
        """Send the job, or wait for the greeting of a worker that has just been made."""
        self._until = until
        connection = self._worker.connection
        connection.settimeout(0)
        if self._worker.greeted:
            self._send()
        else:
            self._reader = MessageReader(_LONGEST_GREETING)
        self._loop.add_reader(connection, self._readable)
        self._wait(LONG, self._grown_long)

    def end(self) -> None:
        """Watch the connection no more."""
        if self._timer is not None:
            self._timer.cancel()
        connection = self._worker.connection
        if connection.fileno() >= 0:
            self._loop.remove_reader(connection)
            if self._writing:
                self._loop.remove_writer(connection)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        """Do something after some seconds, or end the job at its deadline if that comes first."""
        remaining = max(self._until - monotonic(), 0.0)
        short = remaining <= seconds
        self._timer = self._loop.call_later(remaining if short else seconds, self._expire if short else then)

    def _grown_long(self) -> None:
        """Let further short jobs run beside this one."""
        self._pool.grown_long(self._worker)
        self._wait(VERY_LONG - LONG, self._grown_very_long)

    def _grown_very_long(self) -> None:
        """Wait for the deadline from now on, with a worker that leaves the processor to others first."""
        self._worker.step_back()
        self._wait(self._until, self._expire)

    def _expire(self) -> None:
        self._fail(TimeoutError())

    def _send(self) -> None:
        header = {"kind": "query", "query": self._job.query, "seconds": max(self._until - monotonic(), 0.0)}
        self._unsent = memoryview(packed(header, len(self._common)) + self._common)
        self._write()

    def _write(self) -> None:
        try:
            self._unsent = self._unsent[self._worker.connection.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            # It ended before it had the whole job.
            self._unsent = memoryview(b"")
            self._succeed(None)
        if bool(self._unsent) != self._writing:
            self._writing = not self._writing
            if self._writing:
                self._loop.add_writer(self._worker.connection, self._write)
            else:
                self._loop.remove_writer(self._worker.connection)

    def _readable(self) -> None:
        try:
            piece = self._worker.connection.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            # It ended without having read the job.
            self._succeed(None)
            return
        try:
            self._take(piece)
        except DisconnectedError as error:
            self._fail(error)

    def _take(self, piece: bytes) -> None:
        if not piece:
            if self._worker.greeted:
                raise DisconnectedError
            self._pool.count_birth(self._worker, {})
            self._succeed(None)
        elif not self._worker.greeted:
            if self._reader.take(piece):
                greeting, _ = self._reader.message()
                self._pool.count_birth(self._worker, greeting)
                if "ready" not in greeting:
                    self._succeed(None)
                    return
                self._reader = MessageReader(self._longest)
                self._send()
        elif self._reader.take(piece):
            self._succeed(self._reader.message())

    def _succeed(self, answer: Answer | None) -> None:
        if not self.done.done():
            self.done.set_result(answer)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def run(
    pool: WorkerPool,
    job: QueryJob,
    *,
    most_rows: int,
    until: float,
    allowed: float,
    longest: int,
    cancelling: Cancellation,
) -> Answer:
    """Have a worker evaluate a query. ``until`` is the moment (monotonic clock) at which ``allowed`` seconds are over.

    Gives and raises what :meth:`~ics_graph.workers.pool.WorkerPool.run` does. At most ``longest`` bytes come back.
    """
    loop = asyncio.get_running_loop()
    common = _common(job, most_rows, longest)
    while True:
        worker = await _acquired(pool, loop, until, cancelling)
        exchange = _Exchange(loop, worker, job, common, longest, pool)
        try:
            with cancelling.calling(worker.kill):
                exchange.begin(until)
                try:
                    answer = await exchange.done
                finally:
                    exchange.end()
        except TimeoutError:
            pool.discard(worker)
            raise pool.too_late(allowed) from None
        except DisconnectedError:
            await _death_notice(worker, pool)
            pool.discard(worker)
            raise pool.error_of(worker, until, allowed) from None
        except BaseException:
            pool.discard(worker)
            raise
        if answer is not None:
            return pool.finish(worker, answer)
        # It died before it had the job, so another can have it.
        pool.discard(worker)


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


async def _acquired(
    pool: WorkerPool, loop: asyncio.AbstractEventLoop, until: float, cancelling: Cancellation
) -> Worker:
    ticket = _LoopTicket(loop)
    worker = pool.take_place(ticket)
    if worker is not None:
        return worker
    timer = loop.call_later(max(until - monotonic(), 0.0), ticket.given.set)
    try:
        with cancelling.calling(ticket.given.set):
            await ticket.given.future
    except BaseException:
        pool.give_up_place(ticket)
        raise
    finally:
        timer.cancel()
    return pool.taken(ticket)


async def _death_notice(worker: Worker, pool: WorkerPool) -> None:
    """Wait until the template has told how a worker ended, but not for long."""
    end = monotonic() + _DEATH_NOTICE
    while not worker.dead.is_set() and not pool.closed and monotonic() < end:
        await asyncio.sleep(0.002)
