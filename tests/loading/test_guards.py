"""Hostile input: refused in a sentence, in little time, and without harm to the process."""

from __future__ import annotations

import time

import pytest
from pyoxigraph import Literal, RdfFormat

from ics_graph.errors import InvalidData
from ics_graph.loading.guards import ENTITY_LIMIT, NESTING_LIMIT
from ics_graph.loading.positions import Locator
from ics_graph.loading.reader import read_bytes
from ics_graph.loading.sources import source_from_bytes

DEEP = 100_000
START = "@prefix : <x:> . :a :p "
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="x:">'


def nested(kind: str, depth: int) -> tuple[str, RdfFormat]:
    turtle, json, lines = RdfFormat.TURTLE, RdfFormat.JSON_LD, RdfFormat.N_TRIPLES
    return {
        "nodes": (START + "[ :p " * depth + "1" + "]" * depth + " .", turtle),
        "open nodes": (START + "[ :p " * depth, turtle),
        "lists": (START + "(" * depth + ")" * depth + " .", turtle),
        "triple terms": (START + "<<( :a :p " * depth + ":o" + ")>>" * depth + " .", turtle),
        "reified triples": ("@prefix : <x:> . " + "<< " * depth + ":s" + " :a :p >>" * depth + " :p :o .", turtle),
        "annotations": (START + ":o " + "{| :a :o " * depth + " |}" * depth + " .", turtle),
        "objects": ('{"@id":"x:a","x:p":' * depth + "1" + "}" * depth, json),
        "arrays": ('{"@id":"x:a","x:p":' + "[" * depth + "1" + "]" * depth + "}", json),
        "elements": (RDF + "<e:A><e:p>" * depth + "</e:p></e:A>" * depth + "</rdf:RDF>", RdfFormat.RDF_XML),
        "formulas": (START + "{ :a :p " * depth + ":o" + "}" * depth + " .", RdfFormat.N3),
        "full names": ("<x:a> <x:p> " + "<<( <x:a> <x:p> " * depth + "<x:o>" + ")>>" * depth + " .", lines),
    }[kind]  # fmt: skip


KINDS = (
    "nodes", "open nodes", "lists", "triple terms", "reified triples", "annotations", "objects", "arrays", "elements",
    "formulas", "full names",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_deep_nesting_is_refused(kind: str) -> None:
    text, syntax = nested(kind, DEEP)
    began = time.process_time()
    with pytest.raises(InvalidData, match=f"more than {NESTING_LIMIT} levels") as refusal:
        read_bytes(text.encode(), syntax)
    assert time.process_time() - began < 5
    assert refusal.value.position is not None
    assert refusal.value.position.line == 1


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ("open nodes", "elements", "objects", "arrays")]
)
def test_nesting_up_to_the_limit_is_read_and_located(kind: str) -> None:
    text, syntax = nested(kind, NESTING_LIMIT)
    if kind in ("triple terms", "full names"):
        text, syntax = nested(kind, NESTING_LIMIT // 2)
    file = read_bytes(text.encode(), syntax)
    locator = file.locator()
    assert all(locator.triple(quad.subject, quad.predicate, quad.object) for quad in file.quads)
    with pytest.raises(InvalidData, match="levels"):
        read_bytes(nested(kind, NESTING_LIMIT + 1)[0].encode(), syntax)


def test_brackets_in_strings_iris_and_comments_do_not_count() -> None:
    text = START + '"' + "[" * 200 + '" , """' + "(" * 200 + '""" , <x:' + "(" * 200 + "> . #" + "{" * 200
    assert len(read_bytes(text.encode(), RdfFormat.TURTLE).quads) == 3
    escaped = '{"@id":"x:a","x:p":"\\"' + "[{" * 200 + '"}'
    assert len(read_bytes(escaped.encode(), RdfFormat.JSON_LD).quads) == 1
    flat = START + "[] , " * 1000 + "() ."
    assert len(read_bytes(flat.encode(), RdfFormat.TURTLE).quads) == 1001


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''", "<", "#", "\\", "@", "<<", "{|", "[", "("])
def test_what_is_never_closed_is_refused_quickly(quote: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidData):
        read_bytes((START + f" {quote}a" * 100_000).encode(), RdfFormat.TURTLE)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "piece", ["\\", '"', "'", '""', "<", "a.", ":a.", "_:", "1.", "@a-", "{|", "<<", "\\u", "..", "%"]
)
def test_looking_for_places_in_rubbish_ends_quickly(piece: str) -> None:
    """A locator is given text that was parsed; should it be given other text, it finds nothing and does not hang."""
    source = source_from_bytes((START + piece * 50_000).encode(), syntax=RdfFormat.TURTLE)
    began = time.process_time()
    locator = Locator([source])
    for quad in read_bytes(b"<x:a> <x:p> 1 , [] .", RdfFormat.TURTLE).quads:
        assert locator.triple(quad.subject, quad.predicate, quad.object) is None
    assert time.process_time() - began < 5


def xml(entities: str, content: str) -> bytes:
    description = f'<rdf:Description rdf:about="x:a">\n<e:p>{content}</e:p></rdf:Description>'
    return f"<!DOCTYPE r [{entities}]>{RDF}{description}</rdf:RDF>".encode()


def test_plain_entities_of_ontologies_are_read() -> None:
    quads = read_bytes(xml('<!ENTITY owl "http://www.w3.org/2002/07/owl#">', "&owl;x"), RdfFormat.RDF_XML).quads
    assert [quad.object for quad in quads] == [Literal("http://www.w3.org/2002/07/owl#x")]


@pytest.mark.parametrize(
    ("entities", "content"),
    [
        ('<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">', "&b;"),
        ('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
        ('<!ENTITY % a SYSTEM "http://example.org/a.dtd">', "a"),
        (f'<!ENTITY a "{"a" * 100_000}">', "&a;" * (ENTITY_LIMIT // 100_000 + 1)),
    ],
)
def test_entities_that_swell_or_name_files_are_refused(entities: str, content: str) -> None:
    with pytest.raises(InvalidData, match=r"entit"):
        read_bytes(xml(entities, content), RdfFormat.RDF_XML)


def test_xml_that_breaks_off_is_no_empty_graph() -> None:
    with pytest.raises(InvalidData, match="well-formed") as refusal:
        read_bytes(xml("", "a")[:-20], RdfFormat.RDF_XML, name="f")
    assert str(refusal.value).startswith("f:2:")
