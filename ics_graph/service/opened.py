"""What the service answers from: one opened graph with its SPARQL evaluator, replaced as a whole.

A request takes the opened graph once, at its beginning, and asks nothing else of the holder: so none mixes two
versions of the dataset, and a new one can be put in its place while requests run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.types import Scope

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.validating import Validator
from ics_graph.settings import Settings
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.workers.handles import Cancellation


class SparqlAnswer(Protocol):
    """A whole answer to a query, as bytes."""

    @property
    def body(self) -> bytes:
        """The serialised rows, truth value or triples."""

    @property
    def media_type(self) -> str:
        """The media type of the body."""


class SparqlEvaluator(Protocol):
    """What evaluates queries from outside, in processes that can be killed. Threads share one."""

    def evaluate(
        self, query: str, view: View, *, solutions: str, graphs: str, cancellation: Cancellation
    ) -> SparqlAnswer:
        """The answer to ``query`` on the day graph of ``view``.

        Rows and truth values come in the media type ``solutions``, triples in ``graphs``. Raises BadQuery,
        UpdateRefused, InvalidParameter, a LimitReached, or JobCancelledError once ``cancellation`` was asked for.
        """

    def close(self) -> None:
        """End the processes; queries that run raise Unavailable. May be called twice."""


SparqlFactory = Callable[[Snapshot, Settings], SparqlEvaluator | None]


@dataclass(frozen=True, slots=True)
class OpenedGraph:
    """A graph that is ready to answer. ``sparql`` is ``None`` where no evaluator could be had."""

    graph: GovernanceGraph
    sparql: SparqlEvaluator | None


@dataclass(frozen=True, slots=True)
class Validation:
    """What ``/validate`` answers with. ``limiter`` counts the threads that may run and wait."""

    validator: Validator
    limiter: CapacityLimiter


class Holder:
    """The settings of a service, the opened graph of the moment, and the processes that validate."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.current: OpenedGraph | None = None
        self.validation: Validation | None = None

    def opened(self) -> OpenedGraph:
        """The opened graph. Raises RuntimeError before the application has started: servers wait for that."""
        if self.current is None:
            raise RuntimeError("the application has not been started")
        return self.current

    def validating(self) -> Validation:
        """What validates. Raises RuntimeError before the application has started."""
        if self.validation is None:
            raise RuntimeError("the application has not been started")
        return self.validation

    def stop(self) -> None:
        """End what evaluates and validates, at once: jobs that run or wait raise Unavailable. Blocks; see ``close``."""
        opened, validation = self.current, self.validation
        if opened is not None and opened.sparql is not None:
            opened.sparql.close()
        if validation is not None:
            validation.validator.close()


def holder_of(scope: Scope) -> Holder:
    """The holder of the application that a request came to."""
    app: FastAPI = scope["app"]
    holder: Holder = app.state.holder
    return holder
