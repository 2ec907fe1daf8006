"""The triples of one file with their offsets: which statements may hold a subject, and what they say."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, DefaultGraph, NamedNode

from ics_graph.errors import Position
from ics_graph.loading import blank_nodes
from ics_graph.loading.grammar import StatementParser
from ics_graph.loading.lines import LineIndex
from ics_graph.loading.naming import Anonymous, Span, StatedTriple, UnknownStatement, name_blank_nodes
from ics_graph.loading.sources import SourceFile
from ics_graph.loading.statements import GraphBlock, Statements, split_statements
from ics_graph.loading.terms import RDF_NIL, GraphName, SubjectTerm
from ics_graph.loading.tokens import BRACKET, SKIPPED, one_token

_EMPTY_COLLECTION = re.compile(rf"\({SKIPPED}\)")
_KEPT_STATEMENTS = 4096
_REIFYING = frozenset(("<<", "~", "{"))
_STRUCTURED = _REIFYING | {"("}


@dataclass(frozen=True, slots=True)
class Written:
    """A term as a file has it: where it begins, where it ends (the column after its last), and its text.

    In syntaxes without positions ``position`` names the file alone, ``end`` equals it and ``text`` is empty.
    The text is empty too for predicates that a collection ``( ... )`` or an annotation implies: they stand
    where the term they lead to begins.
    """

    position: Position
    end: Position
    text: str


class StatedFile:
    """One file of Turtle, TriG, N-Triples or N-Quads, looked at as far as asked."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._parsed: dict[int, tuple[StatedTriple, ...]] = {}
        self._graphs: dict[int, GraphName | Anonymous] = {}
        self._unnamed_graphs: dict[int, BlankNode] = {}

    def triples_of(self, subject: SubjectTerm) -> Iterator[StatedTriple]:
        """The triples with this subject, from the top of the file."""
        for statement in self._candidates(subject):
            for triple in self.triples_in(statement):
                if triple.subject == subject:
                    yield triple

    def written(self, span: Span) -> Written:
        """The text at a span, with its place."""
        name = self._source.name
        begin = Position(name, *self._lines.place(span.start))
        end = Position(name, *self._lines.place(span.end))
        return Written(begin, end, self._source.text[span.start : span.end])

    @cached_property
    def statements(self) -> Statements:
        """Where the statements are."""
        return split_statements(self._source.text, base=self._source.base_iri)

    @cached_property
    def _lines(self) -> LineIndex:
        return LineIndex(self._source.text)

    @cached_property
    def _parser(self) -> StatementParser:
        number = self._source.number
        return StatementParser(
            self._source.text, self.statements.directives, lambda label: blank_nodes.labelled(number, label)
        )

    def _candidates(self, subject: SubjectTerm) -> list[int]:
        """The statements that may hold triples with this subject."""
        if isinstance(subject, NamedNode):
            key = subject.value
        elif isinstance(subject, BlankNode):
            order = blank_nodes.order_in(self._source.number, subject)
            if order is not None:
                return [bisect_right(self._anonymous_first, order) - 1] if len(self.statements) else []
            label = blank_nodes.label_in(self._source.number, subject)
            if label is None:
                return []
            key = "_:" + label
        else:
            return []
        found = self._by_subject.get(key, [])
        reified = self._by_reifier.get(subject)
        return sorted({*found, *reified}) if reified else found

    @cached_property
    def _by_subject(self) -> dict[str, list[int]]:
        """Statements by the IRI or the label that stands first in them."""
        index: dict[str, list[int]] = {}
        text, statements = self._source.text, self.statements
        directives, next_token = statements.directives, one_token().match
        for number, (start, end) in enumerate(zip(statements.starts, statements.ends, strict=True)):
            token = next_token(text, start, end)
            if token is None:
                continue
            kind = token.lastgroup
            if kind == "name":
                key = directives.expand_name(token["name"], start)
                if key is None:
                    continue
            elif kind == "iri":
                key = directives.expand_iri(token["iri"], start)
            elif kind == "blank":
                key = token["blank"]
            elif _EMPTY_COLLECTION.match(text, token.start("mark"), end):
                key = RDF_NIL.value
            else:
                continue
            index.setdefault(key, []).append(number)
        return index

    @cached_property
    def _by_reifier(self) -> dict[SubjectTerm, list[int]]:
        """Statements in which a node is a subject without standing first: RDF 1.2 reifiers (``~ :r``)."""
        index: dict[SubjectTerm, list[int]] = {}
        text, statements = self._source.text, self.statements
        if not any(mark in text for mark in ("<<", "~", "{|")):
            return index
        for number, (start, end) in enumerate(zip(statements.starts, statements.ends, strict=True)):
            if not any(text.find(mark, start, end) >= 0 for mark in ("<<", "~", "{|")):
                continue
            if not _REIFYING.isdisjoint(_marks(text, start, end)):
                for subject in {triple.subject for triple in self.triples_in(number)}:
                    index.setdefault(subject, []).append(number)
        return index

    @cached_property
    def _anonymous_first(self) -> array[int]:
        """For each statement the number of the first anonymous blank node in it."""
        firsts: array[int] = array("q")
        text, statements = self._source.text, self.statements
        count = 0
        for number, (start, end) in enumerate(zip(statements.starts, statements.ends, strict=True)):
            firsts.append(count)
            marks = _marks(text, start, end)
            block = statements.block_of(number) if statements.blocks else None
            opens_unnamed_graph = (
                block is not None and block.first == number and isinstance(self._graph(block), Anonymous)
            )
            if opens_unnamed_graph or not _STRUCTURED.isdisjoint(marks):
                count = self._parse(number, count)[1]
            else:
                count += marks.count("[")
        return firsts

    def triples_in(self, statement: int) -> tuple[StatedTriple, ...]:
        """The triples of the statement with this number, in the order of the parser."""
        known = self._parsed.get(statement)
        if known is None:
            if len(self._parsed) >= _KEPT_STATEMENTS:
                self._parsed.clear()
            known = tuple(self._parse(statement, self._anonymous_first[statement])[0])
            self._parsed[statement] = known
        return known

    def _parse(self, statement: int, first: int) -> tuple[list[StatedTriple], int]:
        """The triples of a statement whose first anonymous node is number ``first``, and the next number."""
        statements, file = self.statements, self._source.number
        block = statements.block_of(statement) if statements.blocks else None
        graph: GraphName | Anonymous = DefaultGraph() if block is None else self._graph(block)
        if block is not None and statement != block.first:
            graph = self._unnamed_graphs.get(block.first, graph)
        try:
            emitted = self._parser.parse(statements.starts[statement], statements.ends[statement])
            known: dict[int, BlankNode] = {}
            stated, following = name_blank_nodes(
                emitted, graph, first, lambda order: blank_nodes.anonymous(file, order), known
            )
        except UnknownStatement:
            return [], first
        if block is not None and isinstance(graph, Anonymous) and id(graph) in known:
            self._unnamed_graphs[block.first] = known[id(graph)]
        return stated, following

    def _graph(self, block: GraphBlock) -> GraphName | Anonymous:
        known = self._graphs.get(block.first)
        if known is None:
            try:
                known = self._parser.parse_label(*block.label)
            except UnknownStatement:
                known = DefaultGraph()
            self._graphs[block.first] = known
        return known


def _marks(text: str, start: int, end: int) -> list[str]:
    """The opening and closing brackets of a statement, strings and comments left out."""
    return [match[1] for match in BRACKET.finditer(text, start, end) if match[1]]
