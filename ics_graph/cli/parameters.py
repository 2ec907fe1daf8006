"""Types of parameters. They stand apart from the options so that ``validate`` imports no answers for them."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from ics_graph.errors import InvalidParameter
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import STATUSES


class Day(click.ParamType[date]):
    """A day written YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day; one clear sentence for an impossible one."""
        if isinstance(value, date):
            return value
        name = (param.opts[0] if param is not None and param.opts else "day").lstrip("-")
        try:
            return day_parameter(name, str(value))
        except InvalidParameter as error:
            self.fail(f"{error.message} {error.hint or ''}".strip(), param, ctx)


class Statuses(click.ParamType[tuple[str, ...]]):
    """Statuses separated by commas; the list replaces the default."""

    name = "status[,status ...]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Read the list."""
        if isinstance(value, tuple):
            return value
        statuses = tuple(part.strip() for part in str(value).split(",") if part.strip())
        for status in statuses:
            if status not in STATUSES:
                self.fail(f"{status!r} is none of {', '.join(STATUSES)}.", param, ctx)
        if not statuses:
            self.fail("name at least one status.", param, ctx)
        return statuses


class NonEmptyPath(click.Path):
    """A path; an empty one (an unset shell variable, as a rule) is not the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty path."""
        if not str(value).strip():
            self.fail("an empty name is no folder and no file.", param, ctx)
        return super().convert(value, param, ctx)


class Once(click.Option):
    """An option that may be given once: of two days none is the one that was meant."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Count how often the option stands on the command line."""
        super().add_to_parser(parser, ctx)
        for name in self.opts:
            option = parser._long_opt.get(name)
            if option is not None:
                process = option.process

                def once(value: Any, state: Any, process: Any = process, name: str = name) -> None:
                    if self.name in state.opts:
                        raise click.UsageError(f"{name} is given twice.", ctx)
                    process(value, state)

                option.process = once
