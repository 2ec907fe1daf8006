"""Validation as a gate: which findings make a run fail, and which were known before."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ics_graph.errors import InvalidData, MissingData, Position, TooLarge
from ics_graph.loading.sources import read_within
from ics_graph.validation.findings import SEVERITIES, Finding, Report, Severity

_RANK = {severity: number for number, severity in enumerate(SEVERITIES)}


def counts(finding: Finding, fail_on: Severity) -> bool:
    """Whether a finding makes a run fail: it is new, and at or above a severity."""
    return not finding.known and _RANK[finding.severity] >= _RANK[fail_on]


def fails(report: Report, fail_on: Severity) -> bool:
    """Whether a report has a finding that makes the run fail."""
    return any(counts(finding, fail_on) for finding in report.findings)


def mark_known(report: Report, before: Iterable[str]) -> Report:
    """The report with those findings marked as known whose fingerprints are among ``before``."""
    known = set(before)
    return report._replace(
        findings=tuple(
            finding._replace(known=True) if finding.fingerprint in known else finding for finding in report.findings
        ),
    )


def read_baseline(path: Path, size_limit: int | None = None) -> frozenset[str]:
    """The fingerprints of a JSON report of an earlier run.

    Raises :class:`~ics_graph.errors.MissingData` where there is no such file, TooLarge past the limit, and
    :class:`~ics_graph.errors.InvalidData` with the place where it is no such report.
    """
    place = Position(str(path))
    try:
        with path.open("rb") as stream:
            content = read_within(stream.read, size_limit)
    except FileNotFoundError:
        raise MissingData("There is no such file.", position=place) from None
    except OSError as fault:
        reason = (fault.strerror or "an error of the system").lower()
        raise InvalidData(f"The baseline cannot be read: {reason}.", position=place) from None
    if size_limit is not None and len(content) > size_limit:
        raise TooLarge(f"{path}: the baseline is larger than {size_limit:,} bytes.", setting="file_bytes")
    import json  # noqa: PLC0415 - most runs have no baseline

    try:
        document = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as fault:
        place = Position(str(path), fault.lineno, fault.colno)
        raise InvalidData(f"The baseline is not JSON: {fault.msg}.", position=place) from None
    except (UnicodeDecodeError, RecursionError):
        raise InvalidData("The baseline is not JSON.", position=place) from None
    return frozenset(_fingerprints(document, place))


def _fingerprints(document: Any, place: Position) -> Iterable[str]:
    findings = document.get("findings") if isinstance(document, dict) else None
    prints = [item.get("fingerprint") if isinstance(item, dict) else None for item in findings or ()]
    if not isinstance(findings, list) or not all(isinstance(each, str) and each for each in prints):
        raise InvalidData(
            "The baseline is not a report of validate.",
            position=place,
            hint="Write one with: ics-graph validate --format json --output FILE.",
        )
    return [each for each in prints if isinstance(each, str)]
