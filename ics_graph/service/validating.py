"""Validation for the service: a pool of workers of its own, and what they say in the words of this route.

Nothing that a request brings is parsed or evaluated in the process of the service.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ics_graph.errors import (
    Busy,
    IcsGraphError,
    InvalidData,
    MemoryExceeded,
    NothingChecked,
    Position,
    QueryTimeout,
    TooLarge,
    Unavailable,
    WorkerLost,
)
from ics_graph.loading.sources import syntax_of
from ics_graph.service.validate_request import PostedGraph, PostedGraphs
from ics_graph.settings import Settings
from ics_graph.store.layout import input_files
from ics_graph.workers.handles import Cancellation, Statistics
from ics_graph.workers.messages import GraphSource
from ics_graph.workers.pool import WorkerPool

MODULE: Final = "ics_graph.validation.worker_job"
"""The module that brings the kind of job; only worker processes import it."""
_ELSEWHERE: Final = "Send less at once, or validate on your own machine: ics-graph validate."


class Validator:
    """Validates posted graphs in worker processes; threads may share one. Close it, or the processes stay."""

    def __init__(self, settings: Settings) -> None:
        """Begin to start the processes; nobody waits for them before the first validation."""
        self._settings = settings
        limits = replace(
            settings, query_deadline=settings.validate_deadline, query_queue=max(settings.validate_queue, 1)
        )
        starter = ThreadPoolExecutor(1, "ics-graph validator")
        self._pool: Future[WorkerPool] = starter.submit(WorkerPool, GraphSource(), limits, modules=(MODULE,))
        starter.shutdown(wait=False)

    def validate(
        self,
        graphs: PostedGraphs,
        *,
        on: date,
        all_dates: bool,
        form: str,
        cancellation: Cancellation | None = None,
    ) -> bytes:
        """The report on posted graphs in one of the forms of :mod:`ics_graph.validation.reports`. Blocks.

        ``cancellation`` calls it off, as when nobody is left to be answered.

        Raises InvalidData (with the part and the place in it), NothingChecked, a LimitReached that names the setting,
        WorkerLost or Unavailable.
        """
        payload = {
            "data": _parts(graphs.data),
            "shapes": _parts(graphs.shapes),
            "shipped_shapes": [] if graphs.shapes else self._shapes,
            "ontology": self._ontology,
            "on": on.isoformat(),
            "all_dates": all_dates,
            "form": form,
            "most_triples": self._settings.validate_triples,
            "most_shapes": self._settings.validate_shapes,
            "most_bytes": self._settings.query_bytes,
        }
        try:
            header, body = self._started().run("validate", payload, cancellation=cancellation)
        except IcsGraphError as error:
            raise self._of_validation(error) from None
        if "refused" in header:
            raise _refusal(header["refused"])
        return body

    def _started(self) -> WorkerPool:
        fault = self._pool.exception()
        if fault is not None:
            raise Unavailable("Validation is not available in this service: its processes could not be started.")
        return self._pool.result()

    def statistics(self) -> Statistics | None:
        """What the pool counts; ``None`` until it has started."""
        if not self._pool.done() or self._pool.exception() is not None:
            return None
        return self._pool.result().statistics()

    def reread(self) -> None:
        """Read the shapes and the ontology anew before the next validation."""
        for name in ("_shapes", "_ontology"):
            self.__dict__.pop(name, None)

    def close(self) -> None:
        """End the processes."""
        if self._pool.exception() is None:
            self._pool.result().close()

    @cached_property
    def _shapes(self) -> list[dict[str, str]]:
        return _files(self._settings.shapes)

    @cached_property
    def _ontology(self) -> list[dict[str, str]]:
        return _files(self._settings.ontology)

    def _of_validation(self, error: IcsGraphError) -> IcsGraphError:
        """What happened to a worker, told of a validation and not of a query."""
        if isinstance(error, QueryTimeout):
            text = f"The validation was stopped after {self._settings.validate_deadline:g} s."
            return QueryTimeout(text, setting="validate_deadline", hint=_ELSEWHERE)
        if isinstance(error, MemoryExceeded):
            text = "The validation needed more memory than a worker may take."
            return MemoryExceeded(text, setting="query_memory", hint=_ELSEWHERE)
        if isinstance(error, Busy):
            return busy()
        if isinstance(error, TooLarge):
            # A worker whose stack is used up.
            return TooLarge("The shapes or the data are nested too deeply.", setting=error.setting, hint=_ELSEWHERE)
        if isinstance(error, WorkerLost):
            text = "The validation failed, and its worker was replaced."
            return WorkerLost(text, hint="Ask again; if it happens once more, please report what you sent.")
        return error


def busy() -> Busy:
    """The error where as many requests wait as may."""
    text = "As many validations are waiting as may; ask again in a moment."
    return Busy(text, setting="validate_queue")


def _refusal(refused: Mapping[str, Any]) -> IcsGraphError:
    """The error that a worker described (``ics_graph.validation.worker_job``)."""
    kind, message, hint = refused["kind"], refused["message"], refused["hint"]
    if kind == NothingChecked.kind:
        return NothingChecked(message, hint=hint or "Does any shape have a target in the data?")
    if kind == TooLarge.kind:
        return TooLarge(message, setting=refused["setting"], hint=hint)
    if kind != InvalidData.kind:
        return WorkerLost(f"The validation failed: {message}", hint=hint)
    if refused["place"] is None:
        return InvalidData(message, hint=hint)
    # A problem document has a line and a column; which part they are of stands in the sentence.
    file, line, column = refused["place"]
    return InvalidData(f"{file}: {message}", position=Position(file, line, column), hint=hint)


def _parts(graphs: Iterable[PostedGraph]) -> list[dict[str, str]]:
    return [_part(graph.name, graph.syntax.media_type, graph.content) for graph in graphs]


def _files(folder: Path) -> list[dict[str, str]]:
    """The files of a folder of ours, named from the folder on: where it stands on this machine is nobody's business."""
    return [
        _part(f"{folder.name}/{path.relative_to(folder).as_posix()}", syntax_of(path).media_type, path.read_bytes())
        for path in input_files(folder)
    ]


def _part(name: str, syntax: str, content: bytes) -> dict[str, str]:
    return {"name": name, "syntax": syntax, "content": base64.b64encode(content).decode("ascii")}
