"""A query put to a SPARQL 1.1 endpoint elsewhere, through SPARQLWrapper, with the limits and forms of the own engine.

What an endpoint sends is read as a result or a graph and written again: so an endpoint that has only one of the forms
gives all of them, and what is none is told as such and never passed on.
"""

from __future__ import annotations

import json
import math
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from itertools import pairwise
from time import monotonic
from typing import IO, Any, Final
from urllib.parse import urlsplit

from pyoxigraph import QueryBoolean, QueryResultsFormat, RdfFormat, parse, parse_query_results, serialize

from ics_graph.errors import (
    BadQuery,
    Busy,
    IcsGraphError,
    InvalidData,
    InvalidParameter,
    QueryTimeout,
    TooLarge,
    Unavailable,
)
from ics_graph.settings import Settings
from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.evaluation import count_rows
from ics_graph.workers.tokens import scan, shortened

ACCEPT: Final = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9, text/turtle, application/n-triples;q=0.9, "
    "application/rdf+xml;q=0.8, application/ld+json;q=0.7, application/json;q=0.5, application/xml;q=0.4"
)
"""Both kinds of forms: which one a query is answered with is the endpoint's to know."""
_ROW_FORMS: Final = {
    "application/json": QueryResultsFormat.JSON,
    "application/xml": QueryResultsFormat.XML,
    "text/xml": QueryResultsFormat.XML,
}
_LONGEST_ADDRESS: Final = 2000
"""Longest address with a query in it; a longer one is posted. A GET goes through redirections and caches."""
_LONGEST_PROBLEM: Final = 64 << 10
_PIECE: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class RemoteAnswer:
    """A whole answer: bytes, media type, rows or triples; ``on`` is the day that the endpoint says it answers for."""

    body: bytes
    media_type: str
    rows: int
    on: str | None


_Fetched = tuple[bytes, str, str | None]
"""The body of an answer, its media type, and the day that it says it is for."""


class RemoteEndpoint:
    """A SPARQL 1.1 endpoint at a web address."""

    def __init__(self, address: str, settings: Settings) -> None:
        """Raises InvalidParameter where ``address`` is none of the web, and Unavailable without SPARQLWrapper."""
        try:
            parts = urlsplit(address)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or any(character <= " " for character in address):
            raise InvalidParameter(
                "endpoint", f"endpoint: {shortened(address)!r} is no address of the web (http, https)."
            )
        if parts.username is not None:
            raise InvalidParameter("endpoint", "endpoint: give no name and password in the address: it would be shown.")
        if parts.fragment or parts.query:
            raise InvalidParameter("endpoint", "endpoint: give the address without what follows ? or #.")
        try:
            import SPARQLWrapper  # noqa: F401, PLC0415 - an extra, imported when used
        except ImportError:
            raise Unavailable("Endpoints need more than the core: pip install 'ics-graph[remote]'.") from None
        self._address = address
        self._settings = settings

    def evaluate(self, query: str, *, solutions: str, parameters: Mapping[str, str] | None = None) -> RemoteAnswer:
        """The whole answer; rows and truth values in the media type ``solutions``, triples in Turtle.

        ``parameters`` go with the query. Raises QueryTimeout past ``query_deadline`` (whatever the endpoint does),
        TooLarge past ``query_bytes`` or ``query_rows``, BadQuery where the endpoint refuses the query, Busy and
        Unavailable where it does not answer, and InvalidData where what it sends is no answer.
        """
        text = with_prefixes(query)
        deadline = self._settings.query_deadline
        until = monotonic() + deadline
        done: queue.SimpleQueue[_Fetched | BaseException] = queue.SimpleQueue()

        def work() -> None:
            try:
                done.put(self._fetch(text, parameters or {}, until))
            except BaseException as error:  # noqa: BLE001 - told to the thread that waits
                done.put(error)

        # No time limit of a socket holds against an endpoint that sends a byte now and then; a thread can be left.
        threading.Thread(target=work, daemon=True).start()
        try:
            found = done.get(timeout=deadline)
        except queue.Empty:
            raise self._late() from None
        if isinstance(found, BaseException):
            raise found
        return self._read(found, solutions)

    def _read(self, fetched: _Fetched, solutions: str) -> RemoteAnswer:
        body, media_type, on = fetched
        rows_form = QueryResultsFormat.from_media_type(media_type) or _ROW_FORMS.get(media_type)
        graph_form = RdfFormat.from_media_type(media_type) if rows_form is None else None
        try:
            if rows_form is not None:
                wanted = QueryResultsFormat.from_media_type(solutions)
                results = parse_query_results(body, format=rows_form)
                written = results.serialize(format=wanted)
                assert wanted is not None and written is not None, solutions  # noqa: S101, PT018 - our own forms
                rows = 1 if isinstance(results, QueryBoolean) else count_rows(written, wanted)
                answer = RemoteAnswer(written, solutions, rows, on)
            elif graph_form is not None:
                triples = list(dict.fromkeys(quad.triple for quad in parse(body, format=graph_form)))
                written = serialize(triples, format=RdfFormat.TURTLE, prefixes=dict(PREFIXES))
                assert written is not None  # noqa: S101 - it is, where no file is given to write to
                answer = RemoteAnswer(written, RdfFormat.TURTLE.media_type, len(triples), on)
            else:
                kind = shortened(media_type) or "no stated form"
                raise InvalidData(f"The endpoint answers in {kind}, which is no form of SPARQL results or RDF.")
        except (SyntaxError, ValueError, OSError) as error:
            raise _unreadable(error) from None
        if answer.rows > self._settings.query_rows:
            raise TooLarge(
                f"The answer has more than {self._settings.query_rows:,} rows.",
                setting="query_rows",
                hint="Page with ORDER BY, LIMIT and OFFSET.",
            )
        return answer

    def _fetch(self, query: str, parameters: Mapping[str, str], until: float) -> _Fetched:
        try:
            with self._client(query, parameters).query().response as response:
                body = self._body(response, until)
                header = response.headers
                return body, header.get_content_type(), header.get("ICS-Graph-On")
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except TimeoutError:
            raise self._late() from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise self._late() from None
            raise Unavailable(f"The endpoint cannot be reached ({shortened(str(error.reason))}).") from None
        except (OSError, HTTPException, ValueError) as error:
            kind = type(error).__name__
            raise Unavailable(f"The endpoint broke off, or does not speak HTTP ({kind}).") from None

    def _body(self, response: HTTPResponse, until: float) -> bytes:
        body = BytesIO()
        while piece := response.read(_PIECE):
            body.write(piece)
            if body.tell() > self._settings.query_bytes:
                raise TooLarge(
                    f"The answer has more than {self._settings.query_bytes:,} bytes.",
                    setting="query_bytes",
                    hint="Select fewer columns, or page with ORDER BY, LIMIT and OFFSET.",
                )
            if monotonic() > until:
                raise self._late()
        if response.length:
            # Read in pieces, a body that ends early is no error to the library.
            raise IncompleteRead(body.getvalue(), response.length)
        return body.getvalue()

    def _client(self, query: str, parameters: Mapping[str, str]) -> Any:
        import SPARQLWrapper  # noqa: PLC0415 - an extra, imported when used

        opener = urllib.request.build_opener(_Redirections)
        seconds = math.ceil(self._settings.query_deadline)

        class Client(SPARQLWrapper.SPARQLWrapper):
            def _query(self) -> tuple[Any, str]:
                # The library reads the body of an error without a limit, and follows redirections of a POST as a GET
                # that has lost its query.
                return opener.open(self._createRequest(), timeout=seconds), self.returnFormat

        client = Client(self._address, agent="ics-graph")
        client.setOnlyConneg(True)
        client.setReturnFormat(SPARQLWrapper.JSON)
        for name, value in parameters.items():
            client.addParameter(name, value)
        client.queryString = query
        # Never an update, whatever the text looks like: an endpoint refuses one that comes as a query.
        client.queryType = SPARQLWrapper.SELECT
        client.addCustomHttpHeader("Accept", ACCEPT)
        if len(client._createRequest().full_url) > _LONGEST_ADDRESS:
            client.setMethod(SPARQLWrapper.POST)
        return client

    def _late(self) -> QueryTimeout:
        return QueryTimeout(
            f"The endpoint gave no whole answer within {self._settings.query_deadline:g} s.", setting="query_deadline"
        )


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Follows a GET within the web, and nothing else."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.get_method() != "GET" or urlsplit(newurl).scheme not in {"http", "https"}:
            raise Unavailable(f"The endpoint has moved to {shortened(newurl)}.", hint="Give that address.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def with_prefixes(query: str) -> str:
    """The query with a PREFIX for each of our prefixes that it uses without one, as the own engine reads it.

    They are put on its first line, so that the lines of errors stay right. Raises BadQuery for what is no SPARQL text.
    """
    tokens = [token for token in scan(query) if token.kind != "comment"]
    used = {token.text.partition(":")[0]: None for token in tokens if token.kind == "prefixed"}
    declared = {
        after.text[:-1]
        for before, after in pairwise(tokens)
        if before.kind == "word" and before.text.upper() == "PREFIX" and after.kind == "prefixed"
    }
    missing = [name for name in used if name in PREFIXES and name not in declared]
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in missing) + query


def _unreadable(error: Exception) -> InvalidData:
    return InvalidData(f"What the endpoint sends cannot be read: {shortened(' '.join(str(error).split()), 200)}")


def _refusal(error: urllib.error.HTTPError) -> IcsGraphError:
    """The error for an answer with a status of 4xx or 5xx; a problem document (RFC 9457) has its own words."""
    try:
        body = error.read(_LONGEST_PROBLEM).decode("utf-8", "replace")
    except (OSError, HTTPException):
        body = ""
    told: dict[str, Any] = {}
    try:
        content = json.loads(body)
        told = content if isinstance(content, dict) else {}
    except ValueError:
        pass
    plain = "" if "<html" in body[:1000].lower() else " ".join(body.split())
    words = shortened(" ".join(str(told.get("detail") or plain or error.reason or "no reason given").split()), 500)
    message = f"The endpoint answers {error.code}: {words}"
    hint = shortened(str(told["hint"]), 500) if told.get("hint") else None
    if error.code in {408, 504}:
        return QueryTimeout(message, setting="query_deadline", hint=hint)
    if error.code in {429, 503}:
        return Busy(message, setting="query_queue", hint=hint)
    if error.code == 413:
        return TooLarge(message, setting=str(told.get("limit") or "query_bytes"), hint=hint)
    if error.code in {400, 422} or (error.code == 403 and "update" in str(told.get("type"))):
        line, column = (told.get(name) if isinstance(told.get(name), int) else None for name in ("line", "column"))
        return BadQuery(message, line=line, column=column, hint=hint)
    return Unavailable(message, hint=hint)
