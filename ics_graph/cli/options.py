"""The options that commands share, and what they become: settings, a view, an opened graph."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from ics_graph.cli.parameters import Day, NonEmptyPath, Once, Statuses
from ics_graph.governance.answers import as_json
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.store.snapshot import DEFAULT_STATUSES, View
from ics_graph.temporal.dates import today

Command = TypeVar("Command", bound=Callable[..., Any])


def view_options() -> Callable[[Command], Command]:
    """The options ``--on --known --status --include``, given to the command as ``view``."""

    def decorate(command: Command) -> Command:
        @click.option(
            "--on", type=Day(), cls=Once, help="The day asked about, YYYY-MM-DD; today in London unless given."
        )
        @click.option("--known", type=Day(), cls=Once, help="As the documents written by this day had it.")
        @click.option(
            "--status",
            "statuses",
            type=Statuses(),
            default=DEFAULT_STATUSES,
            help="Statuses of relations to show, separated by commas; replaces in-force.",
        )
        @click.option(
            "--include",
            type=click.Choice(["unknown"]),
            multiple=True,
            help="Show also what may hold on that day.",
        )
        @wraps(command)
        def wrapped(*args: Any, on: date | None, known: date | None, statuses: Any, include: Any, **rest: Any) -> Any:
            view = View(on or today(), known, tuple(statuses), "unknown" in include)
            return command(*args, view=view, **rest)

        return wrapped  # type: ignore[return-value]

    return decorate


def data_option(command: Command) -> Command:
    """The option ``--data``: other data than the shipped."""
    return click.option(
        "--data", type=NonEmptyPath(path_type=Path), multiple=True,
        help="Folder or file of authored RDF to use instead of the shipped data; may be repeated.",
    )(command)  # fmt: skip


def format_option(*formats: str) -> Callable[[Command], Command]:
    """The option ``--format`` with the first one as default."""
    return click.option("--format", "form", type=click.Choice(formats), default=formats[0], show_default=True)


def open_graph(data: tuple[Path, ...] = ()) -> GovernanceGraph:
    """The graph of ``--data`` or of the settings."""
    return GovernanceGraph.open(data=data)


def print_json(answer: Any) -> None:
    """Print an answer as JSON."""
    click.echo(json.dumps(as_json(answer), indent=2, ensure_ascii=False))
