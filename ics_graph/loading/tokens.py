"""The terminals of Turtle, TriG, N-Triples and N-Quads as regular expressions.

From the grammars of RDF 1.1 Turtle (section 6.5) and RDF 1.2 Turtle (triple terms, annotations, base
direction). They are written for text that the parser has accepted: where the grammar lists the code points
that a name may hold, any code point above ASCII is taken. Quantifiers are possessive, so that no text makes
them backtrack.
"""

from __future__ import annotations

import re
from functools import cache

WHITE_SPACE = r"[ \t\r\n]"
COMMENT = r"\#[^\r\n]*+"
SKIPPED = rf"(?:{WHITE_SPACE}++|{COMMENT})*+"
"""What may stand between two tokens."""

IRI = r"""<[^<>"{}|^`\x00-\x20]*+>"""
LONG_STRING = r'"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+"""' + r"|'''(?:[^'\\]++|\\[\s\S]|'(?!''))*+'''"
SHORT_STRING = r'"(?:[^"\\\r\n]++|\\.)*+"' + r"|'(?:[^'\\\r\n]++|\\.)*+'"
STRING = rf"{LONG_STRING}|{SHORT_STRING}"
LANGUAGE = r"@[A-Za-z]++(?:-{1,2}[A-Za-z0-9]++)*+"
NUMBER = (
    r"[+-]?+(?:[0-9]++\.[eE][+-]?+[0-9]++"
    r"|[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+"
    r"|\.[0-9]++(?:[eE][+-]?+[0-9]++)?+)"
)

_NAME = r"A-Za-z0-9_\-\x80-\U0010FFFF"
_PREFIX = rf"[{_NAME}]++(?:\.++[{_NAME}]++)*+"
_LOCAL = rf"(?:[{_NAME}:%]++|\\.|\.++(?=[{_NAME}:%\\]))*+"

BLANK_LABEL = rf"_:{_PREFIX}"
PREFIX_NAME = rf"(?:{_PREFIX})?+:"
"""The name that a prefix directive declares, with its colon."""
PREFIXED_NAME = rf"(?:{_PREFIX})?+:{_LOCAL}"
KEYWORD = _PREFIX
"""Wider than the words there are (a, true, false, GRAPH), so that no text is looked at again from each dot."""

_TOKEN = (
    SKIPPED
    + r"(?:"
    + "|".join(
        (
            rf"(?P<blank>{BLANK_LABEL})",
            rf"(?P<name>{PREFIXED_NAME})",
            rf"(?P<iri>{IRI})",
            rf"(?P<string>{STRING})",
            rf"(?P<language>{LANGUAGE})",
            rf"(?P<number>{NUMBER})",
            rf"(?P<keyword>{KEYWORD})",
            r"(?P<mark>\^\^|<<\(|\)>>|<<|>>|\{\||\|\}|[\[\]().,;{}~])",
        )
    )
    + r")"
)


@cache
def one_token() -> re.Pattern[str]:
    """One token after what may be skipped; ``lastgroup`` is its kind. Compiled at first use: most runs need none."""
    return re.compile(_TOKEN)


BRACKET = re.compile(
    r"""[^"'<>\#\\\[\](){}~]*+""" + rf"(?:{STRING}|{IRI}|{COMMENT}|\\.|(<<|>>|[\[\](){{}}~])|[<>\\]|([\"'])|\Z)"
)
"""Anything up to the next bracket (group 1), or up to something in which brackets mean nothing.

Group 2 is a quote that begins a string which never ends; what follows it cannot be told apart.
"""
