"""The pool and its processes: answers, deadlines, limits, errors, and what can be loaded."""

from __future__ import annotations

import gzip
import json
import socket
from pathlib import Path
from time import monotonic

import pyoxigraph
import pytest

from ics_graph.errors import (
    BadQuery,
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
from ics_graph.workers.messages import Circumstances, GraphSource, Limits, QueryAnswer, QueryJob
from ics_graph.workers.pool import WorkerPool
from tests.workers.conftest import NODES, ONE, TWO, alive, quads, until
from tests.workers.pools import COUNT, RUNAWAY, OpenPool, job, ordinary, workers_of


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
        pool.evaluate(job(RUNAWAY, 0.3))
    assert caught.value.setting == "query_deadline"
    assert 0.3 <= monotonic() - started < 10
    ordinary(pool)
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE)
    assert until(lambda: any(not alive(process) for process in before)), "the worker must be gone"


def test_a_worker_does_one_job_after_another(pool: WorkerPool) -> None:
    ordinary(pool)
    # A test before this one may have left a worker to be replaced: it is named until its end has been told.
    assert until(lambda: len(workers_of(pool)) == 1 + SPARE and all(map(alive, workers_of(pool))))
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
            pool.evaluate(job(RUNAWAY, 0.3))
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
