"""What runs beside the answers: counters, readiness, reloading, the trace; one of each for an application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import Scope

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.metrics import QUERY_POOL, MetricSources, RequestCounts
from ics_graph.service.opened import Holder, OpenedGraph
from ics_graph.service.readiness import Readiness
from ics_graph.service.reloading import Reloader
from ics_graph.service.request_log import RequestLog
from ics_graph.service.tracing import request_tracer
from ics_graph.settings import Settings


class Operation:
    """The parts. ``reopen`` gives the graph as it is on the disk, ``prepare`` makes a graph ready to answer."""

    def __init__(
        self,
        holder: Holder,
        reopen: Callable[[], GovernanceGraph],
        prepare: Callable[[GovernanceGraph], OpenedGraph],
        log: RequestLog | None,
    ) -> None:
        settings: Settings = holder.settings
        self._holder = holder
        self.log = log
        self.counts = RequestCounts()
        self.caches: dict[str, object] = {}
        """What keeps answers, by name; each counts ``hits``, ``misses`` and ``bytes``."""
        self.readiness = Readiness(holder)
        self.reloader = Reloader(holder, reopen, prepare, self.counts, log)
        self.tracer = request_tracer(settings)
        self.sources = MetricSources(
            dataset=self._dataset,
            ready=lambda: self.readiness.ready,
            pools=self._pools,
            caches=lambda: self.caches,
            kills_before=self.reloader.kills_before,
            dropped_lines=lambda: 0 if log is None else log.dropped,
        )

    def close(self) -> None:
        """Send what is left of the trace."""
        if self.tracer is not None:
            self.tracer.close()

    def _dataset(self) -> str | None:
        opened = self._holder.current
        return None if opened is None else opened.graph.snapshot.manifest.dataset

    def _pools(self) -> Mapping[str, object]:
        opened, validation = self._holder.current, self._holder.validation
        found = {
            QUERY_POOL: _statistics(None if opened is None else opened.sparql),
            "validate": _statistics(None if validation is None else validation.validator),
        }
        return {name: statistics for name, statistics in found.items() if statistics is not None}


def _statistics(part: object | None) -> object | None:
    """What a pool counts; ``None`` where it counts nothing."""
    counted: Any = getattr(part, "statistics", None)
    found: object | None = counted() if callable(counted) else None
    return found


def operation_of(scope: Scope) -> Operation:
    """The operation of the application that a request came to."""
    operation: Operation = scope["app"].state.operation
    return operation
