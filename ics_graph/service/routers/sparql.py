"""``/sparql`` and ``/as-of/{D}/sparql``: the SPARQL 1.1 Protocol as a plain ASGI route beside FastAPI's.

FastAPI's reading of parameters and models costs as much as a small query does. The query itself runs in a process
that can be killed; here it is read, handed on, and its answer passed through.
"""

from __future__ import annotations

import anyio.to_thread
from fastapi import FastAPI
from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ics_graph.service import caching
from ics_graph.service.descriptions import serialised
from ics_graph.service.evaluating import Evaluating
from ics_graph.service.negotiation import SUFFIX_KEY, accept_header
from ics_graph.service.opened import OpenedGraph, holder_of
from ics_graph.service.problems import BadRequest, NotAcceptable, problem
from ics_graph.service.record import note_query
from ics_graph.service.service_description import DESCRIPTION_PREFIXES, service_description
from ics_graph.service.sparql_preparing import (
    Preparation,
    about_answers,
    check_length,
    preparation_at,
    preparation_of,
    view_of_query,
)
from ics_graph.service.sparql_request import METHODS, TRIPLE_FORMS, SparqlRequest, read_posted
from ics_graph.settings import Settings
from ics_graph.store.snapshot import View


class SparqlRoute:
    """The ASGI application of both addresses."""

    def __init__(self, settings: Settings, evaluating: Evaluating) -> None:
        self._settings = settings
        self._evaluating = evaluating

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors of ours are left to the application's handlers."""
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": METHODS})
        if request.method not in {"GET", "HEAD", "POST"}:
            text = f"SPARQL takes {METHODS} only."
            return problem(request.scope, "method-not-allowed", text, headers={"Allow": METHODS})
        opened, day = holder_of(request.scope).opened(), request.path_params.get("day")
        if request.method == "POST":
            asked = await read_posted(request, day)
            query, preparation = asked.query, preparation_of(asked, opened)
        else:
            accept, suffix = accept_header(request), request.scope.get(SUFFIX_KEY)
            query, preparation = preparation_at(request.scope["query_string"], accept, opened, day=day, suffix=suffix)
        if query is None:
            return self._description(request, preparation.asked, opened, preparation.view)
        return await self._answer(request, query, opened, preparation)

    async def _answer(self, request: Request, query: str, opened: OpenedGraph, preparation: Preparation) -> Response:
        check_length(query, self._settings)
        note_query(request.scope, query)
        if preparation.names_day(query):
            view = await anyio.to_thread.run_sync(view_of_query, query, preparation.view, self._settings)
            preparation = Preparation(preparation.asked, opened, view)
        ready = preparation.of(query, by_get=request.method == "GET")
        headers = ready.all_headers()
        if ready.tag is not None and caching.names_tag(request.headers.get("if-none-match"), ready.tag):
            return Response(status_code=304, headers=headers)
        assert opened.sparql is not None  # noqa: S101 - else it was not prepared
        answer = await self._evaluating.answer(opened, opened.sparql, ready.job, receive=request.receive)
        content_type = preparation.content_type(answer.media_type).decode("ascii")
        return Response(answer.body, headers=headers, media_type=content_type)

    def _description(self, request: Request, asked: SparqlRequest, opened: OpenedGraph, view: View) -> Response:
        """The service description that a GET without a query is answered with."""
        form = asked.triples
        if form is None:
            raise NotAcceptable(
                f"The service description is given as {', '.join(form.media_type for form in TRIPLE_FORMS)}."
            )
        snapshot = opened.graph.snapshot
        headers = {
            **about_answers(snapshot, view if snapshot.manifest.governed else None),
            "Cache-Control": caching.cache_control(day_stated=False),
            # The address of the endpoint is in it: one kept for another host would lead its readers astray.
            "Vary": "Accept, Host",
        }
        try:
            endpoint = NamedNode(str(request.url.replace(path=request.scope["path"], query="", fragment="")))
        except ValueError:
            raise BadRequest("The header Host is not one of a web address.") from None
        day = view.on if snapshot.manifest.governed else None
        parameters = [("endpoint", endpoint.value), ("union", str(snapshot.manifest.union))]
        headers["ETag"] = tag = caching.entity_tag(
            snapshot.manifest.dataset, day, "service description", parameters, form.suffix
        )
        if caching.names_tag(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
        body = serialised(service_description(endpoint, snapshot), form.media_type, DESCRIPTION_PREFIXES)
        return Response(body, headers=headers, media_type=form.content_type)


def add_sparql(app: FastAPI, route: SparqlRoute) -> None:
    """Put both addresses into an application. (The front comes to the route before the application's router does.)"""
    app.router.routes.append(Route("/sparql", route, name="sparql"))
    app.router.routes.append(Route("/as-of/{day}/sparql", route, name="sparql as of a day"))
