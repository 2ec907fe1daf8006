"""Rows say what the parser's terms say, whatever stands in a file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple

from ics_graph.errors import InvalidData
from ics_graph.loading.parsing import parse_source
from ics_graph.loading.reader import read_bytes
from ics_graph.loading.rows import CHUNK, document, quads_of, rows_of
from ics_graph.loading.texts import parse_term, text_of

PREFIX = "@prefix : <http://e.org/> .\n"
DOCUMENTS = {
    "labels in prose": ('_:x :p "_:x and _:y ." , _:x . :s :p "a\\n_:x <http://e.org/p> _:x ."@en .', RdfFormat.TURTLE),
    "collections": (":s :p ( 1 [ :q _:x ] ( ) ) , [] .", RdfFormat.TURTLE),
    "made-up names": ("_:abcdefabcdefabcdef :p [ :p _:abcdefabcdefabcdef ] .", RdfFormat.TURTLE),
    "lexical forms": (':s :p 01 , "x"^^:d , "\\u00e9\\t\\\\\\"" , "<<( _:x" , "" .', RdfFormat.TURTLE),
    "triple terms": (":s :p <<( _:x :q [] )>> . << _:x :p 1 >> :q 2 .", RdfFormat.TURTLE),
    "named graphs": ("_:g { _:x :p _:y , 1 } :g { :s :p [] } :s :p :o .", RdfFormat.TRIG),
    "directions": (':s :p "x"@ar--rtl , "x"@AR .', RdfFormat.TURTLE),
    "nothing": ("", RdfFormat.TURTLE),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_rows_and_quads_are_those_of_the_parser(name: str) -> None:
    text, syntax = DOCUMENTS[name]
    file = read_bytes((PREFIX + text).encode(), syntax, number=3)
    quads = tuple(parse_source(file.source))
    assert file.quads == quads
    assert list(file.rows) == [(str(q.subject), str(q.predicate), text_of(q.object)) for q in quads]
    assert list(file.rows) == list(rows_of(quads))


def test_more_statements_than_one_chunk_keep_their_order_and_blank_nodes() -> None:
    text = "".join(f"_:n{number % 97} :p{number % 5} {number} , [ :q _:n{number % 89} ] .\n" for number in range(CHUNK))
    file = read_bytes((PREFIX + text).encode(), RdfFormat.TURTLE)
    assert len(file.rows) == 3 * CHUNK
    assert file.quads == tuple(parse_source(file.source))


def test_a_fault_past_the_first_chunk_has_its_place() -> None:
    text = PREFIX + "".join(f":s :p {number} .\n" for number in range(2 * CHUNK)) + ":s :p .\n"
    with pytest.raises(InvalidData) as raised:
        read_bytes(text.encode(), RdfFormat.TURTLE, name="f")
    assert raised.value.position is not None
    assert raised.value.position.line == 2 * CHUNK + 2


LITERALS = st.builds(
    lambda value, kind: {
        "plain": Literal(value),
        "language": Literal(value, language="cy"),
        "typed": Literal(value, datatype=NamedNode("http://e.org/d")),
    }[kind],
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(("plain", "language", "typed")),
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(LITERALS, max_size=5))
def test_any_literal_comes_back_from_its_row(literals: list[Literal]) -> None:
    subject, predicate = NamedNode("http://e.org/s"), NamedNode("http://e.org/p")
    triples = [Triple(subject, predicate, literal) for literal in literals]
    rows = list(rows_of(triples))
    assert [parse_term(value) for _, _, value in rows] == literals
    assert list(quads_of(rows)) == [Quad(subject, predicate, literal) for literal in literals]
    assert document(rows).count("\n") == len(rows)
