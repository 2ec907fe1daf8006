"""``/queries``: the stored queries, described and run in the worker processes that ``/sparql`` uses."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.catalogue.binding import bind
from ics_graph.catalogue.stored import StoredQuery
from ics_graph.errors import InvalidParameter, NotFound, Unavailable
from ics_graph.governance import lists
from ics_graph.governance.answers import Page
from ics_graph.governance.reading import Reading
from ics_graph.governance.resolving import resolve
from ics_graph.service import caching, tables
from ics_graph.service.answering import about, answer, list_scope
from ics_graph.service.documents import ListOfQueries
from ics_graph.service.evaluating import Evaluating
from ics_graph.service.negotiation import SUFFIX_KEY, Form, accept_header, preferred
from ics_graph.service.opened import OpenedGraph, holder_of
from ics_graph.service.parameters import PageParameters, ViewParameters, refuse_duplicates
from ics_graph.service.problems import NotAcceptable
from ics_graph.service.shipped import query_description, shipped_with
from ics_graph.service.sparql_request import SOLUTION_FORMS, TRIPLE_FORMS
from ics_graph.store.snapshot import View

router = APIRouter(prefix="/queries", tags=["queries"])

_OF_THE_VIEW: Final = ("on", "known", "status", "include")


@router.get("", response_model=ListOfQueries)
async def list_queries(request: Request, asked: Annotated[PageParameters, Query()]) -> Response:
    """The stored queries: the question of each, its parameters, and an example that can be run."""
    opened, settings = holder_of(request.scope).opened(), holder_of(request.scope).settings

    def make(reading: Reading) -> Page:
        shipped = shipped_with(opened.graph, settings)
        makers = [(name, partial(query_description, stored)) for name, stored in sorted(shipped.queries.items())]
        return lists.page(reading, makers, asked.limit, asked.cursor, scope=list_scope(request))

    return await answer(
        request, asked, make, tables.QUERIES, version=shipped_with(opened.graph, settings).queries_version
    )


_FREE: Final = {
    "name": "parameters",
    "in": "query",
    "required": False,
    "style": "form",
    "explode": True,
    "description": "The parameters of the query, each by its own name, as `/queries` lists them.",
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}
_DESCRIBED: Final = [
    _FREE,
    *(
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": ViewParameters.model_fields[name].description,
            "schema": {"type": "string"},
        }
        for name in ("on", "status", "include")
    ),
]


@router.get("/{name}", response_class=Response, openapi_extra={"parameters": _DESCRIBED})
async def run_query(request: Request, name: str) -> Response:
    """The answer of a stored query on the graph of a day, as SPARQL results: JSON, XML, CSV or TSV, or as RDF.

    Its parameters are those that `/queries` lists, and `on`, `status` and `include` besides; a parameter of the query
    comes before one of the view of the same name.
    """
    refuse_duplicates(request)
    holder = holder_of(request.scope)
    opened = holder.opened()
    shipped = shipped_with(opened.graph, holder.settings)
    stored = shipped.queries.get(name)
    if stored is None:
        raise NotFound(f"There is no stored query {name!r}.", hint="/queries lists those that there are.")
    given = {key: value for key, value in request.query_params.items() if key in _names(stored)}
    view = _view(stored, {key: value for key, value in request.query_params.items() if key not in given})
    forms = _forms(request)
    snapshot = opened.graph.snapshot
    snapshot.day_graph(view)  # refuses what no day graph can answer, before anything runs
    reading = opened.graph.reading(view, prepared=True)
    bound = bind(stored, given, view, lambda text, kinds: resolve(reading, text, kinds))
    parameters = request.query_params.multi_items()
    wanted = " ".join(form.suffix if form is not None else "" for form in forms)
    path = f"{request.scope['path']} {shipped.queries_version}"
    tag = caching.entity_tag(snapshot.manifest.dataset, view.on, path, parameters, wanted)
    day_stated = "on" in request.query_params
    headers = {
        **about(snapshot, view),
        "ETag": tag,
        "Cache-Control": caching.cache_control(day_stated=day_stated),
        "Vary": "Accept",
    }
    if caching.names_tag(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return await _answered(request, opened, stored, view, bound, forms, headers)


async def _answered(
    request: Request,
    opened: OpenedGraph,
    stored: StoredQuery,
    view: View,
    bound: dict[str, str],
    forms: tuple[Form | None, Form | None],
    headers: dict[str, str],
) -> Response:
    if opened.sparql is None:
        raise Unavailable("Stored queries cannot be run in this service.")
    solutions, triples = forms[0] or SOLUTION_FORMS[0], forms[1] or TRIPLE_FORMS[0]
    evaluating: Evaluating = request.app.state.evaluating
    job = opened.sparql.job(
        stored.text, view, solutions=solutions.media_type, graphs=triples.media_type, substitutions=bound
    )
    found = await evaluating.answer(opened, opened.sparql, job, receive=request.receive)
    for chosen, offered in zip(forms, (SOLUTION_FORMS, TRIPLE_FORMS), strict=True):
        if found.media_type in {form.media_type for form in offered}:
            if chosen is None:
                raise NotAcceptable(f"This query is answered as {', '.join(form.media_type for form in offered)}.")
            return Response(found.body, headers=headers, media_type=chosen.content_type)
    raise ValueError(found.media_type)


def _names(stored: StoredQuery) -> set[str]:
    return {parameter.name for parameter in stored.parameters}


def _view(stored: StoredQuery, given: dict[str, str]) -> View:
    """The view of a stored query: its own statuses and doubt, unless the request asks for others."""
    for name in given:
        if name not in _OF_THE_VIEW:
            listed = ", ".join(sorted(_names(stored) | set(_OF_THE_VIEW) - {"known"}))
            raise InvalidParameter(name, f"{name[:100]}: this query has no such parameter.", hint=f"It has {listed}.")
    values: dict[str, Any] = given
    view = ViewParameters(**values).view()
    return replace(
        view,
        statuses=view.statuses if "status" in given else stored.statuses,
        include_unknown=view.include_unknown if "include" in given else stored.include_unknown,
    )


def _forms(request: Request) -> tuple[Form | None, Form | None]:
    """The form of rows and the form of triples that the client takes; raises NotAcceptable where it takes none."""
    suffix = request.scope.get(SUFFIX_KEY)
    chosen: tuple[Form | None, Form | None]
    if suffix is None:
        accept = accept_header(request)
        chosen = preferred(accept, SOLUTION_FORMS), preferred(accept, TRIPLE_FORMS)
    else:
        rows = next((form for form in SOLUTION_FORMS if form.suffix == suffix), None)
        chosen = rows, next((form for form in TRIPLE_FORMS if form.suffix == suffix), None)
    if chosen == (None, None):
        offered = ", ".join(form.media_type for form in (*SOLUTION_FORMS, *TRIPLE_FORMS))
        raise NotAcceptable(f"Stored queries are answered as {offered}.")
    return chosen
