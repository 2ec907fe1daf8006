"""``/healthz`` and ``/``: that the service runs, and where to go from here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph import __version__
from ics_graph.governance.answers import as_json
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.answering import about, encoded
from ics_graph.service.documents import Health
from ics_graph.service.opened import holder_of
from ics_graph.service.parameters import NoParameters
from ics_graph.service.routing import GraphRoute

router = APIRouter(tags=["service"], route_class=GraphRoute)

_LINKS = {
    "organisations": "/organisations",
    "search": "/search{?q}",
    "sources": "/sources",
    "sparql": "/sparql",
    "claims": "/claims",
    "days": "/days",
    "queries": "/queries",
    "data": "/data",
    "ontology": "/ontology",
    "shapes": "/shapes",
    "context": "/context.jsonld",
    "openapi": "/openapi.json",
}


@router.get("/healthz", response_model=Health)
async def healthz(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """That the service answers, its version, and the dataset it answers from."""
    del asked  # it is there to refuse parameters
    return _state(request, {"status": "ok", "version": __version__})


@router.get("/", include_in_schema=False)
async def index(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """The addresses from which to start."""
    del asked
    return _state(request, {"links": _LINKS, "version": __version__})


def _state(request: Request, content: dict[str, object]) -> Response:
    graph = holder_of(request.scope).opened().graph
    view = GovernanceGraph.view()
    headers = {**about(graph.snapshot, view), "Cache-Control": "no-store", "Vary": "Accept"}
    body = encoded({**content, "meta": as_json(graph.reading(view).meta())})
    return Response(body, headers=headers, media_type="application/json")
