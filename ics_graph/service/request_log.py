"""The log: a line of JSON for each request and each event, on stderr.

Lines are written by a thread of their own. A reader that stands still - a full pipe, a stopped terminal - never holds
up an answer: once too many lines wait, further ones are counted instead of kept.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from datetime import UTC, datetime
from functools import lru_cache
from time import perf_counter, sleep, time
from typing import Any, Final

from ics_graph.service.record import RequestRecord, described_query
from ics_graph.settings import LOG_LEVELS

MOST_WAITING: Final = 20_000
_SECONDS_BETWEEN_WRITES: Final = 0.1
_SECONDS_TO_FINISH: Final = 0.5
_SHORTEST_DATASET: Final = 12
_LIMIT_STATUSES: Final = frozenset({408, 413, 503})


class LineWriter:
    """Writes lines to a file descriptor from a thread of its own."""

    def __init__(self, descriptor: int, most_waiting: int = MOST_WAITING) -> None:
        self._descriptor = descriptor
        self._most = most_waiting
        self._lines: deque[str] = deque()
        self._wake = threading.Event()
        self._ended = False
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="ics-graph log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Have a line written soon; never waits."""
        if len(self._lines) >= self._most:
            self.dropped += 1
            return
        self._lines.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> bool:
        """Write what is left; false where nobody takes it in time."""
        self._ended = True
        self._wake.set()
        self._thread.join(_SECONDS_TO_FINISH)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            ended = self._ended
            while self._lines:
                # Many lines go out in one call: a call for each would cost more than the line.
                taken = [self._lines.popleft() for _ in range(min(len(self._lines), 1000))]
                if not self._put(("\n".join(taken) + "\n").encode("utf-8", "replace")):
                    return
            if ended:
                return
            # Between writes lines gather.
            sleep(_SECONDS_BETWEEN_WRITES)

    def _put(self, content: bytes) -> bool:
        while content:
            try:
                content = content[os.write(self._descriptor, content) :]
            except BlockingIOError:
                sleep(_SECONDS_BETWEEN_WRITES)
            except OSError:
                return False
        return True


class RequestLog:
    """Lines about requests and events, down to a level. ``query_length`` is the longest query written as text."""

    def __init__(self, writer: LineWriter, level: str, query_length: int = 0) -> None:
        self._writer = writer
        self._taken = frozenset(LOG_LEVELS[1 : LOG_LEVELS.index(level) + 1])
        self._query_length = query_length

    @property
    def dropped(self) -> int:
        """Lines that nobody took in time."""
        return self._writer.dropped

    def takes(self, level: str) -> bool:
        """Whether lines of this level are written."""
        return level in self._taken

    def request(self, record: RequestRecord) -> None:
        """Write the line of a request that has ended."""
        level = _level_of(record)
        if not self.takes(level):
            return
        # By hand, since this runs for every request: all of these are numbers or words of ours.
        parts = [
            f'{{"time":"{_now()}","level":"{level}","event":"request","id":"{record.id}","method":"{record.method}",'
            f'"route":"{record.template()}","status":{record.status or "null"},'
            f'"ms":{(perf_counter() - record.started) * 1000:.1f},"bytes":{record.bytes},'
            f'"dataset":"{record.dataset[:_SHORTEST_DATASET]}"'
        ]
        if record.problem is not None:
            parts.append(f'"problem":"{record.problem}"')
        if record.limit is not None:
            parts.append(f'"limit":{json.dumps(record.limit)}')
        if record.cache is not None:
            parts.append(f'"cache":{json.dumps(record.cache)}')
        if record.query is not None:
            parts.append(f'"query":{_query(record.query, self._query_length)}')
        self._writer.write(",".join(parts) + "}")

    def event(self, event: str, level: str = "info", **members: Any) -> None:
        """Write a line about something else than a request: a start, a reload, a fault."""
        if self.takes(level):
            # Escaped down to ASCII, so that no control character reaches a terminal.
            content = {"time": _now(), "level": level, "event": event, **members}
            self._writer.write(json.dumps(content, separators=(",", ":")))

    def close(self) -> bool:
        """Write what is left; false where nobody reads the log any more."""
        return self._writer.close()


class LogHandler(logging.Handler):
    """Brings what libraries and this package log (faults, mostly) into the same lines."""

    def __init__(self, log: RequestLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record. What it was raised with is left out: its words may be the client's."""
        level = "error" if record.levelno >= logging.ERROR else "warning"
        members = {"logger": record.name, "message": record.getMessage()[:20_000]}
        if record.exc_info and record.exc_info[0] is not None:
            members["exception"] = record.exc_info[0].__name__
        self._log.event("message", level, **members)


def _level_of(record: RequestRecord) -> str:
    if record.status == 500:
        return "error"
    return "warning" if record.limit is not None or record.status in _LIMIT_STATUSES else "info"


def _query(text: str | bytes, longest: int) -> str:
    return json.dumps(described_query(text, longest), separators=(",", ":"))


def _now() -> str:
    """The time in UTC, to the millisecond (RFC 3339)."""
    now = time()
    seconds = int(now)
    return f"{_second(seconds)}.{int((now - seconds) * 1000):03d}Z"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
