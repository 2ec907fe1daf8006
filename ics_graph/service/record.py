"""What is noted of one request while it is answered, for the log and the counters; nothing of who asked.

The record travels in the request's scope, and copies of the scope share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from itertools import count
from re import compile as expression
from secrets import token_hex
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Scope

if TYPE_CHECKING:
    from ics_graph.service.opened import InUse

RECORD: Final = "ics_graph.record"
REQUEST_ID: Final = b"x-request-id"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
SPARQL: Final = "/sparql"
SPARQL_OF_A_DAY: Final = "/as-of/{day}/sparql"
NO_ROUTE: Final = "(no route)"
"""The route of requests that came to none: their paths are the client's words, and of any number."""

_GIVEN_ID = expression(rb"[A-Za-z0-9._-]{1,64}")
_PROCESS: Final = token_hex(6)
_numbers = count(1)


class RequestRecord:
    """One request. ``route`` is the template that it came to; ``status`` stays 0 where nobody was answered."""

    __slots__ = (
        "bytes", "cache", "dataset", "id", "in_use", "limit", "method", "problem", "query", "route", "routed",
        "started", "status",
    )  # fmt: skip

    def __init__(self, method: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.started = perf_counter()
        self.method = method if method in METHODS else "other"
        self.id = given_id(headers) or f"{_PROCESS}{next(_numbers):08x}"
        self.status = 0
        self.bytes = 0
        self.dataset = ""
        self.route = ""
        self.routed: Scope | None = None
        # The opened graph that the request answers from, once it has asked for one.
        self.in_use: InUse | None = None
        self.problem: str | None = None
        self.limit: str | None = None
        self.cache: str | None = None
        self.query: str | bytes | None = None

    def template(self) -> str:
        """The template of the route, never the address: that has ids and words of the client in it."""
        if self.route:
            return self.route
        if self.routed is None or self.problem == "no-such-route":
            return NO_ROUTE
        path = getattr(self.routed.get("route"), "path", None)
        if isinstance(path, str):
            return path
        # The routes of SPARQL stand beside the framework's, and leave only what they took from the path.
        if str(self.routed.get("path", "")).endswith("/sparql"):
            return SPARQL_OF_A_DAY if self.routed.get("path_params") else SPARQL
        return NO_ROUTE


def given_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The ``X-Request-Id`` that a proxy gave, where it is short and plain; ``None`` else."""
    for name, value in headers:
        if name == REQUEST_ID:
            return value.decode("ascii") if _GIVEN_ID.fullmatch(value) else None
    return None


def record_of(scope: Scope) -> RequestRecord | None:
    """The record of a request; ``None`` where nothing observes (the tests of single parts)."""
    record: RequestRecord | None = scope.get(RECORD)
    return record


def note_query(scope: Scope, text: str | bytes) -> None:
    """Note the text of a query; the log takes its length and SHA-256, and the text only where it is set to."""
    record: RequestRecord | None = scope.get(RECORD)
    if record is not None:
        record.query = text


def note_problem(scope: Scope, kind: str, limit: Any) -> None:
    """Note which kind of problem a request is answered with, and the setting whose limit it reached."""
    record: RequestRecord | None = scope.get(RECORD)
    if record is not None:
        record.problem = kind
        record.limit = limit if isinstance(limit, str) else None


def described_query(text: str | bytes, longest: int) -> dict[str, Any]:
    """A query as the log may have it: bytes and SHA-256, and the text where it has ``longest`` bytes at most."""
    encoded = text.encode("utf-8", "replace") if isinstance(text, str) else text
    described: dict[str, Any] = {"bytes": len(encoded), "sha256": sha256(encoded).hexdigest()}
    if 0 < len(encoded) <= longest:
        described["text"] = encoded.decode("utf-8", "replace")
    return described
