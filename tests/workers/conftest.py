"""A graph on which queries can run away, and pools over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from ics_graph.settings import Settings
from ics_graph.workers.messages import GraphSource
from ics_graph.workers.pool import WorkerPool

NODES = 40
"""Each node of the graph leads to each other one: paths explode, and so do joins."""

ONE, TWO = "https://example.org/graph/one", "https://example.org/graph/two"


def quads() -> str:
    """The graph as N-Quads: a clique without name, and two named graphs that share one triple."""
    clique = "".join(
        f"<https://example.org/n{one}> <https://example.org/to> <https://example.org/n{two}> .\n"
        for one in range(NODES)
        for two in range(NODES)
        if one != two
    )
    names = "".join(f'<https://example.org/n{one}> <https://example.org/name> "node {one}" .\n' for one in range(NODES))
    shared = "<https://example.org/a> <https://example.org/up> <https://example.org/b>"
    return (
        clique
        + names
        + f"{shared} <{ONE}> .\n{shared} <{TWO}> .\n"
        + f"<https://example.org/b> <https://example.org/up> <https://example.org/c> <{TWO}> .\n"
    )


def until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether a condition comes about in time."""
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            return False
        sleep(0.01)
    return True


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> GraphSource:
    """The graph as a file."""
    path: Path = tmp_path_factory.mktemp("workers") / "graph.nq"
    path.write_text(quads(), "utf-8")
    return GraphSource(files=(path,))


@pytest.fixture(scope="module")
def pool(source: GraphSource) -> Iterator[WorkerPool]:
    """A pool of one worker that the tests of a module share."""
    with WorkerPool(source, Settings(query_memory=192 << 20, query_deadline=10.0, query_workers=1)) as opened:
        yield opened


@pytest.fixture
def open_pool(source: GraphSource) -> Iterator[Callable[..., WorkerPool]]:
    """Opens pools with settings of a test's own, and closes them behind it."""
    opened: list[WorkerPool] = []

    def open_one(**settings: float) -> WorkerPool:
        values = {"query_memory": 192 << 20, "query_workers": 1, **settings}
        opened.append(WorkerPool(source, Settings(**values)))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for pool in opened:
        pool.close()
