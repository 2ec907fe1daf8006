"""From a question to a response: negotiation, validators, the answer, its form. Every route of the graph goes here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import anyio.to_thread
from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import InvalidParameter, NotFound
from ics_graph.governance.answers import Page, as_json
from ics_graph.governance.reading import Reading
from ics_graph.service import caching
from ics_graph.service.descriptions import Subject, describe, serialised, together
from ics_graph.service.linked import CONTEXT_LINK, triples_of
from ics_graph.service.making import makers_of
from ics_graph.service.negotiation import CSV, JSON, JSON_LD, TURTLE, Form, negotiate
from ics_graph.service.opened import holder_of
from ics_graph.service.parameters import ViewParameters, refuse_duplicates
from ics_graph.service.tables import Table, as_csv
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.vocabulary import ID

ANSWER_FORMS: Final = (JSON, TURTLE, JSON_LD, CSV)
"""The forms of every answer about the graph; the first is the default."""

# Answers are trees that were made for the one request: none contains itself.
_as_text: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

Item = TypeVar("Item")


async def answer(
    request: Request,
    asked: ViewParameters,
    make: Callable[[Reading], Any],
    table: Table,
    *,
    subject: Callable[[Reading], Subject] | None = None,
    version: str = "",
) -> Response:
    """The response to a question about the graph, as JSON, Turtle, JSON-LD or CSV.

    ``make`` gives the JSON answer as a typed answer or a dict of them, ``table`` the columns of its CSV; ``subject``
    says what the RDF forms describe beyond what JSON has. ``version`` is that of anything beside the dataset on which
    the answer rests. Raises what ``make`` raises, InvalidParameter and NotAcceptable.
    """
    refuse_duplicates(request)
    form = negotiate(request, ANSWER_FORMS)
    view = asked.view()
    graph = holder_of(request.scope).opened().graph
    parameters = request.query_params.multi_items()
    manifest = graph.snapshot.manifest
    tag = caching.entity_tag(manifest.dataset + version, view.on, request.scope["path"], parameters, form.suffix)
    known_by_client = request.headers.get("if-none-match")
    headers = {
        **about(graph.snapshot, view),
        "ETag": tag,
        "Cache-Control": caching.cache_control(day_stated=asked.on is not None),
        "Vary": "Accept",
    }
    if caching.names_tag(known_by_client, tag):
        return Response(status_code=304, headers=headers)
    work = partial(_made, graph.reading(view, prepared=True), make, table, subject, form)
    body, cursor = await anyio.to_thread.run_sync(work, limiter=makers_of(request.app))
    links = [headers["Link"]] if "Link" in headers else []
    if cursor is not None:
        links.insert(0, f'<{_next_address(request, cursor)}>; rel="next"')
    if form is JSON:
        links.append(CONTEXT_LINK)
    if links:
        headers["Link"] = ", ".join(links)
    if caching.names_anything(known_by_client):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=form.content_type)


def _made(
    reading: Reading,
    make: Callable[[Reading], Any],
    table: Table,
    subject: Callable[[Reading], Subject] | None,
    form: Form,
) -> tuple[bytes, str | None]:
    """The body of an answer in a form, and the cursor of the part that follows it, if any."""
    if form in (TURTLE, JSON_LD) and reading.view.known is not None:
        raise InvalidParameter(
            "known",
            f"known: {form.media_type} is given with all documents known; application/json takes known=",
        )
    value = make(reading)
    cursor = value.next if isinstance(value, Page) else None
    content: dict[str, Any] = as_json(value)
    if form is JSON:
        return encoded(content), cursor
    if form is CSV:
        return as_csv(content, table), cursor
    described = describe(reading, subject(reading)) if subject is not None else []
    return serialised(together(described, triples_of(content)), form.media_type), cursor


def about(snapshot: Snapshot, view: View) -> dict[str, str]:
    """What every answer says of itself, also one whose body has no place for it: day, dataset version, licence."""
    headers = {"ICS-Graph-On": view.on.isoformat(), "ICS-Graph-Dataset": snapshot.manifest.dataset}
    if snapshot.manifest.licence:
        headers["Link"] = f'<{snapshot.manifest.licence}>; rel="license"'
    return headers


def encoded(value: Any) -> bytes:
    """A JSON value as UTF-8. Lone surrogates, which UTF-8 cannot hold, become question marks."""
    return _as_text(value).encode("utf-8", "replace")


def merged(entity: Any, others: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an answer at the top level, with further ones."""
    fields: dict[str, Any] = as_json(entity)
    return {**fields, **others}


def instance_iri(reading: Reading, kind: str, identifier: str, noun: str) -> str:
    """The IRI of an instance by kind and id; raises NotFound where the graph says nothing of it."""
    iri = f"{ID}{kind}/{identifier}"
    if not is_iri(iri) or not reading.describe(iri):
        raise NotFound(f"There is no {noun} with the id {identifier!r}.", hint="Look for it with /search?q=.")
    return iri


def given(item: Item) -> Callable[[], Item]:
    """An item that is there already, as the maker that a page of a list asks for."""
    return lambda: item


def is_iri(text: str) -> bool:
    """Whether a text is an IRI that a store takes: what is none can be nothing's id."""
    try:
        NamedNode(text)
    except ValueError:  # a lone surrogate too: UnicodeEncodeError is a ValueError
        return False
    return True


def list_scope(request: Request) -> str:
    """Which list a request asks for a part of: its route, and all its parameters but those that choose the part."""
    parameters = [pair for pair in request.query_params.multi_items() if pair[0] not in {"cursor", "limit"}]
    return repr((request.scope["path"], sorted(parameters)))


def _next_address(request: Request, cursor: str) -> str:
    parameters = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    raw = request.scope.get("raw_path")
    path = raw.decode("ascii", "replace") if raw else quote(request.url.path)
    return f"{path}?{urlencode([*parameters, ('cursor', cursor)], errors='replace')}"
