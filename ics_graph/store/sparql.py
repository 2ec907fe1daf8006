"""SPARQL from outside over a snapshot: checked first, then run in a worker, over the graphs of the day asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import TracebackType

from ics_graph.settings import Settings
from ics_graph.store.dataset import DatasetChoice, dataset_of, is_graph
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.handles import Cancellation, Statistics
from ics_graph.workers.messages import Circumstances, GraphSource, Limits, QueryAnswer, QueryJob
from ics_graph.workers.pool import WorkerPool
from ics_graph.workers.precheck import CheckedQuery, precheck

RESULTS_JSON = "application/sparql-results+json"
TURTLE = "text/turtle"


class SparqlEndpoint:
    """Evaluates queries over one snapshot. Holds worker processes: close it, or use it as a context manager."""

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self._snapshot = snapshot
        self._settings = settings
        self._pool = WorkerPool(GraphSource(files=snapshot.query_files), settings)

    def __enter__(self) -> SparqlEndpoint:
        """The endpoint itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers."""
        self.close()

    def close(self) -> None:
        """End the workers."""
        self._pool.close()

    def job(
        self,
        query: str,
        view: View,
        *,
        solutions: str = RESULTS_JSON,
        graphs: str = TURTLE,
        substitutions: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        dataset: DatasetChoice | None = None,
    ) -> QueryJob:
        """The job that answers a query. Together with the version of the dataset it tells one answer from any other.

        The query is checked and its graphs are chosen: those of ``dataset``, else those after FROM, else the day
        graph of ``view``. ``FROM <https://w3id.org/ics-graph/as-of/D>`` in the query takes the place of the view's
        day. ``solutions`` and ``graphs`` are media types for rows or truth values and for triples; ``substitutions``
        binds variables to terms in N-Triples syntax. Raises BadQuery (with line and column), UpdateRefused,
        TooLarge, or InvalidParameter for ``known``, a day or a graph that there is not.
        """
        jobs = QueryJobs(
            self._snapshot,
            self._settings,
            view,
            Circumstances(
                solutions=solutions,
                graphs=graphs,
                substitutions=substitutions or {},
                prefixes=PREFIXES,
                limits=limits or Limits(),
            ),
            dataset,
        )
        return jobs(query)

    def jobs(
        self, view: View, *, solutions: str, graphs: str, dataset: DatasetChoice | None = None
    ) -> Callable[[str], QueryJob]:
        """What gives the job of a query, as :meth:`job`, for many queries that have all the rest in common."""
        form = Circumstances(solutions=solutions, graphs=graphs, prefixes=PREFIXES)
        return QueryJobs(self._snapshot, self._settings, view, form, dataset)

    async def answer(
        self, job: QueryJob, cancellation: Cancellation | None = None, *, arrived: float | None = None
    ) -> QueryAnswer:
        """The whole answer to a job, for an event loop; its deadline counts from ``arrived`` (monotonic clock).

        Raises the limit that was reached, or JobCancelledError.
        """
        return await self._pool.answer(job, cancellation, arrived=arrived)

    def submit(
        self, job: QueryJob, done: Callable[[QueryAnswer | BaseException], None], *, arrived: float | None = None
    ) -> Callable[[], None]:
        """As :meth:`answer`, without a task: see :meth:`~ics_graph.workers.pool.WorkerPool.submit`."""
        return self._pool.submit(job, done, arrived=arrived)

    def statistics(self) -> Statistics:
        """What the workers do at this moment, and how jobs have ended."""
        return self._pool.statistics()

    def evaluate(
        self,
        query: str,
        view: View,
        *,
        solutions: str = RESULTS_JSON,
        graphs: str = TURTLE,
        substitutions: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        dataset: DatasetChoice | None = None,
        cancellation: Cancellation | None = None,
    ) -> QueryAnswer:
        """The whole answer to a query: see :meth:`job`. ``cancellation`` calls it off.

        Raises what :meth:`job` raises, the limit that was reached, or JobCancelledError.
        """
        job = self.job(
            query,
            view,
            solutions=solutions,
            graphs=graphs,
            substitutions=substitutions,
            limits=limits,
            dataset=dataset,
        )
        return self._pool.evaluate(job, cancellation)


class QueryJobs:
    """Makes the jobs of queries that have the view, the dataset and the form of the answer in common."""

    def __init__(
        self, snapshot: Snapshot, settings: Settings, view: View, form: Circumstances, dataset: DatasetChoice | None
    ) -> None:
        """``form`` are the circumstances but for the graphs."""
        self._snapshot, self._settings, self._view, self._dataset = snapshot, settings, view, dataset
        self._form = form
        self._usual: Circumstances | None = None
        """Those of queries that say nothing about their dataset."""
        # The request's dataset takes the place of the query's, whatever that names.
        self._allowed: Callable[[str], bool] = partial(is_graph, snapshot) if dataset is None else _any

    def __call__(self, query: str) -> QueryJob:
        """The job of a query. Raises as :meth:`SparqlEndpoint.job`."""
        checked = precheck(query, self._settings, allowed_graphs=self._allowed)
        if checked.as_of is not None or checked.from_graphs or checked.from_named:
            return QueryJob(checked.text, self._circumstances(checked), checked.cacheable)
        if self._usual is None:
            self._usual = self._circumstances(checked)
        return QueryJob(checked.text, self._usual, checked.cacheable)

    def _circumstances(self, checked: CheckedQuery) -> Circumstances:
        chosen = dataset_of(self._snapshot, self._view, checked, self._dataset)
        return replace(
            self._form,
            default_graphs=chosen.default_graphs,
            named_graphs=chosen.named_graphs,
            joined=chosen.joined,
        )


def _any(name: str) -> bool:
    del name
    return True
