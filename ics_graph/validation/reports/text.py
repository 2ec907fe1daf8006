"""The report for a terminal: findings grouped by file, the summary last."""

from __future__ import annotations

from itertools import groupby

from ics_graph.validation.findings import SEVERITIES, Report


def text_report(report: Report) -> str:
    """The report as lines of text. Every finding names its place, the rule, why it exists and how to mend it."""
    lines: list[str] = []
    for file, group in groupby(report.findings, key=lambda finding: finding.file):
        lines.append(file or "(no place in a file)")
        for finding in group:
            place = f"{finding.line}:{finding.column}" if finding.line is not None else "-"
            days = ""
            if finding.from_ or finding.until:
                days = f" [{finding.from_ or 'always'} to {finding.until or 'open'}]"
            lines.append(f"  {place}  {finding.severity}: {finding.message}{days}")
            lines.append(f"      {finding.focus_node}")
            if finding.lexical:
                lines.append(f"      written: {finding.lexical}")
            if finding.reason:
                lines.append(f"      why: {finding.reason}")
            if finding.remedy:
                lines.append(f"      mend: {finding.remedy}")
            rule = finding.shape.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
            lines.append(f"      rule: {rule} ({finding.shape_file}:{finding.shape_line})")
    counts = ", ".join(f"{number(report, severity)} {severity}s" for severity in reversed(SEVERITIES))
    day = f" on {report.on}" if report.on else ""
    checked = report.checked
    lines.append(
        f"{'Conforms' if report.conforms else 'Findings'}{day}: {counts}; checked {checked.focus_nodes} focus nodes "
        f"with {checked.shapes} shapes in {checked.triples} triples."
    )
    return "\n".join(_printable(line) for line in lines) + "\n"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def number(report: Report, severity: str) -> int:
    """How many findings of a severity a report has."""
    return sum(finding.severity == severity for finding in report.findings)
