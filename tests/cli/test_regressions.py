"""Faults that a first-time user found, each by what went wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ics_graph.cli.main import run
from ics_graph.errors import InvalidParameter
from ics_graph.settings import Settings
from tests.support.graphs import DATA, PREFIXES, cited, shipped_graph


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICS_GRAPH_CACHE", str(shipped_graph().snapshot.folder.parent))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        captured = capsys.readouterr()
        return code, " ".join(captured.out.split()), captured.err

    return call


def test_known_in_2020_does_not_know_the_end_of_2022(command: Any) -> None:
    code, out, _ = command("ask", "accountable-to", "nhs-wirral-ccg", "--on", "2023-01-01", "--known", "2020-11-30")
    # What was written by November 2020 says that the group exists, and nothing of 1 July 2022 (002, line 28).
    assert code == 0
    assert "2022-07-01" not in out
    assert command("ask", "accountable-to", "nhs-wirral-ccg", "--on", "2023-01-01")[0] == 1


def test_a_body_that_no_document_names_yet_has_no_chain(command: Any) -> None:
    code, out, _ = command("ask", "accountable-to", "nhs-wirral-ccg", "--on", "2020-11-09", "--known", "2013-01-01")
    assert code == 1
    assert "named in no document" in out
    assert "Chain" not in out


def test_sources_as_known_leave_out_what_was_not_written(command: Any) -> None:
    found = json.loads(command("sources", "--known", "2020-11-09", "--format", "json")[1])["items"]
    assert "wirral-2020-11-09" in {source["id"] for source in found}
    assert not {"act-2022", "ce-hwb-pack"} & {source["id"] for source in found}


def test_a_chain_cut_at_its_depth_is_not_said_to_end(command: Any) -> None:
    code, out, _ = command("ask", "accountable-to", "nhs-wirral-ccg", "--on", "2020-11-09", "--depth", "1")
    assert code == 0
    assert "goes no further" not in out
    assert "a larger --depth" in out
    answer = json.loads(
        command("ask", "accountable-to", "nhs-wirral-ccg", "--on", "2020-11-09", "--depth", "1", "--format", "json")[1]
    )
    assert (answer["ends_in"], answer["meta"]["truncated"]) == ([], True)


def test_silence_names_the_kinds_that_were_asked_for(command: Any) -> None:
    out = command("ask", "accountable-to", "nhs-wirral-ccg", "--on", "2020-11-09", "--kind", "democratic")[1]
    assert "democratic" in out
    assert command("ask", "accountable-to", "nhs-wirral-ccg", "--kind", "friendly")[0] == 2


def test_silence_points_to_other_statuses(command: Any) -> None:
    out = command("ask", "accountable-to", "cm-partnership-executive", "--on", "2020-11-30")[1]
    assert "--status draft" in out


def test_search_says_how_many_it_leaves_out(command: Any) -> None:
    assert "more: --limit" in command("search", "Wirral", "--limit", "3")[1]
    answer = json.loads(command("search", "Wirral", "--limit", "3", "--format", "json")[1])
    assert len(answer["items"]) == 3
    assert answer["total"] > 3
    assert answer["meta"]["truncated"]


@pytest.mark.parametrize("on", ["2022-06-30", "2022-07-01"])
def test_a_governing_body_ends_with_its_group(command: Any, on: str) -> None:
    # 000, 3.2.2 (line 233): each of the two Sefton groups has a governing body; 002, line 28: CCGs end on 1 July 2022.
    for name in ("nhs-south-sefton-ccg-governing-body", "nhs-southport-and-formby-ccg-governing-body"):
        assert command("show", name, "--on", on)[0] == (0 if on == "2022-06-30" else 1)


def test_a_repeated_day_is_refused(command: Any) -> None:
    code, _, err = command("show", "cm-hcp", "--on", "2020-11-09", "--on", "2021-01-01")
    assert (code, "twice" in err) == (2, True)


def test_a_relation_that_nothing_attests_says_so(command: Any) -> None:
    out = command("ask", "accountable-to", "secretary-of-state-for-health-and-social-care", "--on", "2020-11-09")[1]
    assert "no document confirms it on a day" in out


def test_the_day_before_a_start_names_predecessors(command: Any) -> None:
    # 000, 3.2.2 (line 228): NHS Cheshire CCG came from four on 1 April 2020.
    code, out, _ = command("show", "nhs-cheshire-ccg", "--on", "2020-03-31")
    assert code == 1
    assert "had not begun" in out
    assert "vale-royal-ccg" in out


CIRCLE = "".join(
    f"b:{one} a org:Organization, ics:OtherBody ; ics:status st:in-force ; {cited()} ; "
    f'ics:name [ a ics:Name ; ics:text "{name}" ; ics:nameKind nk:operational ] .\n'
    f"r:{one}-{two} a ics:Accountability ; ics:actor b:{one} ; ics:forum b:{two} ; "
    f"ics:accountabilityKind ak:mutual ; ics:status st:in-force ; {cited()} .\n"
    for one, two, name in (("x", "y", "Evil \\u001B[31m\\u202E\\u0007 Exe"), ("y", "x", "Why"))
)


@pytest.fixture
def circle(tmp_path: Path) -> str:
    path = tmp_path / "circle.ttl"
    path.write_text(PREFIXES + CIRCLE, "utf-8")
    return str(path)


def test_a_circle_is_told_by_name(command: Any, circle: str) -> None:
    out = command("ask", "accountable-to", "y", "--on", "2021-01-01", "--data", circle)[1]
    assert "goes back into a circle" in out
    assert "Why -> Evil" in out
    assert command("ask", "path", "x", "x", "--data", circle)[0] == 2


def test_no_control_character_of_the_data_reaches_the_terminal(command: Any, circle: str) -> None:
    for words in (
        ("show", "x"),
        ("ask", "accountable-to", "x"),
        ("search", "evil"),
        ("show", "Evil  Ex"),
        ("show", "Ewil"),
    ):
        _, out, err = command(*words, "--on", "2021-01-01", "--data", circle)
        assert not {"\x1b", "\u202e", "\x07"} & set(out + err)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ask", "accountable-to", "\udcff\udcfe"), 2),
        (("show", "x" * 100_000), 2),
        (("show", "cm-hcp", "--data", ""), 2),
        (("validate", ""), 2),
        (("show", "cm-hcp", "--data", "/dev/null"), 3),
        (("build", "--output", "/proc/nowhere"), 3),
        ((), 2),
        (("ask",), 2),
    ],
)
def test_no_input_of_a_user_is_a_fault_of_ours(command: Any, words: tuple[str, ...], code: int) -> None:
    found, _, err = command(*words)
    assert found == code
    assert "ics-graph: a fault of ours" not in err
    assert len(err) < 5000


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "0", "", "soon"])
def test_a_deadline_is_a_number_of_seconds(value: str) -> None:
    with pytest.raises(InvalidParameter, match="ICS_GRAPH_QUERY_DEADLINE"):
        Settings.from_environment({"ICS_GRAPH_QUERY_DEADLINE": value})


@pytest.mark.parametrize("name", ["b:cm-hcp", "org/cm-hcp", "https://w3id.org/ics-graph/id/org/cm-hcp"])
def test_printed_ids_can_be_asked_for(command: Any, name: str) -> None:
    assert command("show", name, "--on", "2020-11-09")[0] == 0


def test_a_relation_can_be_shown(command: Any) -> None:
    code, out, _ = command("show", "rel/mou-arrangement", "--on", "2020-11-30")
    assert code == 0
    assert "JointArrangement mou-arrangement" in out


def test_an_area_is_not_said_to_be_unknown(command: Any) -> None:
    assert "not known to exist" not in command("show", "area/wirral", "--on", "2020-11-09")[1]


def test_a_place_asked_for_as_a_body_is_named_as_a_place(command: Any) -> None:
    err = command("query", "members-of-a-body", "--param", "body=wirral")[2]
    assert "Wirral is a Place" in err


def test_a_reader_that_goes_away_is_no_failure() -> None:
    program = "from ics_graph.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "sources", "--data", str(DATA)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_a_closed_standard_input_is_named(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert command("query", "-")[0] == 3
