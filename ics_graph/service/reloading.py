"""Moving to a new version of the dataset while requests run.

What is new is built in another process, opened, and asked a query before anything changes; then it takes the place of
the old in one step. Requests that have begun keep the old one, whose processes end after the last of them. Whatever
fails on the way leaves the old one in its place.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import anyio.to_thread

from ics_graph.errors import IcsGraphError
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.metrics import RequestCounts
from ics_graph.service.opened import Holder, InUse, OpenedGraph
from ics_graph.service.readiness import ask_workers
from ics_graph.service.request_log import RequestLog
from ics_graph.settings import Settings

_FOLDERS: Final = re.compile(r"(?<![/:\w])(?:/[^/\s:]+)+/(?=[^/\s:])")
_LOOKS_EVERY: Final = 0.05
_SLOWEST_BODY: Final = 64 << 10
"""Bytes of a body for which a client has a second more (``ics_graph.service.front``)."""
_MARGIN: Final = 5.0


class ReloadRefused(IcsGraphError):  # noqa: N818 - named as the tree of errors is
    """The new version cannot be served; the old one goes on."""

    kind = "reload-refused"


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload did: the version before and the version now (the same where nothing had changed)."""

    previous: str
    dataset: str

    @property
    def swapped(self) -> bool:
        """Whether another version is served now."""
        return self.previous != self.dataset


class Reloader:
    """Reloads, one at a time. ``reopen`` gives the graph as it is on the disk, ``prepare`` makes it ready to answer."""

    def __init__(
        self,
        holder: Holder,
        reopen: Callable[[], GovernanceGraph],
        prepare: Callable[[GovernanceGraph], OpenedGraph],
        counts: RequestCounts,
        log: RequestLog | None,
    ) -> None:
        self._holder = holder
        self._reopen = reopen
        self._prepare = prepare
        self._counts = counts
        self._log = log
        self._turn = asyncio.Lock()
        self._leaving: dict[asyncio.Task[None], OpenedGraph] = {}
        self._kills: Counter[str] = Counter()

    async def reload(self) -> Reloaded:
        """Move to what is on the disk. Raises ReloadRefused where that cannot be served."""
        async with self._turn:
            before = self._holder.in_use
            if before is None or self._stopping():
                raise ReloadRefused("The service is stopping.")
            previous = before.opened.graph.snapshot.manifest.dataset
            begun = monotonic()
            try:
                opened = await anyio.to_thread.run_sync(self._open, before.opened)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with the new version, the old one goes on
                raise self._refused(error, previous) from None
            if self._holder.validation is not None:
                # Shapes are no part of the dataset's version: they may have changed alone.
                self._holder.validation.validator.reread()
            if opened is None:
                self._counts.reloads["unchanged"] += 1
                self._say("reload", result="unchanged", dataset=previous)
                return Reloaded(previous, previous)
            if self._stopping():
                await anyio.to_thread.run_sync(_end, opened)
                raise ReloadRefused("The service is stopping.")
            self._holder.current = opened
            self._leave(before)
            dataset = opened.graph.snapshot.manifest.dataset
            self._counts.reloads["swapped"] += 1
            seconds = round(monotonic() - begun, 3)
            self._say("reload", result="swapped", dataset=dataset, previous=previous, seconds=seconds)
            return Reloaded(previous, dataset)

    def kills_before(self) -> Counter[str]:
        """Workers that were ended in the pools of earlier versions, by limit."""
        found = Counter(self._kills)
        for opened in list(self._leaving.values()):
            found.update(_kills(opened))
        return found

    async def close(self) -> None:
        """Wait for the versions that are on their way out: their processes are ended at once."""
        for task in list(self._leaving):
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _stopping(self) -> bool:
        return self._holder.stopped

    def _open(self, before: OpenedGraph) -> OpenedGraph | None:
        """The graph on the disk, ready and tried; ``None`` where it is the one that is served."""
        graph = self._reopen()
        if graph.snapshot.manifest.dataset == before.graph.snapshot.manifest.dataset:
            return None
        opened = self._prepare(graph)
        try:
            if opened.sparql is not None:
                ask_workers(opened)
        except BaseException:
            _end(opened)
            raise
        return opened

    def _refused(self, error: Exception, previous: str) -> ReloadRefused:
        self._counts.reloads["refused"] += 1
        ours = isinstance(error, IcsGraphError)
        reason = str(error) if ours else f"it cannot be opened ({type(error).__name__})"
        hint = error.hint if isinstance(error, IcsGraphError) else "Build it anew: ics-graph build."
        self._say("reload", "error", result="refused", dataset=previous, reason=reason)
        # Where files stand on this machine is for the log; their names and the places in them are for who asked.
        told = _FOLDERS.sub("", reason)
        return ReloadRefused(f"The new version was refused, and dataset {previous[:12]} goes on: {told}", hint=hint)

    def _say(self, event: str, level: str = "info", **members: object) -> None:
        if self._log is not None:
            self._log.event(event, level, **members)

    def _leave(self, before: InUse) -> None:
        task = asyncio.create_task(self._end_after_last(before))
        self._leaving[task] = before.opened
        task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._kills.update(_kills(self._leaving.pop(task)))

    async def _end_after_last(self, before: InUse) -> None:
        """End the processes of a version once no request needs them."""
        until = monotonic() + longest_request(self._holder.settings)
        try:
            while not before.give_up(at_once=monotonic() >= until):
                await asyncio.sleep(_LOOKS_EVERY)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_end, before.opened)


def longest_request(settings: Settings) -> float:
    """Seconds after which no request that has begun can still need its workers: until its body is there, and theirs."""
    return settings.request_timeout + settings.request_bytes / _SLOWEST_BODY + settings.query_deadline + _MARGIN


def _kills(opened: OpenedGraph) -> Mapping[str, int]:
    """What the pool of a version counts; nothing where it counts nothing."""
    counted: Any = getattr(opened.sparql, "statistics", None)
    found: Mapping[str, int] = counted().kills if callable(counted) else {}
    return found


def _end(opened: OpenedGraph) -> None:
    if opened.sparql is not None:
        opened.sparql.close()
