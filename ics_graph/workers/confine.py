"""What a worker process takes from itself before it reads a foreign query: files, sockets, memory, the terminal.

Resource limits hold on every POSIX system. On Linux come the parent's death as a signal, and a filter (seccomp) under
which no socket can be made; where the kernel refuses one of these, the others hold.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import struct
import sys
from pathlib import Path
from typing import Final

STACK: Final = 64 << 20
"""Stack of a worker in bytes: the engine recurses, and with the usual 8 MB dies on a query nested 1,000 deep."""

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_DENY_WITH_EPERM: Final = 0x00050001
_ARCHITECTURES: Final = {
    # Machine: (number of the architecture, system calls socket and socketpair); linux/audit.h and the call tables.
    "x86_64": (0xC000003E, (41, 53)),
    "aarch64": (0xC00000B7, (198, 199)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _control(*arguments: object) -> bool:
    """Call prctl(2) on Linux; false where there is none or it refuses."""
    if sys.platform != "linux":
        return False
    padded = (*arguments, 0, 0, 0, 0)[:5]
    try:
        return int(ctypes.CDLL(None).prctl(*padded)) == 0
    except (OSError, AttributeError):
        return False


def die_with_parent(signal_number: int) -> bool:
    """Have the kernel send this process a signal when the thread that started it ends; 0 takes it back."""
    return _control(_PR_SET_PDEATHSIG, signal_number)


def refuse_sockets() -> bool:
    """Have the kernel refuse every new socket to this process from now on; false where it cannot."""
    numbers = _ARCHITECTURES.get(os.uname().machine)
    if numbers is None or sys.platform != "linux":
        return False
    architecture, calls = numbers

    def instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    load, jump_if_equal, give_back = 0x20, 0x15, 0x06
    program = [
        instruction(load, 4),
        instruction(jump_if_equal, architecture, 1, 0),
        instruction(give_back, _ALLOW),
        instruction(load, 0),
        instruction(jump_if_equal, calls[0], 2, 0),
        instruction(jump_if_equal, calls[1], 1, 0),
        instruction(give_back, _ALLOW),
        instruction(give_back, _DENY_WITH_EPERM),
    ]
    code = ctypes.create_string_buffer(b"".join(program))
    described = _Program(len(program), ctypes.cast(code, ctypes.c_void_p))
    return _control(_PR_SET_NO_NEW_PRIVS, 1) and _control(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(described)
    )


def lower(limit: int, value: int) -> None:
    """Set a resource limit, soft and hard, to ``value`` or to what is lower already."""
    hard = resource.getrlimit(limit)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    # macOS refuses some limits; the deadline holds without them.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(limit, (value, value))


def widen_stack() -> None:
    """Let the stack of this process and of those that it forks grow to :data:`STACK`, or as far as is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
    if soft == resource.RLIM_INFINITY or soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))


def limit_memory(additional: int) -> None:
    """Let this process take ``additional`` bytes beyond what it holds now, and no more.

    An allocation past it fails, on which the engine aborts the process. The kernel is told to end workers first
    where the whole machine runs out.
    """
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()
        held, private = int(pages[0]) * resource.getpagesize(), int(pages[5]) * resource.getpagesize()
    except OSError:
        # Without /proc (macOS) what is held is not known, and the limit counts from the largest it has been.
        held = private = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Addresses are counted with the stack's, private memory without them.
    lower(resource.RLIMIT_AS, held + STACK + additional)
    lower(resource.RLIMIT_DATA, private + additional)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800", "ascii")


def limit_files(headroom: int) -> None:
    """Refuse new descriptors beyond ``headroom``, all writing to files, and core dumps."""
    first_free = os.dup(0)
    os.close(first_free)
    lower(resource.RLIMIT_NOFILE, first_free + headroom)
    lower(resource.RLIMIT_FSIZE, 0)
    lower(resource.RLIMIT_CORE, 0)


def keep_descriptors(*kept: int) -> None:
    """Close every descriptor but 0, 1, 2 and those given, which become 3, 4, ... in their order.

    With none open behind them, a limit on their number leaves no gap in which a file or socket could be opened.
    """
    count = len(kept)
    # First out of the way of one another, then to their places.
    moved = [_duplicate_above(descriptor, 3 + count) for descriptor in kept]
    for place, descriptor in enumerate(moved, start=3):
        os.dup2(descriptor, place, inheritable=False)
    os.closerange(3 + count, resource_limit_of_files())


def _duplicate_above(descriptor: int, lowest: int) -> int:
    import fcntl  # noqa: PLC0415 - needed once in the life of a worker

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)


def resource_limit_of_files() -> int:
    """One more than the highest descriptor that this process may have."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 65_536 if soft == resource.RLIM_INFINITY else min(soft, 1 << 20)
