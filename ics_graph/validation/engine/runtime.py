"""How Python is set while the engine works: no cycle collector, and no endless recursion."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from ics_graph.errors import InvalidData


@contextmanager
def bounded_depth() -> Iterator[None]:
    """Shapes and paths nested some hundred levels deep are refused, not followed until Python gives up."""
    try:
        yield
    except RecursionError:
        raise InvalidData("The shapes are nested too deeply.") from None


@contextmanager
def no_cycle_collection() -> Iterator[None]:
    """Switch Python's cycle collector off: a run makes millions of lists and no cycles.

    At 2.8 million triples each full pass of the collector walks all of them, a third of the whole time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
