"""Where triples are found: hand-written hard cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat

from ics_graph.errors import Position
from ics_graph.loading.positions import Locator, Occurrence
from ics_graph.loading.reader import ParsedFile, read_bytes, read_file, read_files
from ics_graph.loading.terms import RDF_FIRST, RDF_NIL, RDF_REST, RDF_TYPE, XSD, ObjectTerm

E = "http://e.org/"
PREFIX = "@prefix : <http://e.org/> .\n"


def e(name: str) -> NamedNode:
    return NamedNode(E + name)


def parsed(text: str, syntax: RdfFormat = RdfFormat.TURTLE) -> ParsedFile:
    return read_bytes(text.encode(), syntax, name="f")


def found(
    text: str, subject: str, predicate: str, value: ObjectTerm, syntax: RdfFormat = RdfFormat.TURTLE
) -> Occurrence:
    occurrence = parsed(text, syntax).locator().triple(e(subject), e(predicate), value)
    assert occurrence is not None
    return occurrence


def place(text: str, subject: str, predicate: str, value: ObjectTerm) -> tuple[int | None, int | None, str]:
    """Line, column and text of the object."""
    written = found(text, subject, predicate, value).object
    assert written.position.file == "f"
    return written.position.line, written.position.column, written.text


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        (':s :p :o .', e("o"), (2, 7, ":o")),
        (":s\n  :p\n\t:o .", e("o"), (4, 2, ":o")),
        (":s\r\n  :p\r\n:o .", e("o"), (4, 1, ":o")),
        ("# first\n:s :p # in between . ; \"\n :o.", e("o"), (4, 2, ":o")),
        (':x :y """a\nb\r\nc""" . :s :p :o .', e("o"), (4, 14, ":o")),
        (':x :y """"a" b\n\n""" . :s :p :o .', e("o"), (4, 13, ":o")),
        (':é :p "é𝄞" . :s :p "é𝄞" , :o .', e("o"), (2, 27, ":o")),
        (':s :p "2021-02-29"^^<http://www.w3.org/2001/XMLSchema#date> .',
         Literal("2021-02-29", datatype=NamedNode(XSD + "date")),
         (2, 7, '"2021-02-29"^^<http://www.w3.org/2001/XMLSchema#date>')),
        (':s :p "x"@en-GB .', Literal("x", language="en-gb"), (2, 7, '"x"@en-GB')),
        (':s :p "a\\u00e9\\n" .', Literal("aé\n"), (2, 7, '"a\\u00e9\\n"')),
        (":s :p '''it's''' .", Literal("it's"), (2, 7, "'''it's'''")),
        (":s :p 007 .", Literal("007", datatype=NamedNode(XSD + "integer")), (2, 7, "007")),
        (":s :p 1.50 .", Literal("1.50", datatype=NamedNode(XSD + "decimal")), (2, 7, "1.50")),
        (":s :p 1.:x :y 2 .", Literal("1", datatype=NamedNode(XSD + "integer")), (2, 7, "1")),
        (":s :p true.\n", Literal("true", datatype=NamedNode(XSD + "boolean")), (2, 7, "true")),
        (":s :q :o ; :p :a.b .", e("a.b"), (2, 15, ":a.b")),
        (":s :p :a\\.b\\, .", e("a.b,"), (2, 7, ":a\\.b\\,")),
        (":s :p <http://e.org/\\u006F> .", e("o"), (2, 7, "<http://e.org/\\u006F>")),
        (":s :p <o> . @base <http://e.org/x/> .", e("o"), None),
        ("@base <http://e.org/x/> . :s :p <../o> .", e("o"), (2, 33, "<../o>")),
        ("BASE <http://e.org/x/> PREFIX e: <../> e:s e:p e:o .", e("o"), (2, 48, "e:o")),
        ("prefix : <http://other.org/> :s :p :o . @prefix : <http://e.org/>. :s :p :o .", e("o"), (2, 74, ":o")),
        ("<http://e.org/s> <http://e.org/p> :x , :y, [ :s 1 ], ( :s ) , :o , :o .", e("o"), (2, 63, ":o")),
        ("prefix:s :p :x . :s :p :o .", e("o"), None),
    ],
)  # fmt: skip
def test_objects_are_found(text: str, value: ObjectTerm, expected: tuple[int, int, str] | None) -> None:
    if expected is None:
        with pytest.raises(Exception, match=r"absolute IRI|prefix"):
            parsed(PREFIX + text)
    else:
        assert place(PREFIX + text, "s", "p", value) == expected


def test_a_byte_order_mark_takes_no_column() -> None:
    assert place("\ufeff<http://e.org/s> <http://e.org/p> 1 .", "s", "p", integer("1")) == (1, 35, "1")


def test_subject_and_predicate_have_places_and_ends() -> None:
    occurrence = found(PREFIX + ":s a :C ;\n  :p [\n ] .", "s", "p", BlankNode("a0x0"))
    assert (occurrence.subject.position, occurrence.subject.end) == (Position("f", 2, 1), Position("f", 2, 3))
    assert (occurrence.predicate.position, occurrence.predicate.text) == (Position("f", 3, 3), ":p")
    assert (occurrence.object.position, occurrence.object.end) == (Position("f", 3, 6), Position("f", 4, 3))
    assert occurrence.object.text == "[\n ]"
    a = parsed(PREFIX + ":s a :C .").locator().triple(e("s"), RDF_TYPE, e("C"))
    assert a is not None
    assert a.predicate.text == "a"


def integer(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + "integer"))


def test_blank_nodes_are_found_by_the_names_that_the_reader_gives() -> None:
    text = PREFIX + ":a :p [ :q [ :r 1 ] ] , _:x . [] :p _:x .\n_:x :p 2 . [ :q 3 ] .\n:b :p ( 4 [ :q 5 ] ) ."
    file = parsed(text)
    locator = file.locator()
    places = {}
    for quad in file.quads:
        occurrence = locator.triple(quad.subject, quad.predicate, quad.object)
        assert occurrence is not None
        if isinstance(quad.object, Literal):
            places[quad.object.value] = (occurrence.object.position, occurrence.subject.text)
    assert places == {
        "1": (Position("f", 2, 17), "[ :r 1 ]"),
        "2": (Position("f", 3, 8), "_:x"),
        "3": (Position("f", 3, 17), "[ :q 3 ]"),
        "4": (Position("f", 4, 9), "( 4 [ :q 5 ] )"),
        "5": (Position("f", 4, 16), "[ :q 5 ]"),
    }


def test_a_label_may_look_like_a_name_that_the_parser_makes_up() -> None:
    label = "d809eb958c86be47b469d02f49aec289"
    file = parsed(PREFIX + f"_:{label} :p [ :q 1 ] . :s :p _:{label} .")
    assert {quad.subject.value for quad in file.quads if isinstance(quad.subject, BlankNode)} == {"a0x0", f"b0x{label}"}
    subject = file.locator().subject(BlankNode(f"b0x{label}"))
    assert subject is not None
    assert subject.position == Position("f", 2, 1)


def test_collections_point_at_their_items() -> None:
    file = parsed(PREFIX + ":s :p (\n  :x\n  :y ) .")
    locator = file.locator()
    first, second = BlankNode("a0x0"), BlankNode("a0x1")
    places = [
        locator.triple(first, RDF_FIRST, e("x")),
        locator.triple(first, RDF_REST, second),
        locator.triple(second, RDF_FIRST, e("y")),
        locator.triple(second, RDF_REST, RDF_NIL),
    ]
    assert [o and (o.object.position.line, o.object.position.column, o.object.text) for o in places] == [
        (3, 3, ":x"),
        (4, 3, ":y"),
        (4, 3, ":y"),
        (4, 6, ")"),
    ]
    empty = parsed(PREFIX + "( ) :p ( ) .").locator().triple(RDF_NIL, e("p"), RDF_NIL)
    assert empty is not None
    assert (empty.subject.text, empty.object.text) == ("( )", "( )")


def test_trig_graphs() -> None:
    text = PREFIX + ":g { :s :p :o } GRAPH _:g { :s :p :o . } [] { :s :p :o } { :s :p :o }\n:s :p :o ."
    locator = parsed(text, RdfFormat.TRIG).locator()
    everywhere = list(locator.occurrences(e("s"), e("p"), e("o")))
    assert [str(o.graph) for o in everywhere] == [f"<{E}g>", "_:b0xg", "_:a0x0", "DEFAULT", "DEFAULT"]
    assert [(o.object.position.line, o.object.position.column) for o in everywhere] == [
        (2, 12), (2, 35), (2, 53), (2, 66), (3, 7),
    ]  # fmt: skip
    in_graph = locator.triple(e("s"), e("p"), e("o"), BlankNode("b0xg"))
    assert in_graph is not None
    assert in_graph.object.position == Position("f", 2, 35)
    assert locator.triple(e("s"), e("p"), e("o"), e("nowhere")) is None


@pytest.mark.parametrize("syntax", [RdfFormat.N_TRIPLES, RdfFormat.N_QUADS])
def test_line_syntaxes(syntax: RdfFormat) -> None:
    text = f'# c\n<{E}s> <{E}p> "a b"@en .\n_:x <{E}p> _:y . # c\n\n<{E}s><{E}p><{E}o>.\n'
    locator = parsed(text, syntax).locator()
    last = locator.triple(e("s"), e("p"), e("o"))
    middle = locator.triple(BlankNode("b0xx"), e("p"), BlankNode("b0xy"))
    assert last is not None
    assert middle is not None
    assert (last.object.position, middle.object.position) == (Position("f", 5, 33), Position("f", 3, 22))


def test_a_fourth_term_is_the_graph() -> None:
    text = f"<{E}s> <{E}p> <{E}o> <{E}g> .\n<{E}s> <{E}p> <{E}o> _:g ."
    graphs = [o.graph for o in parsed(text, RdfFormat.N_QUADS).locator().occurrences(e("s"), e("p"), e("o"))]
    assert graphs == [e("g"), BlankNode("b0xg")]


@pytest.mark.parametrize(
    "statement",
    [
        ":s :p <<( :a :b :c )>> .",
        "<< :a :b :c >> :q :r .",
        "<< :a :b :c ~ :id >> :q [ :x <<:d :e :f>> ] .",
        ":a :b :c ~ :z {| :k :l |} , :d {| :m [ :n 1 ] |} .",
        "<< << :a :b :c >> :p << :d :e :f >> >> :q :r .",
        ':a :b "x" ~ :r1 ~ :r2 {| :q "y" |} {| :s [] |} , (1 "x") {| :u :v |} .',
        ":a :b :c {| :e :f |} {| :g [] |} ~ {| :h :i |}.",
        ':s :p ( <<( :a :b "c" )>> << :a :b :c >> "x" ) .',
        '<< [] :p [] >> :q "z" , [ :p "x" ] .',
        ':s :p <<( :a :b <<( :c :d "x"@en )>> )>> , "x"@ar--rtl .',
        "<< :a :b _:x ~ >> :p <<( _:x :p _:y )>> .",
    ],
)
def test_rdf_1_2_has_places_too(statement: str) -> None:
    file = parsed(PREFIX + statement)
    locator = file.locator()
    for quad in file.quads:
        assert locator.triple(quad.subject, quad.predicate, quad.object) is not None, quad


def test_several_files(tmp_path: Path) -> None:
    for name, line in (("a.ttl", "_:x :p :o , [] ."), ("b.ttl", "\n_:x :p :o , [] . :s :p :o .")):
        (tmp_path / name).write_text(PREFIX + line)
    both = read_files([tmp_path / "a.ttl", tmp_path / "b.ttl"])
    assert len(both) == len(set(both.quads)) == 5
    locator = both.locator()
    for file, expected in zip(both.files, (2, 3), strict=True):
        for quad in file.quads:
            occurrence = locator.triple(quad.subject, quad.predicate, quad.object)
            assert occurrence is not None
            assert (occurrence.object.position.file, occurrence.object.position.line) == (file.source.name, expected)


def test_all_places_of_a_triple_that_is_stated_twice() -> None:
    text = PREFIX + ":s :p :o , :o .\n:s :p <http://e.org/o> ."
    occurrences = list(parsed(text).locator().occurrences(e("s"), e("p"), e("o")))
    assert [(o.object.position.line, o.object.position.column) for o in occurrences] == [(2, 7), (2, 12), (3, 7)]


def test_the_first_place_as_a_subject() -> None:
    locator = parsed(PREFIX + ":x :p :s .\n:s :p 1 .\n:s :p 2 .").locator()
    subject = locator.subject(e("s"))
    assert subject is not None
    assert (subject.position, subject.text) == (Position("f", 3, 1), ":s")
    assert locator.subject(e("nobody")) is None
    assert locator.subject(BlankNode("x")) is None
    assert locator.triple(e("s"), e("p"), e("o")) is None


@pytest.mark.parametrize(
    ("syntax", "text"),
    [
        (RdfFormat.RDF_XML, '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.org/">'
         '<rdf:Description rdf:about="http://e.org/s"><e:p rdf:resource="http://e.org/o"/></rdf:Description></rdf:RDF>'),
        (RdfFormat.JSON_LD, '{"@id":"http://e.org/s","http://e.org/p":{"@id":"http://e.org/o"}}'),
        (RdfFormat.N3, "<http://e.org/s> <http://e.org/p> <http://e.org/o> ."),
    ],
)  # fmt: skip
def test_other_syntaxes_give_the_file_alone(syntax: RdfFormat, text: str) -> None:
    locator = parsed(text, syntax).locator()
    occurrence = locator.triple(e("s"), e("p"), e("o"))
    subject = locator.subject(e("s"))
    assert occurrence is not None
    assert subject is not None
    assert occurrence.object.position == subject.position == Position("f")
    assert occurrence.object.text == ""
    assert locator.triple(e("s"), e("p"), e("x")) is None
    assert locator.subject(e("x")) is None


def test_a_file_that_was_given_a_base(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<> <#p> <o> .")
    file = read_file(path, base_iri="http://e.org/d/f")
    occurrence = file.locator().triple(e("d/f"), e("d/f#p"), e("d/o"))
    assert occurrence is not None
    assert occurrence.object.position == Position(str(path), 1, 9)


def test_nothing_is_found_in_nothing() -> None:
    assert Locator([]).triple(e("s"), e("p"), e("o")) is None
    assert parsed("").locator().subject(BlankNode("a0x0")) is None
    assert parsed("# only a comment").locator().subject(e("s")) is None
