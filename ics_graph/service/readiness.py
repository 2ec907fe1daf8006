"""Whether the service is ready: its workers have answered a query, and do so whenever they are asked again."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

import anyio.to_thread

from ics_graph.errors import IcsGraphError, LimitReached
from ics_graph.service.opened import Holder, OpenedGraph
from ics_graph.store.snapshot import View
from ics_graph.temporal.dates import today

_QUESTION: Final = "ASK {}"
_SECONDS_BETWEEN: Final = 5.0
_SECONDS_AFTER_FAILURE: Final = 0.5
_RESULTS: Final = "application/sparql-results+json"


def ask_workers(opened: OpenedGraph) -> None:
    """Have a worker answer the smallest query. Blocks; raises what the evaluator raises where none answers.

    Raises RuntimeError where there is no evaluator.
    """
    if opened.sparql is None:
        raise RuntimeError("there is no evaluator of queries")
    opened.sparql.evaluate(_QUESTION, View(today()), solutions=_RESULTS, graphs="text/turtle")


class Readiness:
    """What ``/readyz`` says. Workers that are busy have answered before, and so stay ready."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder
        self._answered = False
        self._asked_at = 0.0
        self._asking: asyncio.Task[None] | None = None
        self.reason = "No worker has answered yet."

    @property
    def ready(self) -> bool:
        """Whether requests may be sent here."""
        return self._answered and not self._holder.stopped and self._holder.current is not None

    def look(self) -> None:
        """Have the workers asked, in the background, if that is due. In the event loop only."""
        pause = _SECONDS_BETWEEN if self._answered else _SECONDS_AFTER_FAILURE
        if self._asking is None and monotonic() - self._asked_at >= pause:
            self._asked_at = monotonic()
            self._asking = asyncio.create_task(self._ask())

    async def watch(self) -> None:
        """Ask until the workers have answered once: nobody has to call ``look`` for that."""
        while not self._answered:
            self.look()
            await asyncio.sleep(0.05)

    async def _ask(self) -> None:
        try:
            opened = self._holder.current
            if opened is not None:
                await anyio.to_thread.run_sync(ask_workers, opened)
                self._answered = True
        except LimitReached:
            # All are busy with what others asked: they live.
            pass
        except (IcsGraphError, RuntimeError) as error:
            if opened is self._holder.current:
                self._answered = False
                self.reason = error.message if isinstance(error, IcsGraphError) else "There are no workers."
        finally:
            self._asked_at = monotonic()
            self._asking = None
