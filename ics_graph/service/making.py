"""How many threads of an application make answers about the graph at the same time."""

from __future__ import annotations

from typing import Final

from anyio import CapacityLimiter
from starlette.applications import Starlette

MAKERS: Final = 4
"""Threads that make answers at the same time: more would only take turns at the interpreter's lock."""


def makers_of(app: Starlette) -> CapacityLimiter:
    """Counts the threads that make answers; it belongs to the event loop in which it is first asked for."""
    state = app.state
    if not hasattr(state, "makers"):
        state.makers = CapacityLimiter(MAKERS)
    limiter: CapacityLimiter = state.makers
    return limiter
