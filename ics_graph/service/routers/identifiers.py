"""``/id/{kind}/{slug}`` (where the IRIs of the graph lead), ``/ontology`` and ``/shapes``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import NotFound
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service import caching
from ics_graph.service.answering import about, instance_iri
from ics_graph.service.descriptions import serialised
from ics_graph.service.kept_answers import Made, answers_of
from ics_graph.service.negotiation import GRAPH_FORMS, SUFFIX_KEY, negotiate
from ics_graph.service.opened import holder_of
from ics_graph.service.parameters import NoParameters, ViewParameters, refuse_duplicates
from ics_graph.service.shipped import RdfFiles, Shipped, shipped_with

router = APIRouter(tags=["identifiers"])

ROUTE_OF_KIND: Final = {
    "org": "organisations",
    "area": "areas",
    "post": "posts",
    "person": "people",
    "instrument": "instruments",
    "rel": "relations",
    "source": "sources",
    "event": "events",
    "claim": "claims",
}
"""The kinds of instances that have a page, and the route of each."""


@router.get("/id/{kind}/{slug}", status_code=303, response_class=Response)
async def go_to_page(request: Request, kind: str, slug: str, asked: Annotated[ViewParameters, Query()]) -> Response:
    """From the IRI of a thing to the page about it (303: the thing itself is no document)."""
    refuse_duplicates(request)
    route = ROUTE_OF_KIND.get(kind)
    if route is None:
        raise NotFound(f"Things of the kind {kind!r} have no page of their own.")
    view = asked.view()
    graph = holder_of(request.scope).opened().graph
    instance_iri(graph.reading(view), kind, slug, kind)
    suffix = request.scope.get(SUFFIX_KEY)
    query = f"?{request.url.query}" if request.url.query else ""
    location = f"/{route}/{quote(slug, safe='')}{f'.{suffix}' if suffix else ''}{query}"
    headers = {"Location": location, "Cache-Control": caching.cache_control(day_stated=True), "Vary": "Accept"}
    return Response(status_code=303, headers=headers)


@router.get("/ontology", response_class=Response)
async def show_ontology(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """The vocabulary with its concept schemes, as Turtle, JSON-LD, N-Triples or RDF/XML."""
    del asked  # it is there to refuse parameters
    return await _files(request, lambda shipped: shipped.ontology)


@router.get("/shapes", response_class=Response)
async def show_shapes(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """The SHACL rules that the graph keeps, as Turtle, JSON-LD, N-Triples or RDF/XML."""
    del asked
    return await _files(request, lambda shipped: shipped.shapes)


async def _files(request: Request, chosen: Callable[[Shipped], RdfFiles]) -> Response:
    """A folder of RDF that is shipped with the graph, in the form that the client takes."""
    form = negotiate(request, GRAPH_FORMS)
    holder = holder_of(request.scope)
    graph = holder.opened().graph
    files = chosen(shipped_with(graph, holder.settings))
    tag = caching.entity_tag(files.version, None, request.scope["path"], (), form.suffix)
    headers = {
        **about(graph.snapshot, GovernanceGraph.view()),
        "ETag": tag,
        "Cache-Control": caching.cache_control(day_stated=True),
        "Vary": "Accept",
    }
    del headers["ICS-Graph-On"]  # no day changes it
    tags = request.headers.get("if-none-match")
    if caching.names_tag(tags, tag) or caching.names_anything(tags):
        return Response(status_code=304, headers=headers)
    kept = answers_of(request.app)
    made = kept.cache.get(tag)
    if made is None:
        made = await anyio.to_thread.run_sync(
            lambda: Made(serialised(files.triples, form.media_type)), limiter=kept.limiter
        )
        kept.cache.put(tag, made, len(made.body))
    return Response(made.body, headers=headers, media_type=form.content_type)
