"""Clients of the service over the small graph and over the time vectors, without a network."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import Settings
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
