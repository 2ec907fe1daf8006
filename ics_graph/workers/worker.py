"""The worker: one process that does one job after another until its connection closes.

It is forked by the template process, confines itself (:mod:`ics_graph.workers.confine`), says that it is ready, and
then answers jobs. It never starts over from a fault: it says what it can and ends, and another takes its place.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pyoxigraph

from ics_graph.errors import BadQuery, IcsGraphError, InvalidParameter, LimitReached
from ics_graph.workers import allocator, confine
from ics_graph.workers.evaluation import QueryEvaluator, read_common
from ics_graph.workers.messages import (
    DROPPED,
    TAKE_BACK,
    Answered,
    Asked,
    DisconnectedError,
    Header,
    Message,
    MessageStream,
    answering,
    send,
    send_message,
)

JobFunction = Callable[[QueryEvaluator, Mapping[str, Any]], tuple[dict[str, Any], bytes]]
"""What a kind of job is: from the loaded graph and a payload to an answer's header and bytes."""

KINDS: Final[dict[str, JobFunction]] = {"query": QueryEvaluator.evaluate}
"""The kinds of jobs. A module that the pool names in ``modules`` adds its own when the template process imports it."""

RETIRE_AFTER: Final = 64 << 20
"""A worker that has grown by more bytes than this ends after its answer: the memory goes back, and a fork is cheap."""

RETIRE_WHEN_IDLE: Final = 8 << 20
"""A worker that has touched more bytes than this ends when it has nothing to do: not all of it can be given back."""

SHORT: Final = 0.005
"""Seconds after which a job is none of the short ones behind which nobody is kept waiting."""

_PIECE: Final = 1 << 18
_SMALL: Final = 1 << 16
_ALARMS_APART: Final = 0.05

GRACE: Final = 0.3
"""Seconds past the deadline after which a worker ends itself, should its parent have died or stand still."""


def serve(
    connection: socket.socket, evaluator: QueryEvaluator | None, store_folder: Path | None, memory: int, parent: int
) -> None:
    """Be a worker: never returns. ``connection`` leads to the pool, ``parent`` is the template's process id.

    The graph is that of ``evaluator``, or is opened from ``store_folder`` here: threads and locks of an open store on
    disk do not survive a fork.
    """
    status = 1
    try:
        _detach(parent)
        connection = _keep_only(connection)
        evaluator = _confined(evaluator, store_folder, memory)
        send_message(connection, {"ready": os.getpid(), "resident": _largest_resident()})
        status = _work(connection, evaluator)
    except DisconnectedError:
        status = 0
    except BaseException as error:  # noqa: BLE001 - a fault of any kind is told to the pool, and ends the process
        with contextlib.suppress(BaseException):
            send_message(connection, describe(error))
    finally:
        os._exit(status)


def _detach(parent: int) -> None:
    """Leave the terminal and the template's signals, and die with the template."""
    os.setsid()
    with contextlib.suppress(OSError, AttributeError):
        # A job that arrives does not interrupt the service, which has others to hand on first.
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    confine.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        raise DisconnectedError


def _keep_only(connection: socket.socket) -> socket.socket:
    """The connection, with every other descriptor but the three standard ones (on /dev/null) closed."""
    confine.keep_descriptors(connection.detach())
    return socket.socket(fileno=3)


def _confined(evaluator: QueryEvaluator | None, store_folder: Path | None, memory: int) -> QueryEvaluator:
    confine.refuse_sockets()
    headroom = 0
    if evaluator is None:
        # The engine opens the files of a store when it first reads them.
        headroom = 64 + sum(1 for _ in (store_folder or Path()).iterdir())
        evaluator = QueryEvaluator(pyoxigraph.Store.read_only(str(store_folder)), writable=False)
    confine.limit_memory(memory)
    confine.limit_files(headroom)
    return evaluator


def _work(connection: socket.socket, evaluator: QueryEvaluator) -> int:
    """Do jobs until the pool hangs up or this process has grown. Gives the exit status."""
    memory_at_start = _largest_resident()
    jobs = _Jobs(connection)
    alarm = _Alarm()
    while True:
        header, given = jobs.next(alarm)
        began = monotonic()
        alarm.set(header.seconds if isinstance(header, Asked) else header["seconds"], began)
        told: dict[str, Any] | None = None
        body, rows, triples = b"", 0, False
        try:
            if isinstance(header, Asked):
                common, query = header.read(given)
                body, rows, triples = evaluator.answer(query, read_common(common), header.rows, header.size)
            else:
                told, body = KINDS[header["kind"]](evaluator, header)
        except (IcsGraphError, MemoryError) as error:
            told = describe(error)
        short, retire = monotonic() - began < SHORT, False
        if not short or len(body) > _SMALL:
            # A short job with a small answer has taken nothing that would count.
            retire = _largest_resident() - memory_at_start > RETIRE_AFTER
        if told is None:
            send(connection, answering(body, rows, triples=triples, retire=retire), body)
        else:
            send_message(connection, {**told, "retire": retire}, body)
        if retire:
            return 0
        if not short:
            jobs.look_out()
        del header, given, body, told


class _Alarm:
    """Ends this process some time past a job's deadline, should its parent have died or stand still.

    With its default action the signal ends the process inside of the engine as well; no handler runs. Small jobs that
    come together have one alarm: it is set anew only where that makes a difference.
    """

    def __init__(self) -> None:
        self._at = 0.0

    def set(self, seconds: float, now: float) -> None:
        """Have the process end :data:`GRACE` after so many seconds from ``now``, or a little later or earlier."""
        at = now + max(seconds, 0.0) + GRACE
        if abs(at - self._at) > _ALARMS_APART:
            self._at = at
            signal.setitimer(signal.ITIMER_REAL, at - now)

    def stop(self) -> None:
        """Let the process live on."""
        if self._at:
            self._at = 0.0
            signal.setitimer(signal.ITIMER_REAL, 0)


class _Jobs:
    """The jobs that have come and have not been done. The pool may send several at once, and take them back."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = MessageStream()
        self._freed = allocator.Freed()
        self._waiting: deque[Message] = deque()

    def next(self, alarm: _Alarm) -> tuple[Asked | dict[str, Any], bytes]:
        """The next job; waits for it, without an alarm.

        Raises DisconnectedError where the pool has hung up, or this process had better end before the next job.
        """
        while True:
            while not self._waiting:
                alarm.stop()
                if self._freed.is_idle(self._connection):
                    if self._freed.touched() > RETIRE_WHEN_IDLE:
                        raise DisconnectedError
                    self._freed.give_back()
                try:
                    piece = self._connection.recv(_PIECE)
                except ConnectionError:
                    raise DisconnectedError from None
                self._take(piece)
            header, body = self._waiting.popleft()
            if isinstance(header, Answered):
                raise DisconnectedError
            if _takes_back(header):
                self._tell_dropped(0)
            else:
                return header, body

    def look_out(self) -> None:
        """After a job that took long: see whether those behind it have been taken back, and given to others."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._take(self._connection.recv(_PIECE, socket.MSG_DONTWAIT))
        last = max((place for place, (job, _) in enumerate(self._waiting) if _takes_back(job)), default=-1)
        if last >= 0:
            for _ in range(last + 1):
                self._waiting.popleft()
            self._tell_dropped(last)

    def _take(self, piece: bytes) -> None:
        if not piece:
            raise DisconnectedError
        self._waiting += self._stream.take(piece)

    def _tell_dropped(self, number: int) -> None:
        send_message(self._connection, {DROPPED: number})


def _takes_back(header: Header) -> bool:
    return isinstance(header, dict) and header["kind"] == TAKE_BACK


def _largest_resident() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def describe(error: BaseException) -> dict[str, Any]:
    """An error as data: ``error`` is its kind, or ``fault`` for what is none of ours, with the parts it is made of."""
    if isinstance(error, MemoryError):
        return {"error": "memory-exceeded"}
    if not isinstance(error, IcsGraphError):
        return {"error": "fault", "message": f"{type(error).__name__}: {error}"[:500]}
    described: dict[str, Any] = {"error": error.kind, "message": error.message, "hint": error.hint}
    if isinstance(error, BadQuery):
        described |= {"line": error.line, "column": error.column}
    if isinstance(error, InvalidParameter):
        described["parameter"] = error.parameter
    if isinstance(error, LimitReached):
        described["setting"] = error.setting
    return described


def import_kinds(modules: list[str]) -> None:
    """Import the modules that bring further kinds of jobs."""
    for name in modules:
        import_module(name)
