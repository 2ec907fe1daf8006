"""How many requests a second the service answers, beside Oxigraph's own server on the same graph and queries.

    python -m benchmarks.service [--folder FOLDER] [--seconds 5] [--runs 5] [--oxigraph PATH] [--cores 0 | 0,1]

``wrk`` (Debian package ``wrk``) asks with 32 connections. The servers run one after the other, each with all its
processes on the cores of ``--cores``, the client on the last core of the machine; printed are medians of five, the
first run of all (cold), and the processor time that a request costs in all processes of its server, which does not
depend on what else the machine does. The graph is that of ``benchmarks.synthetic`` (500,000 triples), built once below
``--folder``. Oxigraph's server is that of the PyPI package ``oxigraph``.

Aims: 1,000 distinct small SELECTs, none answered from memory, at least 0.8 of Oxigraph's rate; the same query again at
least 1.5; the REST answer about accountability at least half of ``/healthz``, p99 under 40 ms; and while eight
connections send runaway queries, p99 of REST under 250 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import quote
from urllib.request import urlopen

from benchmarks.synthetic import bodies, synthetic_settings, synthetic_snapshot

CONNECTIONS = 32
QUERIES = 1000
DAY = "2020-11-09"
_PREFIX = "PREFIX ics: <https://w3id.org/ics-graph/ns#> "
_SHAPES = (
    "SELECT ?p ?o {{ {body} ?p ?o }}",
    "SELECT ?relation ?forum ?start {{ ?relation ics:actor {body} ; ics:forum ?forum ; ics:start ?start }}",
    "SELECT ?name {{ {body} ics:name/ics:text ?name }}",
    "SELECT ?forum ?text {{ ?relation ics:actor {body} ; ics:forum ?forum . ?forum ics:name/ics:text ?text }} LIMIT 10",
)
RUNAWAYS = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a (!<urn:x>)* ?b . ?b (!<urn:y>)* ?c } ORDER BY ?c",
    "SELECT ?x { ?x ?p ?o . FILTER(REGEX(STR(?o), '^(a+)+$')) ?y ?q ?r . FILTER(STR(?o) < STR(?r)) } ORDER BY ?o",
)
_LUA = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local place = 0
request = function()
  place = place %% #paths + 1
  return wrk.format("GET", paths[place])
end
done = function(summary, latency)
  io.write(string.format("P99 %%f\\n", latency:percentile(99.0)))
end
"""
_TICKS = os.sysconf("SC_CLK_TCK")
_SERVE = "from ics_graph.cli.main import main; main(['serve'])"


@dataclass(frozen=True)
class Run:
    """What a run of the client found: requests a second, p99 in ms, processor time in us, answers other than 2xx."""

    rate: float
    p99: float
    cost: float
    failed: int


@dataclass
class Server:
    """A running server."""

    address: str
    process: subprocess.Popen[bytes]

    def processes(self) -> list[int]:
        """The process ids of the server and of all that it started."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(entry.name))
        found, waiting = [], [self.process.pid]
        while waiting:
            found.append(waiting.pop())
            waiting += children.get(found[-1], [])
        return found

    def seconds(self) -> float:
        """Processor time of all processes until now, of those that have ended as well."""
        total = 0
        for process in self.processes():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
                total += sum(map(int, fields[11:15]))
        return total / _TICKS


class Client:
    """wrk on a core of its own."""

    def __init__(self, program: str, core: int, seconds: int, folder: Path) -> None:
        self._program, self._core, self._seconds, self._folder = program, core, seconds, folder

    def run(self, server: Server, paths: Sequence[str], *headers: str, connections: int = CONNECTIONS) -> Run:
        """Ask for ``paths`` in turn, for the seconds of this client."""
        listed, script = self._folder / "paths.txt", self._folder / "paths.lua"
        listed.write_text("\n".join(paths) + "\n")
        script.write_text(_LUA % listed)
        before = server.seconds()
        output = subprocess.run(
            [
                "taskset", "-c", str(self._core), self._program, "-t1", f"-c{connections}", f"-d{self._seconds}s",
                "-s", str(script), *(part for header in headers for part in ("-H", header)), server.address,
            ],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        spent = server.seconds() - before
        answered = _number(r"(\d+) requests in", output)
        return Run(
            _number(r"Requests/sec: *([\d.]+)", output),
            _number(r"P99 ([\d.]+)", output) / 1000,
            spent / max(answered, 1) * 1e6,
            int(_number(r"Non-2xx or 3xx responses: (\d+)", output, 0)),
        )


def _number(pattern: str, text: str, default: float = float("nan")) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else default


@contextlib.contextmanager
def running(command: Sequence[str], cores: str, port: int, **environment: str) -> Iterator[Server]:
    """A server on some cores, from the moment it listens; ended with all it started."""
    process = subprocess.Popen(
        ["taskset", "-c", cores, *command],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            if connection.recv(16):
                return
        if process.poll() is not None:
            raise SystemExit("A server ended before it answered.")
        time.sleep(0.1)
    raise SystemExit("A server did not answer.")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def queries() -> list[str]:
    """Distinct small queries about distinct bodies."""
    identifiers = bodies(500_000)
    Random(1).shuffle(identifiers)  # noqa: S311 - the same order every time
    iris = [f"<https://w3id.org/ics-graph/id/org/{identifier}>" for identifier in identifiers[:QUERIES]]
    return [_PREFIX + _SHAPES[number % len(_SHAPES)].format(body=iri) for number, iri in enumerate(iris)]


def told(name: str, runs: Sequence[Run], beside: float | None = None) -> float:
    """Print the median of some runs, and its ratio to another rate; gives the median rate."""
    rate = statistics.median(run.rate for run in runs)
    p99 = statistics.median(run.p99 for run in runs)
    cost = statistics.median(run.cost for run in runs)
    ratio = "" if beside is None else f"  ratio {rate / beside:.2f}"
    failed = sum(run.failed for run in runs)
    print(
        f"{name:44} {rate:8.0f}/s  first {runs[0].rate:7.0f}/s  p99 {p99:7.1f} ms  {cost:6.0f} us{ratio}"
        + (f"  NOT 2xx: {failed}" if failed else ""),
        flush=True,
    )
    return rate


def load_oxigraph(program: str, folder: Path) -> Path:
    """A store of Oxigraph's with the default graph of the snapshot, made once."""
    snapshot = synthetic_snapshot(folder)
    store = folder / "oxigraph"
    if not (store / "CURRENT").exists():
        plain = folder / "base.nq"
        with gzip.open(snapshot.query_files[0]) as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file)
        for words in (("load", "--file", str(plain)), ("optimize",)):
            subprocess.run([program, words[0], "--location", str(store), *words[1:]], check=True, capture_output=True)
        plain.unlink()
    return store


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ics-graph-benchmark")
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--cores", default="0")
    arguments.add_argument("--oxigraph", default=shutil.which("oxigraph") or "")
    given = arguments.parse_args()
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("This benchmark needs wrk: apt-get install wrk.")
    given.folder.mkdir(parents=True, exist_ok=True)
    client = Client(wrk, (os.cpu_count() or 1) - 1, given.seconds, given.folder)
    asked = [quote(query, safe="") for query in queries()]
    settings = synthetic_settings(given.folder)
    synthetic_snapshot(given.folder)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}; servers on cores {given.cores}")

    def several(server: Server, paths: Sequence[str], *headers: str) -> list[Run]:
        return [client.run(server, paths, *headers) for _ in range(given.runs)]

    distinct = repeated = None
    if given.oxigraph:
        port = free_port()
        store = load_oxigraph(given.oxigraph, given.folder)
        command = [given.oxigraph, "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
        with running(command, given.cores, port) as server:
            accept = "Accept: application/sparql-results+json"
            paths = [f"/query?query={query}" for query in asked]
            distinct = told("Oxigraph, 1,000 distinct SELECTs", several(server, paths, accept))
            repeated = told("Oxigraph, one SELECT again", several(server, paths[1:2], accept))
    else:
        print("Oxigraph's server is not here (pip install oxigraph): no ratios to it")
    environment = {
        "ICS_GRAPH_DATA": str(settings.data),
        "ICS_GRAPH_CACHE": str(settings.cache),
        "ICS_GRAPH_LOG_LEVEL": "warning",
    }
    paths = [f"/sparql?on={DAY}&query={query}" for query in asked]
    for kept in ("0", str(settings.answer_cache_bytes)):
        port = free_port()
        environment |= {"ICS_GRAPH_PORT": str(port), "ICS_GRAPH_ANSWER_CACHE_BYTES": kept}
        with running([sys.executable, "-c", _SERVE], given.cores, port, **environment) as server:
            if kept == "0":
                told("this service, 1,000 distinct SELECTs", several(server, paths), distinct)
                continue
            told("this service, one SELECT again", several(server, paths[1:2]), repeated)
            with urlopen(server.address + paths[1], timeout=30) as response:  # noqa: S310 - our own server
                tag = response.headers["ETag"]
            told("this service, 304 by ETag", several(server, paths[1:2], f"If-None-Match: {tag}"), repeated)
            health = told("this service, /healthz", several(server, ["/healthz"]))
            some = [f"/organisations/{body}/accountability?on={DAY}" for body in bodies(500_000)[-200:]]
            told("this service, REST accountability", several(server, some), health)
            _beside_runaways(client, server, some, given.runs)


def _beside_runaways(client: Client, server: Server, paths: Sequence[str], runs: int) -> None:
    listed = [f"{server.address}/sparql?query={quote(query, safe='')}" for query in RUNAWAYS]
    script = "while :; do " + "; ".join(f"curl -s -o /dev/null '{address}'" for address in listed) + "; done"
    senders = [subprocess.Popen(["sh", "-c", script], start_new_session=True) for _ in range(8)]
    try:
        time.sleep(1)
        told("REST beside eight runaway queries", [client.run(server, paths, connections=4) for _ in range(runs)])
    finally:
        for sender in senders:
            os.killpg(sender.pid, signal.SIGKILL)
            sender.wait()


if __name__ == "__main__":
    main()
