"""The fast lane: what a connection answers by itself, without a task, a scope of ASGI and the layers of middleware.

That is a GET which was answered lately, and a GET of SPARQL whose query stands in the address. Both take less time
than the way through the application does. They are read, checked, evaluated, counted and logged by the same parts as
there, and have the same answers; whatever is out of the ordinary takes the way through the application.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.responses import Response

from ics_graph.errors import IcsGraphError
from ics_graph.service import caching
from ics_graph.service.answer_cache import KeptResponse, RepeatedRequests, RequestKey, is_known
from ics_graph.service.evaluating import Evaluating
from ics_graph.service.front import PIECE, RAW_HEADERS, Front, header_lines
from ics_graph.service.opened import Holder, InUse, SparqlAnswer
from ics_graph.service.operating import Operation
from ics_graph.service.problems import fault, problem_of
from ics_graph.service.record import RECORD, SPARQL, RequestRecord
from ics_graph.service.sparql_preparing import check_length, preparation_at
from ics_graph.store.sparql import SparqlEndpoint
from ics_graph.temporal.dates import today
from ics_graph.workers.handles import JobCancelledError

if TYPE_CHECKING:
    from starlette.types import Scope

    from ics_graph.service.connection import Connection

_PATH: Final = b"/sparql"

Headers = Sequence[tuple[bytes, bytes]]


class Lane:
    """The fast lane of one application. For its event loop alone."""

    def __init__(self, app: FastAPI) -> None:
        operation: Operation = app.state.operation
        self.holder: Holder = app.state.holder
        self.settings = self.holder.settings
        self.evaluating: Evaluating = app.state.evaluating
        self.repeated: RepeatedRequests | None = app.state.repeated if self.settings.answer_cache_bytes else None
        self.counts, self.log = operation.counts, operation.log
        self._longest = Front.longest(self.settings)
        # A trace has its spans from the middleware.
        self._open = operation.tracer is None

    def exchange(
        self, connection: Connection, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], *, keep_alive: bool
    ) -> Exchange | None:
        """The exchange that answers a GET, if it looks like one for the lane; ``None`` where the application has to."""
        in_use = self.holder.in_use
        if not self._open or in_use is None or b"%" in path or len(path) + len(query) > self._longest:
            return None
        scope: Scope = {
            "type": "http", "method": "GET", "path": path.decode("ascii", "replace"), "raw_path": path,
            "query_string": query, "headers": headers,
        }  # fmt: skip
        key = kept = None
        if self.repeated is not None:
            key = self.repeated.key(scope, in_use.opened.graph.snapshot.manifest.dataset, today())
            kept = self.repeated.cache.peek(key)
        evaluable = path == _PATH and query and isinstance(in_use.opened.sparql, SparqlEndpoint)
        if (kept is None and not evaluable) or not in_use.begin():
            return None
        return Exchange(self, connection, scope, in_use, key, kept, keep_alive=keep_alive)


class Exchange:
    """One request in the lane and its response; the server's protocol takes it for a request-response cycle of its own.

    (``ics_graph.service.connection``; what is public here beyond the methods is what uvicorn reads and writes.)
    """

    # What most exchanges never change.
    _call_off: Callable[[], None] | None = None
    _answer_key: Hashable | None = None
    _ended = False
    response_started = response_complete = disconnected = more_body = False
    body = b""

    def __init__(
        self,
        lane: Lane,
        connection: Connection,
        scope: Scope,
        in_use: InUse,
        key: RequestKey | None,
        kept: KeptResponse | None,
        *,
        keep_alive: bool,
    ) -> None:
        self._lane, self._connection, self._scope, self._in_use = lane, connection, scope, in_use
        self._key, self._kept = key, kept
        self.record = record = scope[RECORD] = RequestRecord("GET", scope["headers"])
        record.dataset = in_use.opened.graph.snapshot.manifest.dataset
        self.keep_alive = keep_alive
        lane.counts.in_progress += 1

    @property
    def message_event(self) -> Exchange:
        """What the protocol sets when the client has gone (or the request is whole, which it is from the beginning)."""
        return self

    def set(self) -> None:
        """See ``message_event``."""
        if self.disconnected and not self.response_complete:
            if self._call_off is not None:
                self._call_off()
            self._end()

    # What is answered

    def begin(self) -> bool:
        """Answer, now or when the query has been evaluated; false where the application has to, after all."""
        if self._kept is not None:
            self._repeat(self._kept)
        elif not self._evaluate(self._scope["query_string"]):
            self._ended = self.response_complete = True
            self._in_use.end()
            self._lane.counts.in_progress -= 1
            return False
        return True

    def _repeat(self, kept: KeptResponse) -> None:
        """Answer from memory, or with 304 where the client has the answer."""
        self.record.route, self.record.cache = kept.route, "hit"
        if is_known(self._scope, kept.tag):
            self._send(304, header_lines(kept.not_modified), b"")
        else:
            self._send(200, header_lines(kept.headers), kept.body)

    def _evaluate(self, query_string: bytes) -> bool:
        """Have the query of an address evaluated; false where it has none, or its day stands in it."""
        lane, opened, headers = self._lane, self._in_use.opened, self._scope["headers"]
        self.record.route = SPARQL
        arrived = monotonic()
        try:
            accept, known = _conditions(headers)
            query, preparation = preparation_at(query_string, accept, opened)
            if query is None or preparation.names_day(query):
                return False
            check_length(query, lane.settings)
            self.record.query = query
            ready = preparation.of(query, by_get=True)
            self._preparation, self._ready = preparation, ready
            if known is not None and ready.tag is not None and caching.names_tag(known, ready.tag):
                self._send(304, b"etag: %b\r\n%b" % (ready.tag.encode("ascii"), ready.headers.lines), b"")
                return True
            self._answer_key, kept = lane.evaluating.find(opened, ready.job)
            if kept is not None:
                self._answer(kept)
                return True
            lane.evaluating.refuse_where_full()
            assert isinstance(opened.sparql, SparqlEndpoint)  # noqa: S101 - else the lane is not taken
            self._call_off = opened.sparql.submit(ready.job, self._evaluated, arrived=arrived)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told, and the log where it is ours
            self._fail(error)
        return True

    def _evaluated(self, ending: SparqlAnswer | BaseException) -> None:
        # Else both would hold each other, until the collector of cycles comes to them.
        self._call_off = None
        if isinstance(ending, BaseException):
            self._fail(ending)
            return
        if self._answer_key is not None:
            self._lane.evaluating.keep(self._answer_key, self._ready.job, ending)
        self._answer(ending)

    def _answer(self, answer: SparqlAnswer) -> None:
        lane, ready, body = self._lane, self._ready, answer.body
        try:
            lane.evaluating.refuse_where_full(len(body))
            content_type = self._preparation.content_type(answer.media_type)
        except IcsGraphError as error:
            self._fail(error)
            return
        tag = b"" if ready.tag is None else ready.tag.encode("ascii")
        if self._key is not None and lane.repeated is not None and tag:
            own = ((b"content-length", b"%d" % len(body)), (b"content-type", content_type), (b"etag", tag))
            lane.repeated.keep(self._key, (*ready.headers.pairs, *own, *RAW_HEADERS), body, SPARQL)
        named = b"etag: %b\r\n" % tag if tag else b""
        lines = b"content-length: %d\r\ncontent-type: %b\r\n%b%b"
        self._send(200, lines % (len(body), content_type, named, ready.headers.lines), body)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, JobCancelledError):
            self._end()
            return
        self._send_response(
            problem_of(self._scope, error) if isinstance(error, IcsGraphError) else fault(self._scope, error)
        )

    def _send_response(self, response: Response) -> None:
        names = {name for name, _ in response.raw_headers}
        headers = [*response.raw_headers, *(pair for pair in RAW_HEADERS if pair[0] not in names)]
        if (b"connection", b"close") in headers:
            headers.remove((b"connection", b"close"))
            self.keep_alive = False
        self._send(response.status_code, header_lines(headers), bytes(response.body))

    # How it is sent

    def _send(self, status: int, lines: bytes, body: bytes) -> None:
        """Send a whole response, unless the client has gone; ``lines`` are those of its head."""
        connection, record = self._connection, self.record
        if self.disconnected or connection.transport.is_closing():
            self._end()
            return
        record.status, record.bytes = status, len(body)
        self.response_started = True
        closing = b"" if self.keep_alive else b"connection: close\r\n"
        head = connection.head(status, b"%b%bx-request-id: %b\r\n" % (lines, closing, record.id.encode("ascii")))
        if len(body) <= PIECE and not connection.flow.write_paused:
            connection.transport.write(head + body)
            self._complete()
        else:
            connection.transport.write(head)
            connection.keep_task(connection.loop.create_task(self._send_pieces(body)))

    async def _send_pieces(self, body: bytes) -> None:
        """Send a long body as fast as the client takes it: what it has not taken is not copied."""
        evaluating, connection = self._lane.evaluating, self._connection
        evaluating.unsent += len(body)
        try:
            for begin in range(0, len(body), PIECE):
                if connection.flow.write_paused:
                    await connection.flow.drain()
                if self.disconnected:
                    break
                connection.transport.write(body[begin : begin + PIECE])
        finally:
            evaluating.unsent -= len(body)
            self._complete()

    def _complete(self) -> None:
        self.response_complete = True
        if not self.keep_alive:
            self._connection.transport.close()
        self._end()
        self._connection.on_response_complete()

    def _end(self) -> None:
        """Note what became of the request, once."""
        if self._ended:
            return
        self._ended = True
        lane = self._lane
        lane.counts.in_progress -= 1
        self._in_use.end()
        lane.counts.request(self.record)
        if lane.log is not None:
            lane.log.request(self.record)


def _conditions(headers: Headers) -> tuple[str | None, str | None]:
    """``Accept`` and ``If-None-Match``. Several of the former are one."""
    accept = known = None
    for name, value in headers:
        if name == b"accept":
            accept = value if accept is None else b"%b, %b" % (accept, value)
        elif name == b"if-none-match" and known is None:
            known = value
    return (
        None if accept is None else accept.decode("latin-1"),
        None if known is None else known.decode("latin-1"),
    )
