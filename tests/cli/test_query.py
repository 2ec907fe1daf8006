"""``ics-graph query``: files, standard input, stored queries, formats, exit codes and limits, through the worker."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ics_graph.cli.main import run
from tests.support.graphs import shipped_graph, vectors_snapshot
from tests.support.time_vectors import Question, questions

PREFIX = "PREFIX ics: <https://w3id.org/ics-graph/ns#>\n"


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICS_GRAPH_CACHE", str(shipped_graph().snapshot.folder.parent))


@pytest.fixture
def query(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    def call(text: str, *words: str) -> tuple[int, str, str]:
        name = text
        if " " in text:
            path = tmp_path / "query.rq"
            path.write_text(text, "utf-8")
            name = str(path)
        code = run(["query", name, *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_property_path_over_the_day(query: Any) -> None:
    text = PREFIX + (
        "SELECT ?y WHERE { <https://w3id.org/ics-graph/id/org/nhs-wirral-ccg> ics:accountableTo+ ?y } ORDER BY ?y"
    )
    code, out, _ = query(text, "--on", "2020-11-09", "--format", "json")
    found = {row["y"]["value"].rsplit("/", 1)[-1] for row in json.loads(out)["results"]["bindings"]}
    assert code == 0
    assert {"nhs-england", "secretary-of-state-for-health-and-social-care", "uk-parliament"} <= found
    # On 1 July 2022 the body is no more (002, line 28): no row, exit code 1.
    assert query(text, "--on", "2022-07-01")[0] == 1


def test_a_day_in_from_takes_the_place_of_the_option(query: Any) -> None:
    text = PREFIX + "SELECT ?b FROM <https://w3id.org/ics-graph/as-of/2013-03-31> WHERE { ?b a ics:CCG, ics:Existing }"
    assert query(text, "--on", "2020-11-09")[0] == 1
    assert query(text.replace("2013-03-31", "2013-04-01"), "--on", "2000-01-01")[0] == 0


def test_other_days_are_not_to_be_seen(query: Any) -> None:
    assert query(PREFIX + "ASK { GRAPH ?g { ?b a ics:Existing } }", "--on", "2020-11-09")[:2] == (1, "no\n")


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("SELECT * { ?x ?y ", 3, "line 1"),
        ("DELETE WHERE { ?x ?y ?z }", 3, "changes a graph"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?x ?y ?z } }", 3, "SERVICE"),
        ("SELECT * FROM <file:///etc/passwd> { ?x ?y ?z }", 3, "FROM"),
        ("SELECT * FROM <https://w3id.org/ics-graph/as-of/2020-02-30> { ?x ?y ?z }", 2, "calendar"),
        ("no-such-query", 2, "accountability-chain"),
        ("missing.rq", 3, "missing.rq"),
        ("SELECT (1 AS ?x) {}", 0, ""),
    ],
)
def test_what_cannot_be_run_gets_one_line(query: Any, text: str, code: int, told: str) -> None:
    found, _, err = query(text)
    assert found == code
    assert told in err
    assert len(err.splitlines()) <= 1


def test_known_is_refused_with_a_sentence(query: Any) -> None:
    code, _, err = query("SELECT (1 AS ?x) {}", "--known", "2020-11-09")
    assert code == 2
    assert "known" in err


def test_parameters_are_terms_and_never_text(query: Any) -> None:
    code, _, err = query("accountability-chain", "--param", "body=x> ?y . } #")
    assert code == 2
    assert "Nothing is called" in err
    assert query("accountability-chain", "--param", "nobody=x")[0] == 2
    assert query("accountability-chain", "--param", "body")[0] == 2
    assert query("accountability-chain")[0] == 2
    assert query("SELECT (1 AS ?x) {}", "--param", "a=b")[0] == 2


def test_standard_input_and_formats(query: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(b'SELECT ("a,b" AS ?x) {}')

    monkeypatch.setattr("sys.stdin", Input)
    assert query("-", "--format", "csv")[:2] == (0, 'x\n"a,b"\n')
    assert query('SELECT ("a" AS ?x) {}', "--format", "tsv")[:2] == (0, '?x\n"a"\n')
    assert query("SELECT (1 AS ?x) {}", "--format", "ttl")[0] == 2
    assert "ics:CCG" in query(PREFIX + "CONSTRUCT { ?b a ics:CCG } WHERE { ?b a ics:CCG }", "--format", "ttl")[1]


def test_a_runaway_is_stopped_and_named(query: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICS_GRAPH_QUERY_DEADLINE", "1")
    code, _, err = query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert code == 4
    assert "stopped" in err


def test_too_many_rows_are_refused_whole(query: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICS_GRAPH_QUERY_ROWS", "10")
    assert query("SELECT * { ?x ?y ?z } LIMIT 10")[0] == 0
    code, out, _ = query("SELECT * { ?x ?y ?z } LIMIT 11")
    assert (code, out) == (4, "")


def test_control_c_ends_the_command_and_its_worker(tmp_path: Path) -> None:
    path = tmp_path / "runaway.rq"
    path.write_text("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", "from ics_graph.cli.main import main; main()", "query", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(2)
    process.send_signal(2)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.strip() == "ics-graph: interrupted"


VECTORS = [
    pytest.param(question, id=f"{question.case}: {question.on}") for question in questions() if question.known is None
]


@pytest.mark.slow
@pytest.mark.parametrize("question", VECTORS[::4])
def test_time_vectors_at_the_command_line(
    question: Question, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A part of the vectors once more through the worker; all of them are asked in tests/store and tests/service."""
    source = tmp_path / "vectors.ttl"
    source.write_text((vectors_snapshot().folder.parents[1] / "vectors.ttl").read_text("utf-8"), "utf-8")
    monkeypatch.setenv("ICS_GRAPH_CACHE", str(vectors_snapshot().folder.parent))
    monkeypatch.setenv("ICS_GRAPH_DATA", str(source))
    kind = "Existing" if question.of_life else "Holding"
    nodes = (question.node, *question.others)
    values = " ".join(f"<https://w3id.org/ics-graph/id/{node}>" for node in nodes)
    path = tmp_path / "ask.rq"
    path.write_text(f"{PREFIX} ASK {{ VALUES ?n {{ {values} }} ?n a ics:{kind} }}", "utf-8")
    words = ["query", str(path), "--on", question.on, "--status", ",".join(question.statuses)]
    certain = run(words) == 0
    possible = run([*words, "--include", "unknown"]) == 0
    capsys.readouterr()
    assert ("yes" if certain else "unknown" if possible else "no") == question.holds
