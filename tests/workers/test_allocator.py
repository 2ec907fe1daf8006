"""What a process has freed goes back to the system while it waits, and nobody waits for that."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from time import monotonic

import pytest

from ics_graph.workers import allocator

PIECES = 20_000


def taken() -> int:
    """Bytes that this process has taken from the system."""
    found = re.search(r"^RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) << 10


def free_much() -> list[bytes]:
    """Free some tens of megabytes, but for some pieces in between."""
    return [bytes(2000) for _ in range(PIECES)][:: PIECES // 10]


def test_only_what_has_been_touched_is_looked_for() -> None:
    freed = allocator.Freed()
    assert not freed.much()
    free_much()
    assert freed.much()
    freed.give_back()
    assert not freed.much()


def test_it_is_given_back_when_nothing_comes_and_not_when_something_does(monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = socket.socketpair()
    with own, other:
        freed = allocator.Freed()
        some = free_much()
        other.send(b"a job")
        began = monotonic()
        assert not freed.is_idle(own), "the job comes first"
        assert monotonic() - began < allocator.IDLE
        assert freed.touched() > len(some) * 2000
        own.recv(100)
        monkeypatch.setattr(allocator, "IDLE", 0.01)
        before = taken()
        assert freed.is_idle(own)
        freed.give_back()
        assert not freed.much()
        assert not freed.is_idle(own)
        assert taken() < before or len(some) == 0
