"""``/sources``: the register of documents, and what each supports."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import NotFound
from ics_graph.governance import lists
from ics_graph.governance.answers import Page, as_json
from ics_graph.governance.reading import Reading, local_id
from ics_graph.service import tables
from ics_graph.service.answering import answer, instance_iri, list_scope, merged
from ics_graph.service.descriptions import Subject
from ics_graph.service.documents import ListOfSources, SourceDocument
from ics_graph.service.parameters import PageParameters, ViewParameters
from ics_graph.service.routing import GraphRoute
from ics_graph.vocabulary import ICS, RDF

router = APIRouter(prefix="/sources", tags=["sources"], route_class=GraphRoute)


@router.get("", response_model=ListOfSources)
async def list_sources(request: Request, asked: Annotated[PageParameters, Query()]) -> Response:
    """The documents of the register, by id, each with the first of the statements that rest on it."""

    def make(reading: Reading) -> Page:
        keyed = sorted((local_id(iri), iri) for iri in lists.register(reading))
        makers = [(key, partial(lists.source, reading, iri, lists.SHOWN_SUPPORTS)) for key, iri in keyed]
        return lists.page(reading, makers, asked.limit, asked.cursor, scope=list_scope(request))

    return await answer(request, asked, make, tables.SOURCES)


@router.get("/{id}", response_model=SourceDocument)
async def show_source(request: Request, id: str, asked: Annotated[ViewParameters, Query()]) -> Response:
    """One document: who published it, when, under what licence, and every statement that cites it."""

    def find(reading: Reading) -> str:
        iri = instance_iri(reading, "source", id, "document")
        if ICS + "Source" not in reading.iris(iri, RDF + "type"):
            raise NotFound(f"There is no document with the id {id!r}.")
        return iri

    def make(reading: Reading) -> dict[str, Any]:
        return merged(lists.source(reading, find(reading)), {"meta": as_json(reading.meta())})

    return await answer(request, asked, make, tables.SOURCES.one(), subject=lambda reading: Subject(find(reading)))
