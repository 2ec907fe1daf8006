"""Clients of the service over the small graph and over the time vectors, without a network."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import Settings
from tests.service.attacking import Serve, attacked, no_fault_in
from tests.service.on_the_wire import TIMEOUT
from tests.service.running import RunningService
from tests.service.scripted import ScriptedSparql, scripted
from tests.support.graphs import ONTOLOGY, vectors_snapshot
from tests.support.small_graph import small_snapshot

with warnings.catch_warnings():
    # The test client works with httpx, and would rather have its successor.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(ontology=ONTOLOGY, request_bytes=20_000, query_length=10_000)


@pytest.fixture(scope="session")
def sparql() -> ScriptedSparql:
    return scripted


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, GovernanceGraph(small_snapshot()), sparql=lambda *_: scripted)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def vectors_client(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, GovernanceGraph(vectors_snapshot()))
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A process with little patience, for attacks on the wire; in other modules it is what they make of it."""
    started = RunningService(
        tmp_path_factory.mktemp("attacked"), request_timeout=TIMEOUT, request_bytes=50_000, query_deadline=3.0
    )
    yield started
    if started.process.poll() is None:
        started.stop()
    no_fault_in(started)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a service with settings of a test's own. Nothing may go wrong in it."""
    running: list[Any] = []

    def start(**settings: object) -> RunningService:
        running.append(attacked(tmp_path / str(len(running)), **{"answer_cache_bytes": 0, **settings}))
        service: RunningService = running[-1].__enter__()
        return service

    services: list[RunningService] = []

    def started(**settings: object) -> RunningService:
        services.append(start(**settings))
        return services[-1]

    yield started
    for context, service in zip(running, services, strict=True):
        alive = service.process.poll() is None
        context.__exit__(None, None, None)
        assert alive
        no_fault_in(service)
