"""The report as JSON: ``docs/schemas/validation-report.schema.json`` describes it."""

from __future__ import annotations

import json
from typing import Any

from ics_graph.validation.findings import Finding, Report
from ics_graph.validation.reports.rendering import Rendering


def json_document(report: Report) -> dict[str, Any]:
    """The report as plain dicts and lists, in the form of the contract; the service answers with the same."""
    checked = report.checked
    return {
        "conforms": report.conforms,
        "findings": [_finding(finding) for finding in report.findings],
        "checked": {"shapes": checked.shapes, "focus_nodes": checked.focus_nodes, "triples": checked.triples},
        "on": report.on,
    }


def json_report(report: Report, _: Rendering) -> str:
    """The report as text of JSON."""
    return json.dumps(json_document(report), indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {name.rstrip("_"): value for name, value in finding._asdict().items() if name != "result"}
