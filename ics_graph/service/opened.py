"""What the service answers from: one opened graph with its SPARQL evaluator, replaced as a whole.

A request takes the opened graph once, at its beginning, and asks nothing else of the holder: so none mixes two
versions of the dataset, and a new one can be put in its place while requests run.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.types import Scope

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.record import record_of
from ics_graph.service.validating import Validator
from ics_graph.settings import Settings
from ics_graph.store.dataset import DatasetChoice
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.workers.handles import Cancellation
from ics_graph.workers.messages import QueryAnswer, QueryJob

if TYPE_CHECKING:
    from ics_graph.service.sparql_preparing import Preparation


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

    def job(
        self,
        query: str,
        view: View,
        *,
        solutions: str,
        graphs: str,
        substitutions: Mapping[str, str] | None = None,
        dataset: DatasetChoice | None = None,
    ) -> QueryJob:
        """What is to be done to answer ``query`` on the graphs of ``dataset``, else on the day graph of ``view``.

        Rows and truth values come in the media type ``solutions``, triples in ``graphs``; ``substitutions`` binds
        variables to terms in N-Triples syntax. Raises BadQuery, UpdateRefused, TooLarge or InvalidParameter.
        """

    def jobs(
        self, view: View, *, solutions: str, graphs: str, dataset: DatasetChoice | None = None
    ) -> Callable[[str], QueryJob]:
        """The same for many queries that have all the rest in common: what is given raises as ``job``."""

    async def answer(
        self, job: QueryJob, cancellation: Cancellation | None = None, *, arrived: float | None = None
    ) -> QueryAnswer:
        """The whole answer to a job; its deadline counts from ``arrived`` (monotonic clock), now unless given.

        Raises a LimitReached, or JobCancelledError once ``cancellation`` was asked for.
        """

    def evaluate(self, query: str, view: View, *, solutions: str, graphs: str) -> SparqlAnswer:
        """The same for a thread, which waits for it."""

    def close(self) -> None:
        """End the processes; queries that run raise Unavailable. May be called twice."""


SparqlFactory = Callable[[Snapshot, Settings], SparqlEvaluator | None]


@dataclass(frozen=True, slots=True)
class OpenedGraph:
    """A graph that is ready to answer. ``sparql`` is ``None`` where no evaluator could be had."""

    graph: GovernanceGraph
    sparql: SparqlEvaluator | None
    preparations: dict[Hashable, Preparation] = field(default_factory=dict, compare=False, repr=False)
    """See ``ics_graph.service.sparql_preparing``, which alone uses it, in the event loop."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What ``/validate`` answers with. ``limiter`` counts the threads that may run and wait."""

    validator: Validator
    limiter: CapacityLimiter


class InUse:
    """An opened graph and how many requests answer from it."""

    def __init__(self, opened: OpenedGraph) -> None:
        self.opened = opened
        self._requests = 0
        self._given_up = False
        self._lock = Lock()

    def begin(self) -> bool:
        """Count a request that answers from it; false where it has been given up in the meantime."""
        with self._lock:
            if not self._given_up:
                self._requests += 1
            return not self._given_up

    def end(self) -> None:
        """Count one that did no more."""
        with self._lock:
            self._requests -= 1

    def give_up(self, *, at_once: bool = False) -> bool:
        """Take no further request, if none is under way (``at_once``: whether or not); says whether that is so now."""
        with self._lock:
            self._given_up = self._given_up or at_once or self._requests == 0
            return self._given_up


class Holder:
    """The settings of a service, the opened graph of the moment, and the processes that validate."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.in_use: InUse | None = None
        self.validation: Validation | None = None
        self.stopped = False

    @property
    def current(self) -> OpenedGraph | None:
        """The opened graph of the moment, if there is one."""
        return None if self.in_use is None else self.in_use.opened

    @current.setter
    def current(self, opened: OpenedGraph | None) -> None:
        self.in_use = None if opened is None else InUse(opened)

    def opened(self) -> OpenedGraph:
        """The opened graph of the moment. Requests ask :func:`holder_of` instead, which keeps to one for each.

        Raises RuntimeError before the application has started: servers wait for that.
        """
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
        self.stopped = True
        opened, validation = self.current, self.validation
        if opened is not None and opened.sparql is not None:
            opened.sparql.close()
        if validation is not None:
            validation.validator.close()


class RequestHolder:
    """The holder as one request sees it: whatever happens meanwhile, it answers from one opened graph."""

    def __init__(self, holder: Holder, scope: Scope) -> None:
        self._holder = holder
        self._scope = scope
        self.settings = holder.settings

    def opened(self) -> OpenedGraph:
        """The opened graph of this request: that of the moment in which it first asked."""
        record = record_of(self._scope)
        if record is None:
            return self._holder.opened()
        while record.in_use is None:
            in_use = self._holder.in_use
            if in_use is None:
                return self._holder.opened()  # which says what is wrong
            # A graph that is given up between these lines has been replaced by another.
            if in_use.begin():
                record.in_use = in_use
                record.dataset = in_use.opened.graph.snapshot.manifest.dataset
        return record.in_use.opened

    def validating(self) -> Validation:
        """What validates."""
        return self._holder.validating()


def holder_of(scope: Scope) -> RequestHolder:
    """The holder of the application that a request came to, for this request."""
    app: FastAPI = scope["app"]
    holder: Holder = app.state.holder
    return RequestHolder(holder, scope)
