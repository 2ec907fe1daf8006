r"""The tokens of a SPARQL query, by one compiled expression.

This is no parser: it tells apart what a check has to tell apart - IRIs, strings, comments, names, variables, brackets -
and where each stands. It follows the terminals of SPARQL 1.1 (section 19.8) and the brackets of SPARQL 1.2, and it
takes time linear in the text: parts that repeat are possessive, so nothing is tried twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from ics_graph.errors import BadQuery

# Characters of names past Latin-1 are checked when one occurs: their ranges would make the expression take a tenth of
# the start of a process to compile.
_FIRST = r"^\x00-@\[-`{-\xBF\xD7\xF7"
_VARIABLE = r"^\x00-/:-@\[-^`{-\xB6\xB8-\xBF\xD7\xF7"
_NAME = r"^\x00-,./:-@\[-^`{-\xB6\xB8-\xBF\xD7\xF7"
_PREFIX = rf"[{_FIRST}][{_NAME}]*+(?:\.++[{_NAME}]++)*+"
_LOCAL_PART = rf"(?:[{_NAME}]|:|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])++"
_LOCAL = rf":(?:{_LOCAL_PART}(?:\.++{_LOCAL_PART})*+)?+"
_IRI = r'<(?:[^\x00-\x20<>"{}|^`\\]++|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>'

_TOKEN: Final = re.compile(
    rf"""
      (?P<space>[ \t\r\n]++)
    | (?P<comment>\#[^\r\n]*+)
    | (?P<iri>{_IRI})
    | (?P<string>
          \"\"\"(?:\"{{0,2}}+(?:[^\"\\]|\\.))*+\"\"\"
        | '''(?:'{{0,2}}+(?:[^'\\]|\\.))*+'''
        | \"(?:[^\"\\\r\n]|\\.)*+\"
        | '(?:[^'\\\r\n]|\\.)*+'
      )
    | (?P<variable>[?$][{_VARIABLE}]++)
    | (?P<blank>_:[{_NAME}]++(?:\.++[{_NAME}]++)*+)
    | (?P<name>{_PREFIX}(?P<colon>{_LOCAL})?+ | {_LOCAL})
    | (?P<language>@[A-Za-z]++(?:-{{1,2}}[A-Za-z0-9]++)*+)
    | (?P<number>[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)
    | (?P<mark><(?={_IRI}) | <<\( | \)>> | << | >> | \{{\| | \|\}} | \|\| | && | != | <= | >= | \^\^
        | [\[\](){{}}.,;*/|^?!=<>+\-~$])
    """,
    re.VERBOSE | re.DOTALL,
)
_NAMED_KINDS: Final = frozenset({"variable", "blank", "name", "colon"})
_WORD_OR_DOTS: Final = re.compile(r"\.+|[^.]+")

TYPOGRAPHIC: Final = frozenset("“”‘’„‚«»–—\u00a0\u2007\u202f\u200b\ufeff")
"""Characters that word processors put in the place of plain quotes, hyphens and spaces."""


class Token(NamedTuple):
    """One token: its ``kind``, its text as it stands in the query, and its first offset in code points.

    Kinds: iri, string, comment, variable, blank, prefixed (a prefixed name), word (a keyword, a function, ``a``,
    ``true``), language, number, mark (brackets, operators, punctuation).
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind the last character."""
        return self.start + len(self.text)


def scan(query: str) -> Iterator[Token]:
    """The tokens of a query in their order, comments among them, white space left out.

    Raises :class:`~ics_graph.errors.BadQuery` at the first character that begins no token of SPARQL.
    """
    offset, length, match = 0, len(query), _TOKEN.match
    while offset < length:
        found = match(query, offset)
        if found is None:
            raise _stray(query, offset)
        kind, text = found.lastgroup or "", found.group()
        if kind in _NAMED_KINDS and not text.isascii():
            foreign = _foreign_to_names().search(text)
            if foreign is not None:
                raise _stray(query, offset + foreign.start())
        if kind in {"name", "colon"}:
            if ":" in text:
                yield Token("prefixed", text, offset)
            else:
                # Without a colon the dots of "true.FILTER" separate triples and belong to no name.
                for part in _WORD_OR_DOTS.finditer(text):
                    yield Token("mark" if part.group()[0] == "." else "word", part.group(), offset + part.start())
        elif kind != "space":
            yield Token(kind, text, offset)
        offset = found.end()


@cache
def _foreign_to_names() -> re.Pattern[str]:
    """Finds a character past ASCII that stands in no name (PN_CHARS, SPARQL 1.1 section 19.8)."""
    return re.compile(
        r"[^\x00-\x7F\u00B7\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u037D\u037F-\u1FFF\u200C-\u200D\u203F-\u2040\u2070-\u218F"
        r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF]"
    )


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column (code points), both from 1, of an offset in a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def bad_query(query: str, offset: int, message: str, hint: str | None = None) -> BadQuery:
    """The error that names a place in a query."""
    line, column = line_and_column(query, offset)
    return BadQuery(message, line=line, column=column, hint=hint)


def shortened(text: str, longest: int = 60) -> str:
    """A piece of a query for a message: one line, printable, not longer than ``longest`` characters."""
    plain = "".join(character if character.isprintable() else " " for character in text[: longest + 1])
    return plain[: longest - 1] + "…" if len(plain) > longest else plain


def _stray(query: str, offset: int) -> BadQuery:
    character = query[offset]
    if character in "\"'":
        return bad_query(query, offset, "A string that begins here is never closed.")
    if character == "\\":
        return bad_query(
            query,
            offset,
            "A backslash stands outside of strings and IRIs.",
            "Codepoint escapes are read in strings and in IRIs only: write keywords and names in plain characters.",
        )
    name = f"U+{ord(character):04X}"
    if character in TYPOGRAPHIC:
        return bad_query(
            query,
            offset,
            f"The character {name} has no meaning here.",
            "It comes from a word processor: put a plain quote, hyphen or space in its place.",
        )
    shown = f"{character!r} ({name})" if character.isprintable() else name
    return bad_query(query, offset, f"The character {shown} has no meaning here.")
