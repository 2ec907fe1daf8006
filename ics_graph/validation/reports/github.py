"""The report as workflow commands of GitHub Actions, which show findings beside the lines of a change.

Escaping follows GitHub's own toolkit (``packages/core/src/command.ts``): ``%``, CR and LF in texts, also ``:`` and
``,`` in properties. Known findings are left out: a reader of a change looks for what is new.
"""

from __future__ import annotations

from ics_graph.validation.findings import Finding, Report, Severity, short_name
from ics_graph.validation.reports.rendering import Rendering, days, summary

_COMMANDS: dict[Severity, str] = {"violation": "error", "warning": "warning", "info": "notice"}


def github_report(report: Report, rendering: Rendering | None = None) -> str:
    """One line for each finding that is not known, and the summary as a last, plain line."""
    asked = rendering or Rendering()
    lines = [_annotation(finding, asked) for finding in report.findings if not finding.known]
    return "\n".join([*lines, summary(report)]) + "\n"


def _annotation(finding: Finding, asked: Rendering) -> str:
    file, line, column = finding.file, finding.line, finding.column
    if file is None:
        file, line = finding.shape_file, finding.shape_line
    properties: list[tuple[str, str]] = []
    if file is not None:
        properties.append(("file", asked.relative(file) or file))
    if line is not None:
        properties.append(("line", str(line)))
    if column is not None:
        properties.append(("col", str(column)))
    properties.append(("title", short_name(finding.shape)))
    text = finding.message
    if days(finding):
        text += f" [{days(finding)}]"
    if finding.lexical:
        text += f"\nWritten: {finding.lexical}"
    for word, more in (("Why", finding.reason), ("Mend", finding.remedy)):
        if more:
            text += f"\n{word}: {more}"
    written = ",".join(f"{name}={escaped_property(value)}" for name, value in properties)
    return f"::{_COMMANDS[finding.severity]} {written}::{escaped_data(text)}"


def escaped_data(text: str) -> str:
    """Text after the second ``::`` of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """The value of a property of a command."""
    return escaped_data(text).replace(":", "%3A").replace(",", "%2C")
