"""A service process over a small graph, whose log is read while it runs, for the tests of its operation."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from tests.support.graphs import ONTOLOGY, PREFIXES, PROJECT
from tests.support.small_graph import TURTLE

_COMMAND = "import sys; from ics_graph.cli.main import main; main(sys.argv[1:])"
TOKEN = "a-token-for-the-tests"  # noqa: S105 - of no service but theirs


class RunningService:
    """``ics-graph serve`` on a free port. ``settings`` are those of the service, by name; names in capitals are other
    variables of its environment. ``program`` is Python that runs the command line on its arguments."""

    def __init__(self, folder: Path, *, read_log: bool = True, program: str = _COMMAND, **settings: object) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.write(TURTLE)
        given = {"data": self.data, "ontology": ONTOLOGY, "cache": folder / "cache", "port": 0, **settings}
        extra = {name: str(value) for name, value in given.items() if name.isupper()}
        self.environment = {
            **os.environ,
            **{f"ICS_GRAPH_{name.upper()}": str(value) for name, value in given.items() if not name.isupper()},
            **extra,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "serve"],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if found is None:
            self.process.kill()
            pytest.fail(f"the service did not announce itself: {line!r} {self.process.communicate()[1]}")
        self.port = int(found[1])
        self.address = found[0].rstrip("/")
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        if read_log:
            self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)

    def write(self, turtle: str) -> None:
        """Put other data into the folder of the service, in one step."""
        new = self.data / "graph.new"
        new.write_text(PREFIXES + turtle, "utf-8")
        new.replace(self.data / "graph.ttl")

    def build(self) -> subprocess.CompletedProcess[str]:
        """``ics-graph build`` beside it."""
        return self.run("build")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command with the same settings."""
        return subprocess.run(
            [sys.executable, "-c", _COMMAND, *words],
            check=False,
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def connect(self) -> socket.socket:
        """A connection to it, for what no client library would send."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Ask for a page."""
        return httpx.get(self.address + path, timeout=30, **more)

    def reload(self, token: str = TOKEN, **headers: str) -> httpx.Response:
        """``POST /admin/reload``."""
        return httpx.post(
            self.address + "/admin/reload", headers={"Authorization": f"Bearer {token}", **headers}, timeout=60
        )

    def hang_up(self) -> None:
        """Send SIGHUP."""
        self.process.send_signal(signal.SIGHUP)

    def events(self, event: str) -> list[dict[str, Any]]:
        """The lines of the log about one kind of event."""
        return [line for line in map(json.loads, list(self.lines)) if line["event"] == event]

    def wait_for(self, event: str, number: int = 1, **members: object) -> dict[str, Any]:
        """Wait until the log has so many lines of an event with these members; gives the last."""
        until = monotonic() + 60
        while monotonic() < until:
            found = [
                line for line in self.events(event) if all(line.get(name) == value for name, value in members.items())
            ]
            if len(found) >= number:
                return found[-1]
            sleep(0.05)
        return pytest.fail(f"the log has no {event} with {members}: {self.lines[-5:]}")

    def children(self) -> set[int]:
        """The processes that the service has started and that still live."""
        found = Path(f"/proc/{self.process.pid}/task")
        numbers: set[int] = set()
        for children in found.glob("*/children"):
            numbers.update(map(int, children.read_text("ascii").split()))
        return numbers

    def stop(self) -> int:
        """End it; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if self._reader.ident is not None:
            self._reader.join(5)
        return code
