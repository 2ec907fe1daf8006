"""The forms of a report by name; what writes one is imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import Final, cast

from ics_graph.validation.findings import Report
from ics_graph.validation.reports.rendering import Rendering

FORMS: Final[dict[str, str]] = {
    "text": "ics_graph.validation.reports.text",
    "json": "ics_graph.validation.reports.document",
    "junit": "ics_graph.validation.reports.junit",
    "sarif": "ics_graph.validation.reports.sarif",
    "github": "ics_graph.validation.reports.github",
    "html": "ics_graph.validation.reports.html",
    "turtle": "ics_graph.validation.reports.turtle",
}
"""The module of each form; its function ``<form>_report`` writes it."""


def render(report: Report, form: str, rendering: Rendering) -> str:
    """The report in one of :data:`FORMS`. Raises KeyError for a name that is none of them."""
    write = getattr(importlib.import_module(FORMS[form]), f"{form}_report")
    return cast("str", write(report, rendering))
