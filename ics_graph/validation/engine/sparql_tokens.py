"""Tokens of SPARQL 1.1 (section 19.8), enough to see the structure of a query that the engine must rewrite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LOCAL_ESCAPE = r"\\[_~.\-!$&'()*+,;=/?#@%]"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+|\#[^\r\n]*)
  | (?P<iri><[^<>"{{}}|^`\\\x00-\x20]*>)
  | (?P<string>\"\"\"(?:\"{{0,2}}(?:[^"\\]|\\.))*\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|\\.))*'''
      |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<var>[?$]\w+)
  | (?P<blank>_:[\w](?:[\w.\-]*[\w\-])?)
  | (?P<prefixed>(?:[^\W\d_](?:[\w.\-]*[\w\-])?)?:
      (?:(?:[\w:]|%[0-9A-Fa-f]{{2}}|{_LOCAL_ESCAPE})(?:(?:[\w:.\-\u00b7]|%[0-9A-Fa-f]{{2}}|{_LOCAL_ESCAPE})*
      (?:[\w:\-\u00b7]|%[0-9A-Fa-f]{{2}}|{_LOCAL_ESCAPE}))?)?)
  | (?P<lang>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[a-z]+)?)
  | (?P<number>(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)
  | (?P<word>[^\W\d]\w*)
  | (?P<sign>\^\^|&&|\|\||!=|<=|>=|<<|>>|[{{}}()\[\].,;*+\-/|^?!=<>])
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A token: ``kind`` is the name of its group in the grammar above, ``start`` and ``end`` are offsets."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The text in upper case if it is a keyword, else the text."""
        return self.text.upper() if self.kind == "word" else self.text

    @property
    def name(self) -> str:
        """The name of a variable."""
        return self.text[1:]


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of a query without whitespace and comments.

    Raises ``ValueError`` for a character that starts no token; so a backslash escape outside strings, which could
    hide a keyword, is refused.
    """
    at = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if start != at:
            break
        kind = match.lastgroup or ""
        if kind != "space":
            yield Token(kind, match[0], start, end)
        at = end
    if at < len(text):
        raise ValueError(f"unexpected {text[at]!r} in {excerpt(text, at)!r}")


def excerpt(text: str, at: int) -> str:
    """A few characters of the query from an offset on, on one line."""
    return " ".join(text[at : at + 40].split())
