"""The FastAPI application, put together. Nothing is loaded when this module is imported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
from fastapi import FastAPI

from ics_graph import __version__
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service import openapi, problems
from ics_graph.service.front import Front
from ics_graph.service.opened import Holder, OpenedGraph, SparqlEvaluator, SparqlFactory, Validation
from ics_graph.service.routers import entities, health, identifiers, organisations, search, sources, validate
from ics_graph.service.routers.sparql import add_sparql
from ics_graph.service.validating import Validator
from ics_graph.settings import Settings
from ics_graph.store.snapshot import Snapshot
from ics_graph.store.sparql import SparqlEndpoint

_DESCRIPTION = (
    "Who is accountable to whom in England's integrated care systems, since when, and which document says so. "
    "Every answer is as of a day (`on=`) and names the dataset version and its licence."
)


def create_app(
    settings: Settings, graph: GovernanceGraph | None = None, *, sparql: SparqlFactory | None = None
) -> FastAPI:
    """The service. Its graph is opened when the application starts and given back when it stops.

    ``graph`` is one that is open already (its owner keeps it); ``sparql`` makes the evaluator of foreign queries,
    by default worker processes.
    """
    holder = Holder(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        opened = await anyio.to_thread.run_sync(_open, settings, graph, sparql or worker_processes)
        holder.current = opened
        validator = Validator(settings)
        waiting = settings.query_workers + settings.validate_queue
        holder.validation = Validation(validator, anyio.CapacityLimiter(waiting))
        try:
            yield
        finally:
            holder.current = holder.validation = None
            await anyio.to_thread.run_sync(validator.close)
            if opened.sparql is not None:
                await anyio.to_thread.run_sync(opened.sparql.close)

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
    app.add_middleware(Front, settings=settings)
    problems.install(app)
    for module in (organisations, entities, search, sources, validate, health, identifiers):
        app.include_router(module.router)
    add_sparql(app, settings)

    def document() -> dict[str, Any]:
        return openapi.document(app)

    app.openapi = document  # type: ignore[method-assign] # the way that FastAPI documents
    return app


def _open(settings: Settings, graph: GovernanceGraph | None, sparql: SparqlFactory) -> OpenedGraph:
    """Open the graph with all that a first request would else wait for."""
    opened = graph or GovernanceGraph.open(settings)
    opened.snapshot.engine.triple_count()
    _ = opened.snapshot.names, opened.snapshot.by_end
    return OpenedGraph(opened, sparql(opened.snapshot, settings))


def worker_processes(snapshot: Snapshot, settings: Settings) -> SparqlEvaluator:
    """The evaluator of foreign queries in worker processes."""
    return SparqlEndpoint(snapshot, settings)
