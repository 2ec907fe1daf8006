"""Reading files: what is kept, what is refused, and with which words and place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, RdfFormat

from ics_graph.errors import InvalidData, MissingData, Position, TooLarge
from ics_graph.loading.reader import read_bytes, read_file, read_files
from ics_graph.loading.sources import SYNTAXES, files_in

PREFIX = "@prefix : <http://e.org/> .\n"


def refused(content: bytes | str, syntax: RdfFormat = RdfFormat.TURTLE) -> InvalidData:
    with pytest.raises(InvalidData) as raised:
        read_bytes(content.encode() if isinstance(content, str) else content, syntax, name="f")
    message = raised.value.message
    assert message.endswith(".")
    assert "\n" not in message
    assert "Parser error" not in message
    return raised.value


def test_lexical_forms_are_kept() -> None:
    file = read_bytes(
        b'<x:s> <x:p> 01, 1.50, "P1Y12M"^^<http://www.w3.org/2001/XMLSchema#duration>, "2021-02-29"^^'
        b"<http://www.w3.org/2001/XMLSchema#date> .",
        RdfFormat.TURTLE,
    )
    assert [quad.object.value for quad in file.quads if isinstance(quad.object, Literal)] == [
        "01", "1.50", "P1Y12M", "2021-02-29",
    ]  # fmt: skip


def test_blank_nodes_have_the_same_names_on_each_run_and_others_in_each_file(tmp_path: Path) -> None:
    for name in ("a.ttl", "b.ttl"):
        (tmp_path / name).write_text(PREFIX + "_:x :p [ :q ( 1 ) ] , _:y.z .")
    paths = [tmp_path / "a.ttl", tmp_path / "b.ttl"]
    first, again = (read_files(paths) for _ in range(2))
    assert list(first.quads) == list(again.quads)
    names = {term.value for quad in first.quads for term in (quad.subject, quad.object) if isinstance(term, BlankNode)}
    assert names == {"a0x0", "a0x1", "b0xx", "b0xy.z", "a1x0", "a1x1", "b1xx", "b1xy.z"}
    later = read_files(paths[:1], first_number=7)
    assert {quad.subject.value for quad in later.quads if isinstance(quad.subject, BlankNode)} == {
        "a7x0",
        "a7x1",
        "b7xx",
    }


def test_blank_nodes_of_other_syntaxes_are_named_too() -> None:
    content = b'{"@id":"_:n","x:p":[{"x:q":1},{"@list":[1,{"@id":"_:n"}]}]}'
    runs = [read_bytes(content, RdfFormat.JSON_LD, number=4).quads for _ in range(2)]
    assert runs[0] == runs[1]
    assert {q.subject.value for q in runs[0] if isinstance(q.subject, BlankNode)} == {"b4xn", "a4x0", "a4x1", "a4x2"}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (PREFIX + ":s :p x:y .", (2, 7), "The prefix x: has not been declared."),
        (PREFIX + ':é :p "é𝄞" :z .', (2, 12), "A dot is expected at the end of statements."),
        (PREFIX + ":s :p :o\n:s2 :p :o .", (3, 1), "A dot is expected at the end of statements."),
        (PREFIX + ":s :p <a b> .", (2, 7), "Invalid IRI code point ' '."),
        (PREFIX + ":s\r\n:p <http://e.org/é^> .", (3, 4), "Invalid IRI code point '^'."),
        (PREFIX + ':s :p """é\n\n', (2, 7), "The file ends before"),
        (PREFIX + ":s :p [ :q 1 ", (2, 14), "The file ends before"),
        (PREFIX + ":s :p 'abc\n' .", (2, 11), "Line jumps are not allowed in string literals"),
        ("\ufeff:s :p :o .", (1, 1), "The prefix : has not been declared."),
    ],
)
def test_the_place_of_a_syntax_error(text: str, place: tuple[int, int], words: str) -> None:
    fault = refused(text)
    assert (fault.position, fault.message.startswith(words)) == (Position("f", *place), True), fault


@pytest.mark.parametrize(
    ("syntax", "text", "place"),
    [
        (RdfFormat.TRIG, ":g { <x:a> <x:b> <x:c> }", (1, 1)),
        (RdfFormat.N_TRIPLES, '<x:a> <x:b> "é" .\n<x:a> <x:b>\n', (3, 1)),
        (RdfFormat.N_QUADS, "<x:a> <x:b> <x:c> <x:g> <x:h> .", (1, 25)),
        (RdfFormat.JSON_LD, '{"@id":\n"x:é€𝄞", x}', (2, 10)),
        (RdfFormat.JSON_LD, '{"@context":"http://example.org/context"}', (None, None)),
        (RdfFormat.RDF_XML, "<a>\n<é></a>", (2, 6)),
        (RdfFormat.RDF_XML, "", (1, 1)),
    ],
)
def test_other_syntaxes(syntax: RdfFormat, text: str, place: tuple[int | None, int | None]) -> None:
    assert refused(text, syntax).position == Position("f", *place)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff\xfe<\x00", (1, 1)),
        (PREFIX.encode() + ":é \r\n x".encode() + b"\x80", (3, 3)),
        (bytes(range(256)), (3, 115)),
    ],
)
def test_what_is_not_utf_8_is_refused_with_its_place(content: bytes, place: tuple[int, int]) -> None:
    fault = refused(content)
    assert fault.position is not None
    assert "UTF-8" in fault.message
    assert (fault.position.line, fault.position.column) == place


def test_control_characters_do_not_reach_a_message() -> None:
    assert refused("<x:a\x1b[31m> <x:b> <x:c> .").message.isprintable()


def test_missing_unreadable_and_unknown(tmp_path: Path) -> None:
    with pytest.raises(MissingData) as missing:
        read_file(tmp_path / "nowhere.ttl")
    assert str(missing.value) == f"{tmp_path / 'nowhere.ttl'}: There is no such file."
    with pytest.raises(MissingData):
        read_file("a\0b.ttl")
    folder = tmp_path / "folder.ttl"
    folder.mkdir()
    with pytest.raises(InvalidData, match="folder"):
        read_file(folder)
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "noname").write_text("x")
    for name in ("a.txt", "noname"):
        with pytest.raises(InvalidData, match="stands for no RDF syntax") as unknown:
            read_file(tmp_path / name)
        assert ".ttl" in (unknown.value.hint or "")
    (tmp_path / "noname").write_text("<x:s> <x:p> 1 .")
    assert len(read_file(tmp_path / "noname", syntax=RdfFormat.TURTLE).quads) == 1


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(InvalidData, match="cannot be read: permission denied"):
        read_file(path)


def test_the_size_limit_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes(b"<x:s> <x:p> 1 .")
    assert len(read_file(path, size_limit=15).quads) == 1
    with pytest.raises(TooLarge) as refusal:
        read_file(path, size_limit=14)
    assert refusal.value.setting == "file_bytes"
    assert str(path) in refusal.value.message
    with pytest.raises(TooLarge, match="<stdin>"):
        read_bytes(b"12345", RdfFormat.TURTLE, size_limit=4)


@pytest.mark.parametrize("suffix", sorted(SYNTAXES))
def test_every_suffix_is_read(tmp_path: Path, suffix: str) -> None:
    texts = {
        RdfFormat.RDF_XML: '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="x:">'
        '<rdf:Description rdf:about="x:s"><e:p rdf:resource="x:o"/></rdf:Description></rdf:RDF>',
        RdfFormat.JSON_LD: '{"@id":"x:s","x:p":{"@id":"x:o"}}',
    }
    path = tmp_path / f"a{suffix.upper()}"
    path.write_text(texts.get(SYNTAXES[suffix], "<x:s> <x:p> <x:o> ."))
    assert [str(quad) for quad in read_file(path).quads] == ["<x:s> <x:p> <x:o>"]


def test_the_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.ttl", "a.nt", "sub/c.TTL", ".hidden/d.ttl", "e.txt", "sub/.f.ttl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in files_in(tmp_path)] == ["a.nt", "b.ttl", "c.TTL"]
    assert [path.name for path in files_in(tmp_path, syntaxes=[RdfFormat.N_TRIPLES])] == ["a.nt"]
    with pytest.raises(MissingData, match="no such folder"):
        files_in(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingData, match="no file of RDF"):
        files_in(tmp_path / "empty")
