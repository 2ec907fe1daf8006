"""``/sparql`` and ``/as-of/{D}/sparql``: the SPARQL 1.1 Protocol as a plain ASGI route beside FastAPI's.

FastAPI's reading of parameters and models costs as much as a small query does. The query itself runs in a process
that can be killed; here it is read, handed on, and its answer passed through.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import anyio.to_thread
from fastapi import FastAPI
from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ics_graph.errors import InvalidParameter, TooLarge, Unavailable
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service import caching
from ics_graph.service.answering import about
from ics_graph.service.descriptions import serialised
from ics_graph.service.evaluating import Evaluating
from ics_graph.service.opened import OpenedGraph, holder_of
from ics_graph.service.problems import BadRequest, NotAcceptable, problem
from ics_graph.service.record import note_query
from ics_graph.service.service_description import DESCRIPTION_PREFIXES, service_description
from ics_graph.service.sparql_request import (
    METHODS,
    SOLUTION_FORMS,
    TRIPLE_FORMS,
    SparqlRequest,
    read_request,
)
from ics_graph.settings import Settings
from ics_graph.store.dataset import NO_DAYS, refuse_unknown
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import AS_OF
from ics_graph.workers.precheck import precheck

_VOLATILE: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
"""Functions with which the same query has another answer each time: such an answer has no validator."""


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
        asked = await read_request(request, request.path_params.get("day"))
        opened = holder_of(request.scope).opened()
        snapshot = opened.graph.snapshot
        view = _view(asked, snapshot)
        if asked.query is None:
            return self._description(request, asked, opened, view)
        return await self._answer(request, asked, asked.query, opened, view)

    async def _answer(
        self, request: Request, asked: SparqlRequest, query: str, opened: OpenedGraph, view: View
    ) -> Response:
        if len(query) > self._settings.query_length or len(query.encode("utf-8", "replace")) > (
            self._settings.query_length
        ):
            raise TooLarge(f"The query is longer than {self._settings.query_length} bytes.", setting="query_length")
        note_query(request.scope, query)
        if opened.sparql is None:
            raise Unavailable("SPARQL is not available in this service.")
        snapshot, dataset = opened.graph.snapshot, asked.dataset
        dated = snapshot.manifest.governed and (dataset is None or dataset.day is not None)
        if AS_OF in query and dataset is None and dated:
            view = await anyio.to_thread.run_sync(_view_of, query, view, self._settings)
        headers = _about(snapshot, view if dated else None)
        solutions, triples = asked.solutions or SOLUTION_FORMS[0], asked.triples or TRIPLE_FORMS[0]
        if request.method == "GET" and not _VOLATILE.search(query):
            parameters = [
                ("query", query), ("statuses", ",".join(view.statuses)), ("unknown", str(view.include_unknown)),
                ("dataset", repr(dataset)), ("union", str(snapshot.manifest.union)),
            ]  # fmt: skip
            forms = f"{solutions.suffix if asked.solutions else ''} {triples.suffix if asked.triples else ''}"
            tag = caching.entity_tag(
                snapshot.manifest.dataset, view.on if dated else None, "/sparql", parameters, forms
            )
            headers |= {
                "ETag": tag,
                "Cache-Control": caching.cache_control(day_stated=asked.view.on is not None or not dated),
            }
            if caching.names_tag(request.headers.get("if-none-match"), tag):
                return Response(status_code=304, headers=headers)
        else:
            headers["Cache-Control"] = "no-store"
        answer = await self._evaluating.answer(
            opened,
            opened.sparql,
            query,
            view,
            solutions=solutions.media_type,
            graphs=triples.media_type,
            dataset=dataset,
            receive=request.receive,
        )
        form = asked.form_of(answer.media_type)
        return Response(answer.body, headers=headers, media_type=form.content_type)

    def _description(self, request: Request, asked: SparqlRequest, opened: OpenedGraph, view: View) -> Response:
        """The service description that a GET without a query is answered with."""
        form = asked.triples
        if form is None:
            raise NotAcceptable(
                f"The service description is given as {', '.join(form.media_type for form in TRIPLE_FORMS)}."
            )
        snapshot = opened.graph.snapshot
        headers = {
            **_about(snapshot, view if snapshot.manifest.governed else None),
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


def _view(asked: SparqlRequest, snapshot: Snapshot) -> View:
    """The view of a request. Raises InvalidParameter for what its dataset cannot be asked for, before anything runs."""
    if asked.day_parameters and not snapshot.manifest.governed:
        name = asked.day_parameters[0]
        raise InvalidParameter(name, f"{name}: {NO_DAYS}", hint="Leave it out.")
    view = asked.view.view()
    if asked.dataset is not None:
        refuse_unknown(snapshot, asked.dataset)
        day = asked.dataset.day
        return view if day is None else replace(view, on=day)
    snapshot.day_graph(view)
    return view


def _about(snapshot: Snapshot, view: View | None) -> dict[str, str]:
    """The headers of every answer; ``view`` is ``None`` where it is the same on every day."""
    headers = {**about(snapshot, view or GovernanceGraph.view()), "Vary": "Accept"}
    if view is None:
        del headers["ICS-Graph-On"]
    return headers


def _view_of(query: str, view: View, settings: Settings) -> View:
    """The view with the day of ``FROM <.../as-of/D>``, which comes before that of the request."""
    # Which graphs there are is looked at where the query is evaluated.
    day = precheck(query, settings, allowed_graphs=lambda _: True).as_of
    return view if day is None else replace(view, on=day_parameter("FROM", day))


def add_sparql(app: FastAPI, route: SparqlRoute) -> None:
    """Put both addresses into an application. (The front comes to the route before the application's router does.)"""
    app.router.routes.append(Route("/sparql", route, name="sparql"))
    app.router.routes.append(Route("/as-of/{day}/sparql", route, name="sparql as of a day"))
