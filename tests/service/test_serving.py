"""The service as a process: it says when it is ready, stops in order, and says why it cannot start."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from ics_graph.errors import Unavailable
from ics_graph.service.serving import address_of, bound_socket
from ics_graph.settings import Settings
from tests.support.graphs import ONTOLOGY, PREFIXES, PROJECT
from tests.support.small_graph import TURTLE

_PROGRAM = "from ics_graph.cli.main import main; main(['serve'])"


def environment(folder: Path, port: int) -> dict[str, str]:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / "graph.ttl").write_text(PREFIXES + TURTLE, "utf-8")
    settings = {"DATA": data, "ONTOLOGY": ONTOLOGY, "CACHE": folder / "cache", "PORT": port, "LOG_LEVEL": "error"}
    return {**os.environ, **{f"ICS_GRAPH_{name}": str(value) for name, value in settings.items()}}


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        cwd=PROJECT,
        env=environment(folder, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass
class Running:
    """A server process and its address."""

    process: subprocess.Popen[str]
    address: str


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    process = start(tmp_path_factory.mktemp("served"), 0)
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    if found is None:
        process.kill()
        pytest.fail(f"the service did not announce itself: {line!r} {process.communicate()[1]}")
    yield Running(process, found[0])
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_answers_over_a_socket(running: Running) -> None:
    with urlopen(running.address + "healthz", timeout=10) as response:
        assert json.load(response)["status"] == "ok"
        assert "Server" not in response.headers
    with urlopen(running.address + "organisations/northton-ccg?on=2020-11-09", timeout=10) as response:
        assert json.load(response)["name"] == "Northton CCG"


def test_sparqlwrapper_and_the_routes_answer_the_same(running: Running) -> None:
    from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper

    def converted() -> Any:
        return endpoint.queryAndConvert()

    query = """PREFIX ics: <https://w3id.org/ics-graph/ns#> PREFIX b: <https://w3id.org/ics-graph/id/org/>
        SELECT ?forum { b:northton-ccg ics:accountableTo+ ?forum }"""
    for day, expected in (
        ("2020-11-09", {"org/health-england", "post/secretary-of-health", "org/assembly-of-the-realm"}),
        ("2022-07-01", set()),
    ):
        endpoint = SPARQLWrapper(f"{running.address}as-of/{day}/sparql")
        endpoint.setQuery(query)
        endpoint.setReturnFormat(JSON)
        rows = converted()["results"]["bindings"]
        found = {row["forum"]["value"].removeprefix("https://w3id.org/ics-graph/id/") for row in rows}
        assert found == expected
        address = f"{running.address}organisations/northton-ccg/accountability?on={day}"
        with urlopen(address, timeout=10) as response:
            nodes = json.load(response)["nodes"]
        assert {node["iri"].removeprefix("https://w3id.org/ics-graph/id/") for node in nodes[1:]} == expected
        endpoint.setMethod(POST)
        assert len(converted()["results"]["bindings"]) == len(expected)
        endpoint.setReturnFormat(XML)
        assert len(converted().getElementsByTagName("result")) == len(expected)
        endpoint.setReturnFormat(CSV)
        assert len(converted().splitlines()) == len(expected) + 1
        endpoint.setQuery("CONSTRUCT WHERE { ?x <https://w3id.org/ics-graph/ns#delegatesTo> ?y }")
        endpoint.setReturnFormat(TURTLE)
        assert (b"northton-icp" in converted()) == (day == "2020-11-09")


def test_broken_query_is_told_where(running: Running) -> None:
    request = Request(
        running.address + "sparql", b"SELECT * {\n ?x ?y }", headers={"Content-Type": "application/sparql-query"}
    )
    with pytest.raises(HTTPError) as caught:
        urlopen(request, timeout=10)
    problem = json.load(caught.value)
    assert (caught.value.code, problem["line"]) == (400, 2)


def test_port_in_use_is_one_clear_sentence(running: Running, tmp_path: Path) -> None:
    port = int(running.address.rstrip("/").rpartition(":")[2])
    process = start(tmp_path, port)
    output, errors = process.communicate(timeout=60)
    assert output == ""
    assert errors == (
        f"ics-graph: Port {port} of 127.0.0.1 is in use by another program. Choose another one with --port.\n"
    )
    assert not (tmp_path / "cache").exists(), "the port is looked at before anything is built"


def test_interrupt_stops_it_in_order(running: Running) -> None:
    running.process.send_signal(signal.SIGINT)
    output, errors = running.process.communicate(timeout=30)
    assert running.process.returncode == 130
    assert output == ""
    assert errors.strip() == "ics-graph: interrupted"


def test_data_that_cannot_be_read_is_told_before_serving(tmp_path: Path) -> None:
    given = environment(tmp_path, 0)
    (tmp_path / "data" / "graph.ttl").write_text("<a> <b> .", "utf-8")
    process = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        check=False,
        cwd=PROJECT,
        env=given,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.stderr.startswith("ics-graph: ")
    assert "graph.ttl:1:" in process.stderr
    assert "Traceback" not in process.stderr


def test_addresses_that_cannot_be_had() -> None:
    with pytest.raises(Unavailable, match="no address of this machine"):
        bound_socket("x" * 64, 0)
    with pytest.raises(Unavailable, match=r"cannot listen on 192\.0\.2\.1"):
        bound_socket("192.0.2.1", 0)
    with bound_socket("127.0.0.1", 0) as listener, pytest.raises(Unavailable, match="is in use"):
        bound_socket("127.0.0.1", listener.getsockname()[1])


def test_address_of_the_sixth_version() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listener = bound_socket("::1", 0)
    except Unavailable:
        pytest.skip("this machine has no IPv6 loopback")
    with listener:
        assert re.fullmatch(r"http://\[::1\]:\d+/", address_of(listener))


def test_loopback_unless_told_otherwise() -> None:
    assert Settings().host == "127.0.0.1"
