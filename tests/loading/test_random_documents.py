"""What is found in random documents: the parser's quads in its order, and each term where it was written."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat

from ics_graph.loading.parsing import parse_source
from ics_graph.loading.positions import Locator
from ics_graph.loading.sources import SourceFile
from ics_graph.loading.stated import StatedFile
from tests.loading.documents import Document, documents

FILE = 3
THOROUGH = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def source_of(document: Document) -> SourceFile:
    return SourceFile("f", FILE, RdfFormat.TRIG if document.trig else RdfFormat.TURTLE, document.text)


@given(documents())
@THOROUGH
def test_statements_one_by_one_give_the_quads_of_the_parser_in_its_order(document: Document) -> None:
    source = source_of(document)
    file = StatedFile(source)
    assert file.statements.complete
    stated = [triple for number in range(len(file.statements)) for triple in file.triples_in(number)]
    assert [Quad(t.subject, t.predicate, t.object, t.graph) for t in stated] == list(parse_source(source))


@given(documents())
@THOROUGH
def test_every_triple_is_found_where_it_was_written(document: Document) -> None:
    source = source_of(document)
    locator = Locator([source])
    expected = Counter((p.subject, p.predicate, p.object, p.text) for p in document.placed)
    found: Counter[tuple[int, int, int, str]] = Counter()
    for quad in set(parse_source(source)):
        assert isinstance(quad.graph_name, NamedNode | DefaultGraph) or quad.graph_name.value
        first = locator.triple(quad.subject, quad.predicate, quad.object)
        everywhere = list(locator.occurrences(quad.subject, quad.predicate, quad.object, quad.graph_name))
        assert first is not None
        assert everywhere
        for occurrence in everywhere:
            found[
                offset_of(document.text, occurrence.subject.position.line, occurrence.subject.position.column),
                offset_of(document.text, occurrence.predicate.position.line, occurrence.predicate.position.column),
                offset_of(document.text, occurrence.object.position.line, occurrence.object.position.column),
                occurrence.object.text,
            ] += 1
    assert found == expected


def offset_of(text: str, line: int | None, column: int | None) -> int:
    """Counted the slow way: a line ends with LF, CR LF or CR."""
    assert line is not None
    assert column is not None
    lines = text.replace("\r\n", "\0\n").replace("\r", "\n").replace("\0\n", "\r\n").split("\n")
    return sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
