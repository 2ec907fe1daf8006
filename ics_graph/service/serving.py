"""Running the service: the port first, then the graph, then the server. SIGHUP moves to a new version of the graph."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import os
import socket
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import uvicorn

from ics_graph import __version__
from ics_graph.errors import Unavailable
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.service.building_beside import open_beside
from ics_graph.service.connection import LONGEST_HEADERS, Connection, connections
from ics_graph.service.front import LONGEST_ADDRESS
from ics_graph.service.hangups import Hangups
from ics_graph.service.lane import Lane
from ics_graph.service.opened import Holder
from ics_graph.service.operating import Operation
from ics_graph.service.reloading import Reloader, ReloadRefused
from ics_graph.service.request_log import LineWriter, LogHandler, RequestLog
from ics_graph.settings import Settings
from ics_graph.workers.allocator import Freed, share_arenas

_BACKLOG = 2048
_STDERR = 2
_LOGGERS = ("ics_graph", "uvicorn", "uvicorn.error", "asyncio", "opentelemetry")
_SECONDS_TO_FINISH = 0.5
"""How long clients may take to receive their last answers, or to send what they began, once the service stops."""
_SECONDS_TO_GIVE_UP = 5
_OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Young objects after which the collector looks at them. With Python's 700 it took a tenth of the time of requests."""
_GIVE_BACK_EVERY = 5
"""Seconds between two times at which the service gives back the memory that it has freed."""


class _Server(uvicorn.Server):
    """A server that says where it listens when it is ready to answer, and not before; and that stops at once.

    ``stop`` ends what evaluates; it blocks, and is called when the server begins to shut down.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        announcement: str,
        stop: Callable[[], None],
        reloader: Reloader,
        hangups: Hangups,
    ) -> None:
        super().__init__(config)
        self._announcement = announcement
        self._stop = stop
        self._reloader = reloader
        self._hangups = hangups
        self._reloading: set[asyncio.Task[None]] = set()
        self._giving_back: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self.started:
            self._hangups.handle(self._hung_up)
            self._giving_back = asyncio.create_task(_give_back_now_and_then())
            print(self._announcement, flush=True)

    def _hung_up(self) -> None:
        """Reload, or stop where nobody sits at the terminal any more."""
        if self._hangups.terminal_is_gone():
            self.should_exit = True
            return
        task = asyncio.create_task(self._reload())
        self._reloading.add(task)
        task.add_done_callback(self._reloading.discard)

    async def _reload(self) -> None:
        # What is wrong with the new version is in the log: nobody waits for an answer.
        with contextlib.suppress(ReloadRefused):
            await self._reloader.reload()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End running queries first, whose clients are told so, and then all connections."""
        if self._giving_back is not None:
            self._giving_back.cancel()
        stopping = asyncio.create_task(asyncio.to_thread(self._stop))
        dropping = asyncio.create_task(self._drop_connections())
        await super().shutdown(sockets)
        dropping.cancel()
        await stopping

    async def _drop_connections(self) -> None:
        await asyncio.sleep(_SECONDS_TO_FINISH)
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.transport.abort()


async def _give_back_now_and_then() -> None:
    freed = Freed()
    while True:
        await asyncio.sleep(_GIVE_BACK_EVERY)
        if freed.much():
            # It takes milliseconds, in which others may be answered.
            await asyncio.to_thread(freed.give_back)


def serve(settings: Settings, data: Sequence[Path] = ()) -> None:
    """Serve the graph of ``data`` (else of ``settings``) until interrupted (SIGINT or SIGTERM end it in good order).

    SIGHUP has the graph read anew.

    Raises Unavailable where the port is taken or the address is none of this machine, and what opening the graph
    raises: nothing is served before the whole graph is there.
    """
    hangups = Hangups()
    # Before there are threads: those that there are keep their own.
    share_arenas()
    listener = bound_socket(settings.host, settings.port)
    log: RequestLog | None = None
    try:
        graph = GovernanceGraph.open(settings, data)
        log = started_log(settings)
        app = create_app(settings, graph, reopen=partial(open_beside, settings, data), log=log)
        config = uvicorn.Config(
            app,
            # The lines of the server go where all others go.
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            http=connections(settings.request_timeout, Lane(app)),
            ws="none",
            lifespan="on",
            # Who asks is nobody's business here, and the service builds no links from these headers.
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_graceful_shutdown=_SECONDS_TO_GIVE_UP,
            # A query may come in the address: each of its bytes takes up to three there.
            h11_max_incomplete_event_size=LONGEST_ADDRESS + 3 * settings.query_length + LONGEST_HEADERS,
        )
        version = graph.snapshot.manifest.dataset[:12]
        text = f"ics-graph serves dataset {version} at {address_of(listener)} (Ctrl-C stops it)"
        # After Ctrl-C uvicorn shuts down in order and then raises KeyboardInterrupt: exit code 130, as of any command.
        holder: Holder = app.state.holder
        operation: Operation = app.state.operation
        log.event("start", dataset=graph.snapshot.manifest.dataset, address=address_of(listener), version=__version__)
        _spare_the_collector()
        _Server(config, text, holder.stop, operation.reloader, hangups).run(sockets=[listener])
    finally:
        listener.close()
        if log is not None:
            end_log(log)


def _spare_the_collector() -> None:
    """Have the collector of cycles leave the graph alone, and look at what requests leave behind less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


def started_log(settings: Settings) -> RequestLog:
    """The log on stderr, with what libraries and this package say from now on in its lines."""
    log = RequestLog(LineWriter(_STDERR), settings.log_level, settings.log_query_length)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(LogHandler(log))
        logger.propagate = False
    return log


def end_log(log: RequestLog) -> None:
    """Write what is left. Where nobody reads it, nothing that is said later on stderr may wait for a reader either."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler for handler in logger.handlers if not isinstance(handler, LogHandler)]
        logger.propagate = True
    if not log.close():
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket bound to an address; raises Unavailable with one sentence where that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError):
        raise Unavailable(f"{host!r} is no address of this machine.", hint="Use --host 127.0.0.1.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Bound is not taken yet: only who listens keeps others from listening on the same port.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise Unavailable(_why_not(error, host, port), hint=_advice(error)) from None
    return listener


def address_of(listener: socket.socket) -> str:
    """The web address of a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use by another program."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}."
    return f"The service cannot listen on {host}, port {port} ({error.strerror})."


def _advice(error: OSError) -> str | None:
    return "Choose another one with --port." if error.errno in {errno.EADDRINUSE, errno.EACCES} else None
