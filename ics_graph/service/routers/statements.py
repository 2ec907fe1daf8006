"""``/claims``, ``/concepts``, ``/functions/{slug}/responsible`` and ``/days``."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import InvalidParameter, NotFound
from ics_graph.governance import lists, statements
from ics_graph.governance.answers import Page, as_json
from ics_graph.governance.reading import Reading, local_id
from ics_graph.governance.resolving import resolve
from ics_graph.service import tables
from ics_graph.service.answering import answer, given, instance_iri, is_iri, list_scope, merged
from ics_graph.service.descriptions import Subject
from ics_graph.service.documents import ClaimDocument, ConceptDocument, ListOfClaims, ListOfDays, ListOfRelations
from ics_graph.service.parameters import ClaimsParameters, DaysParameters, ResponsibleParameters, ViewParameters
from ics_graph.service.routers.organisations import relations_page
from ics_graph.service.routing import GraphRoute
from ics_graph.vocabulary import ID

router = APIRouter(tags=["statements"], route_class=GraphRoute)

_CLAIMED_OF = (
    *("org", "area", "post", "person", "constituency", "electorate", "instrument", "event", "rel", "claim", "source"),
)
"""The kinds of things that claims are about."""


@router.get("/claims", response_model=ListOfClaims)
async def list_claims(request: Request, asked: Annotated[ClaimsParameters, Query()]) -> Response:
    """What documents state, deny or leave unsaid, where they differ: all of it, none picked. By id."""
    asked.check()

    def make(reading: Reading) -> Page:
        found = statements.claims(
            reading,
            about=None if asked.about is None else _about(reading, asked.about),
            aspect=asked.aspect,
            polarity=asked.polarity,
            source=None if asked.source is None else f"{ID}source/{asked.source}",
        )
        makers = [(local_id(iri), partial(statements.claim, reading, iri)) for iri in found]
        return lists.page(reading, makers, asked.limit, asked.cursor, scope=list_scope(request))

    return await answer(request, asked, make, tables.CLAIMS)


@router.get("/claims/{id}", response_model=ClaimDocument)
async def show_claim(request: Request, id: str, asked: Annotated[ViewParameters, Query()]) -> Response:
    """One claim with its citations. Also as Turtle, JSON-LD and CSV."""

    def find(reading: Reading) -> str:
        return instance_iri(reading, "claim", id, "claim")

    def make(reading: Reading) -> dict[str, Any]:
        return merged(statements.claim(reading, find(reading)), {"meta": as_json(reading.meta())})

    return await answer(request, asked, make, tables.CLAIMS.one(), subject=lambda reading: Subject(find(reading)))


@router.get("/concepts/{scheme}/{slug}", response_model=ConceptDocument)
async def show_concept(request: Request, scheme: str, slug: str, asked: Annotated[ViewParameters, Query()]) -> Response:
    """A concept of the vocabulary: a status, kind of accountability, function, role ... Also as RDF and CSV."""

    iri = statements.concept_iri(scheme, slug)
    if not is_iri(iri):
        raise NotFound(f"There is no concept {slug!r} in the scheme {scheme!r}.")

    def make(reading: Reading) -> dict[str, Any]:
        return merged(statements.concept_answer(reading, iri), {"meta": as_json(reading.meta())})

    return await answer(request, asked, make, tables.CONCEPTS.one(), subject=lambda _: Subject(iri))


@router.get("/functions/{slug}/responsible", response_model=ListOfRelations)
async def list_responsible(request: Request, slug: str, asked: Annotated[ResponsibleParameters, Query()]) -> Response:
    """Who is responsible for a function (a concept of the scheme `function`) on the day, everywhere or in an area."""
    if asked.area is not None and not is_iri(f"http://area/{asked.area}"):
        raise InvalidParameter("area", f"area: {asked.area[:100]!r} is no id of an area.")

    def make(reading: Reading) -> Page:
        if not is_iri(f"http://function/{slug}"):
            raise NotFound(f"There is no function {slug!r}.")
        return relations_page(reading, request, asked, statements.responsibilities(reading, slug, asked.area))

    return await answer(request, asked, make, tables.RELATIONS)


@router.get("/days", response_model=ListOfDays)
async def list_days(request: Request, asked: Annotated[DaysParameters, Query()]) -> Response:
    """The days on which anything certainly begins or ends: between two of them every answer stays the same."""
    first, until = asked.span()

    def make(reading: Reading) -> Page:
        keyed = [(found.day, given(found)) for found in statements.days(reading, first, until)]
        return lists.page(reading, keyed, asked.limit, asked.cursor, scope=list_scope(request))

    return await answer(request, asked, make, tables.DAYS)


def _about(reading: Reading, text: str) -> str:
    """What claims are asked about. Raises InvalidParameter or Ambiguous."""
    try:
        return resolve(reading, text, _CLAIMED_OF)
    except NotFound as error:
        raise InvalidParameter("about", f"about: {error.message}", hint=error.hint) from None
