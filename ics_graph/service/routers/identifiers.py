"""Where the IRIs of the graph lead (``/id/{kind}/{slug}``, ``/concept/...``, ``/ns``), ``/ontology``, ``/shapes``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import NotFound
from ics_graph.governance.addresses import VOCABULARY_PATH, page_of
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.statements import concept_iri
from ics_graph.service import caching
from ics_graph.service.answering import about, instance_iri, is_iri
from ics_graph.service.descriptions import serialised
from ics_graph.service.making import makers_of
from ics_graph.service.negotiation import GRAPH_FORMS, SUFFIX_KEY, negotiate
from ics_graph.service.opened import holder_of
from ics_graph.service.parameters import NoParameters, ViewParameters, refuse_duplicates
from ics_graph.service.routing import GraphRoute
from ics_graph.service.shipped import RdfFiles, Shipped, shipped_with
from ics_graph.vocabulary import CONCEPT, ICS, OWL

router = APIRouter(tags=["identifiers"], route_class=GraphRoute)

VOCABULARY: Final = ICS.rstrip("#")
"""The IRI of the vocabulary, and the beginning of those of its versions."""


@router.get("/id/{kind}/{slug}", status_code=303, response_class=Response)
async def go_to_page(request: Request, kind: str, slug: str, asked: Annotated[ViewParameters, Query()]) -> Response:
    """From the IRI of a thing to the page about it (303: the thing itself is no document).

    From that of a name, a code or a citation to the page of what has it.
    """
    refuse_duplicates(request)
    reading = holder_of(request.scope).opened().graph.reading(asked.view(), prepared=True)
    return _see(request, page_of(reading, instance_iri(reading, kind, slug, kind)), f"Things of the kind {kind!r}")


@router.get("/concept/{scheme}/{slug}", status_code=303, response_class=Response)
async def go_to_concept(
    request: Request, scheme: str, slug: str, asked: Annotated[ViewParameters, Query()]
) -> Response:
    """From the IRI of a concept to the page about it."""
    refuse_duplicates(request)
    iri = concept_iri(scheme, slug)
    reading = holder_of(request.scope).opened().graph.reading(asked.view(), prepared=True)
    if not is_iri(iri) or not reading.describe(iri):
        raise NotFound(f"There is no concept {slug!r} in the scheme {scheme!r}.")
    return _see(request, page_of(reading, iri), "Concepts")


@router.get("/concept/{scheme}", status_code=303, response_class=Response)
async def go_to_scheme(request: Request, scheme: str, asked: Annotated[NoParameters, Query()]) -> Response:
    """From the IRI of a concept scheme to the vocabulary, which has it with its concepts."""
    del asked  # it is there to refuse parameters
    graph = holder_of(request.scope).opened().graph
    iri = f"{CONCEPT}{scheme}"
    if not is_iri(iri) or not graph.reading(prepared=True).describe(iri):
        raise NotFound(f"There is no concept scheme {scheme!r}.")
    return _see(request, VOCABULARY_PATH, "Schemes")


@router.get("/ns", status_code=303, response_class=Response)
async def go_to_vocabulary(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """From the IRI of the vocabulary, and so of its classes and properties, to the document."""
    del asked
    return _see(request, VOCABULARY_PATH, "Vocabularies")


@router.get("/ns/{version}", status_code=303, response_class=Response)
async def go_to_version(request: Request, version: str, asked: Annotated[NoParameters, Query()]) -> Response:
    """From the IRI of the version of the vocabulary that is served to the document; other versions are not here."""
    del asked
    graph = holder_of(request.scope).opened().graph
    iri = f"{VOCABULARY}/{version}"
    if not is_iri(iri) or not graph.snapshot.engine.subjects(f"{OWL}versionIRI", iri):
        raise NotFound(f"The vocabulary is not here in the version {version!r}.")
    return _see(request, VOCABULARY_PATH, "Vocabularies")


def _see(request: Request, page: str | None, noun: str) -> Response:
    """303 to a page, in the form and with the parameters that were asked for. Raises NotFound where there is none."""
    if page is None:
        raise NotFound(f"{noun} have no page of their own.")
    suffix = request.scope.get(SUFFIX_KEY)
    query = f"?{request.url.query}" if request.url.query and page != VOCABULARY_PATH else ""
    location = f"{page}{f'.{suffix}' if suffix else ''}{query}"
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
    body = await anyio.to_thread.run_sync(
        partial(serialised, files.triples, form.media_type), limiter=makers_of(request.app)
    )
    return Response(body, headers=headers, media_type=form.content_type)
