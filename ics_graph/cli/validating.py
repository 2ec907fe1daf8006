"""``ics-graph validate``: check data against rules."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from ics_graph.cli.main import EXIT_NEGATIVE, exit_with
from ics_graph.cli.parameters import Day, NonEmptyPath
from ics_graph.errors import InvalidParameter, MissingData
from ics_graph.loading.sources import SYNTAXES, read_within
from ics_graph.settings import Settings
from ics_graph.validation.findings import SEVERITIES, Report, Severity
from ics_graph.validation.gate import fails, mark_known, read_baseline
from ics_graph.validation.reports.forms import FORMS, render
from ics_graph.validation.reports.rendering import Rendering, source_root
from ics_graph.validation.runner import ENGINES, EngineName, Piped, validate

_STANDARD_INPUT = Path("-")


@click.command("validate")
@click.argument("files", nargs=-1, metavar="[FILES|-]...", type=NonEmptyPath(path_type=Path))
@click.option(
    "--syntax",
    type=click.Choice([suffix.removeprefix(".") for suffix in SYNTAXES]),
    help="The syntax of standard input (-), by the suffix that a file of it has; ttl unless given.",
)
@click.option(
    "--shapes",
    type=NonEmptyPath(path_type=Path),
    multiple=True,
    help="Folder or file of shapes to use instead of the shipped; may be repeated.",
)
@click.option("--on", type=Day(), help="The day whose graph is checked; today in London unless given.")
@click.option("--all-dates", is_flag=True, help="Check every day on which anything changes, not one.")
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES[::-1]),
    default="violation",
    show_default=True,
    help="The mildest severity that makes the exit code 1.",
)
@click.option(
    "--engine",
    type=click.Choice(list(ENGINES)),
    default=next(iter(ENGINES)),
    show_default=True,
    help="fast, or the reference library as a second opinion.",
)
@click.option(
    "--baseline",
    type=NonEmptyPath(path_type=Path, dir_okay=False),
    help="A JSON report of before: its findings are known and do not fail.",
)
@click.option(
    "--changed-since",
    metavar="REV",
    help="A git revision: what was found there already is known and does not fail.",
)
@click.option("--output", type=NonEmptyPath(path_type=Path, dir_okay=False), help="Write the report to this file.")
@click.pass_obj
def validate_command(
    kept: list[object] | None,
    files: tuple[Path, ...],
    syntax: str | None,
    shapes: tuple[Path, ...],
    on: date | None,
    all_dates: bool,
    form: str,
    fail_on: Severity,
    engine: EngineName,
    baseline: Path | None,
    changed_since: str | None,
    output: Path | None,
) -> None:
    """Check FILES (the shipped data unless given) against the rules.

    The file - is standard input.

    Exit code 0: nothing new at or above --fail-on; 1: findings; 3: input could not be read; 4: a file is past the size
    limit; 5: nothing was checked.
    """
    if on is not None and all_dates:
        raise click.UsageError("--on and --all-dates exclude each other.")
    if kept is not None:
        # Nothing that is made here is collected before the process ends.
        gc.disable()
    settings = Settings.from_environment()
    data, rules = files or (settings.data,), shapes or (settings.shapes,)
    limit = settings.file_bytes
    piped: Piped | None = None
    if _STANDARD_INPUT in data:
        if changed_since is not None:
            raise click.UsageError("--changed-since: standard input has no revisions.")
        data = tuple(path for path in data if path != _STANDARD_INPUT)
        piped = Piped(_standard_input(limit), SYNTAXES[f".{syntax or 'ttl'}"])
    elif syntax is not None:
        raise click.UsageError("--syntax is for standard input (-): that of a file is told by its suffix.")

    def run(data: Sequence[Path], shapes: Sequence[Path], ontology: Path) -> Report:
        with _progress() as progress:
            return validate(
                data,
                shapes,
                ontology,
                piped=piped,
                on=on,
                all_dates=all_dates,
                engine=engine,
                size_limit=limit,
                progress=progress,
                kept=kept,
            )

    known: set[str] = set()
    if baseline is not None:
        known |= read_baseline(baseline, limit)
    if changed_since is not None:
        from ics_graph.validation.revisions import findings_at  # noqa: PLC0415 - most runs compare with nothing

        known |= findings_at(changed_since, data, rules, settings.ontology, run)
    report = run(data, rules, settings.ontology)
    compared = baseline is not None or changed_since is not None
    if compared:
        report = mark_known(report, known)
    rendering = Rendering(fail_on, compared, output is None and _coloured(), source_root())
    text = render(report, form, rendering)
    if output is None:
        click.echo(text, nl=False, color=rendering.colour or None)
    else:
        write_whole(output, text)
    if fails(report, fail_on):
        exit_with(EXIT_NEGATIVE)


def _standard_input(limit: int) -> bytes:
    """What is piped in, up to one byte past the limit. Raises MissingData where standard input is closed."""
    if sys.stdin is None:
        raise MissingData("Standard input is closed: there are no data to read.")
    try:
        return read_within(sys.stdin.buffer.read, limit)
    except OSError as fault:
        raise MissingData(f"Standard input cannot be read ({fault.strerror}).") from None


def _coloured() -> bool:
    """Colour is for a terminal whose user has not set NO_COLOR (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr, for runs of several steps on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        bars: list[Any] = []

        def step(done: int, steps: int) -> None:
            if steps > 1 and not bars:
                bar = click.progressbar(length=steps, label="Checking", file=sys.stderr)
                bars.append(stack.enter_context(bar))
            for bar in bars:
                bar.update(done - bar.pos)

        yield step


def write_whole(path: Path, text: str) -> None:
    """Write a file in one step: an interrupted run leaves the old one or none.

    Raises :class:`~ics_graph.errors.InvalidParameter` where it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe (/dev/stdout) cannot be replaced.
            path.write_text(text, "utf-8")
            return
        try:
            temporary.write_text(text, "utf-8")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as fault:
        reason = (fault.strerror or "an error of the system").lower()
        raise InvalidParameter("output", f"{path} cannot be written: {reason}.") from None
