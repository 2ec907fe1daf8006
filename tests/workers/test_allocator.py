"""What a process has freed goes back to the system while it waits, and nobody waits for that."""

from __future__ import annotations

import mmap
import socket
import subprocess
import sys
import threading
from time import monotonic

import pytest

from ics_graph.workers import allocator

MUCH = 4 << 20

GIVEN_BACK = """
import re
from pathlib import Path
from ics_graph.workers import allocator

def taken():
    found = re.search(r"^RssAnon:\\s+(\\d+) kB", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    return int(found[1])

kept = [bytes(2000) for _ in range(20_000)][:: 2_000]
before = taken()
allocator.give_back()
print(before, taken())
"""


def touch_much() -> None:
    """Touch pages that this process has never had: what it takes from its heap it may have had before."""
    with mmap.mmap(-1, MUCH) as pages:
        if hasattr(mmap, "MADV_NOHUGEPAGE"):
            pages.madvise(mmap.MADV_NOHUGEPAGE)
        pages.write(bytes([1]) * MUCH)


def test_only_what_has_been_touched_is_looked_for() -> None:
    freed = allocator.Freed()
    touch_much()
    assert freed.much()
    assert freed.touched() >= MUCH
    freed.give_back()
    assert not freed.much()
    assert freed.touched() >= MUCH


def test_a_worker_is_idle_when_nothing_comes_and_not_when_something_does(monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = socket.socketpair()
    with own, other:
        freed = allocator.Freed()
        touch_much()
        other.send(b"a job")
        began = monotonic()
        assert not freed.is_idle(own), "the job comes first"
        assert monotonic() - began < allocator.IDLE
        own.recv(100)
        monkeypatch.setattr(allocator, "IDLE", 0.01)
        assert freed.is_idle(own)


@pytest.mark.skipif(allocator._LIBRARY is None, reason="the C library is not glibc")
def test_what_was_freed_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", GIVEN_BACK], check=True, capture_output=True, text=True)
    before, after = map(int, done.stdout.split())
    assert after < before - 10_000


def test_what_is_called_apart_gives_its_result_or_its_error_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    assert allocator.apart(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        allocator.apart(divmod, 7, 0)
    # A process is forked after it, which other threads would not survive.
    assert set(threading.enumerate()) <= before
