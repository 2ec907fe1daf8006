"""One connection of the server: how long and how large a request's head may be, how slowly answers may be taken.

The server's own protocol waits for ever: for a head, for the rest of a body that nobody reads any more, and for a
client to take an answer. It also answers what is no request in plain text.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from ics_graph.service.front import HEADERS, header_lines
from ics_graph.service.problems import problem

if TYPE_CHECKING:
    from ics_graph.service.lane import Lane

_AT_ONCE: Final = struct.pack("ii", 1, 0)
LONGEST_HEADERS: Final = 64 << 10
"""Most bytes of all header lines of a request together; the request line, which may hold a query, is not counted."""
_LONGEST_PATH: Final = 60_000
_VERSIONS: Final = frozenset({"1.0", "1.1"})
"""The parser takes 0.9 and 2.0 in a request line as well, of which neither has such a line or such headers."""
OUT_OF_THE_ORDINARY: Final = frozenset(
    {b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"range", b"authorization"}
)
"""Headers with which a request is none for the lane."""
_SEPARATORS: Final = 4
"""A header line has a colon, a space, and the two ends of the line."""


class _RefusedError(Exception):
    """The head of a request is not one that is answered; the parser is left with this."""


class Connection(HttpToolsProtocol):
    """The server's protocol with limits of time for what the client has to send and to take, and of size for headers.

    A request's head must be there ``request_timeout`` seconds after the connection or its first byte; the same holds
    for what is left of a body once its request has been answered. (``ics_graph.service.front`` holds a body to its
    time as long as it is read.) A client that takes less than what waits for it in that time is cut off.
    """

    request_timeout = 15.0
    lane: Lane | None = None
    """What answers some requests without the application."""
    _common: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        longest = config.h11_max_incomplete_event_size
        assert longest is not None  # noqa: S101 - ``serve`` sets it
        self._longest_head = longest
        self._timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._refusal: tuple[str, str] | None = None
        # What the client owes us: a head, and after it the rest of its message.
        self._head_open = self._message_open = True
        self._head_bytes = self._header_bytes = 0
        self._hosts = 0
        self._query = b""
        self._before_lane = self._ordinary = False
        self._version = ""
        # Since when there is nothing to do for the client; 0 where there is.
        self._idle_since = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_timer()
        self._stop_send_timer()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and wait for the rest of it."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
            if self._head_open:
                # A header that does not end is kept by the parser, which sets it no limit.
                self._head_bytes += len(data)
                if self._head_bytes > self._longest_head:
                    self._refuse_headers()
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here: the request is answered as it stands.
            pass
        except (httptools.HttpParserError, _RefusedError):
            self._refuse_malformed()
        if self._head_open or self._message_open or self._timer is not None:
            self._watch()

    # What the parser finds

    def on_message_begin(self) -> None:
        """A request begins. What the application is told of it is put together when it is the application's turn."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._head_open = self._message_open = True
        self._header_bytes = self._hosts = 0
        self._ordinary = True

    def on_url(self, url: bytes) -> None:
        """A part of the address has come."""
        self.url += url
        if len(self.url) > self._longest_head:
            self._refusal = ("uri-too-long", f"The address is longer than {self._longest_head} bytes.")
            raise _RefusedError

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header has come."""
        self._header_bytes += len(name) + len(value) + _SEPARATORS
        if self._header_bytes > LONGEST_HEADERS:
            self._refuse_headers()
        name = name.lower()
        self.headers.append((name, value))
        if name == b"host":
            self._hosts += 1
        elif name in OUT_OF_THE_ORDINARY:
            self._ordinary = False
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """The head has come: the request is answered from now on."""
        self._version = version = self.parser.get_http_version()
        if version not in _VERSIONS:
            self._refusal = ("bad-request", "HTTP/1.1 and HTTP/1.0 are spoken here.")
            raise _RefusedError
        if self._hosts > 1 or (self._hosts == 0 and version == "1.1"):
            self._refusal = ("bad-request", "A request has one header Host (RFC 9112, 3.2).")
            raise _RefusedError
        # The parser of addresses takes 65,535 bytes and no more; a query may be longer.
        self.url, _, query = self.url.partition(b"#")[0].partition(b"?")
        if len(self.url) > _LONGEST_PATH:
            self._refusal = ("uri-too-long", f"The path is longer than {_LONGEST_PATH} bytes.")
            raise _RefusedError
        self._head_open, self._head_bytes = False, 0
        self._query = query
        # Whether it may be one for the lane is known when it is whole, which it is with its head.
        self._before_lane = (
            self._ordinary
            and self.lane is not None
            # Else its turn comes when the one before it is answered.
            and (self.cycle is None or self.cycle.response_complete)
            and self.parser.get_method() == b"GET"
        )
        if not self._before_lane:
            self._begin_cycle()

    def _begin_cycle(self) -> None:
        """Have the application answer."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        self.scope["headers"] = headers
        super().on_headers_complete()
        self.scope["query_string"] = self._query

    def _take_lane(self) -> bool:
        """Have the request answered without the application; gives whether that can be."""
        self._before_lane = False
        keep_alive = self._version == "1.1" and self.parser.should_keep_alive()
        assert self.lane is not None  # noqa: S101 - see ``on_headers_complete``
        exchange = self.lane.exchange(self, self.url, self._query, self.headers, keep_alive=keep_alive)
        if exchange is not None:
            self.cycle = exchange  # type: ignore[assignment] # it does what the protocol asks of one
            if exchange.begin():
                return True
        # An address that is none is found here, as long as the head counts as open.
        self._head_open = True
        self._begin_cycle()
        self._head_open = False
        return False

    def head(self, status: int, lines: bytes) -> bytes:
        """The head of a response with these lines, and the headers that the server adds to each."""
        common = self.server_state.default_headers
        if common is not self._common[0]:
            # A new list every second, for it has the date.
            type(self)._common = (common, header_lines(common))
        return b"%b%b%b\r\n" % (STATUS_LINE[status], self._common[1], lines)

    def keep_task(self, task: asyncio.Task[None]) -> None:
        """Have the server wait for a task when it stops, as for those of the application."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def on_message_complete(self) -> None:
        """The request has come to its end."""
        self._message_open = False
        if self._before_lane and self._take_lane():
            return
        super().on_message_complete()
        if self.cycle.response_complete and not self.transport.is_closing() and self.timeout_keep_alive_task is None:
            # It was answered before: what waits for a next request was stopped by the rest of this one.
            self._idle()

    def on_response_complete(self) -> None:
        """Wait for the rest of a body that was answered before its end; else, as servers do, for a next request."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
        else:
            self.server_state.total_requests += 1
            self.flow.resume_reading()
            self._idle()
        if self._message_open:
            self._watch()

    # Clients that have nothing to ask

    def _idle(self) -> None:
        """Wait for a next request. A timer for each would be made and stopped for each request."""
        self._idle_since = monotonic()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._see_whether_idle)

    def _unset_keepalive_if_required(self) -> None:
        """Something has come: see above."""
        self._idle_since = 0.0
        super()._unset_keepalive_if_required()

    def _see_whether_idle(self) -> None:
        self._idle_timer = None
        if not self._idle_since:
            return
        left = self._idle_since + self.timeout_keep_alive - monotonic()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._see_whether_idle)
        else:
            self.timeout_keep_alive_handler()

    # Clients that are slow

    def pause_writing(self) -> None:
        """The client does not take what is sent: give it some time."""
        super().pause_writing()
        if self._send_timer is None:
            self._send_timer = self.loop.call_later(self.request_timeout, self._abort)

    def resume_writing(self) -> None:
        """The client has taken what waited for it."""
        self._stop_send_timer()
        super().resume_writing()

    def _abort(self) -> None:
        # Not closed, which would wait for what is unsent: the client sees that its answer is not whole.
        self._send_timer = None
        # The system would go on delivering what it has taken for this client, for minutes.
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def _watch(self) -> None:
        """Have the timer run while the client owes us something, from the first moment on."""
        answered = self.cycle is not None and self.cycle.response_complete
        owes = self._head_open or (self._message_open and answered)
        if self.transport.is_closing() or not owes:
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.request_timeout, self._cut)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_send_timer(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

    def _cut(self) -> None:
        self._timer = None
        self._refuse("request-timeout", f"The request did not arrive within {self.request_timeout:g} s.")

    # Refusals

    def _refuse_headers(self) -> None:
        self._refusal = (
            "headers-too-large",
            f"The headers are longer than {LONGEST_HEADERS} bytes together.",
        )
        raise _RefusedError

    def _refuse_malformed(self) -> None:
        """Answer what is no request, if anything can be answered still, and close."""
        kind, detail = self._refusal or ("bad-request", "This is no HTTP request.")
        self._refuse(kind, detail)

    def _refuse(self, kind: str, detail: str) -> None:
        """Send a problem document, unless another response has begun or is done, and close."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        under_way = cycle is not None and not cycle.response_complete
        if under_way and not self._head_open and not cycle.response_started:
            # Whoever answers this request is told that nobody listens, and sends nothing after this response.
            cycle.disconnected = True
            cycle.message_event.set()
            under_way = False
        if not under_way and (self._head_open or (cycle is not None and not cycle.response_complete)):
            response = problem({"path": "/"}, kind, detail, headers={**HEADERS, "Connection": "close"})
            head = self.head(response.status_code, header_lines(response.raw_headers))
            self.transport.write(head + bytes(response.body))
        self.transport.close()


def connections(request_timeout: float, lane: Lane | None = None) -> type[Connection]:
    """The protocol with this many seconds for a head, and a lane, for a server to make its connections of."""
    return type("TimedConnection", (Connection,), {"request_timeout": request_timeout, "lane": lane})
