"""SPARQL from outside over a snapshot: checked first, then run in a worker, over the graphs of the day asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType

from ics_graph.errors import BadQuery
from ics_graph.settings import Settings
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.handles import Cancellation
from ics_graph.workers.messages import DEFAULT_GRAPH, GraphSource, Limits, QueryAnswer, QueryJob
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

    def evaluate(
        self,
        query: str,
        view: View,
        *,
        solutions: str = RESULTS_JSON,
        graphs: str = TURTLE,
        substitutions: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        cancellation: Cancellation | None = None,
    ) -> QueryAnswer:
        """The whole answer to a query over the day graph of ``view``.

        ``FROM <https://w3id.org/ics-graph/as-of/D>`` in the query takes the place of the view's day. ``solutions`` and
        ``graphs`` are media types for rows or truth values and for triples; ``substitutions`` binds variables to terms
        in N-Triples syntax; ``cancellation`` calls the query off. Raises BadQuery (with line and column),
        UpdateRefused, InvalidParameter for ``known``, the limit that was reached, or JobCancelledError.
        """
        checked = precheck(query, self._settings)
        day = self._snapshot.day_graph(_dated(view, checked))
        job = QueryJob(
            query=checked.text,
            default_graphs=(DEFAULT_GRAPH, *day.graphs),
            named_graphs=(),
            joined=day.joined,
            solutions=solutions,
            graphs=graphs,
            substitutions=substitutions or {},
            prefixes=PREFIXES,
            limits=limits or Limits(),
        )
        return self._pool.evaluate(job, cancellation)


def _dated(view: View, checked: CheckedQuery) -> View:
    if checked.from_named or checked.from_graphs:
        raise BadQuery("FROM may name only a day, as in FROM <https://w3id.org/ics-graph/as-of/2020-11-09>.")
    return view if checked.as_of is None else replace(view, on=day_parameter("FROM", checked.as_of))
