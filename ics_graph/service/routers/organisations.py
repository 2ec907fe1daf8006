"""``/organisations``: the bodies, and what each is accountable for, delegates, is a member of and is related to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import InvalidParameter
from ics_graph.governance import lists
from ics_graph.governance.accountability import accountability
from ics_graph.governance.answers import Page, as_json
from ics_graph.governance.entities import entity
from ics_graph.governance.events import timeline, timeline_key
from ics_graph.governance.graph import organisation_iri
from ics_graph.governance.reading import Reading, local_id
from ics_graph.service import tables
from ics_graph.service.answering import answer, given, instance_iri, is_iri, list_scope, merged
from ics_graph.service.descriptions import Subject
from ics_graph.service.documents import (
    AccountabilityDocument,
    EntityDocument,
    ListOfDelegations,
    ListOfEntities,
    ListOfRelations,
    ListOfTimelineEntries,
)
from ics_graph.service.parameters import (
    AccountabilityParameters,
    OrganisationsParameters,
    PageParameters,
    RelationsParameters,
    ViewParameters,
)
from ics_graph.service.routing import GraphRoute

router = APIRouter(prefix="/organisations", tags=["organisations"], route_class=GraphRoute)


def body_iri(reading: Reading, identifier: str) -> str:
    """The IRI of a body by its id; raises NotFound."""
    instance_iri(reading, "org", identifier, "organisation")
    return organisation_iri(reading, identifier)


@router.get("", response_model=ListOfEntities)
async def list_organisations(request: Request, asked: Annotated[OrganisationsParameters, Query()]) -> Response:
    """The bodies that live on the day, by name; filtered and paged."""
    asked.check()
    for name, area in (("place", asked.place), ("system", asked.system)):
        if area is not None and not is_iri(f"http://area/{area}"):
            raise InvalidParameter(name, f"{name}: {area[:100]!r} is no id of an area.")

    def make(reading: Reading) -> Page:
        found = lists.organisations(
            reading,
            text=asked.q,
            kind=asked.kind,
            at_level=asked.level,
            place=asked.place,
            system=asked.system,
            statutory=asked.statutory,
            include_ended="ended" in asked.included(),
            limit=asked.limit,
            cursor=asked.cursor,
            scope=list_scope(request),
        )
        return replace(found, meta=replace(found.meta, include=asked.included()))

    return await answer(request, asked, make, tables.ENTITIES)


@router.get("/{id}", response_model=EntityDocument)
async def show_organisation(request: Request, id: str, asked: Annotated[ViewParameters, Query()]) -> Response:
    """One body on the day, with its relations of every status that hold on it. Also as Turtle and JSON-LD."""

    def make(reading: Reading) -> dict[str, Any]:
        iri = body_iri(reading, id)
        relations = as_json(lists.relations(reading, iri, every_status=True))
        return merged(entity(reading, iri), {"relations": relations, "meta": as_json(reading.meta())})

    def subject(reading: Reading) -> Subject:
        iri = body_iri(reading, id)
        return Subject(iri, reading.relations_of(iri, every_status=True))

    return await answer(request, asked, make, tables.ENTITIES.one(), subject=subject)


@router.get("/{id}/accountability", response_model=AccountabilityDocument)
async def show_accountability(
    request: Request, id: str, asked: Annotated[AccountabilityParameters, Query()]
) -> Response:
    """To whom a body answers (or who answers to it), in chains up to the roots, with the evidence of every step."""
    kinds = asked.kinds()
    return await answer(
        request,
        asked,
        lambda reading: accountability(
            reading,
            body_iri(reading, id),
            direction=asked.direction,
            depth=asked.depth,
            kinds=kinds,
            collective=asked.collective,
        ),
        tables.EDGES,
    )


@router.get("/{id}/relations", response_model=ListOfRelations)
async def list_relations(request: Request, id: str, asked: Annotated[RelationsParameters, Query()]) -> Response:
    """Every kind of relation of a body, at either end, that holds on the day."""
    types = asked.types()
    return await _relations(request, id, asked, types, "either")


@router.get("/{id}/members", response_model=ListOfRelations)
async def list_members(request: Request, id: str, asked: Annotated[PageParameters, Query()]) -> Response:
    """The memberships in a body: who has a seat in it."""
    return await _relations(request, id, asked, ("Membership",), "to")


@router.get("/{id}/memberships", response_model=ListOfRelations)
async def list_memberships(request: Request, id: str, asked: Annotated[PageParameters, Query()]) -> Response:
    """The memberships of a body: where it has a seat."""
    return await _relations(request, id, asked, ("Membership",), "from")


@router.get("/{id}/responsibilities", response_model=ListOfRelations)
async def list_responsibilities(request: Request, id: str, asked: Annotated[PageParameters, Query()]) -> Response:
    """The functions that a body is responsible for, alone or jointly."""
    return await _relations(request, id, asked, ("Responsibility",), "from")


@router.get("/{id}/delegations", response_model=ListOfDelegations)
async def list_delegations(request: Request, id: str, asked: Annotated[PageParameters, Query()]) -> Response:
    """What a body delegates or is delegated, and who stays accountable for it."""

    def make(reading: Reading) -> Page:
        found = lists.relation_iris(reading, body_iri(reading, id), ("Delegation",))
        makers = [(local_id(iri), partial(lists.delegation, reading, iri)) for iri in found]
        return lists.page(reading, makers, asked.limit, asked.cursor, scope=list_scope(request))

    return await answer(request, asked, make, tables.DELEGATIONS)


@router.get("/{id}/timeline", response_model=ListOfTimelineEntries)
async def list_timeline(request: Request, id: str, asked: Annotated[PageParameters, Query()]) -> Response:
    """The history of a body on all days: its life, names, codes, relations and events, oldest first."""

    def make(reading: Reading) -> Page:
        entries = timeline(reading, body_iri(reading, id))
        keyed = [(timeline_key(entry), given(entry)) for entry in entries]
        return lists.page(reading, keyed, asked.limit, asked.cursor, scope=list_scope(request))

    return await answer(request, asked, make, tables.TIMELINE)


async def _relations(
    request: Request,
    identifier: str,
    asked: PageParameters,
    types: tuple[str, ...] | None,
    end: Literal["from", "to", "either"],
) -> Response:
    """A page of the relations of a body, by class and id."""

    def make(reading: Reading) -> Page:
        return relations_page(
            reading, request, asked, lists.relation_iris(reading, body_iri(reading, identifier), types, end=end)
        )

    return await answer(request, asked, make, tables.RELATIONS)


def relations_page(reading: Reading, request: Request, asked: PageParameters, found: Sequence[str]) -> Page:
    """The page that is asked for of relations, which are given by their IRIs and in order."""
    makers = [(lists.relation_key(reading, iri), partial(reading.relation, iri)) for iri in found]
    return lists.page(reading, makers, asked.limit, asked.cursor, scope=list_scope(request))
