"""How a job can end badly, as errors: what a worker said, or what it died of."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any, Final

from ics_graph.errors import (
    BadQuery,
    IcsGraphError,
    InvalidData,
    InvalidParameter,
    MemoryExceeded,
    MissingData,
    QueryTimeout,
    TooLarge,
    WorkerLost,
)

_NEAR_THE_LIMIT: Final = 0.8


def error_from(described: Mapping[str, Any]) -> IcsGraphError:
    """The error that a worker or the template described (``ics_graph.workers.worker.describe``)."""
    kind, message, hint = described["error"], described.get("message", ""), described.get("hint")
    if kind == BadQuery.kind:
        return BadQuery(message, line=described["line"], column=described["column"], hint=hint)
    if kind == InvalidParameter.kind:
        return InvalidParameter(described["parameter"], message, hint=hint)
    if kind == TooLarge.kind:
        return TooLarge(message, setting=described["setting"], hint=hint)
    if kind == MemoryExceeded.kind:
        return _memory_exceeded()
    for plain in (MissingData, InvalidData):
        if kind == plain.kind:
            return plain(message, hint=hint)
    return WorkerLost("The engine failed on this query, and its worker was replaced.", hint=_RETRY)


def too_late(allowed: float) -> QueryTimeout:
    """The error of a query that was stopped after ``allowed`` seconds."""
    return QueryTimeout(
        f"The query was stopped after {allowed:g} s.",
        setting="query_deadline",
        hint="Ask for less at once: name a body or an area, or add a LIMIT.",
    )


def error_of_death(status: int | None, grown: int, memory: int, deadline: float, *, late: bool) -> IcsGraphError:
    """The error for a worker that ended under a job.

    ``status`` is that of wait(2), or ``None`` where it is not known; ``grown`` is by how many
    bytes its memory grew and ``memory`` by how many it might. An allocation that fails aborts the engine (SIGABRT);
    a stack that is used up is a segmentation fault.
    """
    number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else 0
    if number == signal.SIGABRT or (number == signal.SIGKILL and grown > _NEAR_THE_LIMIT * memory):
        return _memory_exceeded()
    if number in {signal.SIGSEGV, signal.SIGBUS}:
        return TooLarge(
            "The engine ran out of stack on this query: it is nested too deeply, or chains too many parts.",
            setting="query_nesting",
            hint="Use fewer brackets inside one another, and VALUES or IN instead of long chains.",
        )
    if number == signal.SIGALRM and late:
        return QueryTimeout(f"The query was stopped after {deadline:g} s.", setting="query_deadline")
    return WorkerLost("The worker that evaluated this query died, and was replaced.", hint=_RETRY)


def _memory_exceeded() -> MemoryExceeded:
    return MemoryExceeded(
        "The query needed more memory than a worker may take.",
        setting="query_memory",
        hint="Sort, group or join fewer rows at once.",
    )


_RETRY: Final = "Ask again; if it happens once more, the query may be at fault."
