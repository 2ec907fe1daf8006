"""From a question to a response: negotiation, validators, the answer, its form. Every route of the graph goes here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import InvalidParameter, NotFound
from ics_graph.governance.answers import Page, as_json
from ics_graph.governance.reading import Reading
from ics_graph.service import caching
from ics_graph.service.descriptions import Subject, describe, serialised
from ics_graph.service.negotiation import ENTITY_FORMS, JSON, negotiate
from ics_graph.service.opened import holder_of
from ics_graph.service.parameters import ViewParameters, refuse_duplicates
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.vocabulary import ID

Item = TypeVar("Item")


def answer(
    request: Request,
    asked: ViewParameters,
    make: Callable[[Reading], Any],
    *,
    subject: Callable[[Reading], Subject] | None = None,
) -> Response:
    """The response to a question about the graph.

    ``make`` gives the JSON answer as a typed answer or a dict of them; ``subject`` says what the RDF forms describe,
    where there are any. Raises what ``make`` raises, InvalidParameter and NotAcceptable.
    """
    refuse_duplicates(request)
    form = negotiate(request, ENTITY_FORMS if subject is not None else (JSON,))
    view = asked.view()
    graph = holder_of(request.scope).opened().graph
    parameters = request.query_params.multi_items()
    manifest = graph.snapshot.manifest
    tag = caching.entity_tag(manifest.dataset, view.on, request.url.path, parameters, form.suffix)
    headers = {
        **about(graph.snapshot, view),
        "ETag": tag,
        "Cache-Control": caching.cache_control(day_stated=asked.on is not None),
        "Vary": "Accept",
    }
    known_by_client = request.headers.get("if-none-match")
    if caching.names_tag(known_by_client, tag):
        return Response(status_code=304, headers=headers)
    reading = graph.reading(view)
    if form is JSON or subject is None:
        value = make(reading)
        if isinstance(value, Page) and value.next is not None:
            headers["Link"] = f'<{_next_address(request, value.next)}>; rel="next", {headers["Link"]}'
        body = encoded(as_json(value))
    else:
        if view.known is not None:
            raise InvalidParameter(
                "known",
                f"known: {form.media_type} is given with all documents known; application/json takes known=",
            )
        body = serialised(describe(reading, subject(reading)), form.media_type)
    if caching.names_anything(known_by_client):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=form.content_type)


def about(snapshot: Snapshot, view: View) -> dict[str, str]:
    """What every answer says of itself, also one whose body has no place for it: day, dataset version, licence."""
    return {
        "ICS-Graph-On": view.on.isoformat(),
        "ICS-Graph-Dataset": snapshot.manifest.dataset,
        "Link": f'<{snapshot.manifest.licence}>; rel="license"',
    }


def encoded(value: Any) -> bytes:
    """A JSON value as UTF-8. Lone surrogates, which UTF-8 cannot hold, become question marks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


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
