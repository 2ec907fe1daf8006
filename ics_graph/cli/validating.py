"""``ics-graph validate``: check data against rules."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from ics_graph.cli.main import EXIT_NEGATIVE, exit_with
from ics_graph.cli.options import Day
from ics_graph.governance.answers import as_json
from ics_graph.settings import Settings
from ics_graph.validation.findings import SEVERITIES, Report
from ics_graph.validation.reports.text import text_report
from ics_graph.validation.runner import validate


@click.command("validate")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--shapes", type=click.Path(path_type=Path), multiple=True, help="Shapes to use instead of the shipped.")
@click.option("--on", type=Day(), help="The day whose graph is checked; today in London unless given.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES[::-1]),
    default="violation",
    show_default=True,
    help="The mildest severity that makes the exit code 1.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to this file.")
def validate_command(
    files: tuple[Path, ...], shapes: tuple[Path, ...], on: date | None, form: str, fail_on: str, output: Path | None
) -> None:
    """Check FILES (the shipped data unless given) against the rules.

    Exit code 0: nothing at or above --fail-on; 1: findings; 3: input could not be read; 5: nothing was checked.
    """
    settings = Settings.from_environment()
    report = validate(files or [settings.data], shapes or [settings.shapes], settings.ontology, on=on)
    text = text_report(report) if form == "text" else json.dumps(as_json(report), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, text)
    if fails(report, fail_on):
        exit_with(EXIT_NEGATIVE)


def fails(report: Report, fail_on: str) -> bool:
    """Whether a report has a finding at or above a severity."""
    grave = set(SEVERITIES[SEVERITIES.index(fail_on) :])
    return any(finding.severity in grave for finding in report.findings)


def write_whole(path: Path, text: str) -> None:
    """Write a file in one step: an interrupted run leaves the old one or none."""
    temporary = path.with_name(f".{path.name}.partial")
    try:
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
