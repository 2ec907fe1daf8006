"""Data by standard input: ``ics-graph validate -``."""

from __future__ import annotations

import io
import sys

import pytest

from tests.validation.conftest import PREFIXES, Folder

SHAPES = "ex:s a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:maxCount 0 ] .\n"
BAD = PREFIXES + "ex:a a ex:C ;\n  ex:p 5 .\n"


@pytest.fixture
def piped(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A folder with shapes, and one finding in what is piped in."""
    folder.shapes(SHAPES)
    pipe(monkeypatch, BAD.encode())
    return folder


def pipe(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_finding_points_into_what_was_piped(piped: Folder) -> None:
    outcome = piped.validate("-", "--format", "json")
    (finding,) = outcome.findings
    assert outcome.code == 1
    assert (finding["file"], finding["line"], finding["column"]) == ("<stdin>", BAD.count("\n"), 8)


def test_files_beside_it_are_checked_as_well(piped: Folder) -> None:
    piped.data("ex:b a ex:C ; ex:p 6 .\n")
    found = {(finding["file"], finding["lexical"]) for finding in piped.findings("data.ttl", "-")}
    assert found == {("<stdin>", "5"), ("data.ttl", "6")}


def test_the_labels_of_a_file_and_of_standard_input_are_two_nodes(
    piped: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped.shapes(SHAPES.replace("maxCount 0", "maxCount 1"))
    pipe(monkeypatch, (PREFIXES + "_:x a ex:C ; ex:p 1 .").encode())
    piped.data("_:x a ex:C ; ex:p 2 .")
    assert piped.validate("data.ttl", "-").code == 0


@pytest.mark.parametrize(
    ("syntax", "content"),
    [
        ("nt", b"<http://example.org/a> <http://example.org/p> <a:b> .\n"),
        ("nq", b"<http://example.org/a> <http://example.org/p> <a:b> <a:g> .\n"),
        ("trig", b"<a:g> { <http://example.org/a> <http://example.org/p> <a:b> }\n"),
        ("jsonld", b'{"@id": "http://example.org/a", "http://example.org/p": {"@id": "a:b"}}'),
    ],
)
def test_other_syntaxes_are_named(piped: Folder, monkeypatch: pytest.MonkeyPatch, syntax: str, content: bytes) -> None:
    piped.shapes(SHAPES.replace("targetClass ex:C", "targetSubjectsOf ex:p"))
    pipe(monkeypatch, content)
    (finding,) = piped.findings("-", "--syntax", syntax)
    assert (finding["file"], finding["focus_node"]) == ("<stdin>", "http://example.org/a")


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (PREFIXES.encode() + b"ex:a ex:b .\n", f"<stdin>:{PREFIXES.count(chr(10)) + 1}:11: "),
        (b"\x89PNG\r\n\x1a\n\x00", "<stdin>:1:1: This is not UTF-8 text"),
        (PREFIXES.encode() + b"<a:b> <http://www.w3.org/2002/07/owl#imports> <a:c> .", "<stdin>:7:47: owl:imports"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_place(
    piped: Folder, monkeypatch: pytest.MonkeyPatch, content: bytes, start: str
) -> None:
    pipe(monkeypatch, content)
    outcome = piped.validate("-")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (3, "", 1)
    assert outcome.err.startswith(f"ics-graph: {start}"), outcome.err


def test_the_size_limit_holds(piped: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    content = BAD.encode() + b"# long enough that the shapes are no longer\n" * 20
    monkeypatch.setenv("ICS_GRAPH_FILE_BYTES", str(len(content)))
    pipe(monkeypatch, content)
    assert piped.validate("-").code == 1
    pipe(monkeypatch, content + b"\n")
    outcome = piped.validate("-")
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err.startswith("ics-graph: <stdin>: the input is larger than"), outcome.err


def test_nothing_piped_is_no_pass(piped: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, b"")
    assert piped.validate("-").code == 5


@pytest.mark.parametrize("words", [("-", "--changed-since", "HEAD"), ("data.ttl", "--syntax", "nt")])
def test_words_that_do_not_go_together(piped: Folder, words: tuple[str, ...]) -> None:
    assert piped.validate(*words).code == 2


def test_closed_standard_input(piped: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    outcome = piped.validate("-")
    assert (outcome.code, outcome.err) == (3, "ics-graph: Standard input is closed: there are no data to read.\n")
