"""Errors over HTTP: one table from the kind of an error to a problem document (RFC 9457).

Whatever goes wrong, the body is ``application/problem+json`` with ``type, title, status, detail, instance`` and what
the kind adds: ``parameter``; ``line, column, hint``; ``candidates``; ``limit``. No traceback and nothing of the
machine's inside is in it. Input that is quoted is encoded by JSON and shortened.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, get_type_hints
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from ics_graph.errors import Ambiguous, BadQuery, Busy, IcsGraphError, InvalidParameter, LimitReached
from ics_graph.service.record import note_problem

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "https://w3id.org/ics-graph/problem/"
_LONGEST_DETAIL: Final = 1000
_LONGEST_INSTANCE: Final = 500
_RETRY_AFTER_SECONDS: Final = 1

log = logging.getLogger("ics_graph.service")


@dataclass(frozen=True, slots=True)
class ProblemType:
    """How a kind of error is told over HTTP."""

    status: int
    title: str


PROBLEM_TYPES: Final[Mapping[str, ProblemType]] = MappingProxyType(
    {
        # Kinds of ics_graph.errors; a test compares them with the tree of errors.
        "invalid-parameter": ProblemType(400, "A parameter cannot be meant"),
        "ambiguous": ProblemType(400, "The name means several entities"),
        "bad-query": ProblemType(400, "The query cannot be answered"),
        "invalid-data": ProblemType(400, "The data cannot be read"),
        "update-refused": ProblemType(403, "Updates are refused"),
        "not-found": ProblemType(404, "Nothing has this id"),
        # 408 tells the client that its request took too long; the contract has no 504 for it.
        "query-timeout": ProblemType(408, "It took too long"),
        "too-large": ProblemType(413, "Larger than the limit"),
        "memory-exceeded": ProblemType(413, "It needs too much memory"),
        "limit-reached": ProblemType(413, "A limit was reached"),
        "nothing-checked": ProblemType(422, "Nothing was checked"),
        "missing-data": ProblemType(503, "The graph is not there"),
        "busy": ProblemType(503, "No worker is free"),
        "worker-lost": ProblemType(503, "The worker died"),
        "unavailable": ProblemType(503, "Not available here"),
        "internal": ProblemType(500, "A fault of ours"),
        # Kinds that only HTTP has.
        "bad-request": ProblemType(400, "The request cannot be read"),
        "unauthorized": ProblemType(401, "The token is missing or wrong"),
        "forbidden": ProblemType(403, "Not from there"),
        "no-such-route": ProblemType(404, "There is no such page"),
        "method-not-allowed": ProblemType(405, "The method is not allowed"),
        "not-acceptable": ProblemType(406, "Not available in that form"),
        "request-timeout": ProblemType(408, "The request came too slowly"),
        "reload-refused": ProblemType(409, "The new version is refused"),
        "uri-too-long": ProblemType(414, "The address is too long"),
        "unsupported-media-type": ProblemType(415, "The body has a form that is not read here"),
        "headers-too-large": ProblemType(431, "The headers are too long"),
        "not-ready": ProblemType(503, "Not ready yet"),
    }
)
"""Every kind of error that HTTP can answer with, and what it becomes."""

_KIND_OF_STATUS: Final = {
    400: "bad-request",
    404: "no-such-route",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    414: "uri-too-long",
    415: "unsupported-media-type",
    503: "unavailable",
}


class NotAcceptable(IcsGraphError):  # noqa: N818 - named as the tree of errors is
    """None of the forms that the client takes is one of this answer."""

    kind = "not-acceptable"


class UnsupportedMediaType(IcsGraphError):  # noqa: N818 - named as the tree of errors is
    """The body of a request is in a form that this route does not read."""

    kind = "unsupported-media-type"


class RequestTimeout(IcsGraphError):  # noqa: N818 - named as the tree of errors is
    """A client that takes too long to send its request."""

    kind = "request-timeout"


class BadRequest(IcsGraphError):  # noqa: N818 - named as the tree of errors is
    """A request that does not fit the protocol: a missing part, a bad encoding."""

    kind = "bad-request"


def problem(
    scope: Scope, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    """The problem document of a kind. ``members`` that are ``None`` are left out."""
    form = PROBLEM_TYPES[kind]
    note_problem(scope, kind, members.get("limit"))
    content = {
        "type": TYPE_BASE + kind,
        "title": form.title,
        "status": form.status,
        "detail": _shortened(detail, _LONGEST_DETAIL),
        "instance": _instance(scope),
        **{name: value for name, value in members.items() if value is not None},
    }
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    given = {"Cache-Control": "no-store", "Vary": "Accept", **(headers or {})}
    return Response(body, form.status, given, media_type=MEDIA_TYPE)


def problem_of(scope: Scope, error: IcsGraphError) -> Response:
    """The problem document of one of our errors."""
    if error.kind == "internal" or error.kind not in PROBLEM_TYPES:
        return fault(scope, error)
    members: dict[str, Any] = {"hint": None if error.hint is None else _shortened(error.hint, _LONGEST_DETAIL)}
    headers: dict[str, str] = {}
    if isinstance(error, InvalidParameter):
        members["parameter"] = _shortened(error.parameter, 100)
    if isinstance(error, Ambiguous):
        members["candidates"] = [{"id": identifier, "description": text} for identifier, text in error.candidates]
    if isinstance(error, BadQuery):
        members |= {"line": error.line, "column": error.column}
    elif error.position is not None:
        # The name of a file on this machine is nobody's business; the place in it is.
        members |= {"line": error.position.line, "column": error.position.column}
    if isinstance(error, LimitReached):
        members["limit"] = error.setting
    if isinstance(error, RequestTimeout):
        # The rest of the body is not waited for.
        headers["Connection"] = "close"
    if isinstance(error, Busy):
        headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return problem(scope, error.kind, error.message, headers=headers, **members)


def fault(scope: Scope, error: BaseException) -> Response:
    """The problem document of a fault of ours; the log gets where it happened, and no word of the request's."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("A fault of ours, %s:\n%s", type(error).__name__, frames)
    return problem(scope, "internal", "This is a fault of ours, not of the request. Please report what you asked.")


def validation_problem(scope: Scope, error: RequestValidationError) -> Response:
    """The problem document of parameters that do not fit the route, naming the first."""
    first: Mapping[str, Any] = error.errors()[0]
    place, *rest = (str(part) for part in first["loc"])
    name = rest[0] if rest else place
    if first["type"] == "extra_forbidden":
        text = f"{name[:100]}: this route has no such parameter."
        return problem(scope, "invalid-parameter", text, parameter=name[:100], hint=_allowed(scope))
    if first["type"] == "missing":
        return problem(scope, "invalid-parameter", f"{name}: this parameter is needed.", parameter=name)
    message = str(first["msg"])
    return problem(scope, "invalid-parameter", f"{name}: {message}.", parameter=name[:100])


def _allowed(scope: Scope) -> str | None:
    """The names of the parameters of the route that a request came to, for the hint.

    Every route takes them as one model, its argument ``asked``.
    """
    model = get_type_hints(scope["endpoint"]).get("asked") if "endpoint" in scope else None
    members = getattr(model, "model_fields", {})
    names = sorted(item.alias or name for name, item in members.items())
    return f"It has {', '.join(names)}." if names else None


def http_problem(scope: Scope, error: HTTPException) -> Response:
    """The problem document of an error that the framework raised: no such route, method not allowed ..."""
    kind = _KIND_OF_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    headers = dict(error.headers or {})
    detail = PROBLEM_TYPES[kind].title + "."
    if kind == "no-such-route":
        detail = "This service has no page at this address; /openapi.json lists those it has."
    if kind == "method-not-allowed":
        methods = {method.strip() for method in headers.get("Allow", headers.get("allow", "GET")).split(",")}
        methods |= {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
        headers = {"Allow": ", ".join(sorted(methods))}
        if scope["method"] == "OPTIONS":
            return Response(status_code=204, headers=headers)
        detail = f"This page takes {headers['Allow']} only."
    return problem(scope, kind, detail, headers=headers)


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, IcsGraphError)  # noqa: S101 - the framework calls this for nothing else
        return problem_of(request.scope, error)

    async def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return validation_problem(request.scope, error)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return http_problem(request.scope, error)

    app.add_exception_handler(IcsGraphError, ours)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)


def _instance(scope: Scope) -> str:
    raw = scope.get("raw_path")
    path = raw.decode("ascii", "replace") if raw else quote(scope.get("path", "/"))
    return _shortened(path, _LONGEST_INSTANCE)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
