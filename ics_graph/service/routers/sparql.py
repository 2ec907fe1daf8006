"""``/sparql`` and ``/as-of/{D}/sparql``: the SPARQL 1.1 Protocol as a plain ASGI route beside FastAPI's.

FastAPI's reading of parameters and models costs as much as a small query does. The query itself runs in a process
that can be killed; here it is read, handed on, and its answer passed through.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import FastAPI
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ics_graph.errors import Busy, TooLarge, Unavailable
from ics_graph.service import caching
from ics_graph.service.abandoning import run_while_connected
from ics_graph.service.answering import about
from ics_graph.service.descriptions import serialised
from ics_graph.service.negotiation import GRAPH_FORMS, negotiate
from ics_graph.service.opened import OpenedGraph, SparqlAnswer, holder_of
from ics_graph.service.problems import BadRequest, problem
from ics_graph.service.sparql_request import (
    METHODS,
    SOLUTION_FORMS,
    TRIPLE_FORMS,
    SparqlRequest,
    read_request,
)
from ics_graph.settings import Settings
from ics_graph.store.snapshot import View
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import AS_OF, DCTERMS, RDF, XSD
from ics_graph.workers.handles import Cancellation
from ics_graph.workers.precheck import precheck

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
VOID: Final = "http://rdfs.org/ns/void#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_FORMAT_IRIS: Final = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle", "N-Triples",
    "RDF_XML", "JSON-LD",
)  # fmt: skip

_VOLATILE: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
"""Functions with which the same query has another answer each time: such an answer has no validator."""


class SparqlRoute:
    """The ASGI application of both addresses."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limiter: CapacityLimiter | None = None

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
        view = asked.view.view()
        opened.graph.snapshot.day_graph(view)  # refuses what no day graph can answer, before anything runs
        if asked.query is None:
            return self._description(request, opened, view)
        return await self._answer(request, asked, asked.query, opened, view)

    async def _answer(
        self, request: Request, asked: SparqlRequest, query: str, opened: OpenedGraph, view: View
    ) -> Response:
        if len(query.encode("utf-8", "replace")) > self._settings.query_length:
            raise TooLarge(f"The query is longer than {self._settings.query_length} bytes.", setting="query_length")
        if opened.sparql is None:
            raise Unavailable("SPARQL is not available in this service.")
        if AS_OF in query:
            view = await anyio.to_thread.run_sync(_view_of, query, view, self._settings)
        headers = {**about(opened.graph.snapshot, view), "Vary": "Accept"}
        solutions, triples = asked.solutions or SOLUTION_FORMS[0], asked.triples or TRIPLE_FORMS[0]
        if request.method == "GET" and not _VOLATILE.search(query):
            parameters = [
                ("query", query), ("statuses", ",".join(view.statuses)), ("unknown", str(view.include_unknown))
            ]  # fmt: skip
            forms = f"{solutions.suffix if asked.solutions else ''} {triples.suffix if asked.triples else ''}"
            tag = caching.entity_tag(opened.graph.snapshot.manifest.dataset, view.on, "/sparql", parameters, forms)
            headers |= {"ETag": tag, "Cache-Control": caching.cache_control(day_stated=asked.view.on is not None)}
            if caching.names_tag(request.headers.get("if-none-match"), tag):
                return Response(status_code=304, headers=headers)
        else:
            headers["Cache-Control"] = "no-store"
        evaluator = opened.sparql

        def work(cancellation: Cancellation) -> SparqlAnswer:
            return evaluator.evaluate(
                query, view, solutions=solutions.media_type, graphs=triples.media_type, cancellation=cancellation
            )

        answer = await self._run(request, work)
        form = asked.form_of(answer.media_type)
        return Response(answer.body, headers=headers, media_type=form.content_type)

    async def _run(self, request: Request, work: Callable[[Cancellation], SparqlAnswer]) -> SparqlAnswer:
        """Wait for a worker in a thread of SPARQL's own, so that queries never hold the threads of other routes.

        Raises Busy at once where as many requests wait as may, and ClientDisconnect where the client goes away: its
        query is not evaluated to the end.
        """
        if self._limiter is None:
            # A limiter belongs to the event loop in which it is made.
            self._limiter = CapacityLimiter(self._settings.query_workers + self._settings.query_queue)
        if self._limiter.available_tokens < 1:
            raise Busy("As many queries are waiting as may; ask again in a moment.", setting="query_queue")
        return await run_while_connected(request.receive, work, self._limiter)

    def _description(self, request: Request, opened: OpenedGraph, view: View) -> Response:
        """The service description (SPARQL 1.1 Service Description, with VoID) that a bare GET is answered with."""
        form = negotiate(request, GRAPH_FORMS)
        headers = {
            **about(opened.graph.snapshot, view),
            "Cache-Control": caching.cache_control(day_stated=False),
            "Vary": "Accept",
        }
        try:
            endpoint = NamedNode(str(request.url.replace(path=request.scope["path"], query="", fragment="")))
        except ValueError:
            raise BadRequest("The header Host is not one of a web address.") from None
        body = serialised(service_description(endpoint, opened), form.media_type)
        return Response(body, headers=headers, media_type=form.content_type)


def _view_of(query: str, view: View, settings: Settings) -> View:
    """The view with the day of ``FROM <.../as-of/D>``, which comes before that of the request."""
    day = precheck(query, settings).as_of
    return view if day is None else replace(view, on=day_parameter("FROM", day))


def service_description(endpoint: NamedNode, opened: OpenedGraph) -> list[Triple]:
    """What the endpoint is, which forms it gives, how large its graph is."""
    manifest = opened.graph.snapshot.manifest
    service, dataset, graph = BlankNode("service"), BlankNode("dataset"), BlankNode("graph")
    triples = Literal(str(manifest.triples), datatype=NamedNode(XSD + "integer"))
    rdf_type, language = NamedNode(RDF + "type"), NamedNode(SD + "supportedLanguage")
    return [
        Triple(service, rdf_type, NamedNode(SD + "Service")),
        Triple(service, NamedNode(SD + "endpoint"), endpoint),
        Triple(service, language, NamedNode(SD + "SPARQL11Query")),
        *(Triple(service, NamedNode(SD + "resultFormat"), NamedNode(_FORMATS + name)) for name in _FORMAT_IRIS),
        Triple(service, NamedNode(SD + "defaultDataset"), dataset),
        Triple(dataset, rdf_type, NamedNode(SD + "Dataset")),
        Triple(dataset, NamedNode(SD + "defaultGraph"), graph),
        Triple(graph, rdf_type, NamedNode(SD + "Graph")),
        Triple(graph, rdf_type, NamedNode(VOID + "Dataset")),
        Triple(graph, NamedNode(VOID + "triples"), triples),
        Triple(graph, NamedNode(DCTERMS + "license"), NamedNode(manifest.licence)),
        Triple(graph, NamedNode(DCTERMS + "identifier"), Literal(manifest.dataset)),
    ]


def add_sparql(app: FastAPI, settings: Settings) -> None:
    """Put both addresses into an application."""
    route = SparqlRoute(settings)
    app.router.routes.append(Route("/sparql", route, name="sparql"))
    app.router.routes.append(Route("/as-of/{day}/sparql", route, name="sparql as of a day"))
