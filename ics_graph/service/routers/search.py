"""``/search``: names, former names, acronyms and codes, ranked; homonyms are all given and told apart."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.governance import lists
from ics_graph.governance.answers import Page, SearchHit
from ics_graph.governance.reading import Reading
from ics_graph.service.answering import answer, given, list_scope
from ics_graph.service.documents import ListOfSearchHits
from ics_graph.service.parameters import SearchParameters

router = APIRouter(tags=["search"])


@router.get("/search", response_model=ListOfSearchHits)
def search(request: Request, asked: Annotated[SearchParameters, Query()]) -> Response:
    """Bodies, areas, posts, people and instruments by any of their names, best match first."""

    def make(reading: Reading) -> Page:
        hits = lists.search(reading, asked.q, limit=lists.MOST_ITEMS)
        keyed = [(_key(hit), given(hit)) for hit in hits]
        return lists.page(reading, keyed, asked.limit, asked.cursor, scope=list_scope(request))

    return answer(request, asked, make)


def _key(hit: SearchHit) -> str:
    """A text that sorts as the hits are ranked: best score first, then by name and id."""
    return f"{2 - hit.score:.3f}\0{hit.name}\0{hit.id}"
