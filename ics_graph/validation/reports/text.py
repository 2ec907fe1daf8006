"""The report for a terminal: findings grouped by file, the summary last."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import click

from ics_graph.validation.findings import Finding, Report, short_name
from ics_graph.validation.reports.rendering import Rendering, days, near, printable, shape_place, summary

_COLOURS = {"violation": "red", "warning": "yellow", "info": "blue"}


def text_report(report: Report, rendering: Rendering | None = None) -> str:
    """The report as lines of text. Every finding names its place, the rule, why it exists and how to mend it."""
    asked = rendering or Rendering()
    lines: list[str] = []
    for file, group in groupby(report.findings, key=lambda finding: finding.file):
        lines.append(_styled(asked, printable(near(file) if file else "(no place in a file)"), bold=True))
        for finding in group:
            lines.extend(_lines(finding, asked))
    worst = report.worst()
    lines.append(_styled(asked, printable(summary(report)), fg=_COLOURS[worst] if worst else "green", bold=True))
    return "\n".join(lines) + "\n"


def _lines(finding: Finding, asked: Rendering) -> Iterator[str]:
    place = f"{finding.line}:{finding.column}" if finding.line is not None else "-"
    span = f" [{days(finding)}]" if days(finding) else ""
    known = " (known)" if finding.known else ""
    severity = _styled(asked, finding.severity, fg=_COLOURS[finding.severity], bold=True)
    yield f"  {place}  {severity}: {printable(finding.message)}{span}{known}"
    yield f"      {printable(finding.focus_node)}"
    if finding.lexical:
        yield f"      written: {printable(_shortened(finding.lexical))}"
    for word, text in (("why", finding.reason), ("mend", finding.remedy)):
        if text:
            yield _styled(asked, f"      {word}: {printable(text)}", dim=True)
    where = f" ({shape_place(finding)})" if shape_place(finding) else ""
    yield _styled(asked, f"      rule: {printable(short_name(finding.shape) + where)}", dim=True)


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


def _styled(asked: Rendering, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
    if not asked.colour:
        return text
    return click.style(text, fg=fg, bold=bold or None, dim=dim or None)
