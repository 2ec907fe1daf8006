"""Single entities by their kind: areas, posts, people, constituencies, electorates, instruments, events, relations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import NotFound
from ics_graph.governance import lists
from ics_graph.governance.answers import as_json
from ics_graph.governance.entities import entity
from ics_graph.governance.events import event, is_event
from ics_graph.governance.reading import Reading
from ics_graph.service import tables
from ics_graph.service.answering import answer, instance_iri, is_iri, merged
from ics_graph.service.descriptions import Subject
from ics_graph.service.documents import AreaDocument, EntityDocument, EventDocument, RelationDocument
from ics_graph.service.parameters import ViewParameters
from ics_graph.service.routing import GraphRoute

router = APIRouter(tags=["entities"], route_class=GraphRoute)

Asked = Annotated[ViewParameters, Query()]


@router.get("/areas/{id}", response_model=AreaDocument)
async def show_area(request: Request, id: str, asked: Asked) -> Response:
    """An area: what it is part of, and its bodies by level. Also as Turtle and JSON-LD."""

    def find(reading: Reading) -> str:
        return instance_iri(reading, "area", id, "area")

    def make(reading: Reading) -> dict[str, Any]:
        shown = _shown(reading, find(reading))
        return {**shown, "bodies": _bodies_by_level(reading, id), "meta": as_json(reading.meta())}

    return await answer(request, asked, make, tables.ENTITIES.one(), subject=_subject(find))


@router.get("/posts/{id}", response_model=EntityDocument)
async def show_post(request: Request, id: str, asked: Asked) -> Response:
    """A post: whose it is, who holds it, what it chairs, to whom it answers. Also as Turtle and JSON-LD."""
    return await _entity(request, asked, lambda reading: instance_iri(reading, "post", id, "post"))


@router.get("/people/{id}", response_model=EntityDocument)
async def show_person(request: Request, id: str, asked: Asked) -> Response:
    """A person in the roles that documents name. Also as Turtle and JSON-LD."""
    return await _entity(request, asked, lambda reading: instance_iri(reading, "person", id, "person"))


@router.get("/constituencies/{id}", response_model=EntityDocument)
async def show_constituency(request: Request, id: str, asked: Asked) -> Response:
    """A constituency: those who together choose or send members. Also as Turtle and JSON-LD."""
    return await _entity(request, asked, lambda reading: instance_iri(reading, "constituency", id, "constituency"))


@router.get("/electorates/{id}", response_model=EntityDocument)
async def show_electorate(request: Request, id: str, asked: Asked) -> Response:
    """An electorate: those who vote, with whom chains of accountability end. Also as Turtle and JSON-LD."""
    return await _entity(request, asked, lambda reading: instance_iri(reading, "electorate", id, "electorate"))


@router.get("/instruments/{id:path}", response_model=EntityDocument)
async def show_instrument(request: Request, id: str, asked: Asked) -> Response:
    """An instrument (an Act's provision, an order, a memorandum), by id or by IRI. Also as Turtle and JSON-LD."""

    def find(reading: Reading) -> str:
        if id.startswith(("http://", "https://")) and is_iri(id) and reading.kind(id) == "Instrument":
            return id
        return instance_iri(reading, "instrument", id, "instrument")

    return await _entity(request, asked, find)


@router.get("/events/{id}", response_model=EventDocument)
async def show_event(request: Request, id: str, asked: Asked) -> Response:
    """An event: a merger, a renaming, a transfer of functions, a meeting with who attended. Also as RDF and CSV."""

    def find(reading: Reading) -> str:
        iri = instance_iri(reading, "event", id, "event")
        if not is_event(reading, iri):
            raise NotFound(f"There is no event with the id {id!r}.")
        return iri

    def make(reading: Reading) -> dict[str, Any]:
        iri = find(reading)
        relations = as_json(lists.relations(reading, iri, every_status=True))
        return merged(event(reading, iri), {"relations": relations, "meta": as_json(reading.meta())})

    return await answer(request, asked, make, tables.EVENTS.one(), subject=_subject(find))


@router.get("/relations/{id}", response_model=RelationDocument)
async def show_relation(request: Request, id: str, asked: Asked) -> Response:
    """One relation in any status, whether it holds on the day or not. Also as Turtle and JSON-LD."""

    def find(reading: Reading) -> str:
        iri = instance_iri(reading, "rel", id, "relation")
        if iri not in reading.snapshot.rows:
            raise NotFound(f"There is no relation with the id {id!r}.")
        return iri

    return await answer(
        request,
        asked,
        lambda reading: merged(reading.relation(find(reading)), {"meta": as_json(reading.meta())}),
        tables.RELATIONS.one(),
        subject=lambda reading: Subject(find(reading), (find(reading),)),
    )


async def _entity(request: Request, asked: ViewParameters, find: Callable[[Reading], str]) -> Response:
    def make(reading: Reading) -> dict[str, Any]:
        return {**_shown(reading, find(reading)), "meta": as_json(reading.meta())}

    return await answer(request, asked, make, tables.ENTITIES.one(), subject=_subject(find))


def _shown(reading: Reading, iri: str) -> dict[str, Any]:
    return merged(entity(reading, iri), {"relations": as_json(lists.relations(reading, iri, every_status=True))})


def _subject(find: Callable[[Reading], str]) -> Callable[[Reading], Subject]:
    def subject(reading: Reading) -> Subject:
        iri = find(reading)
        return Subject(iri, reading.relations_of(iri, every_status=True))

    return subject


def _bodies_by_level(reading: Reading, area: str) -> dict[str, Any]:
    bodies: dict[str, list[Any]] = defaultdict(list)
    found = lists.organisations(reading, place=area, limit=lists.MOST_ITEMS)
    for body in found.items:
        bodies[body.level or "none"].append(as_json(reading.reference(body.iri)))
    return dict(bodies)
