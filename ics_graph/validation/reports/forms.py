"""The forms of a report by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ics_graph.validation.findings import Report
from ics_graph.validation.reports.document import json_report
from ics_graph.validation.reports.github import github_report
from ics_graph.validation.reports.html import html_report
from ics_graph.validation.reports.junit import junit_report
from ics_graph.validation.reports.rendering import Rendering
from ics_graph.validation.reports.sarif import sarif_report
from ics_graph.validation.reports.text import text_report
from ics_graph.validation.reports.turtle import turtle_report

FORMS: Final[dict[str, Callable[[Report, Rendering], str]]] = {
    "text": text_report,
    "json": lambda report, _: json_report(report),
    "junit": junit_report,
    "sarif": sarif_report,
    "github": github_report,
    "html": html_report,
    "turtle": lambda report, _: turtle_report(report),
}
"""What writes a report in each form."""


def render(report: Report, form: str, rendering: Rendering) -> str:
    """The report in one of :data:`FORMS`. Raises KeyError for a name that is none of them."""
    return FORMS[form](report, rendering)
