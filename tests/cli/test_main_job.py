"""The main job at the command line, on the shipped graph. Expected values are read from the sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ics_graph.cli.main import EXIT_CODES, run
from ics_graph.errors import IcsGraphError
from tests.support.graphs import shipped_graph


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICS_GRAPH_CACHE", str(shipped_graph().snapshot.folder.parent))


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def words(self) -> str:
        """The output without the line breaks of its wrapping."""
        return " ".join(self.out.split())

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: str) -> Outcome:
        code = run(list(words))
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def test_the_ccg_is_accountable_up_to_parliament_with_evidence_for_every_step(command: Any) -> None:
    answer = command("ask", "accountable-to", "NHS Wirral CCG", "--on", "2020-11-09", "--format", "json")
    assert answer.code == 0
    edges = {edge["id"]: edge for edge in answer.json["edges"]}
    chain = [edges[step] for step in answer.json["chains"][0]]
    steps = [(edge["from"][0]["id"], edge["to"][0]["id"]) for edge in chain[:3]]
    # MoU annex 4 (document 004, line 1519) and the 2006 Act, ss. 13A, 13B and 1(3).
    assert steps == [
        ("nhs-wirral-ccg", "nhs-england"),
        ("nhs-england", "secretary-of-state-for-health-and-social-care"),
        ("secretary-of-state-for-health-and-social-care", "uk-parliament"),
    ]
    for edge in chain:
        assert edge["kinds"], edge["id"]
        assert edge["basis"], edge["id"]
        assert edge["status"] == "in-force"
        assert all(item["source"]["title"] and item["locator"] for item in edge["evidence"]), edge["id"]
        assert edge["evidence"]
    assert chain[0]["start"]["earliest"] == "2013-04-01"
    assert any(item["line"] == 1519 for item in chain[0]["evidence"])


def test_the_same_chain_in_words(command: Any) -> None:
    answer = command("ask", "accountable-to", "NHS Wirral CCG", "--on", "2020-11-09")
    for words in ("NHS England", "Secretary of State", "UK Parliament", "line 1519", "statutory", "basis:"):
        assert words in answer.words


def test_a_body_that_has_ended_says_so_and_names_its_successor(command: Any) -> None:
    answer = command("ask", "accountable-to", "NHS Wirral CCG", "--on", "2022-07-01")
    assert answer.code == 1
    assert "ended on 2022-07-01" in answer.out
    assert "cm-icb" in answer.out
    assert command("ask", "accountable-to", "NHS Wirral CCG", "--on", "2022-06-30").code == 0


def test_the_draft_chain_is_marked_as_draft(command: Any) -> None:
    answer = command(
        "ask", "accountable-to", "Partnership Executive", "--on", "2020-11-30", "--status", "draft", "--format", "json"
    )
    edges = {edge["id"]: edge for edge in answer.json["edges"]}
    chain = [edges[step] for step in answer.json["chains"][0]]
    assert [(edge["from"][0]["id"], edge["to"][0]["id"]) for edge in chain] == [
        ("cm-partnership-executive", "cm-partnership-board"),
        ("cm-partnership-board", "cm-partnership-assembly"),
    ]
    assert {edge["status"] for edge in chain} == {"draft"}
    # In force there is no such chain: the memorandum was a draft.
    assert command("ask", "accountable-to", "Partnership Executive", "--on", "2020-11-30").code == 1


def test_jhcceg_is_being_established_and_will_only_advise(command: Any) -> None:
    answer = command("show", "JHCCEG", "--on", "2020-11-09")
    assert answer.code == 0
    for words in (
        "being established",
        "advises, decides nothing",
        "will advise",
        "Children, Young People and Education",
    ):
        assert words in answer.words
    assert "delegate" not in answer.out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("show", "ICP"), 2, "cheshire-east-icp"),
        (("show", "No such body"), 2, "Nothing is called"),
        (("show", "NHS Wiral CCG"), 2, "NHS Wirral CCG"),
        (("show", ""), 2, "empty name"),
        (("show", "JHCCEG", "--on", "2021-02-29"), 2, "not a day of the calendar"),
        (("show", "JHCCEG", "--on", "9/11/2020"), 2, "YYYY-MM-DD"),
        (("show", "JHCCEG", "--status", "current"), 2, "in-force"),
        (("show", "JHCCEG", "--include", "everything"), 2, "include"),
        (("show", "JHCCEG", "--data", "/no/such/folder"), 3, "/no/such/folder"),
        (("frobnicate",), 2, "frobnicate"),
        (("show",), 2, "NAME"),
        (("search", "zzzz"), 1, "Nothing found"),
    ],
)
def test_bad_input_gets_one_clear_line(command: Any, words: tuple[str, ...], code: int, told: str) -> None:
    answer = command(*words)
    assert answer.code == code
    assert told in answer.err
    first, *candidates = answer.err.splitlines()
    assert first.startswith(("ics-graph: ", "Nothing"))
    assert all(line.startswith("  ") for line in candidates)


def test_broken_turtle_names_file_line_and_column(command: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text('@prefix b: <http://x.example/> .\n\nb:a b:c "never closed .\n', "utf-8")
    answer = command("show", "a", "--data", str(broken))
    assert answer.code == 3
    assert f"{broken}:3:9" in answer.err


def test_an_undefined_label_is_refused(command: Any, tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text("@prefix ics: <https://w3id.org/ics-graph/ns#> .\n<urn:x:a> ics:evidence _:nowhere .\n", "utf-8")
    answer = command("build", "--data", str(data), "--output", str(tmp_path / "out"))
    assert answer.code == 3
    assert "nothing is said of it" in answer.err
    assert not (tmp_path / "out" / "current").exists()


def test_a_code_means_a_body_on_a_day(command: Any) -> None:
    # 12F was NHS Wirral CCG's code (ODS) until CCGs were abolished.
    assert "NHS Wirral CCG" in command("show", "12F", "--on", "2020-11-09").out


def test_as_the_documents_of_a_day_had_it(command: Any) -> None:
    # In May 2020 no document of the graph spoke of the JHCCEG; the report of 9 November 2020 did.
    assert command("show", "JHCCEG", "--on", "2020-11-09", "--known", "2020-11-09").code == 0
    assert command("show", "JHCCEG", "--on", "2020-11-09", "--known", "2020-05-01").code == 1


def test_every_kind_of_error_has_an_exit_code() -> None:
    def kinds(error: type[IcsGraphError]) -> Iterator[str]:
        yield error.kind
        for child in error.__subclasses__():
            # The service has some of its own, about requests; they never reach the command line.
            if child.__module__ == IcsGraphError.__module__:
                yield from kinds(child)

    assert set(kinds(IcsGraphError)) == set(EXIT_CODES)
