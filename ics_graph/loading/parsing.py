"""From the text of a file to quads that keep what is written, or to one sentence with the place of the fault.

The parser is pyoxigraph's, because it keeps lexical forms (``"2021-02-29"^^xsd:date`` stays that); nothing is
fetched: remote JSON-LD contexts, external entities and ``owl:imports`` are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyoxigraph import Quad, RdfFormat, parse

from ics_graph.errors import InvalidData, Position
from ics_graph.loading.blank_nodes import Renaming
from ics_graph.loading.guards import NESTING_LIMIT, check_source
from ics_graph.loading.lines import LineIndex
from ics_graph.loading.rows import Row, read_rows
from ics_graph.loading.sources import SourceFile

_PLACE_IN_MESSAGE = re.compile(
    r"^Parser error (?:at line \d+ (?:column \d+|between columns \d+ and \d+)"
    r"|between line \d+ column \d+ and line \d+ column \d+): "
)
_ENDS_EARLY = re.compile(r"^Unexpected end(?: of file)?$")
_MESSAGE_LENGTH = 300


def parse_source(source: SourceFile, *, nesting_limit: int = NESTING_LIMIT) -> Iterator[Quad]:
    """The quads of a text, one at a time: for graphs that should not be held as a list.

    Raises :class:`~ics_graph.errors.InvalidData` with the place of the first fault when it gets there.
    """
    check_source(source, nesting_limit=nesting_limit)
    try:
        parser = parse(source.text, format=source.syntax, base_iri=source.base_iri)
        if may_hold_blank_nodes(source):
            yield from Renaming(source.number, source.text).quads(parser)
        else:
            yield from parser
    except SyntaxError as fault:
        raise _invalid(source, fault) from None


def rows_of_source(source: SourceFile, *, nesting_limit: int = NESTING_LIMIT) -> list[Row] | None:
    """The statements of a text as rows; ``None`` where it has named graphs or triple terms. Raises as above."""
    check_source(source, nesting_limit=nesting_limit)
    try:
        parser = parse(source.text, format=source.syntax, base_iri=source.base_iri)
        return read_rows(parser, Renaming(source.number, source.text) if may_hold_blank_nodes(source) else None)
    except SyntaxError as fault:
        raise _invalid(source, fault) from None


def may_hold_blank_nodes(source: SourceFile) -> bool:
    """Whether anything in the text could be a blank node: many large exports have none and are read faster."""
    if source.syntax in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS):
        return "_:" in source.text
    if source.syntax in (RdfFormat.TURTLE, RdfFormat.TRIG):
        return any(mark in source.text for mark in ("_:", "[", "(", "<<", "{|", "~"))
    return True


def _invalid(source: SourceFile, fault: SyntaxError) -> InvalidData:
    """One sentence and the place, from the parser's error."""
    message = _PLACE_IN_MESSAGE.sub("", str(fault.msg)).strip()
    if _ENDS_EARLY.match(message):
        message = "The file ends before the statement, string or bracket that was begun here is closed"
    if len(message) > _MESSAGE_LENGTH:
        message = message[:_MESSAGE_LENGTH] + " ..."
    message = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in message)
    message = message[:1].upper() + message[1:]
    if not message.endswith((".", "!", "?")):
        message += "."
    return InvalidData(message, position=_position(source, fault.lineno, fault.offset))


def _position(source: SourceFile, line: int | None, column: int | None) -> Position:
    if line is None:
        return Position(source.name)
    if column is not None and source.syntax in (RdfFormat.JSON_LD, RdfFormat.STREAMING_JSON_LD):
        # The JSON parser counts the bytes of a line, the others its code points.
        begin = LineIndex(source.text).offset(line, 1)
        ahead = source.text[begin : begin + column].encode()[: column - 1]
        column = len(ahead.decode(errors="ignore")) + 1
    return Position(source.name, line, column)
