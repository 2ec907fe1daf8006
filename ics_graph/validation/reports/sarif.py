"""The report as SARIF 2.1.0 (OASIS, with errata 01), as code scanners read it.

A scanner tracks a finding by its fingerprint when lines move (section 3.27.17). GitHub reads one of a fixed name,
``primaryLocationLineHash``; ours is given under both names.
"""

from __future__ import annotations

import json
from typing import Any, Final

from ics_graph import __version__
from ics_graph.validation.findings import SEVERITIES, CheckedRule, Finding, Report, Severity
from ics_graph.validation.reports.junit import distinct_names
from ics_graph.validation.reports.rendering import Rendering, days, file_uri, summary

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT: Final = "%SRCROOT%"
FINGERPRINT: Final = "icsGraphFinding/v1"
_LEVELS: dict[Severity, str] = {"violation": "error", "warning": "warning", "info": "note"}


def sarif_report(report: Report, rendering: Rendering | None = None) -> str:
    """The report as text of JSON."""
    return json.dumps(sarif_log(report, rendering or Rendering()), indent=2, ensure_ascii=False) + "\n"


def sarif_log(report: Report, asked: Rendering) -> dict[str, Any]:
    """The log file with its one run."""
    rules = {rule.shape: rule for rule in report.rules}
    for finding in report.findings:
        if finding.shape not in rules:
            rules[finding.shape] = CheckedRule(
                finding.shape, None, finding.reason, finding.remedy, finding.shape_file, finding.shape_line
            )
    names = distinct_names(list(rules))
    indexes = {shape: index for index, shape in enumerate(rules)}
    driver = {
        "name": "ics-graph",
        "version": __version__,
        "informationUri": "https://w3id.org/ics-graph",
        "rules": [_rule(rule, names[shape], report, asked) for shape, rule in rules.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The top of the checkout."}}},
        "invocations": [{"executionSuccessful": True}],
        "results": [
            _result(finding, names[finding.shape], indexes[finding.shape], asked) for finding in report.findings
        ],
        "properties": {"on": report.on, "conforms": report.conforms, "summary": summary(report)},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: CheckedRule, name: str, report: Report, asked: Rendering) -> dict[str, Any]:
    found = [finding.severity for finding in report.findings if finding.shape == rule.shape]
    paragraphs = [text for text in (rule.reason, rule.remedy and f"How to mend it: {rule.remedy}") if text]
    described: dict[str, Any] = {"id": name, "shortDescription": {"text": rule.label or name}}
    if rule.reason:
        described["fullDescription"] = {"text": rule.reason}
    where = f"The rule is defined in {_shown(rule, asked)}." if rule.file else ""
    described["help"] = {"text": "\n\n".join([*paragraphs, *([where] if where else [])]) or rule.label or name}
    if found:
        described["defaultConfiguration"] = {"level": _LEVELS[max(found, key=SEVERITIES.index)]}
    described["properties"] = {"shape": rule.shape, "tags": ["shacl"]}
    return described


def _shown(rule: CheckedRule, asked: Rendering) -> str:
    file = asked.relative(rule.file or "") or rule.file
    return f"{file}, line {rule.line}" if rule.line is not None else f"{file}"


def _result(finding: Finding, name: str, index: int, asked: Rendering) -> dict[str, Any]:
    span = f" [{days(finding)}]" if days(finding) else ""
    remedy = f" {finding.remedy}" if finding.remedy else ""
    result: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message or name}{span}{remedy}"},
        "partialFingerprints": {FINGERPRINT: finding.fingerprint, "primaryLocationLineHash": finding.fingerprint},
        "properties": {
            "focusNode": finding.focus_node,
            "path": finding.path,
            "value": finding.value,
            "lexical": finding.lexical,
            "component": finding.component,
            "shape": finding.shape,
            "from": finding.from_,
            "until": finding.until,
        },
    }
    here = _location(finding.file, finding.line, finding.column, asked)
    rule = _location(finding.shape_file, finding.shape_line, None, asked)
    # A finding about what no file states is shown at its rule: a scanner drops a result without a place.
    result["locations"] = [{"physicalLocation": each} for each in (here or rule,) if each is not None]
    if rule is not None:
        result["relatedLocations"] = [{"physicalLocation": rule, "message": {"text": "The rule"}}]
    if asked.compared:
        result["baselineState"] = "unchanged" if finding.known else "new"
    return result


def _location(file: str | None, line: int | None, column: int | None, asked: Rendering) -> dict[str, Any] | None:
    if file is None:
        return None
    relative = asked.relative(file)
    artifact = {"uri": file_uri(relative), "uriBaseId": ROOT} if relative is not None else {"uri": file_uri(file)}
    location: dict[str, Any] = {"artifactLocation": artifact}
    if line is not None:
        location["region"] = {"startLine": line, **({"startColumn": column} if column is not None else {})}
    return location
