"""Turns an offset in a text into a line and a column."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right

_LINE_END = re.compile(r"\r\n?|\n")


class LineIndex:
    """Where the lines of a text begin. A line ends with LF, CR LF or a single CR, as in the parser."""

    def __init__(self, text: str) -> None:
        starts = array("q", (0,))
        starts.extend(match.end() for match in _LINE_END.finditer(text))
        self._starts = starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset; both count from 1, columns in code points."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and a column, both from 1; a line past the end is taken as the last."""
        return self._starts[min(line, len(self._starts)) - 1] + column - 1
