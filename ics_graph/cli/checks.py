"""The checks of ``ics-graph doctor``: each looks at one thing that a deployment needs, and says what it found."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from errno import EACCES, EROFS
from pathlib import Path
from time import monotonic, time
from typing import Final, Literal

from ics_graph.errors import IcsGraphError, QueryTimeout
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.settings import Settings
from ics_graph.store.layout import input_files

State = Literal["ok", "note", "fail"]

_EXTRAS: Final = {
    "service": ("fastapi", "uvicorn", "httptools", "prometheus_client"),
    "validation": ("pyshacl", "rdflib"),
    "remote": ("SPARQLWrapper",),
}
_RUNAWAY: Final = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
_DEADLINE: Final = 1.0
_LATE: Final = 0.5
_FEWEST_DESCRIPTORS: Final = 1024
_LIMIT_MEMORY: Final = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
try:
    bytearray(1 << 30)
except MemoryError:
    print("held")
"""
_REFUSE_SOCKETS: Final = """
import socket
from ics_graph.workers import confine
if confine.refuse_sockets():
    try:
        socket.socket()
    except PermissionError:
        print("held")
"""


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found: ``ok``, ``fail``, or ``note`` for what may be meant so."""

    name: str
    state: State
    detail: str


class Deployment:
    """What is checked: the settings, the data that is served, and what earlier checks have opened."""

    def __init__(self, settings: Settings, data: Sequence[Path] = ()) -> None:
        self.settings = settings
        self.data = tuple(data) or (settings.data,)
        self.given = tuple(data)
        self.graph: GovernanceGraph | None = None

    def checks(self) -> Iterator[Check]:
        """All checks of this machine, in their order; each failure is told and the next one made."""
        for name, check in (
            ("python", self._python),
            *((f"extra {extra}", _extra(extra)) for extra in _EXTRAS),
            ("data", lambda: _readable(self.data)),
            ("ontology", lambda: _readable((self.settings.ontology,))),
            ("shapes", lambda: _readable((self.settings.shapes,))),
            ("queries", self._queries),
            ("cache", self._cache),
            ("snapshot", self._snapshot),
            ("version", self._version),
            ("workers", self._workers),
            ("memory limit", self._memory_limit),
            ("sockets", _sockets),
            ("memory", self._memory),
            ("descriptors", _descriptors),
            ("time zone", _time_zone),
            ("clock", self._clock),
        ):
            yield checked(name, check)

    def _python(self) -> tuple[State, str]:
        version = ".".join(map(str, sys.version_info[:3]))
        return ("ok" if sys.version_info >= (3, 11) else "fail"), f"Python {version}"

    def _queries(self) -> tuple[State, str]:
        from ics_graph.catalogue.stored import read_catalogue  # noqa: PLC0415 - the command line stays quick

        catalogue = read_catalogue(self.settings.queries)
        return ("ok" if catalogue else "fail"), f"{len(catalogue)} stored queries in {self.settings.queries}"

    def _cache(self) -> tuple[State, str]:
        cache = self.settings.cache
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".doctor-", dir=cache):
                return "ok", f"{cache} can be written"
        except OSError as error:
            if error.errno not in {EROFS, EACCES}:
                raise
            return "note", f"{cache} cannot be written: what is built elsewhere can be opened, and nothing built here"

    def _snapshot(self) -> tuple[State, str]:
        begun = monotonic()
        graph = GovernanceGraph.open(self.settings, self.given)
        held = graph.snapshot.engine.triple_count()
        _ = graph.snapshot.names, graph.snapshot.by_end
        self.graph = graph
        manifest = graph.snapshot.manifest
        if not held:
            return "fail", f"{graph.snapshot.folder} has no triples"
        return "ok", f"dataset {manifest.dataset[:12]}, {held} triples, opened in {monotonic() - begun:.1f} s"

    def _version(self) -> tuple[State, str]:
        """Build the data anew beside the cache, and compare."""
        if self.graph is None:
            return "fail", "there is no snapshot to compare with the data"
        stated = self.graph.snapshot.manifest.dataset
        with tempfile.TemporaryDirectory(prefix="ics-graph-doctor-") as folder:
            anew = GovernanceGraph.open(replace(self.settings, cache=Path(folder)), self.given)
            found = anew.snapshot.manifest.dataset
        if found != stated:
            return "fail", f"the snapshot is of {stated[:12]} and the data are {found[:12]}: remove it from the cache"
        return "ok", "the snapshot is that of the data"

    def _workers(self) -> tuple[State, str]:
        from ics_graph.store.sparql import SparqlEndpoint  # noqa: PLC0415 - processes are started here only

        if self.graph is None:
            return "fail", "there is no snapshot for them to load"
        limits = replace(self.settings, query_workers=1)
        view = self.graph.view()
        with SparqlEndpoint(self.graph.snapshot, limits) as endpoint:
            endpoint.evaluate("ASK {}", view)
        with SparqlEndpoint(self.graph.snapshot, replace(limits, query_deadline=_DEADLINE)) as endpoint:
            begun = monotonic()
            try:
                endpoint.evaluate(_RUNAWAY, view)
            except QueryTimeout:
                taken = monotonic() - begun
                late = taken > _DEADLINE + _LATE
                words = f"they answer, and a runaway query was killed after {taken:.2f} s (limit {_DEADLINE:g} s)"
                return ("fail" if late else "ok"), words
        # Too few triples to keep a worker busy for a second; that one answered is all that can be seen.
        return "note", "they answer; the data are too few for a runaway query"

    def _memory_limit(self) -> tuple[State, str]:
        if _said_by(_LIMIT_MEMORY) == "held":
            return "ok", f"can be set; a worker may take {_mebibytes(self.settings.query_memory)} more than it loaded"
        return "fail", "a process cannot limit its own memory here: one query may take all of it"

    def _memory(self) -> tuple[State, str]:
        there = _memory_of_machine()
        if there is None:
            return "note", "how much memory there is cannot be read here"
        needed = self.settings.query_workers * self.settings.query_memory
        words = f"{_mebibytes(there)} here; {self.settings.query_workers} workers may take {_mebibytes(needed)}"
        return ("ok" if needed < there else "note"), words + ("" if needed < there else ": lower query_memory")

    def _clock(self) -> tuple[State, str]:
        now = datetime.now(UTC)
        with suppress(IcsGraphError, OSError):
            newest = max(path.stat().st_mtime for path in input_files(*self.data))
            if newest > time() + timedelta(days=1).total_seconds():
                return "fail", f"it says {now:%Y-%m-%d %H:%M} UTC, and there are data written more than a day later"
        return "ok", f"it says {now:%Y-%m-%d %H:%M} UTC"


def checked(name: str, check: Callable[[], tuple[State, str]]) -> Check:
    """The result of a check; whatever it raises is a failure, in one line."""
    try:
        state, detail = check()
    except IcsGraphError as error:
        state, detail = "fail", str(error)
    except OSError as error:
        state, detail = "fail", f"{error.filename or name}: {error.strerror or error}"
    except Exception as error:  # noqa: BLE001 - a check that breaks has found something
        state, detail = "fail", f"{type(error).__name__}: {error}"
    return Check(name, state, "".join(letter if letter.isprintable() else " " for letter in detail))


def _extra(extra: str) -> Callable[[], tuple[State, str]]:
    def check() -> tuple[State, str]:
        missing = [name for name in _EXTRAS[extra] if importlib.util.find_spec(name) is None]
        if not missing:
            return "ok", "installed"
        return (
            "fail" if extra == "service" else "note"
        ), f"without {', '.join(missing)}: pip install 'ics-graph[{extra}]'"

    return check


def _readable(folders: Sequence[Path]) -> tuple[State, str]:
    files = input_files(*folders)
    for path in files:
        with path.open("rb") as content:
            content.read(1)
    return "ok", f"{len(files)} files in {', '.join(map(str, folders))}"


def _sockets() -> tuple[State, str]:
    if _said_by(_REFUSE_SOCKETS) == "held":
        return "ok", "the kernel refuses sockets to workers"
    return "note", "the kernel does not refuse sockets to workers; that they have no free descriptors still holds"


def _said_by(program: str) -> str:
    """What a Python program of ours prints."""
    package = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), package)))}
    done = subprocess.run(  # noqa: S603 - text of this module, by the interpreter that runs
        [sys.executable, "-P", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout.strip()


def _memory_of_machine() -> int | None:
    """Bytes of memory for this process: those of its control group, where that has a limit, else the machine's."""
    limits: list[int] = []
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            limits.append(int(Path(name).read_text("ascii")))
    with suppress(OSError, ValueError):
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min(limits, default=None)


def _descriptors() -> tuple[State, str]:
    import resource  # noqa: PLC0415 - there is none on Windows

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    enough = soft == resource.RLIM_INFINITY or soft >= _FEWEST_DESCRIPTORS
    return ("ok" if enough else "note"), f"{soft} open files and connections at most"


def _time_zone() -> tuple[State, str]:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - what is looked at may be missing

    london = ZoneInfo("Europe/London")
    summer, winter = (datetime(2021, month, 1, 12, tzinfo=london).utcoffset() for month in (7, 1))
    right = (summer, winter) == (timedelta(hours=1), timedelta(0))
    return ("ok" if right else "fail"), "the days of London are known" if right else "the rules of London are wrong"


def _mebibytes(number: int) -> str:
    return f"{number >> 20} MiB"
