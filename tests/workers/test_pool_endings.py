"""The ends of processes of a pool: killed, interrupted, closed; and what they leave behind and can reach."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from ics_graph.errors import BadQuery, MemoryExceeded, QueryTimeout, TooLarge, Unavailable, WorkerLost
from ics_graph.settings import Settings
from ics_graph.workers.crew import SPARE
from ics_graph.workers.endings import error_of_death
from ics_graph.workers.messages import GraphSource, QueryJob
from ics_graph.workers.pool import WorkerPool
from tests.workers.conftest import alive, until
from tests.workers.pools import COUNT, RUNAWAY, OpenPool, job, next_busy, ordinary, workers_of


def test_a_worker_killed_from_outside_costs_its_own_request(open_pool: OpenPool) -> None:
    pool = open_pool(query_workers=2)
    ordinary(pool)
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(pool.evaluate, job(RUNAWAY, 20))
        busy = next_busy(pool)
        ordinary(pool)
        os.kill(busy, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            running.result(timeout=5)
    ordinary(pool)


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
        running = threads.submit(pool.evaluate, job(RUNAWAY, 20))
        next_busy(pool)
        os.kill(pool.processes[0], signal.SIGKILL)
        with pytest.raises(WorkerLost):
            running.result(timeout=5)
    ordinary(pool)


def test_an_interrupt_kills_the_worker_and_goes_on(pool: WorkerPool) -> None:
    ordinary(pool)
    before = set(workers_of(pool))
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        pool.evaluate(job(RUNAWAY, 20))
    assert until(lambda: any(not alive(process) for process in before))
    ordinary(pool)


def test_closing_ends_every_process(source: GraphSource) -> None:
    pool = WorkerPool(source, Settings())
    ordinary(pool)
    processes = pool.processes
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.evaluate, job(RUNAWAY, 20))
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
                pool.evaluate(job(RUNAWAY, 0.05))
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


def test_workers_that_cannot_start_are_given_up(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("no store\n", "utf-8")
    with WorkerPool(GraphSource(store=tmp_path), Settings()) as pool, pytest.raises(Unavailable, match="cannot start"):
        pool.evaluate(QueryJob(COUNT))


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
