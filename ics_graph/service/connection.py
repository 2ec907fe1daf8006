"""One connection of the server: how long and how large the head of a request may be, and what else is answered there.

The server's own protocol waits for ever for a head, or for the rest of a body that nobody reads any more.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ics_graph.service.front import HEADERS
from ics_graph.service.problems import problem

LONGEST_HEADERS: Final = 64 << 10
"""Most bytes of all header lines of a request together; the request line, which may hold a query, is not counted."""
_SEPARATORS: Final = 4
"""A header line has a colon, a space, and the two ends of the line."""


class _BoundedParser(h11.Connection):
    """A parser that refuses long headers."""

    headers_refused = False

    def next_event(self) -> Any:
        """The next event, as h11 has it; raises RemoteProtocolError where the headers are too long."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            length = sum(len(name) + len(value) + _SEPARATORS for name, value in event.headers)
            if length > LONGEST_HEADERS:
                self.headers_refused = True
                raise h11.RemoteProtocolError("The headers are too long.", error_status_hint=431)
        return event


class Connection(H11Protocol):
    """The server's protocol with a limit of time for what the client has to send, and one of size for headers.

    A request's head must be there ``request_timeout`` seconds after the connection or its first byte; the same holds
    for what is left of a body once its request has been answered. (``ics_graph.service.front`` holds a body to its
    time as long as it is read.)
    """

    request_timeout = 15.0

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
        self.conn: _BoundedParser = _BoundedParser(h11.SERVER, longest)
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and wait for the rest of it."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the rest of a body that was answered before its end; else, as servers do, for a next request."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._watch()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, if the parser's state still lets anything be answered, and close."""
        if self.cycle is not None and not self.cycle.response_complete:
            # Whoever answers this request is told that nobody listens, and sends nothing after this response.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.headers_refused:
            self._refuse("headers-too-large", f"The headers are longer than {LONGEST_HEADERS} bytes together.")
        else:
            self._refuse("bad-request", msg)

    def _watch(self) -> None:
        """Have the timer run while the client owes us something, from the first moment on."""
        state = self.conn.their_state
        answered = self.cycle is not None and self.cycle.response_complete
        if self.transport.is_closing() or not (state is h11.IDLE or (state is h11.SEND_BODY and answered)):
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.request_timeout, self._cut)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self) -> None:
        self._timer = None
        self._refuse("request-timeout", f"The request did not arrive within {self.request_timeout:g} s.")

    def _refuse(self, kind: str, detail: str) -> None:
        """Send a problem document, unless another response has begun or is done, and close."""
        if self.transport.is_closing():
            return
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            response = problem({"path": "/"}, kind, detail, headers={**HEADERS, "Connection": "close"})
            start = h11.Response(
                status_code=response.status_code, headers=[*self.server_state.default_headers, *response.raw_headers]
            )
            for event in (start, h11.Data(data=bytes(response.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def connections(request_timeout: float) -> type[Connection]:
    """The protocol with this many seconds for a head, for a server to make its connections of."""
    return type("TimedConnection", (Connection,), {"request_timeout": request_timeout})
