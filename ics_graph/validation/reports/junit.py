"""The report as JUnit XML: one test case for each rule that ran, failed if a finding makes the run fail.

No standard defines the form. It is written so that both common schemas take it: the one of Jenkins (several suites,
few required attributes) and the older one of Ant (properties and outputs required, at most one failure a test case).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from platform import node
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ics_graph.validation.findings import Finding, Report, short_name
from ics_graph.validation.reports.rendering import Rendering, allowed_in_xml, days, place, summary


def junit_report(report: Report, rendering: Rendering | None = None) -> str:
    """The report as XML. Findings that do not make the run fail stand in the output of the suite."""
    asked = rendering or Rendering()
    by_rule: dict[str, list[Finding]] = {rule.shape: [] for rule in report.rules}
    for finding in report.findings:
        by_rule.setdefault(finding.shape, []).append(finding)
    failing = {shape: [each for each in found if asked.fails(each)] for shape, found in by_rule.items()}
    totals = {"tests": str(len(by_rule)), "failures": str(sum(map(bool, failing.values()))), "errors": "0"}
    top = Element("testsuites", {"name": "ics-graph validate", **totals, "time": "0"})
    suite = SubElement(
        top,
        "testsuite",
        {
            "name": "ics-graph validate",
            "package": "shacl",
            "id": "0",
            **totals,
            "skipped": "0",
            "time": "0",
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "hostname": node() or "localhost",
        },
    )
    properties = SubElement(suite, "properties")
    for name, value in _properties(report).items():
        SubElement(properties, "property", {"name": name, "value": value})
    names = distinct_names(by_rule)
    for shape, found in failing.items():
        case = SubElement(suite, "testcase", {"classname": "shacl", "name": names[shape], "time": "0"})
        if found:
            _fail(case, found)
    mild: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        if not asked.fails(finding):
            mild["known" if finding.known else finding.severity].append(finding)
    lines = [f"{kind}: {_line(finding)}" for kind, findings in mild.items() for finding in findings]
    SubElement(suite, "system-out").text = allowed_in_xml("\n".join([*lines, summary(report)]))
    SubElement(suite, "system-err")
    indent(top)
    return tostring(top, "unicode", xml_declaration=False).join(('<?xml version="1.0" encoding="UTF-8"?>\n', "\n"))


def _fail(case: Element, found: Sequence[Finding]) -> None:
    first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    failure = SubElement(
        case,
        "failure",
        {"type": first.severity, "message": allowed_in_xml(f"{place(first)}: {first.message}{more}")},
    )
    lines = [_line(finding) for finding in found]
    for word, text in (("Why", first.reason), ("Mend", first.remedy)):
        if text:
            lines.append(f"{word}: {text}")
    failure.text = allowed_in_xml("\n".join(lines))


def _line(finding: Finding) -> str:
    written = f", written {finding.lexical}" if finding.lexical else ""
    span = f" [{days(finding)}]" if days(finding) else ""
    return f"{place(finding)}: {finding.message} (focus node {finding.focus_node}{written}){span}"


def _properties(report: Report) -> dict[str, str]:
    checked = report.checked
    return {
        "on": report.on or "all dates",
        "focus_nodes": str(checked.focus_nodes),
        "shapes": str(checked.shapes),
        "triples": str(checked.triples),
    }


def distinct_names(shapes: Sequence[str] | dict[str, list[Finding]]) -> dict[str, str]:
    """A short name for each shape, its whole IRI where two would share one."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for shape in shapes:
        by_name[short_name(shape)].append(shape)
    return {shape: name if len(same) == 1 else shape for name, same in by_name.items() for shape in same}
