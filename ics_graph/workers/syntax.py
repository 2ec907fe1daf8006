"""From the engine's word on a syntax error to the place in the user's text.

The engine (pyoxigraph 0.5) reports how far its parser looked, not where it stopped: a keyword is compared with as many
characters as it has, so "expected OPTIONAL" stands eight characters behind the fault. And at the end of a text too
short to compare it says nothing of use, so a query is handed to it with blanks behind (:data:`PADDING`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ics_graph.errors import BadQuery
from ics_graph.workers.tokens import Token, bad_query, line_and_column, scan, shortened

PADDING: Final = " " * 32

_REPORT: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)\Z", re.DOTALL)
_KEYWORD: Final = re.compile(r"[A-Z_]+\Z")
_RULE: Final = re.compile(r"[A-Z][\w*]*(?: [\w*]+){2,}\Z")
_PAIRS: Final = {"(": ")", "{": "}", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
_SENTENCES: Final = {
    "IRI parsing failed": "This is no absolute IRI, and there is no BASE to read it against.",
    "Prefix not found": "The prefix of {token} is not declared.",
    "language tag parsing failed": "This is no language tag.",
}


def syntax_error(query: str, report: str) -> BadQuery:
    """The error for a query that the engine could not parse, with line and column (code points) in ``query``.

    ``report`` is the engine's message for the query with :data:`PADDING` behind it.
    """
    try:
        tokens = [token for token in scan(query) if token.kind != "comment"]
    except BadQuery as error:
        return error
    unbalanced = _unbalanced(query, tokens)
    found = _REPORT.match(report)
    if found is None:
        return unbalanced or BadQuery(shortened(f"The query is not well formed: {report}", 300))
    offset = _offset(query, int(found[1]), int(found[2]))
    expected = _expected(found[3])
    for phrase, sentence in _SENTENCES.items():
        if any(phrase in item for item in expected):
            token = next((token for token in tokens if token.start < offset <= token.end), None)
            if token is not None:
                return bad_query(query, token.start, sentence.format(token=repr(shortened(token.text))))
    if unbalanced is not None:
        return unbalanced
    rule = next((item for item in expected if _RULE.match(item)), None)
    if rule is not None:
        # The engine says which rule is broken, and not where; SELECT is what these rules are about.
        start = next((token.start for token in tokens if token.text.upper() == "SELECT"), 0)
        return bad_query(query, start, f"{rule}.")
    if all(_KEYWORD.match(item) for item in expected):
        offset -= min(map(len, expected), default=0)
    token = next((token for token in tokens if token.end > offset), None)
    if token is None:
        return bad_query(query, len(query.rstrip()), "The query ends too early.")
    listed = ", ".join(sorted({item for item in expected if _is_plain(item)})[:12])
    return bad_query(
        query,
        token.start,
        f"The query cannot be read on from {shortened(token.text)!r}: the fault is here or in the next few words.",
        f"The parser looked for {listed}, among others." if listed else None,
    )


def _offset(query: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = query.find("\n", start) + 1
    return start + column - 1


def _expected(text: str) -> Sequence[str]:
    return [item for part in text.split(", ") if (item := part.strip())]


def _is_plain(item: str) -> bool:
    """Whether an item is a keyword or a quoted mark that tells a user something."""
    return bool(_KEYWORD.match(item)) or (item.startswith('"') and item.endswith('"') and "\\" not in item)


def _unbalanced(query: str, tokens: Sequence[Token]) -> BadQuery | None:
    """The first bracket that is closed by another, or never."""
    open_brackets: list[Token] = []
    for token in tokens:
        if token.kind != "mark":
            continue
        if token.text in _PAIRS:
            open_brackets.append(token)
        elif token.text in _PAIRS.values():
            if not open_brackets:
                return bad_query(query, token.start, f"{token.text!r} closes nothing.")
            opening = open_brackets.pop()
            if _PAIRS[opening.text] != token.text:
                line, column = line_and_column(query, opening.start)
                return bad_query(
                    query,
                    token.start,
                    f"{token.text!r} stands where {_PAIRS[opening.text]!r} is missing, "
                    f"for the {opening.text!r} of line {line}, column {column}.",
                )
    if open_brackets:
        opening = open_brackets[-1]
        return bad_query(query, opening.start, f"{opening.text!r} is never closed.")
    return None
