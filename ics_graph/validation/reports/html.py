"""The report as one page of HTML that needs nothing else: no script, no font, no image, everything escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Final

from ics_graph.validation.findings import SEVERITIES, Finding, Report, Severity, short_name
from ics_graph.validation.reports.rendering import (
    Rendering,
    allowed_in_xml,
    days,
    number,
    shape_place,
    summary,
)

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5a6372; --line: #d5dae2; --paper: #fff; --card: #f6f7f9;
  --violation: #b3261e; --warning: #8a5a00; --info: #1d5fa8; --good: #1c6b3c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #a3acba; --line: #3a4250; --paper: #14181f;
  --card: #1c222b; --violation: #ff8a80; --warning: #ffc766; --info: #8ab8ff; --good: #7fd6a0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font: 600 1rem/1.4 ui-monospace, monospace; margin: 2.25rem 0 .75rem; overflow-wrap: anywhere; }
.summary { color: var(--soft); margin: 0 0 1rem; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin: 0; padding: 0; list-style: none; }
.counts b { font-size: 1.25rem; }
article { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--tone);
  border-radius: 4px; padding: .75rem 1rem; margin: 0 0 .75rem; }
article h3 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
.tone { color: var(--tone); font-weight: 600; }
.violation { --tone: var(--violation); } .warning { --tone: var(--warning); } .info { --tone: var(--info); }
.good { --tone: var(--good); } .known { opacity: .7; }
dl { display: grid; grid-template-columns: 7rem 1fr; gap: .2rem .75rem; margin: 0; font-size: .9rem; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dt { margin-top: .35rem; } }
"""


def html_report(report: Report, rendering: Rendering | None = None) -> str:
    """The report as a page: the counts, the findings by file, the rules that ran."""
    asked = rendering or Rendering()
    title = "Validation report" + (f", {report.on}" if report.on else "")
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{_text(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            f"<h1>{_text(title)}</h1>",
            f'<p class="summary">{_text(summary(report))}</p>',
            *_counts(report),
            *_files(report, asked),
            *_rules(report),
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )


def _counts(report: Report) -> Iterator[str]:
    yield '<ul class="counts">'
    if report.conforms:
        yield '<li class="good"><b class="tone">No findings</b></li>'
    names: dict[Severity, tuple[str, str]] = {
        "violation": ("violation", "violations"), "warning": ("warning", "warnings"), "info": ("note", "notes")
    }  # fmt: skip
    for severity in reversed(SEVERITIES):
        count = number(report, severity)
        if count:
            yield f'<li class="{severity}"><b class="tone">{count}</b> {names[severity][count != 1]}</li>'
    yield "</ul>"


def _files(report: Report, asked: Rendering) -> Iterator[str]:
    for file, group in groupby(report.findings, key=lambda finding: finding.file):
        shown = (asked.relative(file) or file) if file is not None else "(no place in a file)"
        yield f"<section>\n<h2>{_text(shown)}</h2>"
        for finding in group:
            yield from _finding(finding)
        yield "</section>"


def _finding(finding: Finding) -> Iterator[str]:
    known = " known" if finding.known else ""
    yield f'<article class="{finding.severity}{known}">'
    word = finding.severity + (", known before" if finding.known else "")
    yield f'<h3><span class="tone">{word}</span> {_text(finding.message)}</h3>'
    yield "<dl>"
    if finding.line is not None:
        yield _row("Place", f"line {finding.line}, column {finding.column}")
    if finding.lexical:
        yield f"<dt>Written</dt><dd><pre>{_text(finding.lexical)}</pre></dd>"
    elif finding.value is not None and finding.value != finding.focus_node:
        yield _row("Value", finding.value, code=True)
    yield _row("Focus node", finding.focus_node, code=True)
    if finding.path:
        yield _row("Path", finding.path, code=True)
    if days(finding):
        yield _row("Days", days(finding))
    if finding.reason:
        yield _row("Why", finding.reason)
    if finding.remedy:
        yield _row("Mend", finding.remedy)
    where = f" ({shape_place(finding)})" if shape_place(finding) else ""
    yield _row("Rule", f"{short_name(finding.shape)}{where}")
    yield "</dl>\n</article>"


def _rules(report: Report) -> Iterator[str]:
    if not report.rules:
        return
    yield "<section>\n<h2>Rules that ran</h2>\n<table>\n<thead><tr><th>Rule</th><th>Findings</th></tr></thead>\n<tbody>"
    for rule in report.rules:
        count = sum(finding.shape == rule.shape for finding in report.findings)
        label = f"<br>{_text(rule.label)}" if rule.label else ""
        yield f"<tr><td><code>{_text(rule.name)}</code>{label}</td><td>{count}</td></tr>"
    yield "</tbody>\n</table>\n</section>"


def _row(name: str, value: str, *, code: bool = False) -> str:
    shown = f"<code>{_text(value)}</code>" if code else _text(value)
    return f"<dt>{name}</dt><dd>{shown}</dd>"


def _text(value: str) -> str:
    return escape(allowed_in_xml(value))
