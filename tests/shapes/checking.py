"""Checks many small examples in one run: each is a file of its own, and findings are told apart by their file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ics_graph.validation.findings import Finding
from ics_graph.validation.runner import validate
from tests.shapes.cases import BASE, PREFIXES

PROJECT = Path(__file__).resolve().parents[2]
SHAPES = PROJECT / "shapes"
ONTOLOGY = PROJECT / "ontology"


@dataclass(frozen=True)
class Example:
    """A text to check on a day. ``X-`` and ``XQ`` in it are replaced, so that it meets no other example.

    One that is ``alone`` is checked by itself, without the base that the others share.
    """

    text: str
    day: str
    alone: bool = False


def check(examples: Iterable[Example], folder: Path) -> Mapping[Example, tuple[Finding, ...]]:
    """The findings of each example, all rules of ``shapes/`` applied; what several share is checked once."""
    found: dict[Example, tuple[Finding, ...]] = {}
    groups: dict[tuple[str, int], list[Example]] = defaultdict(list)
    for number, example in enumerate(dict.fromkeys(examples), 1):
        groups[example.day, number if example.alone else 0].append(example)
    for (day, number), group in groups.items():
        place = folder / f"{day}-{number}"
        place.mkdir()
        if not number:
            (place / "base.ttl").write_text(BASE, "utf-8")
        names = {f"case{index:04d}": example for index, example in enumerate(group)}
        for name, example in names.items():
            (place / f"{name}.ttl").write_text(PREFIXES + _named(example.text, name), "utf-8")
        report = validate([place], [SHAPES], ONTOLOGY, on=date.fromisoformat(day))
        findings: dict[str, list[Finding]] = defaultdict(list)
        for finding in report.findings:
            findings[_case_of(finding)].append(finding)
        if "base" in findings:
            raise AssertionError(f"the common base is not in order: {findings['base']}")
        found |= {example: tuple(findings[name]) for name, example in names.items()}
    return found


def _named(text: str, name: str) -> str:
    text = re.sub(r"\bXQ", f"C{name[-3:]}", text)
    return re.sub(r"\bX-", f"{name}-", text)


def _case_of(finding: Finding) -> str:
    for text in (finding.focus_node, finding.value or "", finding.message):
        match = re.search(r"case\d{4}", text)
        if match:
            return match[0]
    return Path(finding.file or "nowhere").stem
