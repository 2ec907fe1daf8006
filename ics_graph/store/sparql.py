"""SPARQL from outside over a snapshot: checked first, then run in a worker, over the graphs of the day asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType

from ics_graph.settings import Settings
from ics_graph.store.dataset import DatasetChoice, dataset_of, is_graph
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.handles import Cancellation, Statistics
from ics_graph.workers.messages import GraphSource, Limits, QueryAnswer, QueryJob
from ics_graph.workers.pool import WorkerPool
from ics_graph.workers.precheck import precheck

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
        allowed: Callable[[str], bool] = partial(is_graph, self._snapshot)
        if dataset is not None:
            # The request's dataset takes the place of the query's, whatever that names.
            allowed = _any
        checked = precheck(query, self._settings, allowed_graphs=allowed)
        chosen = dataset_of(self._snapshot, view, checked, dataset)
        return QueryJob(
            query=checked.text,
            default_graphs=chosen.default_graphs,
            named_graphs=chosen.named_graphs,
            joined=chosen.joined,
            solutions=solutions,
            graphs=graphs,
            substitutions=substitutions or {},
            prefixes=PREFIXES,
            limits=limits or Limits(),
            cacheable=checked.cacheable,
        )

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


def _any(name: str) -> bool:
    del name
    return True
