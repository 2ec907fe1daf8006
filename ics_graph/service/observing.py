"""The outermost layer: each request gets a record, which goes to the log, the counters and the trace when it ends."""

from __future__ import annotations

from typing import Final, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ics_graph.service.metrics import RequestCounts
from ics_graph.service.record import RECORD, REQUEST_ID, RequestRecord
from ics_graph.service.request_log import RequestLog

_START: Final = "http.response.start"
_BODY: Final = "http.response.body"


class RequestTracer(Protocol):
    """What makes a span of a request (``ics_graph.service.tracing``)."""

    def begin(self, scope: Scope) -> object:
        """Begin a span; gives what ``end`` takes."""

    def end(self, span: object, record: RequestRecord) -> None:
        """End it with what became of the request."""


class Observation:
    """Middleware around everything else."""

    def __init__(
        self, app: ASGIApp, counts: RequestCounts, log: RequestLog | None = None, tracer: RequestTracer | None = None
    ) -> None:
        self._app = app
        self._counts = counts
        self._log = log
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        record = RequestRecord(scope["method"], scope["headers"])
        scope[RECORD] = record
        identity = (REQUEST_ID, record.id.encode("ascii"))

        async def sending(message: Message) -> None:
            kind = message["type"]
            if kind == _BODY:
                record.bytes += len(message.get("body", b""))
            elif kind == _START:
                record.status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), identity]}
            await send(message)

        counts = self._counts
        counts.in_progress += 1
        span = None if self._tracer is None else self._tracer.begin(scope)
        try:
            await self._app(scope, receive, sending)
        finally:
            counts.in_progress -= 1
            if record.in_use is not None:
                record.in_use.end()
            counts.request(record)
            if self._log is not None:
                self._log.request(record)
            if self._tracer is not None:
                self._tracer.end(span, record)


class RouteNoting:
    """Middleware around the router, which writes into this scope which route a request came to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the scope that the router sees."""
        record: RequestRecord | None = scope.get(RECORD)
        if record is not None:
            record.routed = scope
        await self._app(scope, receive, send)
