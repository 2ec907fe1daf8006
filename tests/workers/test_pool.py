"""The pool and its processes: deadlines, limits, deaths from outside, queues, and what is left behind."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pyoxigraph
import pytest

from ics_graph.errors import (
    BadQuery,
    Busy,
    InvalidParameter,
    MemoryExceeded,
    MissingData,
    QueryTimeout,
    TooLarge,
    Unavailable,
    WorkerLost,
)
from ics_graph.settings import Settings
from ics_graph.workers.crew import SPARE
from ics_graph.workers.endings import error_of_death
from ics_graph.workers.handles import Cancellation, JobCancelledError
from ics_graph.workers.messages import Circumstances, GraphSource, Limits, QueryAnswer, QueryJob
from ics_graph.workers.pool import WorkerPool
from tests.workers.conftest import NODES, ONE, TWO, alive, quads, until

OpenPool = Callable[..., WorkerPool]

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s <https://example.org/name> ?o }"


def ordinary(pool: WorkerPool) -> None:
    """An ordinary query is answered."""
    answer = pool.evaluate(QueryJob(COUNT, Circumstances(solutions="text/csv", limits=Limits(deadline=10))))
    assert answer.body == f"n\r\n{NODES}\r\n".encode()


def workers_of(pool: WorkerPool) -> tuple[int, ...]:
    return pool.processes[1:]


def test_an_answer_is_whole_and_described(pool: WorkerPool) -> None:
    answer = pool.evaluate(QueryJob(COUNT))
    assert isinstance(answer, QueryAnswer)
    assert answer.media_type == "application/sparql-results+json"
    assert answer.rows == 1
    assert 0 < answer.elapsed < 10
    assert json.loads(answer.body)["results"]["bindings"][0]["n"]["value"] == str(NODES)


def test_a_graph_comes_in_its_own_form(pool: WorkerPool) -> None:
    answer = pool.evaluate(
        QueryJob("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 2", Circumstances(graphs="application/n-triples"))
    )
    assert (answer.media_type, answer.rows, answer.body.count(b"\n")) == ("application/n-triples", 2, 2)


def test_the_deadline_stops_a_query(pool: WorkerPool) -> None:
    started, before = monotonic(), set(workers_of(pool))
    with pytest.raises(QueryTimeout) as caught:
        pool.evaluate(QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=0.3))))
    assert caught.value.setting == "query_deadline"
    assert 0.3 <= monotonic() - started < 10
    ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)
    assert until(lambda: any(not alive(process) for process in before)), "the worker must be gone"


def test_a_worker_does_one_job_after_another(pool: WorkerPool) -> None:
    ordinary(pool)
    # A test before this one may have left a worker to be replaced.
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)
    before = set(workers_of(pool))
    for _ in range(20):
        ordinary(pool)
    assert set(workers_of(pool)) == before


def test_the_limit_of_memory_stops_a_query(pool: WorkerPool) -> None:
    doubled = "BIND('0123456789abcdef' AS ?x0) " + "".join(
        f"BIND(CONCAT(?x{step}, ?x{step}) AS ?x{step + 1}) " for step in range(40)
    )
    for query in (
        f"SELECT (STRLEN(?x40) AS ?n) {{ {doubled} }}",
        "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
    ):
        with pytest.raises(MemoryExceeded) as caught:
            pool.evaluate(QueryJob(query))
        assert caught.value.setting == "query_memory"
        ordinary(pool)


def test_memory_short_of_the_limit_is_given(pool: WorkerPool) -> None:
    doubled = "BIND('0123456789abcdef' AS ?x0) " + "".join(
        f"BIND(CONCAT(?x{step}, ?x{step}) AS ?x{step + 1}) " for step in range(20)
    )
    answer = pool.evaluate(
        QueryJob(f"SELECT (STRLEN(?x20) AS ?n) {{ {doubled} }}", Circumstances(solutions="text/csv"))
    )
    assert answer.body == f"n\r\n{16 << 20}\r\n".encode()


def test_a_worker_that_has_grown_is_replaced(pool: WorkerPool) -> None:
    ordinary(pool)
    before = set(workers_of(pool))
    pool.evaluate(
        QueryJob(
            "SELECT (STRLEN(CONCAT(?x, ?x)) AS ?n) { BIND(REPLACE('"
            + "x" * 3000
            + "', 'x', '"
            + "y" * 9000
            + "') AS ?x) }"
        )
    )
    ordinary(pool)
    assert until(lambda: set(workers_of(pool)) != before and len(workers_of(pool)) == 1 + SPARE)


def test_rows_at_the_limit_and_one_past_it(open_pool: OpenPool) -> None:
    pool = open_pool(query_rows=NODES)
    query = "SELECT ?s { ?s <https://example.org/name> ?o }"
    assert pool.evaluate(QueryJob(query)).rows == NODES
    with pytest.raises(TooLarge) as caught:
        pool.evaluate(QueryJob(query, Circumstances(limits=Limits(rows=NODES - 1))))
    assert caught.value.setting == "query_rows"
    assert caught.value.hint


def test_bytes_at_the_limit_and_one_past_it(open_pool: OpenPool) -> None:
    pool = open_pool()
    size = len(pool.evaluate(QueryJob(COUNT)).body)
    assert len(pool.evaluate(QueryJob(COUNT, Circumstances(limits=Limits(bytes=size)))).body) == size
    with pytest.raises(TooLarge) as caught:
        pool.evaluate(QueryJob(COUNT, Circumstances(limits=Limits(bytes=size - 1))))
    assert caught.value.setting == "query_bytes"


def test_a_large_answer_comes_whole(open_pool: OpenPool) -> None:
    pool = open_pool(query_rows=10_000_000, query_memory=512 << 20)
    answer = pool.evaluate(
        QueryJob("SELECT * { ?a ?b ?c . ?d <https://example.org/name> ?f }", Circumstances(solutions="text/csv"))
    )
    assert answer.rows == answer.body.count(b"\r\n") - 1 == (NODES * (NODES - 1) + NODES) * NODES


def test_errors_of_a_query_come_with_their_place(pool: WorkerPool) -> None:
    with pytest.raises(BadQuery) as caught:
        pool.evaluate(QueryJob("SELECT * {\n ?s ?p ?o ; é }"))
    assert (caught.value.line, caught.value.column) == (2, 13)
    with pytest.raises(InvalidParameter):
        pool.evaluate(QueryJob("SELECT ?x {}", Circumstances(substitutions={"x": "no term"})))
    with pytest.raises(InvalidParameter):
        pool.evaluate(QueryJob("SELECT * {}", Circumstances(solutions="text/html")))
    with pytest.raises(BadQuery):
        pool.evaluate(QueryJob("SELECT ?\ud800 {}"))
    ordinary(pool)


def test_a_job_can_name_graphs_and_parameters(pool: WorkerPool) -> None:
    answer = pool.evaluate(
        QueryJob(
            "SELECT ?o { ?x e:up+ ?o } ORDER BY ?o",
            Circumstances(
                default_graphs=(ONE, TWO),
                named_graphs=(),
                joined=True,
                substitutions={"x": "<https://example.org/a>"},
                prefixes={"e": "https://example.org/"},
                solutions="text/csv",
            ),
        )
    )
    assert answer.body == b"o\r\nhttps://example.org/b\r\nhttps://example.org/c\r\n"


def test_a_stack_that_is_used_up_costs_one_request(pool: WorkerPool) -> None:
    query = "SELECT * { FILTER(" + "abs(" * 20_000 + "1" + ")" * 20_000 + " = 1) }"
    with pytest.raises(TooLarge) as caught:
        pool.evaluate(QueryJob(query))
    assert caught.value.setting == "query_nesting"
    ordinary(pool)


def test_a_worker_killed_from_outside_costs_its_own_request(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2)
    ordinary(pool)
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(pool.evaluate, QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=20))))
        busy = next_busy(pool)
        ordinary(pool)
        os.kill(busy, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            running.result(timeout=5)
    ordinary(pool)


def next_busy(pool: WorkerPool) -> int:
    """The process of the worker that runs a query."""

    def spent(process: int) -> int:
        return int(Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[11])

    before = {process: spent(process) for process in workers_of(pool)}
    assert until(lambda: any(spent(process) > ticks + 5 for process, ticks in before.items()))
    return next(process for process, ticks in before.items() if spent(process) > ticks + 5)


def test_idle_workers_that_are_killed_cost_nothing(pool: WorkerPool) -> None:
    for _ in range(3):
        ordinary(pool)
        for process in workers_of(pool):
            os.kill(process, signal.SIGKILL)
        ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)


def test_a_template_that_is_killed_is_started_again(open_pool: OpenPool) -> None:
    pool = open_pool()
    template = pool.processes[0]
    before = workers_of(pool)
    os.kill(template, signal.SIGKILL)
    assert until(lambda: pool.processes[0] != template)
    ordinary(pool)
    assert not any(map(alive, before))
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)


def test_a_template_that_dies_under_a_query_costs_that_query(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.evaluate, QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=20))))
        next_busy(pool)
        os.kill(pool.processes[0], signal.SIGKILL)
        with pytest.raises(WorkerLost):
            running.result(timeout=5)
    ordinary(pool)


def test_sixteen_threads_at_once(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=3)
    with ThreadPoolExecutor(16) as threads:
        jobs = [QueryJob(f"SELECT ({number} AS ?n) {{}}", Circumstances(solutions="text/csv")) for number in range(200)]
        answers = list(threads.map(pool.evaluate, jobs))
    assert [answer.body for answer in answers] == [f"n\r\n{number}\r\n".encode() for number in range(200)]
    assert len(workers_of(pool)) == 3 + SPARE


def test_sixteen_threads_some_with_runaways(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2)

    def one(number: int) -> str:
        query = RUNAWAY if number % 4 == 0 else f"SELECT ({number} AS ?n) {{}}"
        try:
            limits = Limits(deadline=0.2 if query is RUNAWAY else 20)
            return pool.evaluate(QueryJob(query, Circumstances(solutions="text/csv", limits=limits))).body.decode()
        except (QueryTimeout, Busy):
            return "stopped"

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(one, range(32)))
    assert found == ["stopped" if number % 4 == 0 else f"n\r\n{number}\r\n" for number in range(32)]


def test_a_full_queue_refuses_at_once(open_pool: OpenPool) -> None:
    pool = open_pool(query_queue=1)
    ordinary(pool)
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(pool.evaluate, QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=1.5))))
        next_busy(pool)
        waiting = threads.submit(pool.evaluate, QueryJob(COUNT, Circumstances(limits=Limits(deadline=20))))
        assert until(lambda: pool.statistics().waiting == 1)
        started = monotonic()
        with pytest.raises(Busy) as caught:
            pool.evaluate(QueryJob(COUNT))
        assert monotonic() - started < 0.5
        assert caught.value.setting == "query_queue"
        with pytest.raises(QueryTimeout):
            running.result()
        assert waiting.result().rows == 1


def test_the_deadline_counts_the_queue(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.evaluate, QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=1.5))))
        next_busy(pool)
        started = monotonic()
        with pytest.raises(Busy) as caught:
            pool.evaluate(QueryJob(COUNT, Circumstances(limits=Limits(deadline=0.2))))
        assert monotonic() - started < 10
        assert caught.value.setting == "query_workers"
        with pytest.raises(QueryTimeout):
            running.result()
    ordinary(pool)


def test_an_interrupt_kills_the_worker_and_goes_on(pool: WorkerPool) -> None:
    ordinary(pool)
    before = set(workers_of(pool))
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        pool.evaluate(QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=20))))
    assert until(lambda: any(not alive(process) for process in before))
    ordinary(pool)


def test_an_interrupt_in_the_queue_leaves_no_gap(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.evaluate, QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=1.0))))
        next_busy(pool)
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            pool.evaluate(QueryJob(COUNT, Circumstances(limits=Limits(deadline=20))))
        with pytest.raises(QueryTimeout):
            running.result()
    ordinary(pool)


def test_a_call_inside_of_a_handler_keeps_its_worker(pool: WorkerPool) -> None:
    try:
        raise ValueError("x")  # noqa: TRY301
    except ValueError:
        ordinary(pool)
    ordinary(pool)


def test_closing_ends_every_process(source: GraphSource) -> None:
    pool = WorkerPool(source, Settings())
    ordinary(pool)
    processes = pool.processes
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.evaluate, QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=20))))
        next_busy(pool)
        pool.close()
        with pytest.raises(Unavailable):
            running.result(timeout=5)
    pool.close()
    assert until(lambda: not any(map(alive, processes)))
    with pytest.raises(Unavailable):
        pool.evaluate(QueryJob(COUNT))


def test_no_descriptor_is_left(source: GraphSource) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with WorkerPool(source, Settings()) as warm:
        ordinary(warm)
    before = descriptors()
    with WorkerPool(source, Settings()) as pool:
        for _ in range(5):
            with pytest.raises(QueryTimeout):
                pool.evaluate(QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=0.05))))
            for process in workers_of(pool):
                with contextlib.suppress(ProcessLookupError):  # the pool may just have ended it itself
                    os.kill(process, signal.SIGKILL)
            ordinary(pool)
    assert descriptors() == before


PARENT = """
import sys
from pathlib import Path
from threading import Thread
from ics_graph.settings import Settings
from ics_graph.workers.messages import GraphSource, QueryJob
from ics_graph.workers.pool import WorkerPool
pool = WorkerPool(GraphSource(files=(Path(sys.argv[1]),)), Settings(query_deadline=60.0, query_workers=1))
Thread(target=pool.evaluate, args=(QueryJob(sys.argv[2]),), daemon=True).start()
while len(pool.processes) < 3: pass
print(*pool.processes, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_the_death_of_the_parent_leaves_no_process(source: GraphSource, ending: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(source.files[0]), RUNAWAY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert parent.stdout is not None
    processes = [int(process) for process in parent.stdout.readline().split()]
    assert len(processes) == 2 + SPARE
    assert all(map(alive, processes))
    sleep(0.2)
    parent.send_signal(ending)
    parent.wait()
    parent.stdout.close()
    assert parent.stdin is not None
    parent.stdin.close()
    assert until(lambda: not any(map(alive, processes)))


def test_an_interrupt_of_the_terminal_hits_the_parent_alone(pool: WorkerPool) -> None:
    ordinary(pool)
    groups = {os.getpgid(process) for process in pool.processes}
    sessions = {os.getsid(process) for process in pool.processes}
    assert os.getpgrp() not in groups
    assert os.getsid(0) not in sessions


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_holds_nothing_but_its_connection(pool: WorkerPool) -> None:
    ordinary(pool)
    for process in workers_of(pool):
        folder = Path(f"/proc/{process}")
        descriptors = {int(path.name): path.readlink() for path in (folder / "fd").iterdir()}
        assert set(descriptors) == {0, 1, 2, 3}
        assert {str(descriptors[number]) for number in (0, 1, 2)} == {"/dev/null"}
        limits = (folder / "limits").read_text("utf-8")
        assert "Max open files            4                    4 " in limits
        assert "Max file size             0                    0 " in limits
        assert "Max core file size        0                    0 " in limits
        names = {item.partition("=")[0] for item in (folder / "environ").read_text("utf-8").split("\0")}
        assert not {name for name in names if name.startswith("ICS_GRAPH")}


def test_no_setting_reaches_the_workers_environment(source: GraphSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICS_GRAPH_ADMIN_TOKEN", "secret")
    with WorkerPool(source, Settings()) as pool:
        ordinary(pool)
        for process in pool.processes:
            assert b"secret" not in Path(f"/proc/{process}/environ").read_bytes()


def test_service_reaches_no_socket(pool: WorkerPool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        address = f"<http://127.0.0.1:{server.getsockname()[1]}/>"
        with pytest.raises(BadQuery):
            pool.evaluate(QueryJob(f"SELECT * {{ SERVICE {address} {{ ?s ?p ?o }} }}"))
        # SILENT makes one empty solution of the failure, as the standard says.
        assert pool.evaluate(QueryJob(f"SELECT * {{ SERVICE SILENT {address} {{ ?s ?p ?o }} }}")).rows == 1
        assert pool.evaluate(QueryJob(f"SELECT * FROM {address} {{ ?s ?p ?o }}")).rows == 0
        with pytest.raises(TimeoutError):
            server.accept()


def test_files_of_several_formats_make_one_graph(tmp_path: Path) -> None:
    (tmp_path / "one.ttl").write_text("@prefix e: <urn:e:> . e:a e:p e:b .", "utf-8")
    with gzip.open(tmp_path / "two.nq.gz", "wb") as file:
        file.write(quads().encode())
    source = GraphSource(files=(tmp_path / "one.ttl", tmp_path / "two.nq.gz"))
    with WorkerPool(source, Settings()) as pool:
        ordinary(pool)
        assert pool.evaluate(QueryJob("SELECT * { ?s <urn:e:p> ?o }")).rows == 1


def test_a_store_on_disk_is_opened_by_each_worker(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    store = pyoxigraph.Store(str(folder))
    for line in quads().splitlines(keepends=True)[:: NODES * 4]:
        store.bulk_load(line.encode(), pyoxigraph.RdfFormat.N_QUADS)
    store.bulk_load(quads().encode(), pyoxigraph.RdfFormat.N_QUADS)
    store.flush()
    del store
    with WorkerPool(GraphSource(store=folder), Settings()) as pool, socket.create_server(("127.0.0.1", 0)) as server:
        ordinary(pool)
        count = QueryJob(
            "SELECT (COUNT(*) AS ?n) { ?s <https://example.org/up> ?o }",
            Circumstances(default_graphs=(ONE, TWO), joined=True, solutions="text/csv"),
        )
        assert pool.evaluate(count).body == b"n\r\n2\r\n"
        with pytest.raises(QueryTimeout):
            pool.evaluate(QueryJob(RUNAWAY, Circumstances(limits=Limits(deadline=0.3))))
        server.settimeout(0.3)
        address = f"<http://127.0.0.1:{server.getsockname()[1]}/>"
        with pytest.raises(BadQuery):
            pool.evaluate(QueryJob(f"SELECT * {{ SERVICE {address} {{ ?s ?p ?o }} }}"))
        with pytest.raises(TimeoutError):
            server.accept()
        ordinary(pool)


@pytest.mark.parametrize(
    ("name", "content", "error", "part"),
    [
        ("missing.nq", None, MissingData, "missing.nq"),
        ("broken.nq", "no quad", Unavailable, "cannot load"),
        ("graph.unknown", "", Unavailable, "suffix"),
    ],
)
def test_a_graph_that_cannot_be_loaded_is_said_at_once(
    tmp_path: Path, name: str, content: str | None, error: type[Exception], part: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(error, match=part):
        WorkerPool(GraphSource(files=(path,)), Settings())
    with pytest.raises(MissingData):
        WorkerPool(GraphSource(store=tmp_path / "none"), Settings())


def test_workers_that_cannot_start_are_given_up(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("no store\n", "utf-8")
    with WorkerPool(GraphSource(store=tmp_path), Settings()) as pool, pytest.raises(Unavailable, match="cannot start"):
        pool.evaluate(QueryJob(COUNT))


KIND = """
from ics_graph.workers.worker import KINDS
def echo(evaluator, payload):
    if payload["text"] == "fault": raise RuntimeError("a fault")
    return {"length": len(payload["text"])}, payload["text"].encode()
KINDS["echo"] = echo
"""


def test_a_module_can_bring_another_kind_of_job(
    source: GraphSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "echoing.py").write_text(KIND, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with WorkerPool(source, Settings(), modules=("echoing",)) as pool:
        header, body = pool.run("echo", {"text": "é"}, deadline=5)
        assert (header["length"], body) == (1, "é".encode())
        with pytest.raises(WorkerLost):
            pool.run("echo", {"text": "fault"})
        with pytest.raises(WorkerLost):
            pool.run("unknown", {})
        ordinary(pool)


@pytest.mark.parametrize(
    ("number", "grown", "late", "error"),
    [
        (signal.SIGABRT, 0, False, MemoryExceeded),
        (signal.SIGKILL, 90, False, MemoryExceeded),
        (signal.SIGKILL, 10, False, WorkerLost),
        (signal.SIGSEGV, 0, False, TooLarge),
        (signal.SIGALRM, 0, True, QueryTimeout),
        (signal.SIGALRM, 0, False, WorkerLost),
        (0, 0, False, WorkerLost),
    ],
)
def test_what_a_death_means(number: int, grown: int, late: bool, error: type[Exception]) -> None:
    assert isinstance(error_of_death(number, grown, 100, 1.0, late=late), error)
    assert isinstance(error_of_death(None, grown, 100, 1.0, late=late), WorkerLost)


def test_a_running_job_is_called_off(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    before = set(workers_of(pool))
    cancellation = Cancellation()
    threading.Timer(0.3, cancellation.cancel).start()
    started = monotonic()
    with pytest.raises(JobCancelledError):
        pool.evaluate(QueryJob(RUNAWAY), cancellation)
    assert monotonic() - started < 3
    ordinary(pool)
    assert until(lambda: any(not alive(process) for process in before)), "the worker must be gone"
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)


def test_a_waiting_job_is_called_off_and_costs_no_worker(open_pool: OpenPool) -> None:
    pool = open_pool()
    ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)
    running, waiting = Cancellation(), Cancellation()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(pool.evaluate, QueryJob(RUNAWAY), running)
        sleep(0.3)
        before = set(workers_of(pool))
        second = threads.submit(pool.evaluate, QueryJob(RUNAWAY), waiting)
        sleep(0.2)
        waiting.cancel()
        with pytest.raises(JobCancelledError):
            second.result(timeout=3)
        assert set(workers_of(pool)) == before
        assert not first.done()
        running.cancel()
        with pytest.raises(JobCancelledError):
            first.result(timeout=3)
    ordinary(pool)


def test_a_job_called_off_too_late_or_too_early(open_pool: OpenPool) -> None:
    pool = open_pool()
    cancellation = Cancellation()
    assert pool.evaluate(QueryJob(COUNT), cancellation).rows == 1
    before = set(workers_of(pool))
    cancellation.cancel()
    ordinary(pool)
    assert before <= set(workers_of(pool)), "the worker has another job by then"
    with pytest.raises(JobCancelledError):
        pool.evaluate(QueryJob(COUNT), cancellation)
    ordinary(pool)


def test_jobs_called_off_at_any_moment_leave_the_pool_whole(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2)

    def one(number: int) -> None:
        cancellation = Cancellation()
        timer = threading.Timer(0.001 * (number % 20), cancellation.cancel)
        timer.start()
        with contextlib.suppress(JobCancelledError):
            pool.evaluate(QueryJob(RUNAWAY if number % 3 == 0 else COUNT), cancellation)
        timer.join()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(one, range(60)))
    ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 2 + SPARE)
