"""What is done to every request before it is routed, and to every response: limits, suffixes, HEAD, CORS, headers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from time import monotonic
from typing import Final
from urllib.parse import unquote_to_bytes

import anyio
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ics_graph.errors import IcsGraphError, TooLarge
from ics_graph.service.answer_cache import KeptResponse, RepeatedRequests, RequestKey, is_known
from ics_graph.service.evaluating import Evaluating
from ics_graph.service.negotiation import METHOD_KEY, SUFFIX_KEY
from ics_graph.service.opened import Holder
from ics_graph.service.problems import RequestTimeout, fault, problem, problem_of
from ics_graph.service.record import record_of
from ics_graph.settings import Settings
from ics_graph.temporal.dates import today

SUFFIXES: Final = ("json", "ttl", "jsonld", "nt", "trig", "nq", "rdf", "csv", "tsv", "xml", "html")
_NO_SUFFIX: Final = frozenset({"/openapi.json", "/context.jsonld"})
LONGEST_ADDRESS: Final = 8192
"""Longest path with query string, in bytes, of any route but SPARQL (RFC 9110, 4.1, asks for at least 8,000)."""
VALIDATE_PATH: Final = "/validate"
"""The route that takes whole graphs, and so has a limit of its own for bodies."""
_NO_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPED: Final = 3
"""A byte of a query takes up to three in an address."""
SLOWEST_BODY: Final = 64 << 10
"""Bytes of a body for which a client has a second more: long bodies may come over slow lines, if they come."""

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # The graph is public and the service knows no sessions: any page may read it.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, ICS-Graph-On, ICS-Graph-Dataset, Retry-After",
}
"""Headers of every response."""
RAW_HEADERS: Final = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as the lines of a head."""
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])


RAW_LINES: Final = header_lines(RAW_HEADERS)
PIECE: Final = 256 << 10
"""Longest part of a body that is handed to the connection at once."""
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class Front:
    """Middleware around the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        sparql: ASGIApp,
        repeated: RepeatedRequests,
        evaluating: Evaluating,
    ) -> None:
        self._app = app
        self._sparql = sparql
        self._repeated = repeated if settings.answer_cache_bytes else None
        self._evaluating = evaluating
        self._body_limit = settings.request_bytes
        self._validate_limit = settings.validate_bytes
        self._request_timeout = settings.request_timeout
        self._address_limit = self.longest(settings)

    @staticmethod
    def longest(settings: Settings) -> int:
        """Most bytes of the address of a query."""
        return LONGEST_ADDRESS + _ESCAPED * settings.query_length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever fails inside becomes a problem document."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        key = None
        if self._repeated is not None:
            key = self._key(self._repeated, scope)
            kept = None if key is None else self._repeated.cache.get(key)
            if key is not None and kept is not None:
                await _send_kept(scope, send, kept, key[3])
                return
        response = _Response(send, self._evaluating, without_body=scope["method"] == "HEAD")
        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, response.send)
            return
        try:
            routed = _routed(scope)
            await self._application(routed)(routed, self._limited(routed, receive), response.send)
        except IcsGraphError as error:
            if response.started:
                raise
            await problem_of(scope, error)(scope, receive, response.send)
        except ClientDisconnect:
            # The client has gone, which is its right: nobody is left to be answered, and nothing went wrong here.
            return
        except Exception as error:
            # Nobody but the log may learn what happened; a response that has begun can only be broken off.
            if response.started:
                raise
            await fault(scope, error)(scope, receive, response.send)

        if key is not None and self._repeated is not None and response.whole is not None:
            headers, body = response.whole
            record = record_of(scope)
            # Where the graph was replaced since the key was made, the answer is of another version than the key.
            if record is None or record.dataset == key[3]:
                self._repeated.keep(key, headers, body, record.template() if record is not None else "")

    def _key(self, repeated: RepeatedRequests, scope: Scope) -> RequestKey | None:
        holder: Holder = scope["app"].state.holder
        opened = holder.current
        if opened is None:
            return None
        return repeated.key(scope, opened.graph.snapshot.manifest.dataset, today())

    def _application(self, routed: Scope) -> ASGIApp:
        """SPARQL's own route, which FastAPI's way to it would make slower than small queries are; else FastAPI."""
        path: str = routed["path"]
        if not path.endswith("/sparql"):
            return self._app
        day = path.removeprefix("/as-of/").removesuffix("/sparql")
        if path == "/sparql":
            template, routed["path_params"] = path, {}
        elif path.startswith("/as-of/") and day and "/" not in day:
            template, routed["path_params"] = "/as-of/{day}/sparql", {"day": day}
        else:
            return self._app
        record = record_of(routed)
        if record is not None:
            record.route = template
        return self._sparql

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            return Response(status_code=204, headers=_PREFLIGHT)
        path = scope["path"]
        raw_path: bytes = scope.get("raw_path") or path.encode("utf-8", "replace")
        to_sparql = path.rpartition("/")[2].startswith("sparql")
        limit = self._address_limit if to_sparql else LONGEST_ADDRESS
        if len(raw_path) + len(scope["query_string"]) > limit:
            return problem(scope, "uri-too-long", f"The address is longer than {limit} bytes.", limit="address")
        # The long queries of SPARQL are decoded by its own route, which refuses the same.
        if not _is_utf8(raw_path if to_sparql else raw_path + b"?" + scope["query_string"]):
            return problem(scope, "bad-request", "The address is not URL-encoded UTF-8.")
        length = headers.get("content-length", "0")
        setting, most = self._largest_body(_routed(scope))
        if length.isascii() and length.isdigit() and int(length[:20]) > most:
            return problem_of(scope, _too_large(setting, most))
        return None

    def _largest_body(self, routed: Scope) -> tuple[str, int]:
        """How large a body may be, after the name of the setting that says so."""
        if routed["path"] == VALIDATE_PATH:
            return "validate_bytes", self._validate_limit
        return "request_bytes", self._body_limit

    def _limited(self, routed: Scope, receive: Receive) -> Receive:
        """``receive`` that counts bytes and seconds: a body may be of any length where none is stated, or never end."""
        taken, begun, more = 0, 0.0, True
        setting, most = self._largest_body(routed)

        async def limited() -> Message:
            nonlocal taken, begun, more
            if not more:
                return await receive()
            begun = begun or monotonic()
            allowed = self._request_timeout + taken / SLOWEST_BODY
            with anyio.move_on_after(begun + allowed - monotonic()) as waiting:
                message = await receive()
            if waiting.cancelled_caught:
                raise RequestTimeout(f"The body did not arrive within {allowed:g} s.")
            if message["type"] == "http.request":
                more = message.get("more_body", False)
                taken += len(message.get("body", b""))
                if taken > most:
                    raise _too_large(setting, most)
            return message

        return limited


def _is_utf8(escaped: bytes) -> bool:
    if b"%" not in escaped:
        return escaped.isascii()
    if _NO_ESCAPE.search(escaped):
        return False
    try:
        unquote_to_bytes(escaped).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _too_large(setting: str, most: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most} bytes.", setting=setting)


class _Response:
    """``send`` that adds the headers of every response and leaves the body out where HEAD was asked."""

    def __init__(self, send: Send, evaluating: Evaluating, *, without_body: bool) -> None:
        self._send = send
        self._evaluating = evaluating
        self._without_body = without_body
        self._headers: list[tuple[bytes, bytes]] | None = None
        self.started = False
        self.whole: tuple[list[tuple[bytes, bytes]], bytes] | None = None
        """Headers and body, where the status is 200 and the body came in one piece."""

    async def send(self, message: Message) -> None:
        """See the class."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message.get("headers", ()))
            names = {name for name, _ in headers}
            headers += [pair for pair in RAW_HEADERS if pair[0] not in names]
            message = {**message, "headers": headers}
            if message["status"] == 200:
                self._headers = headers
        elif message["type"] == "http.response.body":
            body, more = message.get("body", b""), message.get("more_body", False)
            if self._headers is not None and not more:
                self.whole = self._headers, body
            self._headers = None
            if self._without_body:
                message = {**message, "body": b""}
            elif len(body) > PIECE:
                await self._send_pieces(body, more=more)
                return
        await self._send(message)

    async def _send_pieces(self, body: bytes, *, more: bool) -> None:
        """Send a long body as fast as the client takes it: what it has not taken is not copied."""
        self._evaluating.unsent += len(body)
        try:
            for begin in range(0, len(body), PIECE):
                end = begin + PIECE
                message = {
                    "type": "http.response.body", "body": body[begin:end], "more_body": more or end < len(body)
                }  # fmt: skip
                await self._send(message)
        finally:
            self._evaluating.unsent -= len(body)


async def _send_kept(scope: Scope, send: Send, kept: KeptResponse, dataset: str) -> None:
    """Answer from memory, or with 304 where the client has the answer."""
    record = record_of(scope)
    if record is not None:
        record.route, record.cache, record.dataset = kept.route, "hit", dataset
    if is_known(scope, kept.tag):
        await send({"type": "http.response.start", "status": 304, "headers": kept.not_modified})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": kept.headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else kept.body})


def _routed(scope: Scope) -> Scope:
    """The scope as the routes see it: HEAD is GET (RFC 9110, 9.3.2), and a suffix is a wish and no part of the path."""
    inner = {**scope, METHOD_KEY: scope["method"]}
    if scope["method"] == "HEAD":
        inner["method"] = "GET"
    path: str = scope["path"]
    stem, dot, suffix = path.rpartition(".")
    if dot and suffix in SUFFIXES and path not in _NO_SUFFIX and not stem.endswith("/"):
        inner["path"] = stem
        inner[SUFFIX_KEY] = suffix
    return inner
