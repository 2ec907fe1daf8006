"""``/id/{kind}/{slug}`` (the IRIs of the graph, when this service stands behind them) and ``/ontology``."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query
from pyoxigraph import Triple, parse
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import NotFound
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service import caching
from ics_graph.service.answering import about, instance_iri
from ics_graph.service.descriptions import serialised
from ics_graph.service.negotiation import GRAPH_FORMS, SUFFIX_KEY, negotiate
from ics_graph.service.opened import holder_of
from ics_graph.service.parameters import NoParameters, ViewParameters, refuse_duplicates
from ics_graph.store.layout import input_files

router = APIRouter(tags=["identifiers"])

ROUTE_OF_KIND: Final = {
    "org": "organisations",
    "area": "areas",
    "post": "posts",
    "person": "people",
    "instrument": "instruments",
    "rel": "relations",
    "source": "sources",
}
"""The kinds of instances that have a page, and the route of each."""


@router.get("/id/{kind}/{slug}", status_code=303, response_class=Response)
def go_to_page(request: Request, kind: str, slug: str, asked: Annotated[ViewParameters, Query()]) -> Response:
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
def show_ontology(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """The vocabulary with its concept schemes, as Turtle, JSON-LD, N-Triples or RDF/XML."""
    del asked  # it is there to refuse parameters
    form = negotiate(request, GRAPH_FORMS)
    holder = holder_of(request.scope)
    snapshot = holder.opened().graph.snapshot
    view = GovernanceGraph.view()
    # The version of the dataset covers the ontology, and no day changes it.
    tag = caching.entity_tag(snapshot.manifest.dataset, None, "/ontology", (), form.suffix)
    headers = {
        **about(snapshot, view),
        "ETag": tag,
        "Cache-Control": caching.cache_control(day_stated=True),
        "Vary": "Accept",
    }
    if caching.names_tag(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    triples: dict[Triple, None] = {}
    for file in input_files(holder.settings.ontology):
        triples.update(dict.fromkeys(quad.triple for quad in parse(path=file)))
    return Response(serialised(triples, form.media_type), headers=headers, media_type=form.content_type)
