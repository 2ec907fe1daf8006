"""``ics-graph sources --check``: citations are looked up in the documents, and what is not as cited is told."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ics_graph.cli.main import run
from ics_graph.governance.nearby import find_heading, plain, singular, stands
from tests.support.coverage import cited_lines, read_ledger
from tests.support.graphs import PREFIXES, SHARED, shipped_graph

DOCUMENT = """\
Minutes of the Northton board

1.1 Opening
The chair opened the meeting.

2.1 Accountability
The Partnership Board is accountable to the
Partnership Assembly for its work.

Annex A - Parties
Northton CCG
"""
TURTLE = """
src:minutes a ics:Source ; dcterms:title "Minutes"@en ; dcterms:publisher "Test" ; ics:linesIn src:minutes-text ;
  ics:statedFrom "2020-11-09"^^xsd:date ; ics:statedUntil "2020-11-10"^^xsd:date .
src:minutes-text a foaf:Document ; dcterms:title "The minutes as text"@en ; dcterms:identifier "minutes.txt" ;
  ics:sha256 "{digest}" .
b:board a ics:GovernanceGroup ;
  ics:name [ a ics:Name ; ics:text "Partnership Board"@en ; ics:nameKind nk:operational ] ;
  ics:status st:in-force ; ics:evidence [ dcterms:source src:minutes ; ics:locator "2.1" ; ics:line 7 ] .
b:assembly a ics:GovernanceGroup ;
  ics:name [ a ics:Name ; ics:text "Partnership Assembly"@en ; ics:nameKind nk:operational ] ;
  ics:status st:in-force ; ics:evidence [ dcterms:source src:minutes ; ics:locator "2.1" ; ics:line 7 ] .
b:elsewhere a ics:GovernanceGroup ;
  ics:name [ a ics:Name ; ics:text "Southton Forum"@en ; ics:nameKind nk:operational ] ;
  ics:status st:in-force ;
  ics:evidence [ dcterms:source src:minutes ; ics:locator "2.1" ; ics:line 7 ; ics:inferred true ] .
r:acc a ics:Accountability ; ics:actor b:board ; ics:forum b:assembly ; ics:status st:in-force ;
  ics:accountabilityKind ak:managerial ;
  ics:evidence [ dcterms:source src:minutes ; ics:locator "{locator}" ; ics:line {line} ] .
r:other a ics:Accountability ; ics:actor {actor} ; ics:forum {forum} ; ics:status st:in-force ;
  ics:accountabilityKind ak:managerial ;
  ics:evidence [ dcterms:source src:minutes ; ics:locator "2.1" ; ics:line 7 ] .
"""


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("ICS_GRAPH_CACHE", str(tmp_path / "cache"))

    def call(document: str | None = DOCUMENT, **facts: str) -> tuple[int, dict[str, Any], str]:
        values = {"locator": "2.1", "line": "7", "actor": "b:board", "forum": "b:assembly", **facts}
        data, documents = tmp_path / "data.ttl", tmp_path / "documents"
        digest = sha256(DOCUMENT.encode()).hexdigest()
        text = TURTLE
        for name, value in {**values, "digest": digest}.items():
            text = text.replace(f"{{{name}}}", value)
        data.write_text(PREFIXES + text, "utf-8")
        documents.mkdir(exist_ok=True)
        if document is not None:
            (documents / "minutes.txt").write_text(document, "utf-8")
        words = ["sources", "--check", str(documents), "--data", str(data), "--format", "json"]
        code = run(words)
        out, err = capsys.readouterr()
        return code, (json.loads(out)["items"][0] if out else {}), err

    return call


def test_citations_that_are_as_cited_pass(check: Any) -> None:
    code, found, _ = check()
    assert (code, found["state"], found["faults"]) == (0, "same", [])


@pytest.mark.parametrize(
    ("facts", "fault", "missing"),
    [
        ({"line": "99"}, "no-such-line", []),
        ({"locator": "2.7"}, "heading-not-found", ["2.7"]),
        ({"locator": "Annex B"}, "heading-not-found", ["annex b"]),
        ({"actor": "b:elsewhere", "forum": "b:elsewhere"}, "nobody-named", ["Southton Forum", "Southton Forum"]),
    ],
)
def test_what_is_not_as_cited_is_told_with_its_place(
    check: Any, facts: dict[str, str], fault: str, missing: list[str]
) -> None:
    code, found, _ = check(**facts)
    assert code == 1
    told = found["faults"][0]
    assert (told["fault"], told["missing"]) == (fault, missing)
    assert told["thing"]["id"] in {"acc", "other"}
    assert told["line"] == int(facts.get("line", "7"))


def test_one_side_that_is_not_named_is_told_and_does_not_fail(check: Any) -> None:
    code, found, _ = check(forum="b:elsewhere")
    assert code == 0
    assert [fault["fault"] for fault in found["faults"]] == ["one-side-unnamed"]


def test_an_inference_is_not_expected_to_name_the_parties(check: Any) -> None:
    # b:elsewhere itself is cited with ics:inferred true, and nothing in the minutes names it.
    _, found, _ = check()
    assert not found["faults"]


def test_another_document_under_the_same_name_is_told(check: Any) -> None:
    code, found, _ = check(document=DOCUMENT + "One line more.\n")
    assert (code, found["state"]) == (1, "changed")


def test_a_folder_without_the_documents_checks_nothing(check: Any) -> None:
    code, found, err = check(document=None)
    assert (code, found) == (5, {})
    assert "nothing was checked" in err


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sources", "--check", str(tmp_path / "nowhere")]) == 3
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("locator", "line", "found"),
    [
        ("1.1", 4, 3),
        ("2.1, Accountability", 8, 6),
        ("Annex A", 11, 10),
        ("opening", 4, None),
        ("Annex A - Parties", 2, None),  # it stands there, but after the cited line
    ],
)
def test_headings_are_found_at_or_before_the_cited_line(locator: str, line: int, found: int | None) -> None:
    assert find_heading(locator, [plain(each) for each in DOCUMENT.split("\n")], line) == (found, ())


def test_names_are_compared_by_their_own_words() -> None:
    nearby = f" {singular(plain('The NHS bodies of St Helens, and NHS England & Improvement'))} "
    assert stands("St Helens Council", nearby)
    assert not stands("Wirral Council", nearby)
    assert not stands("Clinical Commissioning Group", nearby)


# --- the shipped graph against the documents ----------------------------------------------------------------------


def sources() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the documents lie in ../shared, which is not here")
    folder = SHARED / "sources"
    if not folder.is_dir():
        pytest.fail("../shared is here without the documents in sources/")
    return folder


def test_every_citation_of_the_shipped_graph_is_as_cited(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ICS_GRAPH_CACHE", str(shipped_graph().snapshot.folder.parent))
    for path in [*sources().iterdir(), *(SHARED / "ods").iterdir()]:
        shutil.copy(path, tmp_path / path.name)
    code = run(["sources", "--check", str(tmp_path), "--format", "json"])
    items = json.loads(capsys.readouterr().out)["items"]
    grave = [
        (item["source"]["id"], fault["thing"]["id"], fault["fault"], fault["locator"], fault["line"], fault["missing"])
        for item in items
        for fault in item["faults"]
        if fault["fault"] != "one-side-unnamed"
    ]
    assert (grave, code) == ([], 0)
    assert {item["state"] for item in items} == {"same"}


def test_the_ledger_has_the_headings_of_the_documents() -> None:
    """Each row's heading stands at its line, in the words that are printed there."""
    folder = sources()
    lines = {
        name: [plain(line) for line in next(folder.glob(f"{name}_*")).read_text("utf-8").split("\n")]
        for name in ("000", "002", "003", "004")
    }
    for section in read_ledger():
        if section.heading.startswith("("):  # what stands before the first heading
            continue
        printed = " ".join(lines[section.document][section.line - 1 : section.line + 2]).split()
        words = plain(section.heading.split("(")[0]).split()
        assert sum(word in printed for word in words) >= 0.6 * len(words), (section, printed[:20])


def test_the_ledger_leaves_no_line_out() -> None:
    """A section reaches to the next, so a document is covered from its first row on; every citation lies in one."""
    first: dict[str, int] = {}
    for section in read_ledger():
        first[section.document] = min(section.line, first.get(section.document, section.line))
        assert "unread" not in section.left_out.lower()
    assert set(first) == {"000", "002", "003", "004"}
    cited = cited_lines(shipped_graph().reading())
    for document, line in first.items():
        assert line <= min(cited[document]), document
