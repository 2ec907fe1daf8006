"""Reading reports as those do for whom they are written."""

from __future__ import annotations

import re

ANNOTATION = re.compile(r"::(?P<command>error|warning|notice) (?P<properties>[^\n]*?)::(?P<text>[^\n]*)")


def read_annotations(output: str) -> list[tuple[str, dict[str, str], str]]:
    """Read annotations as the runner does: split at ``,`` and ``=``, then undo the escapes."""

    def plain(text: str) -> str:
        for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            text = text.replace(escape, character)
        return text

    found = []
    for line in output.splitlines():
        match = ANNOTATION.fullmatch(line)
        if match:
            pairs = [pair.split("=", 1) for pair in match["properties"].split(",")]
            found.append((match["command"], {name: plain(value) for name, value in pairs}, plain(match["text"])))
    return found
