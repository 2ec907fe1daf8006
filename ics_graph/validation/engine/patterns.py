r"""Regular expressions of ``sh:pattern``: XPath's, as SPARQL's REGEX uses them, translated to Python's.

XQuery and XPath Functions and Operators 3.1, section 5.6. What differs from Python's ``re``: ``$`` matches only at
the very end, ``\d \w \s \i \c \p{..}`` and class subtraction ``[a-z-[aeiou]]`` have meanings of their own, and so
have the flags ``x`` and ``q``. Lookaround, which XPath lacks and many published shapes use, is taken as Python's.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

_FLAGS = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE}
_NAME_START = "_:A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
_NAME_START += "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_NAME_CHARACTER = _NAME_START + "0-9.\\-\u00b7\u0300-\u036f\u203f-\u2040"
_SIMPLE = {
    "s": " \\t\\n\\r",
    "i": _NAME_START,
    "c": _NAME_CHARACTER,
}
_CATEGORY = re.compile(r"\{(Is[A-Za-z0-9-]+|[A-Z][a-z]?)\}")


def compile_pattern(pattern: str, flags: str) -> re.Pattern[str]:
    """The compiled expression, to be used with ``search``.

    Raises ``ValueError`` with a sentence when pattern or flags are no regular expression.
    """
    unknown = set(flags) - set("smixq")
    if unknown:
        raise ValueError(f"unknown flag {sorted(unknown)[0]!r}")
    options = re.NOFLAG
    for letter in flags:
        options |= _FLAGS.get(letter, re.NOFLAG)
    if "q" in flags:
        return re.compile(re.escape(pattern), options & re.IGNORECASE)
    if "x" in flags:
        pattern = _without_whitespace(pattern)
    try:
        return re.compile(_Translator(pattern, "m" in flags).translate(), options)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _without_whitespace(pattern: str) -> str:
    """Flag x: whitespace outside character classes is dropped."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for character in pattern:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character in "[]":
            depth += 1 if character == "[" else -1
        elif depth == 0 and character in " \t\n\r":
            continue
        kept.append(character)
    return "".join(kept)


class _Translator:
    def __init__(self, pattern: str, multiline: bool) -> None:
        self.pattern = pattern
        self.multiline = multiline
        self.at = 0

    def translate(self) -> str:
        out: list[str] = []
        while self.at < len(self.pattern):
            character = self.pattern[self.at]
            self.at += 1
            if character == "\\":
                out.append(self._escape())
            elif character == "[":
                out.append(self._class())
            elif character == "$":
                out.append("(?=\\n|\\Z)" if self.multiline else "\\Z")
            elif character == "(" and self.pattern.startswith("?P", self.at):
                raise ValueError("(?P is no regular expression of XPath")
            else:
                out.append(character)
        return "".join(out)

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise ValueError("the expression ends in a backslash or inside a character class")
        self.at += 1
        return self.pattern[self.at - 1]

    def _escape(self) -> str:
        """An escape outside a class."""
        letter = self._next()
        if letter.isdigit():
            return "\\" + letter  # a back-reference
        if letter in "nrt":
            return "\\" + letter
        if letter in "SIC":  # by itself, a complement needs no list of ranges, which are slow to compile
            return f"[^{_SIMPLE[letter.lower()]}]"
        members = self._members(letter)
        if members is None:
            return re.escape(letter)
        return f"[{members}]" if members else "[^\\s\\S]"

    def _members(self, letter: str) -> str | None:
        """The members of a class escape as the inside of a Python class; None for a single character."""
        if letter in "pP":
            match = _CATEGORY.match(self.pattern, self.at)
            if match is None:
                raise ValueError("\\p must be followed by a category in braces")
            self.at = match.end()
            return _category(match[1], letter == "P")
        if letter in "dD":
            return "\\" + letter
        if letter in "wW":
            return _word(letter == "W")
        lower = letter.lower()
        if lower in _SIMPLE:
            return _SIMPLE[lower] if letter == lower else _complement(_SIMPLE[lower])
        if letter.isalnum():
            raise ValueError(f"\\{letter} is no escape of an XPath regular expression")
        return None

    def _class(self) -> str:
        """A character class after its ``[``; subtraction becomes a lookahead."""
        negated = self.pattern.startswith("^", self.at)
        self.at += negated
        members: list[str] = []
        subtracted = ""
        while (character := self._next()) != "]" or not members:
            if character == "-" and self.pattern.startswith("[", self.at):
                self.at += 1
                subtracted = self._class()
                if self._next() != "]":
                    raise ValueError("a subtraction must stand last in its character class")
                break
            if character == "\\":
                letter = self._next()
                inside = None if letter in "nrt" else self._members(letter)
                members.append(("\\" + letter) if inside is None else inside)
            elif character in "[]":
                raise ValueError(f"{character!r} inside a character class needs a backslash")
            else:
                members.append("\\" + character if character in "&~|^" else character)
        body = f"[{'^' if negated else ''}{''.join(members)}]"
        return f"(?:(?!{subtracted}){body})" if subtracted else body


@cache
def _by_category() -> dict[str, list[int]]:
    table: dict[str, list[int]] = {}
    for code in range(sys.maxunicode + 1):
        table.setdefault(unicodedata.category(chr(code)), []).append(code)
    return table


def _ranges(codes: Iterable[int]) -> str:
    parts: list[str] = []
    start = previous = -2
    for code in [*sorted(codes), sys.maxunicode + 2]:
        if code != previous + 1:
            if start >= 0:
                parts.append(f"\\U{start:08x}-\\U{previous:08x}")
            start = code
        previous = code
    return "".join(parts)


@cache
def _category(name: str, negated: bool) -> str:
    if name.startswith("Is"):
        raise ValueError(f"the Unicode block {name} is not supported; write it as a range")
    table = _by_category()
    if not any(category.startswith(name) for category in table):
        raise ValueError(f"there is no Unicode category {name}")
    return _ranges(code for category, codes in table.items() if category.startswith(name) != negated for code in codes)


@cache
def _word(negated: bool) -> str:
    r"""``\w``: everything but punctuation, separators and other (so not the underscore)."""
    return _ranges(
        code for category, codes in _by_category().items() if (category[0] in "PZC") == negated for code in codes
    )


_SHORT_ESCAPES = {"t": "\t", "n": "\n", "r": "\r"}
_ITEM = re.compile(r"(\\?.)(?:-(\\?.))?", re.DOTALL)


@cache
def _complement(members: str) -> str:
    """What ``members`` leave out: the gaps between their ranges, without a walk through all of Unicode."""

    def code(item: str) -> int:
        return ord(_SHORT_ESCAPES.get(item[1:], item[1:]) if item.startswith("\\") else item)

    ranges = [(code(first), code(last or first)) for first, last in _ITEM.findall(members)]
    parts: list[str] = []
    start = 0
    for first, last in sorted(ranges):
        if first > start:
            parts.append(f"\\U{start:08x}-\\U{first - 1:08x}")
        start = max(start, last + 1)
    return "".join(parts) + f"\\U{start:08x}-\\U{sys.maxunicode:08x}"
