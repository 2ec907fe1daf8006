"""``/data``: the dataset as files, and the JSON-LD context of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ics_graph.errors import NotFound
from ics_graph.governance import lists
from ics_graph.governance.answers import Page
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.reading import Reading
from ics_graph.service import caching, tables
from ics_graph.service.answering import about, answer, given, list_scope
from ics_graph.service.documents import ListOfDumps
from ics_graph.service.dumps import DUMPS, compressed, dumps, lines, pretty
from ics_graph.service.linked import CONTEXT_PATH, context_document
from ics_graph.service.negotiation import JSON, JSON_LD, METHOD_KEY, N_QUADS, N_TRIPLES, negotiate
from ics_graph.service.opened import holder_of
from ics_graph.service.parameters import NoParameters, PageParameters
from ics_graph.service.routing import GraphRoute

router = APIRouter(tags=["data"], route_class=GraphRoute)

_GZIP: Final = "gzip"


@router.get("/data", response_model=ListOfDumps)
async def list_dumps(request: Request, asked: Annotated[PageParameters, Query()]) -> Response:
    """What can be downloaded as a whole, with the addresses of its forms."""

    def make(reading: Reading) -> Page:
        keyed = [(found.id, given(found)) for found in dumps(reading.snapshot)]
        return lists.page(reading, keyed, asked.limit, asked.cursor, scope=list_scope(request))

    return await answer(request, asked, make, tables.DUMPS)


@router.get("/data/{name}", response_class=Response)
async def download(request: Request, name: str, asked: Annotated[NoParameters, Query()]) -> Response:
    """A dump as N-Triples, N-Quads, Turtle or TriG, by suffix or `Accept`; gzip where the client takes it."""
    del asked  # it is there to refuse parameters
    source = DUMPS.get(name)
    snapshot = holder_of(request.scope).opened().graph.snapshot
    path = None if source is None else snapshot.folder / source.file
    if source is None or path is None or not path.is_file():
        raise NotFound(f"There is no dump {name!r}.", hint="/data lists those that there are.")
    form = negotiate(request, source.forms)
    as_it_is = form in (N_TRIPLES, N_QUADS)
    packed = as_it_is and _takes_gzip(request)
    tag = caching.entity_tag(
        snapshot.manifest.dataset, None, f"/data/{name}", (), f"{form.suffix}{'.gz' if packed else ''}"
    )
    headers = {
        **about(snapshot, GovernanceGraph.view()),
        "ETag": tag,
        "Cache-Control": caching.cache_control(day_stated=True),
        "Vary": "Accept, Accept-Encoding",
        "Content-Disposition": f'attachment; filename="ics-graph-{name}.{form.suffix}"',
    }
    del headers["ICS-Graph-On"]
    tags = request.headers.get("if-none-match")
    if caching.names_tag(tags, tag) or caching.names_anything(tags):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = _GZIP
        headers["Content-Length"] = str(path.stat().st_size)
    opening: Callable[[], Iterator[bytes]] = (
        partial(compressed if packed else lines, path) if as_it_is else partial(pretty, path, form)
    )
    if request.scope.get(METHOD_KEY) == "HEAD":
        return StreamingResponse(iter(()), headers=headers, media_type=form.content_type)
    # Opened before the answer begins: a file that is not there is a problem, and never half an answer.
    pieces = await anyio.to_thread.run_sync(opening)
    return StreamingResponse(pieces, headers=headers, media_type=form.content_type)


def _takes_gzip(request: Request) -> bool:
    """Whether the client takes gzip (RFC 9110, 12.5.3); without the header it may, but nobody does who says nothing."""
    weights: dict[str, float] = {}
    for entry in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, rest = entry.partition(";")
        weight = rest.replace(" ", "").removeprefix("q=")
        try:
            weights[coding.strip()] = float(weight) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get(_GZIP, weights.get("*", 0.0)) > 0


@router.get(CONTEXT_PATH, response_class=Response)
async def show_context(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """The JSON-LD context under which every JSON answer is RDF."""
    del asked
    form = negotiate(request, (JSON_LD, JSON))
    body, tag = context_document()
    headers = {"ETag": tag, "Cache-Control": caching.cache_control(day_stated=True), "Vary": "Accept"}
    tags = request.headers.get("if-none-match")
    if caching.names_tag(tags, tag) or caching.names_anything(tags):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=form.media_type)
