"""What the reports share: the forms by name, what a reader asked for, and how places and texts are shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import quote

from ics_graph.validation.findings import SEVERITIES, Finding, Report, Severity
from ics_graph.validation.gate import counts


@dataclass(frozen=True, slots=True)
class Rendering:
    """How to write a report: from which severity findings fail, whether known ones were marked, for which folder.

    ``root`` is the folder that places are shown relative to, in forms for machines; ``colour`` is for a terminal.
    """

    fail_on: Severity = "violation"
    compared: bool = False
    colour: bool = False
    root: Path = field(default_factory=Path.cwd)

    def fails(self, finding: Finding) -> bool:
        """Whether a finding makes the run fail."""
        return counts(finding, self.fail_on)

    def relative(self, file: str) -> str | None:
        """A file below the root as a relative path with slashes; None for one elsewhere."""
        path = Path(os.path.normpath(Path.cwd() / file))
        root = Path(os.path.normpath(self.root))
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def source_root(environment: Mapping[str, str] | None = None) -> Path:
    """The top of the checkout: what the CI says, else the nearest folder with ``.git``, else the current one."""
    given = (os.environ if environment is None else environment).get("GITHUB_WORKSPACE")
    here = Path.cwd()
    if given and here.is_relative_to(given):
        return Path(given)
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def near(file: str) -> str:
    """A path for a reader: relative where it lies below the current folder."""
    path, here = PurePath(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


def file_uri(file: str) -> str:
    """A path as a URI reference: percent-encoded, absolute ones as ``file:``."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), safe="/")


def days(finding: Finding) -> str:
    """The days on which a finding holds, in words; empty where it does not depend on the day."""
    if not finding.from_ and not finding.until:
        return ""
    return f"{finding.from_ or 'always'} to {finding.until or 'open'}"


def place(finding: Finding) -> str:
    """``file:line:column``, as far as known."""
    return _joined(finding.file, finding.line, finding.column) or "-"


def shape_place(finding: Finding) -> str:
    """``file:line`` of the shape, as far as known."""
    return _joined(finding.shape_file, finding.shape_line)


def _joined(file: str | None, *numbers: int | None) -> str:
    parts = [near(file) if file is not None else None, *numbers]
    return ":".join(str(part) for part in parts if part is not None)


def number(report: Report, severity: Severity) -> int:
    """How many findings of a severity a report has."""
    return sum(finding.severity == severity for finding in report.findings)


def summary(report: Report) -> str:
    """The outcome in one sentence."""
    tally = ", ".join(_counted(number(report, severity), _NOUNS[severity]) for severity in reversed(SEVERITIES))
    known = sum(finding.known for finding in report.findings)
    day = f" on {report.on}" if report.on else ""
    checked = report.checked
    return (
        f"{'Conforms' if report.conforms else 'Findings'}{day}: {tally}{f' ({known} known before)' if known else ''}; "
        f"checked {_counted(checked.focus_nodes, 'focus node')} with {_counted(checked.shapes, 'shape')} "
        f"in {_counted(checked.triples, 'triple')}."
    )


_NOUNS: Final[dict[Severity, str]] = {"violation": "violation", "warning": "warning", "info": "info"}


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def printable(text: str) -> str:
    """Text from data on one line: line ends shown as ``\\n``, other controls as a replacement character."""
    shown = text.replace("\r\n", "\n").replace("\n", "\\n").replace("\t", " ")
    return "".join(character if character.isprintable() else "\ufffd" for character in shown)


def allowed_in_xml(text: str) -> str:
    """Text without the characters that XML 1.0 (section 2.2) and HTML do not allow."""
    return "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "\ufffd"
        for c in text
    )
