"""``ics-graph``: the commands, found when they are used, and the one place where errors become exit codes."""

from __future__ import annotations

import atexit
import importlib
import os
import sys
import threading
from typing import Any, Final

import click

from ics_graph import __version__
from ics_graph.errors import Ambiguous, BadQuery, IcsGraphError

EXIT_NEGATIVE: Final = 1
EXIT_CODES: Final[dict[str, int]] = {
    "invalid-parameter": 2,
    "not-found": 2,
    "ambiguous": 2,
    "unavailable": 2,
    "invalid-data": 3,
    "missing-data": 3,
    "bad-query": 3,
    "update-refused": 3,
    "limit-reached": 4,
    "query-timeout": 4,
    "too-large": 4,
    "memory-exceeded": 4,
    "busy": 4,
    "nothing-checked": 5,
    "worker-lost": 70,
    "internal": 70,
}
"""Exit code of each kind of error; a test compares it with the tree of errors."""

# Imported when used: `ics-graph ask` must not pay for FastAPI or pySHACL.
_COMMANDS: Final = {
    "ask": ("ics_graph.cli.asking", "ask"),
    "build": ("ics_graph.cli.building", "build_command"),
    "doctor": ("ics_graph.cli.doctor", "doctor_command"),
    "query": ("ics_graph.cli.querying", "query_command"),
    "search": ("ics_graph.cli.showing", "search_command"),
    "serve": ("ics_graph.cli.serving", "serve_command"),
    "show": ("ics_graph.cli.showing", "show_command"),
    "sources": ("ics_graph.cli.sources", "sources_command"),
    "validate": ("ics_graph.cli.validating", "validate_command"),
}


class _ReaderGoneError(Exception):
    """Who read our output has gone. Not an OSError, of which click would make exit code 1: the answer is negative."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a reader that has gone is no failure of it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGoneError from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ics-graph")
def cli() -> None:
    """Who is accountable to whom in England's integrated care systems, since when, and which document says so?

    Exit codes: 0 done; 1 the answer is negative; 2 the command's words are wrong; 3 input could not be read;
    4 a limit was reached; 5 nothing was checked; 70 a fault of ours; 130 interrupted.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code. No traceback reaches the user."""
    kept: list[object] = []
    code = run(arguments, kept)
    # Where a thread is left, Python waits for it.
    if kept and threading.active_count() == 1:
        _end_at_once(code)
    sys.exit(code)


def _end_at_once(code: int) -> None:
    """End the process as Python does, but leave what it holds to the system: to take a graph apart takes longer.

    Comes back where output cannot be written: Python's own end says so.
    """
    # os._exit leaves these out, and temporary files must go.
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code)


def run(arguments: list[str] | None = None, kept: list[object] | None = None) -> int:
    """Run the command line and return its exit code.

    A command puts in ``kept`` what is large and of no more use, for a caller who ends the process.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if any("\ud800" <= character <= "\udfff" for word in words for character in word):
        _complain("an argument is not text in this terminal's encoding (UTF-8).")
        return 2
    try:
        result = cli.main(args=arguments, prog_name="ics-graph", standalone_mode=False, obj=kept)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        _complain(_one_line(error.format_message()))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
        return 130
    except IcsGraphError as error:
        return report(error)
    except _ReaderGoneError:
        # The reader of our output has gone (`| head`): that is its right. Keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _complain(_one_line(f"{where}{error.strerror or error}."))
        return 3
    except Exception as error:  # the last door: a fault of ours is one line, not a traceback
        if os.environ.get("ICS_GRAPH_TRACEBACK"):
            raise
        _complain(
            f"a fault of ours ({type(error).__name__}: {_one_line(str(error))}). "
            "Please report it with the command you ran; ICS_GRAPH_TRACEBACK=1 shows where it happened."
        )
        return 70


def report(error: IcsGraphError) -> int:
    """Print an error as one line (and the candidates of an ambiguous name) and return its exit code."""
    place = ""
    if isinstance(error, BadQuery) and error.line is not None:
        place = f" (line {error.line}" + (f", column {error.column})" if error.column is not None else ")")
    hint = f" {error.hint}" if error.hint else ""
    _complain(_one_line(f"{error}{place}{hint}"))
    if isinstance(error, Ambiguous):
        for identifier, description in error.candidates:
            click.echo(_one_line(f"  {identifier}: {description}"), err=True)
    return EXIT_CODES.get(error.kind, 70)


def _one_line(text: str) -> str:
    """Text from input without line breaks or terminal controls."""
    return "".join(character if character.isprintable() else " " for character in text)


def _complain(text: str) -> None:
    click.echo(f"ics-graph: {text}", err=True)


def exit_with(code: int) -> Any:
    """End a command with a code other than 0."""
    raise click.exceptions.Exit(code)
