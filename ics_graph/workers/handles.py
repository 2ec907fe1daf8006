"""The processes of a pool, seen from the pool: how the template is started, and the handles of a worker and a job."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from ics_graph.errors import Unavailable
from ics_graph.workers import allocator
from ics_graph.workers.endings import error_from

_TEMPLATE: Final = "ics_graph.workers.template"
_PACKAGES: Final = Path(__file__).resolve().parents[2]
_ENVIRONMENT: Final = (
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME",
    "PYTHONPATH", "PYTHONPYCACHEPREFIX", "TMPDIR", "TZ", "VIRTUAL_ENV",
)  # fmt: skip
"""What a worker is told of the environment: no token of the service, nothing else that a fault could show."""


NICE: Final = 10
"""The priority of workers whose query runs long."""


class JobCancelledError(Exception):
    """A job was called off by the one who gave it."""


class Cancellation:
    """The handle by which any thread calls off a job that another thread waits for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop: Callable[[], object] | None = None
        self._asked = False

    def cancel(self) -> None:
        """Call the job off: its worker is killed, or its place in the queue given up. Once it has ended, nothing."""
        with self._lock:
            self._asked = True
            if self._stop is not None:
                self._stop()

    @contextlib.contextmanager
    def calling(self, stop: Callable[[], object]) -> Iterator[None]:
        """Have ``stop``, which must not block, called when the job is called off in the meantime, and not later.

        Raises JobCancelledError, whatever else was raised, where the job is called off before the end.
        """
        with self._lock:
            if self._asked:
                raise JobCancelledError
            self._stop = stop
        try:
            yield
        finally:
            with self._lock:
                self._stop = None
                asked = self._asked
            if asked:
                raise JobCancelledError from None


@dataclass(frozen=True, slots=True)
class Statistics:
    """A pool at one moment: jobs that wait and run, workers that stand ready; and since its start, jobs answered.

    ``kills`` has the others by what ended them: the name of the setting that holds the limit (``query_deadline``,
    ``query_memory`` ...), ``cancelled``, or the kind of the error (``bad-query``, ``worker-lost`` ...).
    """

    waiting: int
    running: int
    ready: int
    answered: int
    kills: Mapping[str, int]


class Announcement(Protocol):
    """What ends a wait, as :class:`threading.Event` does."""

    def set(self) -> None:
        """End the wait. Any thread may call it; it does not block."""


class Ticket(Protocol):
    """A place in the queue. ``given`` is set when the wait is over, with or without a worker."""

    @property
    def given(self) -> Announcement:
        """What ends the wait."""

    brief: bool
    """Whether its job counts as a short one until it has run for some time: of these as many run as there are cores."""

    worker: Worker | None


class Worker:
    """One worker as the pool sees it."""

    def __init__(self, process: int, connection: socket.socket, handle: int | None) -> None:
        self.process = process
        self.connection = connection
        self.greeted = False
        self.counted = True
        self.generation = 0
        self.status: int | None = None
        self.resident_at_start = 0
        self.resident = 0
        self.steps_back = False
        self.brief = False
        self.dead = threading.Event()
        # A pidfd names this process for good; a process id may be given to another after the template has reaped it.
        self._handle = handle
        self._killed = False
        self._lock = threading.Lock()

    @property
    def killed(self) -> bool:
        """Whether we ended the process: then how it ended says nothing of it."""
        return self._killed

    def kill(self) -> None:
        """End the process. May be called twice, by any thread."""
        with self._lock:
            if self._killed:
                return
            self._killed = True
            with contextlib.suppress(ProcessLookupError):
                if self._handle is not None:
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)
                elif self.status is None:
                    os.kill(self.process, signal.SIGKILL)
            if self._handle is not None:
                os.close(self._handle)

    def step_back(self) -> None:
        """Lower the process's priority, which cannot be taken back: it ends after its job.

        A query that runs long must not take the processor from the service, which has others to answer.
        """
        with self._lock:
            if not self._killed and self.status is None:
                self.steps_back = True
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, self.process, NICE)

    def kill_and_close(self) -> None:
        """End the process and let go of the connection, which nobody else may be reading."""
        self.kill()
        self.connection.close()


def start_template(orders: Mapping[str, Any]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a template process and wait until it has loaded its graph; gives the socket to it, and the process.

    ``orders`` are those of :mod:`ics_graph.workers.template`. Raises :class:`~ics_graph.errors.MissingData` or
    :class:`~ics_graph.errors.Unavailable`.
    """
    own, of_template = socket.socketpair()
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment |= allocator.preloading(orders["allocator"])
    if _PACKAGES.name not in {"site-packages", "dist-packages"}:
        known = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (known, str(_PACKAGES))))
    try:
        process = subprocess.Popen(  # noqa: S603 - our own module, by the interpreter that runs
            [sys.executable, "-P", "-m", _TEMPLATE, str(of_template.fileno())],
            pass_fds=(of_template.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        own.close()
        raise Unavailable(f"No worker process can be started: {error.strerror}.") from None
    finally:
        of_template.close()
    try:
        own.sendall(json.dumps(orders).encode() + b"\n")
        answer = _first_line(own)
    except BaseException:
        own.close()
        end_template(process, at_once=True)
        raise
    if not answer.get("loaded"):
        own.close()
        end_template(process, at_once=True)
        if answer.get("error") == "fault":
            raise Unavailable(f"The workers cannot load the graph: {answer['message']}.")
        raise error_from(answer) if answer else Unavailable("The process that loads the graph ended early.")
    return own, process


def _first_line(control: socket.socket) -> dict[str, Any]:
    """The first message of a template; empty where it ends before. Nothing else is under way then."""
    received = b""
    try:
        while not received.endswith(b"\n"):
            piece = control.recv(1 << 16)
            if not piece:
                return {}
            received += piece
    except ConnectionError:
        return {}
    answer: dict[str, Any] = json.loads(received)
    return answer


def end_template(process: subprocess.Popen[bytes], *, at_once: bool = False) -> None:
    """Wait for the end of a template that has lost its socket, and kill it where it does not come."""
    if at_once:
        process.kill()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
