"""Splits Turtle, TriG, N-Triples and N-Quads into statements: where each begins and ends.

One compiled expression matches a whole statement at a time, so that a file of 8 MB takes a fraction of a
second. No statement is understood here; :mod:`ics_graph.loading.grammar` does that for those that are asked
about.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache

from ics_graph.loading import tokens
from ics_graph.loading.iris import resolve_iri, unescape_name

_BODY = (
    rf"(?:[ \t\r\n;,\[\]()^~]++|{tokens.BLANK_LABEL}|{tokens.PREFIXED_NAME}|{tokens.IRI}|{tokens.STRING}"
    rf"|{tokens.LANGUAGE}|{tokens.NUMBER}|{tokens.KEYWORD}|{tokens.COMMENT}|<<|>>|\{{\||\|\}})*+"
)
# A SPARQL directive has no dot. Its keyword must stand alone: "prefix:a" is a name.
_SPARQL_DIRECTIVE = (
    rf"(?i:prefix)(?=[ \t\r\n#]){tokens.SKIPPED}{tokens.PREFIX_NAME}{tokens.SKIPPED}{tokens.IRI}"
    rf"|(?i:base){tokens.SKIPPED}{tokens.IRI}"
    rf"|(?i:version){tokens.SKIPPED}(?:{tokens.SHORT_STRING})"
)


@cache
def _piece() -> re.Pattern[str]:
    """Compiled at first use: most runs split no file into statements, and it takes 40 ms."""
    return re.compile(rf"{tokens.SKIPPED}(?:({_SPARQL_DIRECTIVE})|({_BODY})([.{{}}]|\Z))")


@cache
def _directive() -> re.Pattern[str]:
    return re.compile(
        rf"@?+(?i:prefix){tokens.SKIPPED}(?P<prefix>{tokens.PREFIX_NAME}){tokens.SKIPPED}(?P<iri>{tokens.IRI})"
        rf"|@?+(?i:base){tokens.SKIPPED}(?P<base>{tokens.IRI})"
    )


_DIRECTIVE_GROUP = 1


@dataclass(frozen=True, slots=True)
class GraphBlock:
    """A TriG block: statements ``first`` up to, not with, ``last``; ``label`` its offsets."""

    first: int
    last: int
    label: tuple[int, int]


@dataclass(slots=True)
class _History:
    """What a prefix (or the base) stood for, from which offset on."""

    offsets: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def set(self, offset: int, value: str) -> None:
        self.offsets.append(offset)
        self.values.append(value)

    def at(self, offset: int) -> str | None:
        place = bisect_right(self.offsets, offset)
        return self.values[place - 1] if place else None


class Directives:
    """The prefixes and the base IRI in force at each offset of a text; both may change in mid-file."""

    def __init__(self, base: str | None = None) -> None:
        self._prefixes: dict[str, _History] = {}
        self._base = _History()
        if base is not None:
            self._base.set(0, base)

    def declare(self, text: str, offset: int) -> None:
        """Take in the directive ``text``, in force from ``offset``; one of another kind changes nothing."""
        match = _directive().match(text)
        if match is None:
            return
        if match["base"] is not None:
            self._base.set(offset, resolve_iri(match["base"][1:-1], self._base.at(offset)))
        else:
            iri = resolve_iri(match["iri"][1:-1], self._base.at(offset))
            self._prefixes.setdefault(match["prefix"][:-1], _History()).set(offset, iri)

    def expand_iri(self, token: str, offset: int) -> str:
        """The IRI that a token ``<...>`` at ``offset`` means."""
        return resolve_iri(token[1:-1], self._base.at(offset))

    def expand_name(self, token: str, offset: int) -> str | None:
        """The IRI that a prefixed name at ``offset`` means, or None where its prefix is not declared."""
        prefix, _, local = token.partition(":")
        history = self._prefixes.get(prefix)
        namespace = history.at(offset) if history else None
        if namespace is None:
            return None
        return namespace + unescape_name(local)


@dataclass(frozen=True, slots=True)
class Statements:
    """Where the statements of one text are: ``starts[i]:ends[i]`` is the i-th without its closing dot.

    ``complete`` is false where something in the text is not in the grammar: what stands behind it is not
    listed.
    """

    text: str = field(repr=False)
    starts: array[int] = field(repr=False)
    ends: array[int] = field(repr=False)
    directives: Directives = field(repr=False)
    blocks: tuple[GraphBlock, ...]
    complete: bool

    def __len__(self) -> int:
        return len(self.starts)

    def block_of(self, statement: int) -> GraphBlock | None:
        """The TriG block that holds a statement, or None outside all blocks."""
        place = bisect_right(self.blocks, statement, key=lambda block: block.first)
        block = self.blocks[place - 1] if place else None
        return block if block is not None and statement < block.last else None


def split_statements(text: str, *, base: str | None = None) -> Statements:
    """Split a text (without byte order mark) that the parser has accepted; ``base`` is its first base IRI.

    Directives are taken in and not listed. Offsets count code points of ``text``.
    """
    starts: array[int] = array("q")
    ends: array[int] = array("q")
    directives = Directives(base)
    blocks: list[GraphBlock] = []
    open_block: tuple[int, tuple[int, int]] | None = None
    offset = 0
    match_piece = _piece().match
    while match := match_piece(text, offset):
        offset = match.end()
        if match.lastindex == _DIRECTIVE_GROUP:
            directives.declare(match[1], offset)
            continue
        start, end = match.span(2)
        closing = match[3]
        if closing == "{":
            open_block = (len(starts), (start, end))
            continue
        if end > start:
            if text.startswith(("@prefix", "@base", "@version"), start):
                directives.declare(match[2], offset)
            else:
                starts.append(start)
                ends.append(end)
        if closing == "}" and open_block is not None:
            if len(starts) > open_block[0]:
                blocks.append(GraphBlock(open_block[0], len(starts), open_block[1]))
            open_block = None
        if not closing:
            break
    return Statements(text, starts, ends, directives, tuple(blocks), complete=offset == len(text))
