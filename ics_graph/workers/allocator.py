"""Where memory comes from, and that what has been freed goes back to the system once a process has nothing to do.

The C library keeps what is freed for whatever is wanted next: after one hungry query up to all that the query took, in
each process that had one. To give it back takes milliseconds, so nobody does it while a request waits. Only glibc has
to be told; where there is another library nothing is done.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import resource
import select
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, ParamSpec, TypeVar

IDLE: Final = 1.0
"""Seconds without a job after which a worker gives back what it has freed."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_CONFIGURATIONS: Final = {
    # One heap for one thread; what is freed goes back within a second, its addresses as well, which are limited.
    "jemalloc": {"MALLOC_CONF": "narenas:1,dirty_decay_ms:1000,muzzy_decay_ms:0,retain:false"},
}

_ARENA_MAX: Final = -8  # M_ARENA_MAX of mallopt(3)
_ARENAS: Final = 2
_WORTH_IT: Final = 2 << 20


def _glibc() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None


_LIBRARY: Final = _glibc()


@cache
def preloading(name: str) -> dict[str, str]:
    """The environment with which a process has its memory managed by a library; empty where that is not installed."""
    library = ctypes.util.find_library(name) if name and sys.platform == "linux" else None
    return {} if library is None else {"LD_PRELOAD": library, **_CONFIGURATIONS.get(name, {})}


def apart(function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
    """Call a function in a thread of its own, whose memory comes from a heap of its own.

    Loading a graph leaves holes all over its heap, and with glibc each later allocation goes looking through them. A
    worker is a copy of the template's main thread: where that has loaded nothing, the worker begins with a whole heap,
    and its small queries take a third less time.
    """
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(function, *arguments, **named).result()


def share_arenas() -> None:
    """Have the threads of this process share two heaps: else each keeps what it has freed in one of its own."""
    if _LIBRARY is not None:
        _LIBRARY.mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give what this process has freed back to the system. Blocks for some milliseconds."""
    if _LIBRARY is not None:
        _LIBRARY.malloc_trim(0)


class Freed:
    """How much this process may have freed since it last gave memory back: as much as it has touched anew."""

    def __init__(self) -> None:
        self._born = self._faults = _faults()

    def touched(self) -> int:
        """Bytes that the process has touched anew since this was made. Takes a microsecond."""
        return (_faults() - self._born) * resource.getpagesize()

    def much(self) -> bool:
        """Whether it may have freed so much that giving it back is worth the while. Takes a microsecond."""
        return (_faults() - self._faults) * resource.getpagesize() > _WORTH_IT

    def give_back(self) -> None:
        """Give it back to the system. Blocks for some milliseconds."""
        give_back()
        self._faults = _faults()

    def is_idle(self, connection: socket.socket) -> bool:
        """Whether it is much, and nothing comes over ``connection`` for some time; false at once where either is not.

        Asked by a worker that would wait for its next job.
        """
        if not self.much():
            return False
        waiting = select.poll()
        waiting.register(connection, select.POLLIN)
        return not waiting.poll(IDLE * 1000)


def _faults() -> int:
    """How many pages this process has touched for the first time, or again after they were given back."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
