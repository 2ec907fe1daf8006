"""``ics-graph doctor``: a line for each check, and exit code 1 if any fails."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ics_graph.cli import checks
from ics_graph.cli.main import cli
from ics_graph.settings import shipped_folder
from tests.service.running import RunningService
from tests.support.graphs import ONTOLOGY, PREFIXES
from tests.support.small_graph import TURTLE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment of the small graph."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "graph.ttl").write_text(PREFIXES + TURTLE, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in {
        "DATA": tmp_path / "data", "ONTOLOGY": ONTOLOGY, "CACHE": tmp_path / "cache", "PORT": port
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ICS_GRAPH_{name}", str(value))
    return tmp_path


def run(*words: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code, and state and detail of each check."""
    result = CliRunner().invoke(cli, ["doctor", *words, "--format", "json"])
    content: dict[str, Any] = json.loads(result.output)
    assert content["ok"] == (result.exit_code == 0)
    return result.exit_code, {check["name"]: (check["state"], check["detail"]) for check in content["checks"]}


def test_a_deployment_in_order(folder: Path) -> None:
    code, found = run()
    assert code == 0, found
    for name in ("data", "ontology", "shapes", "queries", "cache", "snapshot", "version", "memory limit", "time zone",
                 "clock", "port", "extra service"):  # fmt: skip
        assert found[name][0] == "ok", (name, found[name])
    assert "runaway query was killed" in found["workers"][1]
    assert "is free" in found["port"][1]


def test_each_line_is_one_check(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) == len(run()[1])
    assert all(line.startswith(("ok    ", "note  ")) for line in lines)


def test_each_fault_is_told_and_the_other_checks_are_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "data" / "graph.ttl").write_text("<a> <b> .", "utf-8")
    (folder / "cache").write_text("a file", "utf-8")
    monkeypatch.setenv("ICS_GRAPH_QUERIES", str(folder / "none"))
    monkeypatch.setattr(checks, "_said_by", lambda _: "")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("ICS_GRAPH_PORT", str(other.getsockname()[1]))
        monkeypatch.setattr("ics_graph.cli.service_checks._SECONDS", 0.5)
        code, found = run()
    assert code == 1
    failed = {name for name, (state, _) in found.items() if state == "fail"}
    assert failed == {"queries", "cache", "snapshot", "version", "workers", "memory limit", "port"}
    assert found["sockets"][0] == "note"
    assert found["ontology"][0] == "ok"


def test_a_broken_snapshot_is_found(folder: Path) -> None:
    assert run()[0] == 0
    (base,) = (folder / "cache").glob("*-*/base.nq.gz")
    base.write_bytes(base.read_bytes()[:100])
    code, found = run()
    assert code == 1
    assert found["snapshot"][0] == "fail"


def test_a_snapshot_of_other_data_is_found(folder: Path) -> None:
    assert run()[0] == 0
    (manifest,) = (folder / "cache").glob("*-*/manifest.json")
    content = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps({**content, "dataset": "0" * 64}), "utf-8")
    code, found = run()
    assert code == 1
    assert found["version"][0] == "fail"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    started = RunningService(tmp_path / "served")
    yield started
    started.stop()


def test_a_service_that_answers(folder: Path, service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    code, found = run("--url", service.address + "/")
    assert code == 0, found
    assert {found[name][0] for name in ("service", "readiness", "sparql", "metrics", "service clock")} == {"ok"}
    assert "port" not in found
    monkeypatch.setenv("ICS_GRAPH_PORT", str(service.port))
    assert "a service answers" in run()[1]["port"][1]
    (folder / "data" / "graph.ttl").write_text(PREFIXES + TURTLE.replace("Northton CCG", "Northton Anew"), "utf-8")
    code, found = run("--url", service.address)
    assert code == 1
    assert "build, then reload" in found["service"][1]


def test_a_service_that_does_not_answer(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    code, found = run("--url", address)
    assert code == 1
    assert found["service"][0] == found["readiness"][0] == "fail"


def test_an_address_that_is_none(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["doctor", "--url", "file:///etc/passwd"])
    assert result.exception is not None
    assert "no http or https address" in str(result.exception)


def test_a_missing_library_is_a_failure_of_the_service_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert checks._extra("service")()[0] == "fail"
    assert checks._extra("remote")()[0] == "note"
    assert "pip install 'ics-graph[remote]'" in checks._extra("remote")()[1]


def test_the_shipped_folders_are_readable() -> None:
    assert checks._readable((shipped_folder("shapes"),))[0] == "ok"
