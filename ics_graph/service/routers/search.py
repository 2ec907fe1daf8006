"""``/search``: names, former names, acronyms and codes, ranked; homonyms are all given and told apart."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.governance import lists
from ics_graph.governance.answers import Page
from ics_graph.governance.reading import Reading
from ics_graph.service import tables
from ics_graph.service.answering import answer, list_scope
from ics_graph.service.documents import ListOfSearchHits
from ics_graph.service.parameters import SearchParameters
from ics_graph.service.routing import GraphRoute

router = APIRouter(tags=["search"], route_class=GraphRoute)


@router.get("/search", response_model=ListOfSearchHits)
async def search(request: Request, asked: Annotated[SearchParameters, Query()]) -> Response:
    """Bodies, areas, posts, people and instruments by any of their names, best match first."""

    def make(reading: Reading) -> Page:
        makers = lists.search_makers(reading, asked.q)
        return lists.page(reading, makers, asked.limit, asked.cursor, scope=list_scope(request))

    return await answer(request, asked, make, tables.HITS)
