"""The template process: loads the graph once and forks workers from itself (``python -m ics_graph.workers.template``).

It has one thread, so that a fork copies everything that runs, and it reads no foreign query. It talks to the pool over
one socket, a line of JSON a message: first ``{files, store, memory, modules}`` comes in and ``{loaded}`` or ``{error}``
goes out; then each ``fork`` is answered by ``{worker, descriptors}`` with the worker's connection (and where the system
has them its pidfd) as ancillary data, and each death is told as ``{dead, status, resident}``. ``join`` with the names
of graphs behind it has them joined for all workers forked from then on; ``{joined}`` says when they are. When the
socket closes, which happens however the pool's process ends, it kills its workers and exits.
"""

from __future__ import annotations

import contextlib
import gc
import gzip
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import IO, Any, Final, cast

import pyoxigraph

from ics_graph.errors import MissingData
from ics_graph.workers import allocator, confine, worker
from ics_graph.workers.evaluation import QueryEvaluator


def load(files: list[str]) -> pyoxigraph.Store:
    """A store in memory with the quads of the files, in their order.

    Raises :class:`~ics_graph.errors.MissingData` where one is not there, and ValueError, SyntaxError or OSError where
    one cannot be read.
    """
    store = pyoxigraph.Store()
    for name in files:
        path = Path(name)
        compressed = path.suffix == ".gz"
        suffix = Path(path.stem).suffix if compressed else path.suffix
        form = pyoxigraph.RdfFormat.from_extension(suffix.removeprefix("."))
        if form is None:
            raise ValueError(f"{path.name} has no suffix of an RDF format")
        try:
            content: IO[bytes] = cast(IO[bytes], gzip.open(path)) if compressed else path.open("rb")  # noqa: SIM115
            with content:
                store.bulk_load(content, form, base_iri=path.absolute().as_uri())
        except FileNotFoundError:
            raise MissingData(f"There is no file {path}.") from None
    return store


JOIN: Final = b"join"
"""The order to join graphs."""


class Template:
    """The loaded graph, the connection to the pool, and the workers that live."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._workers: dict[int, None] = {}
        self._received = b""
        self._evaluator: QueryEvaluator | None = None
        self._folder: Path | None = None
        self._memory = 0

    def run(self) -> None:
        """Load, then fork on request until the pool hangs up."""
        orders = self._next_line()
        if orders is None or not self._prepare(json.loads(orders)):
            return
        # A byte arrives on this pair for each signal, so that one poll waits for orders and for deaths.
        wake, notify = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(notify, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(notify, warn_on_full_buffer=False)
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        waiting.register(wake, select.POLLIN)
        try:
            while True:
                ready = dict(waiting.poll())
                if wake in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake, 4096)
                    self._reap()
                if self._control.fileno() in ready:
                    line = self._next_line()
                    while line is not None:
                        self._obey(line)
                        if b"\n" not in self._received:
                            break
                        line = self._next_line()
                    if line is None:
                        return
        except ConnectionError:
            return
        finally:
            for process in self._workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def _prepare(self, orders: dict[str, Any]) -> bool:
        self._memory = orders["memory"]
        try:
            worker.import_kinds(orders["modules"])
            if orders["store"] is None:
                self._evaluator = QueryEvaluator(allocator.apart(load, orders["files"]), writable=True)
            else:
                self._folder = Path(orders["store"])
                if not (self._folder / "CURRENT").is_file():
                    raise MissingData(f"There is no store in {self._folder}.")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001 - whatever stops the loading is told to the pool in one line
            self._tell(worker.describe(error))
            return False
        # From here on the socket tells of the pool's end. The signal would come with the end of one thread of it.
        confine.die_with_parent(0)
        _settle()
        self._tell({"loaded": True})
        return True

    def _obey(self, line: bytes) -> None:
        """Do what one line of the pool asks for."""
        order, _, names = line.partition(b" ")
        if order != JOIN:
            self._fork()
        elif self._evaluator is not None and allocator.apart(self._evaluator.join_ahead, tuple(json.loads(names))):
            _settle()
            self._tell({"joined": True})

    def _next_line(self) -> bytes | None:
        while b"\n" not in self._received:
            piece = self._control.recv(1 << 16)
            if not piece:
                return None
            self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        return line

    def _tell(self, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        line = json.dumps(message).encode() + b"\n"
        if descriptors:
            socket.send_fds(self._control, [line], list(descriptors))
        else:
            self._control.sendall(line)

    def _fork(self) -> None:
        own, of_worker = socket.socketpair()
        parent = os.getpid()
        try:
            process = os.fork()
        except OSError as error:
            own.close()
            of_worker.close()
            self._tell({"failed": error.strerror})
            return
        if process == 0:
            worker.serve(of_worker, self._evaluator, self._folder, self._memory, parent)
        self._workers[process] = None
        of_worker.close()
        descriptors = [own.fileno()]
        with contextlib.suppress(AttributeError, OSError):
            descriptors.append(os.pidfd_open(process))
        self._tell({"worker": process, "descriptors": len(descriptors)}, tuple(descriptors))
        own.close()
        for descriptor in descriptors[1:]:
            os.close(descriptor)

    def _reap(self) -> None:
        while self._workers:
            try:
                process, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            self._workers.pop(process, None)
            self._tell({"dead": process, "status": status, "resident": usage.ru_maxrss * 1024})


def _settle() -> None:
    """Have the collector leave alone what is there, so that the workers go on sharing its pages."""
    gc.collect()
    gc.freeze()
    # What is free here would be free in each worker, and kept by each.
    allocator.give_back()


def main() -> None:
    """Be the template process of the pool at the other end of the socket that the first argument numbers."""
    confine.die_with_parent(signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    confine.widen_stack()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        Template(socket.socket(fileno=int(sys.argv[1]))).run()
    os._exit(0)


if __name__ == "__main__":
    main()
