"""The FastAPI application, put together. Nothing is loaded when this module is imported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from fastapi import FastAPI

from ics_graph import __version__
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.prepared import warm
from ics_graph.service import openapi, problems
from ics_graph.service.answer_cache import RepeatedRequests
from ics_graph.service.building_beside import open_beside
from ics_graph.service.evaluating import Evaluating
from ics_graph.service.front import Front
from ics_graph.service.observing import Observation, RouteNoting
from ics_graph.service.opened import Holder, OpenedGraph, SparqlEvaluator, SparqlFactory, Validation
from ics_graph.service.operating import Operation
from ics_graph.service.request_log import RequestLog
from ics_graph.service.routers import (
    data,
    entities,
    health,
    identifiers,
    organisations,
    queries,
    search,
    sources,
    statements,
    validate,
)
from ics_graph.service.routers import operation as operation_router
from ics_graph.service.routers.sparql import SparqlRoute, add_sparql
from ics_graph.service.shipped import shipped_with
from ics_graph.service.validating import Validator
from ics_graph.settings import Settings
from ics_graph.store.snapshot import Snapshot
from ics_graph.store.sparql import SparqlEndpoint

_DESCRIPTION = (
    "Who is accountable to whom in England's integrated care systems, since when, and which document says so. "
    "Every answer is as of a day (`on=`) and names the dataset version and its licence."
)


def create_app(
    settings: Settings,
    graph: GovernanceGraph | None = None,
    *,
    sparql: SparqlFactory | None = None,
    reopen: Callable[[], GovernanceGraph] | None = None,
    log: RequestLog | None = None,
) -> FastAPI:
    """The service. Its graph is opened when the application starts and given back when it stops.

    ``graph`` is one that is open already (its owner keeps it); ``sparql`` makes the evaluator of foreign queries,
    by default worker processes. ``reopen`` gives the graph as it is on the disk, for a reload; ``log`` takes a line
    for each request.
    """
    holder = Holder(settings)

    def prepare(found: GovernanceGraph | None) -> OpenedGraph:
        return _open(settings, found, sparql or worker_processes)

    operation = Operation(holder, reopen or partial(open_beside, settings), prepare, log)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        holder.current = await anyio.to_thread.run_sync(prepare, graph)
        validator = Validator(settings)
        waiting = settings.query_workers + settings.validate_queue
        holder.validation = Validation(validator, anyio.CapacityLimiter(waiting))
        watching = asyncio.create_task(operation.readiness.watch())
        try:
            yield
        finally:
            watching.cancel()
            opened = holder.current
            holder.current = holder.validation = None
            await anyio.to_thread.run_sync(validator.close)
            if opened is not None and opened.sparql is not None:
                await anyio.to_thread.run_sync(opened.sparql.close)
            await operation.reloader.close()
            await anyio.to_thread.run_sync(operation.close)

    app = FastAPI(
        title="ics-graph",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        # Both would load scripts from another host; the pages of this service show the document themselves.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # FastAPI exports telemetry when the environment says so: queries are nobody else's business.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.holder = holder
    app.state.operation = operation
    # The last one added is the outermost.
    app.add_middleware(RouteNoting)
    evaluating = Evaluating(settings)
    app.state.evaluating = evaluating
    sparql_route = SparqlRoute(settings, evaluating)
    repeated = RepeatedRequests(settings.answer_cache_bytes // 2)
    app.state.repeated = repeated
    app.add_middleware(Front, settings=settings, sparql=sparql_route, repeated=repeated, evaluating=evaluating)
    operation.caches.update(queries=evaluating.cache, requests=repeated.cache)
    app.add_middleware(Observation, counts=operation.counts, log=log, tracer=operation.tracer)
    problems.install(app)
    for module in (
        *(organisations, entities, statements, search, sources, queries, data),
        *(validate, health, identifiers),
    ):
        app.include_router(module.router)
    app.include_router(operation_router.router)
    if settings.admin_token:
        app.include_router(operation_router.admin_router)
    add_sparql(app, sparql_route)

    def document() -> dict[str, Any]:
        return openapi.document(app)

    app.openapi = document  # type: ignore[method-assign] # the way that FastAPI documents
    return app


def _open(settings: Settings, graph: GovernanceGraph | None, sparql: SparqlFactory) -> OpenedGraph:
    """Open the graph with all that a first request would else wait for."""
    opened = graph or GovernanceGraph.open(settings)
    opened.snapshot.engine.triple_count()
    _ = opened.snapshot.names, opened.snapshot.by_end, opened.snapshot.graphs
    warm(opened.snapshot, opened.view())
    shipped_with(opened, settings)
    return OpenedGraph(opened, sparql(opened.snapshot, settings))


def worker_processes(snapshot: Snapshot, settings: Settings) -> SparqlEvaluator:
    """The evaluator of foreign queries in worker processes."""
    return SparqlEndpoint(snapshot, settings)
