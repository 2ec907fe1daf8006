"""``ics-graph doctor``: whether what a deployment needs is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from ics_graph.cli.checks import Check, Deployment
from ics_graph.cli.main import EXIT_NEGATIVE, exit_with
from ics_graph.cli.options import data_option, format_option
from ics_graph.cli.service_checks import port_check, service_checks
from ics_graph.settings import Settings

_WIDTH = 18


@click.command("doctor")
@data_option
@click.option("--url", help="Address of a service that should answer, as http://127.0.0.1:8000; checked as well.")
@format_option("text", "json")
def doctor_command(data: tuple[Path, ...], url: str | None, form: str) -> None:
    """Check a deployment: a line for each check, and exit code 1 if any fails.

    A line begins with ok, with FAIL, or with note where something may be meant so. The snapshot is built if the cache
    has none of the data.
    """
    found: list[Check] = []
    for check in _checks(Settings.from_environment(), data, url):
        found.append(check)
        if form == "text":
            word = "FAIL" if check.state == "fail" else check.state
            click.echo(f"{word:4}  {check.name:{_WIDTH}}{check.detail}")
    failed = sum(check.state == "fail" for check in found)
    if form == "json":
        content = {"ok": not failed, "checks": [asdict(check) for check in found]}
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
    if failed:
        exit_with(EXIT_NEGATIVE)


def _checks(settings: Settings, data: tuple[Path, ...], url: str | None) -> Iterator[Check]:
    deployment = Deployment(settings, data)
    yield from deployment.checks()
    dataset = None if deployment.graph is None else deployment.graph.snapshot.manifest.dataset
    if url is None:
        yield port_check(settings, dataset)
    else:
        yield from service_checks(url, dataset)
