"""Refuses text that would harm the parser, before the parser sees it.

Measured with pyoxigraph 0.5.13: triple terms nested 100,000 deep and JSON objects nested 10,000 deep kill the
process (a stack overflow, no exception); RDF/XML nested 100,000 deep takes minutes; an RDF/XML document that
breaks off in the middle is taken for a whole one without triples; entities of entities swell to any size.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from pyoxigraph import RdfFormat

from ics_graph.errors import InvalidData, Position
from ics_graph.loading.lines import LineIndex
from ics_graph.loading.sources import SourceFile
from ics_graph.loading.tokens import BRACKET

NESTING_LIMIT = 100
"""Deepest nesting of brackets, objects or elements; the deepest file of rules or data known to us has 12."""

ENTITY_LIMIT = 16 << 20
"""Most characters that the entities of an RDF/XML document may expand to."""

_JSON_BRACKET = re.compile(r'[^"\[\]{}]*+(?:"(?:[^"\\]++|\\.)*+"|([\[\]{}])|(")|\Z)', re.DOTALL)


def check_source(source: SourceFile, *, nesting_limit: int = NESTING_LIMIT) -> None:
    """Raise :class:`~ics_graph.errors.InvalidData`, with the place, for what must not reach the parser."""
    if source.syntax == RdfFormat.RDF_XML:
        _check_xml(source, nesting_limit)
    elif source.syntax in (RdfFormat.JSON_LD, RdfFormat.STREAMING_JSON_LD):
        _check_brackets(source, _JSON_BRACKET, nesting_limit)
    else:
        _check_brackets(source, BRACKET, nesting_limit)


def _check_brackets(source: SourceFile, pattern: re.Pattern[str], limit: int) -> None:
    text = source.text
    if sum(text.count(mark) for mark in ("[", "(", "{", "<<")) <= limit:
        return
    depth = 0
    for match in pattern.finditer(text):
        mark = match[1]
        if match[2]:
            return  # a string without an end: the parser stops here too
        if mark is None:
            continue
        if mark in ("[", "(", "{", "<<"):
            depth += 1
            if depth > limit:
                raise _too_deep(source, *LineIndex(text).place(match.start(1)), limit)
        elif mark != "~" and depth:
            depth -= 1


def _too_deep(source: SourceFile, line: int, column: int, limit: int) -> InvalidData:
    return InvalidData(f"This is nested more than {limit} levels deep.", position=Position(source.name, line, column))


def _check_xml(source: SourceFile, limit: int) -> None:
    depth = 0
    entities: dict[str, int] = {}
    parser = expat.ParserCreate(encoding="utf-8")

    def here() -> tuple[int, int]:
        return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1

    def opened(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > limit:
            raise _too_deep(source, *here(), limit)

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(
        name: str, _parameter: bool, value: str | None, _base: str | None, system: str | None, *_: object
    ) -> None:
        if value is None or system is not None or "&" in value or "%" in value:
            raise InvalidData(
                f"The entity {name} names a file or other entities; neither is read.",
                position=Position(source.name, *here()),
            )
        entities[name] = len(value)
        if sum(size * source.text.count(f"&{known};") for known, size in entities.items()) > ENTITY_LIMIT:
            raise InvalidData(
                f"The entities expand to more than {ENTITY_LIMIT >> 20} million characters.",
                position=Position(source.name, *here()),
            )

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(source.text.encode(), True)
    except expat.ExpatError as fault:
        raise InvalidData(
            f"This is not well-formed XML: {expat.ErrorString(fault.code)}.",
            position=Position(source.name, fault.lineno, fault.offset + 1),
        ) from None
