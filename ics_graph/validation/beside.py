"""A part of a validation in a process of its own, where a second processor stands idle.

A forked process has all that was read and computed so far, without a copy or a message; only its results come back,
through a pipe. It tells of no error: whatever goes wrong in it, this process does the work again itself, and what it
then raises is what a run in one process raises.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar, cast

Result = TypeVar("Result")

_TASKS: Final = Path("/proc/self/task")
_LENGTH: Final = 8
_INTERRUPT: Final = frozenset((signal.SIGINT,))


def possible() -> bool:
    """Whether this process can be forked and more than one processor is there for it.

    A process with threads is not forked: a lock that one of them holds would be held for ever.
    """
    if not hasattr(os, "fork") or not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        return False
    try:
        return sum(1 for _ in _TASKS.iterdir()) == 1
    except OSError:
        return False


@contextmanager
def beside(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Begin some work beside this process; gives what waits for its result, which must be one that can be pickled.

    The other process is gone when the context ends, however it ends. Where there can be none, or it fails, the work is
    done here when its result is asked for; then that raises what ``work`` raises.
    """
    other = _begun(work)
    if other is None:
        yield work
        return
    try:
        yield lambda: other.result(work)
    finally:
        other.end()


def _begun(work: Callable[[], object]) -> _Other | None:
    if not possible():
        return None
    try:
        reading, writing = os.pipe()
    except OSError:
        return None
    # An interrupt must find the two processes apart: it ends the other one without a word.
    signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPT)
    try:
        process = os.fork()
        if process == 0:
            _work(work, writing)
        return _Other(process, reading)
    except OSError:
        os.close(reading)
        return None
    finally:
        os.close(writing)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPT)


def _work(work: Callable[[], object], writing: int) -> None:
    """Do the work in the forked process and end it there and then: open files and output are the other's to close."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPT)
        from ics_graph.workers.confine import die_with_parent  # noqa: PLC0415 - this process alone needs it

        die_with_parent(signal.SIGKILL)
        answer = pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(len(answer).to_bytes(_LENGTH) + answer)
    finally:
        os._exit(0)


class _Other:
    """The forked process, seen from the one that forked it."""

    def __init__(self, process: int, reading: int) -> None:
        self._process, self._pipe = process, os.fdopen(reading, "rb")

    def result(self, work: Callable[[], Result]) -> Result:
        """The result of the work, done here where the process has not sent it whole."""
        length = int.from_bytes(self._pipe.read(_LENGTH))
        answer = self._pipe.read(length)
        if answer and len(answer) == length:
            return cast("Result", pickle.loads(answer))  # noqa: S301 - written by our own process
        return work()

    def end(self) -> None:
        """End the process if it is still at work, and wait for it."""
        self._pipe.close()
        with suppress(ProcessLookupError, ChildProcessError):  # where the kernel has been told to forget children
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
