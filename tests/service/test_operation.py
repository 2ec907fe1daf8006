"""Seeing the service run: its log, its metrics, its readiness, its trace; and the signal of a closed terminal."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ics_graph.errors import InvalidParameter, Unavailable, WorkerLost
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service import metrics as metrics_module
from ics_graph.service.app import create_app
from ics_graph.service.record import RequestRecord
from ics_graph.service.request_log import LineWriter, RequestLog
from ics_graph.service.routers.operation import is_loopback
from ics_graph.settings import Settings
from ics_graph.workers.messages import QueryAnswer, QueryJob
from tests.service.running import TOKEN, RunningService
from tests.service.scripted import ScriptedSparql
from tests.support.graphs import ONTOLOGY, PROJECT
from tests.support.small_graph import small_snapshot

with warnings.catch_warnings():
    # The test client works with httpx, and would rather have its successor.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    started = RunningService(tmp_path_factory.mktemp("operated"), query_deadline=1)
    yield started
    started.stop()


def line_of(service: RunningService, answer: httpx.Response) -> dict[str, Any]:
    return service.wait_for("request", id=answer.headers["x-request-id"])


def test_each_request_is_one_line_of_json(service: RunningService) -> None:
    answer = service.get("/organisations/northton-ccg?on=2020-11-09")
    line = line_of(service, answer)
    assert line["route"] == "/organisations/{id}"
    assert (line["method"], line["status"], line["level"]) == ("GET", 200, "info")
    assert line["bytes"] == len(answer.content)
    assert 0 < line["ms"] < 30_000
    assert answer.headers["ics-graph-dataset"].startswith(line["dataset"])
    assert len(line["dataset"]) == 12
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert set(line) <= {"time", "level", "event", "id", "method", "route", "status", "ms", "bytes", "dataset", "cache"}


def test_the_log_has_no_words_of_the_client(service: RunningService) -> None:
    word = "Surname-Of-A-Person"
    query = f"ASK {{ ?x ?y '{word}\\u0007' }}"
    before = len(service.lines)
    answers = [
        service.get(f"/search?q={word}"),
        service.get(f"/people/{word}"),
        service.get(f"/{word}/%1b%5b31m"),
        service.get(f"/organisations?{word}=1"),
        service.get("/sparql?query=" + quote(query)),
        service.get("/healthz", headers={"User-Agent": word, "Referer": word, "X-Forwarded-For": "192.0.2.77"}),
        httpx.request("PROPFIND", service.address + "/healthz", timeout=10),
    ]
    lines = [line_of(service, answer) for answer in answers]
    written = "".join(service.lines[before:])
    assert word.casefold() not in written.casefold()
    assert "192.0.2.77" not in written
    assert "127.0.0.1" not in written
    assert "\x1b" not in written
    assert lines[2]["route"] == "(no route)"
    described = {"bytes": len(query.encode()), "sha256": sha256(query.encode()).hexdigest()}
    assert lines[4]["query"] == described
    assert lines[4]["route"] == "/sparql"
    assert lines[6]["method"] == "other"


def test_a_request_that_reached_a_limit_says_which(service: RunningService) -> None:
    answer = service.get("/as-of/2020-11-09/sparql?query=" + quote(SLOW))
    line = line_of(service, answer)
    assert (line["status"], line["level"], line["limit"]) == (408, "warning", "query_deadline")
    assert (line["problem"], line["route"]) == ("query-timeout", "/as-of/{day}/sparql")


def test_ids_of_proxies_are_kept_where_they_are_plain(service: RunningService) -> None:
    assert service.get("/healthz", headers={"X-Request-Id": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    for strange in ("a b", "x" * 65, 'a"b', "<script>"):
        given = service.get("/healthz", headers={"X-Request-Id": strange}).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{20}", given)


def samples(text: str) -> dict[str, float]:
    found = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in found}


def test_metrics_tell_what_happened_in_bounded_series(service: RunningService) -> None:
    for number in range(30):
        service.get(f"/no/such/page-{number}")
        service.get(f"/organisations/no-such-body-{number}")
    service.get("/sparql?query=" + quote("ASK { ?a ?b ?c }"))
    service.get("/sparql?query=" + quote("ASK { ?a ?b ?c }"))
    service.get("/sparql?query=" + quote(SLOW))
    answer = service.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = samples(answer.text)
    assert found['ics_graph_requests_total{method="GET",route="(no route)",status="404"}'] >= 30
    assert found['ics_graph_requests_total{method="GET",route="/organisations/{id}",status="404"}'] == 30
    assert found['ics_graph_request_seconds_count{route="/organisations/{id}"}'] >= 30
    assert found['ics_graph_request_seconds_bucket{le="+Inf",route="/organisations/{id}"}'] >= 30
    assert found['ics_graph_limits_reached_total{limit="query_deadline"}'] >= 1
    assert found['ics_graph_worker_kills_total{limit="query_deadline",pool="query"}'] >= 1
    assert found['ics_graph_queue_length{pool="query"}'] == 0
    hits = sum(value for name, value in found.items() if name.startswith("ics_graph_answer_cache_hits_total"))
    misses = sum(value for name, value in found.items() if name.startswith("ics_graph_answer_cache_misses_total"))
    assert hits >= 1
    assert misses >= 1
    dataset = service.get("/healthz").headers["ics-graph-dataset"]
    assert [name for name in found if name.startswith("ics_graph_dataset_info") and dataset in name]
    assert found["ics_graph_ready"] == 1
    assert found['ics_graph_reloads_total{result="swapped"}'] == 0
    assert "page-7" not in answer.text
    assert "no-such-body" not in answer.text
    assert len({name for name in found if name.startswith("ics_graph_requests_total")}) < 60


def test_metrics_without_the_library_are_unavailable(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(Unavailable, match="prometheus_client"):
        metrics_module.exposition(metrics_module.RequestCounts(), None, "")  # type: ignore[arg-type]
    assert client.get("/metrics").status_code == 503


class SlowToAnswer(ScriptedSparql):
    """Workers that answer when they are let, and then may break."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()
        self.broken = False

    def answered(self, job: QueryJob) -> QueryAnswer:
        assert self.may.wait(20)
        if self.broken:
            raise WorkerLost("The worker died.")
        return super().answered(job)


def eventually(condition: Any, seconds: float = 20) -> bool:
    until = monotonic() + seconds
    while monotonic() < until:
        if condition():
            return True
        sleep(0.1)
    return False


def test_ready_is_who_has_workers_that_answer() -> None:
    workers = SlowToAnswer()
    app = create_app(Settings(ontology=ONTOLOGY), GovernanceGraph(small_snapshot()), sparql=lambda *_: workers)
    with TestClient(app) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("/not-ready")
        assert answer.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200, "the process lives"
        workers.may.set()
        assert eventually(lambda: client.get("/readyz").status_code == 200)
        workers.broken = True
        assert eventually(lambda: client.get("/readyz").status_code == 503)
        workers.broken = False
        assert eventually(lambda: client.get("/readyz").status_code == 200)


def test_ready_stays_who_is_busy(service: RunningService) -> None:
    query = "/sparql?query=" + quote(SLOW)
    asking = [threading.Thread(target=service.get, args=(query,)) for _ in range(8)]
    for thread in asking:
        thread.start()
    sleep(0.3)
    statuses = {service.get("/readyz").status_code for _ in range(5)}
    for thread in asking:
        thread.join(30)
    assert statuses == {200}


def test_levels_leave_lines_out() -> None:
    read, write = os.pipe()
    log = RequestLog(LineWriter(write), "warning", query_length=20)
    record = RequestRecord("GET")
    record.status = 200
    log.request(record)
    record.status, record.limit, record.query = 413, "query_rows", 'ASK { ?x ?y "\x1b" }'
    log.request(record)
    log.event("reload", result="unchanged")
    log.event("reload", "error", reason="a\nb\x1b[31m\u2028")
    assert log.close()
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as reader:
        lines = reader.read().split("\n")
    assert lines.pop() == ""
    assert len(lines) == 2
    assert all(line.isprintable() and line.isascii() for line in lines)
    assert json.loads(lines[0])["query"]["text"] == record.query, "short ones are written where the setting says so"
    assert json.loads(lines[1])["reason"] == "a\nb\x1b[31m\u2028"


def test_a_reader_that_stands_still_holds_up_nothing() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    with suppress(BlockingIOError):
        while os.write(write, b"x" * 4096):
            pass
    os.set_blocking(write, True)
    writer = LineWriter(write, most_waiting=100)
    begun = monotonic()
    for _ in range(200_000):
        writer.write("x" * 100)
    assert monotonic() - begun < 5
    assert writer.dropped > 100_000
    assert not writer.close()
    os.close(read)


def test_a_service_whose_log_nobody_reads_answers_and_stops(tmp_path: Path) -> None:
    service = RunningService(tmp_path, read_log=False)
    with httpx.Client(base_url=service.address, timeout=10) as client:
        for _ in range(1500):
            assert client.get("/healthz").status_code == 200
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(timeout=15) == 130
    service.stop()


def test_the_level_of_a_service_is_a_setting(tmp_path: Path) -> None:
    service = RunningService(tmp_path, log_level="off")
    assert service.get("/healthz").status_code == 200
    assert service.stop() == 130
    assert "".join(service.lines).strip() == "ics-graph: interrupted"


@pytest.mark.parametrize(
    ("name", "value"), [("LOG_LEVEL", "loud"), ("ADMIN_TOKEN", "short"), ("ADMIN_TOKEN", "a b" * 9)]
)
def test_settings_that_cannot_be_meant_are_refused_without_being_repeated(name: str, value: str) -> None:
    with pytest.raises(InvalidParameter, match=f"ICS_GRAPH_{name}") as caught:
        Settings.from_environment({f"ICS_GRAPH_{name}": value})
    assert value not in str(caught.value)
    assert TOKEN not in repr(Settings(admin_token=TOKEN))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.1", False),
     ("10.0.0.1", False), ("::ffff:10.0.0.1", False), ("testclient", False), ("", False)],
)  # fmt: skip
def test_loopback_is_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_reloading_from_elsewhere_is_forbidden() -> None:
    settings = Settings(ontology=ONTOLOGY, admin_token=TOKEN)
    app = create_app(settings, GovernanceGraph(small_snapshot()), sparql=lambda *_: ScriptedSparql())
    with TestClient(app) as client:
        answer = client.post("/admin/reload", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/forbidden")


class Collector:
    """Takes what is exported over OTLP."""

    def __init__(self) -> None:
        received = self.received = list[bytes]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                received.append(gzip.decompress(content) if self.headers["Content-Encoding"] == "gzip" else content)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                del arguments

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"


def test_a_trace_is_sent_only_where_it_is_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra `tracing` is not installed")
    collector = Collector()
    endpoint: dict[str, Any] = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
    try:
        for number, (tracing, more) in enumerate([("true", endpoint), ("false", endpoint), ("true", {})]):
            collector.received.clear()
            service = RunningService(tmp_path / str(number), tracing=tracing, **more)
            service.get(
                "/organisations/northton-ccg?on=2020-11-09", headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
            )
            service.get("/search?q=Surname-Of-A-Person")
            assert service.stop() == 130
            sent = b"".join(collector.received)
            assert bool(sent) == (number == 0)
            if sent:
                assert b"GET /organisations/{id}" in sent
                assert b"GET /search" in sent
                assert bytes.fromhex("ab" * 16) in sent, "below the client's span"
                assert b"Surname" not in sent
                assert b"127.0.0.1" not in sent
    finally:
        collector.server.shutdown()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="closing a terminal is tried on Linux")
def test_a_closed_terminal_stops_the_service(tmp_path: Path) -> None:
    helper = RunningService(tmp_path)
    helper.stop()
    environment = {**helper.environment, "ICS_GRAPH_PORT": "0"}
    mine, theirs = pty.openpty()
    with (tmp_path / "out").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from ics_graph.cli.main import main; main(['serve'])"],
            cwd=PROJECT, env=environment, stdin=theirs, stdout=output, stderr=theirs, start_new_session=True,
        )  # fmt: skip
    os.close(theirs)
    assert eventually(lambda: b"http://" in (tmp_path / "out").read_bytes())
    process.send_signal(signal.SIGHUP)
    sleep(1)
    assert process.poll() is None, "as long as the terminal is there, it reloads"
    os.close(mine)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=20) is not None
