"""Tokens of SPARQL 1.1 (section 19.8), enough to see the structure of a query that the engine must rewrite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LOCAL_ESCAPE = r"\\[_~.\-!$&'()*+,;=/?#@%]"
_BETWEEN = r"(?:\s|\#[^\r\n]*+)*+"
_TOKEN = re.compile(
    rf"""
    {_BETWEEN}
  (?:
    (?P<iri><[^<>"{{}}|^`\\\x00-\x20]*>)
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
  )
    """,
    re.VERBOSE | re.DOTALL,
)

_SPACE = re.compile(_BETWEEN)


class Token(NamedTuple):
    """A token: ``kind`` is the name of its group in the grammar above, ``start`` and ``end`` are offsets.

    ``upper`` is the text in upper case if it is a keyword, else the text.
    """

    kind: str
    text: str
    start: int
    end: int
    upper: str

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
        if match.start() != at:
            break
        kind = match.lastgroup or ""
        token, at = match[kind], match.end()
        yield Token(kind, token, at - len(token), at, token.upper() if kind == "word" else token)
    space = _SPACE.match(text, at)
    at = space.end() if space is not None else at
    if at < len(text):
        raise ValueError(f"unexpected {text[at]!r} in {excerpt(text, at)!r}")


def excerpt(text: str, at: int) -> str:
    """A few characters of the query from an offset on, on one line."""
    return " ".join(text[at : at + 40].split())
