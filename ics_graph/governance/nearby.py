"""Finding in the lines of a document what a citation names: a heading or paragraph, and names near a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_AROUND: Final = 15
"""Lines before and after the cited one in which a party may be named; a paragraph of the reports has up to twelve."""
_SECTION: Final = 80
"""The longest way back to the heading that still counts as nearby."""
_SHORT: Final = 3
_FIRST_WORDS: Final = 3
# Words that many bodies share: that they stand nearby names none of them.
_COMMON_TEXT: Final = """
a an and of the for in to its nhs ft foundation trust council borough metropolitan city clinical commissioning group ccg
board health care wellbeing partnership integrated system body service hospital university teaching national local
committee place england mbc voter
"""
_COMMON: Final = frozenset(_COMMON_TEXT.split())
# Places told by where they are on the page, which no line repeats.
_POSITIONS: Final = ("opening", "title page", "row", "column", "list", "heading", "cover", "imprint", "signature block")
_COUNTED: Final = re.compile(r"(?:question|minute|note|item|stage|point)s? ([0-9]+|[ivx]+)\b")


def plain(text: str) -> str:
    """Text to compare with: lower case, words and numbers parted by single spaces, ``&`` as a word."""
    text = re.sub(r"<[^<>]*>", " ", text.lower()).replace("&", " and ").replace("\u2019", "'").replace("'", "")
    return " ".join(re.findall(r"[^\W_]+(?:\.[^\W_]+)*", text))


def singular(text: str) -> str:
    """Text of :func:`plain` with each word in the singular, roughly: for comparing names, not for reading."""
    return " ".join(word[:-1] if len(word) > _SHORT and word.endswith("s") else word for word in text.split())


_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)+")


def find_heading(locator: str, lines: Sequence[str], line: int | None) -> tuple[int | None, tuple[str, ...]]:
    """The last line at or before the cited one that a part of the locator names, and the parts that no line names.

    A part that is a number (3.1.2, question 2) stands among the first words of a line, another anywhere in a line.
    """
    upto = len(lines) if line is None else line
    found: list[int] = []
    missing = []
    for part in _parts(locator):
        if part.startswith(_POSITIONS):
            continue
        number = _NUMBER.match(part)
        counted = _COUNTED.match(part)
        wanted = number[0] if number else counted[1] if counted else part
        number = number or counted
        at = _last(lines[:upto], wanted, numbered=number is not None)
        if at is None and _last(lines, wanted, numbered=number is not None) is None:
            missing.append(part)
        elif at is not None:
            found.append(at + 1)
    return max(found, default=None), tuple(missing)


def _parts(locator: str) -> Iterator[str]:
    for part in re.split(r"[;,:]| and (?=[0-9])", re.sub(r"\((?:second|first|repeated)\)", "", locator)):
        text = plain(part)
        if text:
            yield text


def _last(lines: Sequence[str], wanted: str, *, numbered: bool) -> int | None:
    for index in range(len(lines) - 1, -1, -1):
        text = lines[index]
        if wanted in text.split()[:_FIRST_WORDS] if numbered else f" {wanted} " in f" {text} ":
            return index
    return None


def passage(lines: Sequence[str], heading: int | None, line: int) -> str:
    first = max(0, line - 1 - _AROUND)
    if heading is not None and line - heading <= _SECTION:
        first = min(first, heading - 1)
    return f" {' '.join(singular(text) for text in lines[first : line + _AROUND] if text)} "


def stands(name: str, nearby: str, *, share: float = 1.0) -> bool:
    """Whether a name stands nearby, or all those of its words that are its own, in whatever order.

    What stands in brackets or after a comma tells bodies of one name apart, and is ours. ``share`` is the part of
    the own words that has to stand there.
    """
    for text in (name, re.sub(r"\([^()]*\)", " ", name), re.split(r"[,(]", name)[0]):
        words = singular(plain(text))
        if words and f" {words} " in nearby:
            return True
    own = [word for word in words.split() if word not in _COMMON]
    return bool(own) and sum(f" {word} " in nearby for word in own) >= share * len(own)
