"""Small data and shapes, and the command run on them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ics_graph.cli.main import run

PREFIXES = """\
@prefix ex: <http://example.org/> .
@prefix ics: <https://w3id.org/ics-graph/ns#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


@dataclass
class Outcome:
    """What a run of the command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json["findings"]
        return found


class Folder:
    """A folder with files, in which the command is run."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys

    def write(self, name: str, text: str) -> Path:
        """Write a file with exactly these line ends."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def shapes(self, body: str, name: str = "shapes.ttl") -> Path:
        """Write shapes after the usual prefixes."""
        return self.write(name, PREFIXES + body)

    def data(self, body: str, name: str = "data.ttl") -> Path:
        """Write data after the usual prefixes."""
        return self.write(name, PREFIXES + body)

    def validate(self, *words: str) -> Outcome:
        """Run the command on ``data.ttl`` with ``shapes.ttl``, or on what the words say."""
        given = list(words)
        if "-" not in given and not any(
            word.endswith((".ttl", ".nt", ".nq", ".trig", ".rdf", ".jsonld", "/")) for word in given
        ):
            given.insert(0, "data.ttl")
        if "--shapes" not in given:
            given += ["--shapes", "shapes.ttl"]
        self._capsys.readouterr()
        code = run(["validate", *given])
        captured = self._capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    def findings(self, *words: str) -> list[dict[str, Any]]:
        """The findings of a run, as JSON."""
        outcome = self.validate("--format", "json", *words)
        assert outcome.code in (0, 1), outcome.err
        return outcome.findings

    def rest(self) -> list[str]:
        """The names of all files in the folder."""
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return Folder(tmp_path, capsys)
