"""SIGHUP: reload, as supervisors have it; but where the terminal of the service has been closed, stop."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType


class Hangups:
    """Takes the signal from the moment it is made, and keeps it until the service can act on it."""

    def __init__(self) -> None:
        self._waiting = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._act: Callable[[], object] | None = None
        self._terminals = [descriptor for descriptor in (0, 1, 2) if _is_terminal(descriptor)]
        # Only the main thread may take signals: a service in another one has a program around it that does.
        if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGHUP, self._taken)

    def terminal_is_gone(self) -> bool:
        """Whether the service was started in a terminal that is no longer there."""
        return any(not _is_terminal(descriptor) for descriptor in self._terminals)

    def handle(self, act: Callable[[], object]) -> None:
        """Call ``act`` in the running event loop for each signal from now on, and for one that has come before."""
        self._loop, self._act = asyncio.get_running_loop(), act
        if self._waiting:
            self._waiting = False
            self._loop.call_soon(act)

    def _taken(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._loop is None or self._act is None:
            self._waiting = True
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._act)


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False
