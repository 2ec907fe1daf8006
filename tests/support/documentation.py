"""Writes the generated pages of ``docs/``: queries, commands, settings, vocabulary and rules.

``python -m tests.support.documentation`` (or ``make docs``) rewrites them; a test compares them with what they are
made from, so that none of them can fall behind.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import click

from ics_graph.catalogue.stored import Parameter, StoredQuery, read_catalogue
from ics_graph.cli.main import cli
from ics_graph.settings import PREFIX, Settings
from tests.shapes.examples import bad_examples
from tests.support import coverage, ontology_documentation
from tests.support.questions import PROSE, UNANSWERED, LineError, read_lines

PROJECT = Path(__file__).resolve().parents[2]
SERVICE = "http://127.0.0.1:8000"
WIDTH = 100
# The room that writes the list of rules, and the router that answers stored queries: pages follow once they are there.
RULES_MODULE = "ics_graph.validation.rule_documentation"
QUERIES_ROUTER = "ics_graph.service.routers.queries"

GENERATED = "Generated from {source} by `make docs`: edit that, then run it again.\n"


def _there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


# -- stored queries --------------------------------------------------------------------------------------------------

QUERIES_INTRODUCTION = f"""\
Questions that are ready to be asked, each a file in `queries/` that you can read, copy and change. The words after
`#+` at its head say its title, question, parameters and an example; a test runs every example and compares rows with
what was read in the sources.

```console
$ ics-graph query --list
$ ics-graph query NAME --param KEY=VALUE --on 2020-11-09 --format csv
```

`--on` is the day asked about (today unless given). A query has the statuses of relations that are named with it;
`--status` replaces them, as in `ics-graph ask`. A parameter that is a body, an area or another entity may be an id, an
exact name, a code on that day or an unambiguous acronym; it is bound as a term of the graph, never pasted into the
query. A class is one of the ontology by its name, as in `type=Advice`. A parameter that may be left out narrows the
answer when it is given. Each parameter is also a column.

The text of a query can also be sent to the SPARQL service. Without its parameters bound it answers for every value
of them at once, and the columns of the parameters tell which:

```console
$ curl --data-urlencode query@queries/bodies-of-a-place.rq {SERVICE}/as-of/2020-11-09/sparql
```

A query of your own needs no registration: `ics-graph query FILE.rq` runs any. Put it into `queries/` with a title, a
question, its parameters and an example, and it is listed here. No date filter is needed: the plain triples are those
of the day. Write `MINUS` for "there is none", patterns first, and what may be missing in `OPTIONAL` after them.
"""


def queries_document(catalogue: Mapping[str, StoredQuery] | None = None) -> str:
    """The text of ``docs/queries.md``."""
    queries = read_catalogue(PROJECT / "queries") if catalogue is None else catalogue
    parts = ["# The stored queries\n", GENERATED.format(source="`queries/`"), QUERIES_INTRODUCTION]
    parts.append("| query | question |\n| --- | --- |")
    parts += [f"| [{query.name}](#{anchor(query.title)}) | {query.question} |" for query in queries.values()]
    parts += ["", *_serving_once()]
    for query in queries.values():
        parts += [*_query_lines(query), ""]
    return "\n".join(parts).rstrip() + "\n"


def _serving_once() -> Iterator[str]:
    """The queries that ``docs/questions.tsv`` uses for one question: the more of them, the less general they are."""
    path = PROJECT / "docs" / "questions.tsv"
    if not path.is_file():
        return
    served: dict[str, set[str]] = defaultdict(set)
    for line in read_lines(path):
        if not isinstance(line, LineError) and line.door not in {PROSE, UNANSWERED}:
            served[line.door].add(line.question)
    once = [f"`{door}`" for door, questions in sorted(served.items()) if len(questions) == 1]
    yield f"One question only of [questions.tsv](questions.tsv) is answered by {', '.join(once) or 'no query'}.\n"


def _query_lines(query: StoredQuery) -> Iterator[str]:
    yield f"## {query.title}\n"
    yield f"{query.question}\n"
    yield f"`{query.name}`; {_scope(query)}.\n"
    if query.parameters:
        yield "| parameter | type | what it is | default |\n| --- | --- | --- | --- |"
        for parameter in query.parameters:
            yield f"| `{parameter.name}` | {_type(parameter)} | {parameter.description} | {_default(parameter)} |"
        yield ""
    yield "```console"
    yield f"$ {example_command(query)}"
    yield "```"
    if _there(QUERIES_ROUTER):
        yield f"\n<{example_url(query)}>"


def _scope(query: StoredQuery) -> str:
    words = "relations that are " + ", ".join(status.replace("-", " ") for status in query.statuses)
    return words + (", also those that only may hold on the day" if query.include_unknown else "")


def _type(parameter: Parameter) -> str:
    return f"concept of `{parameter.scheme}`" if parameter.scheme else parameter.type


def _default(parameter: Parameter) -> str:
    if parameter.optional:
        return "may be left out"
    if parameter.default is None:
        return "has to be given"
    return "the day asked about" if parameter.type == "day" and parameter.default == "on" else f"`{parameter.default}`"


def example_command(query: StoredQuery) -> str:
    """The command line of a query's example."""
    words = ["ics-graph", "query", query.name]
    for name, value in query.example.items():
        if name != "on":
            words += ["--param", f"{name}={value}"]
    return shlex.join([*words, "--on", query.example["on"]])


def example_url(query: StoredQuery) -> str:
    """The address of a query's example."""
    others = {name: value for name, value in query.example.items() if name != "on"}
    return f"{SERVICE}/queries/{query.name}?{urlencode({**others, 'on': query.example['on']}, safe='/')}"


# -- commands --------------------------------------------------------------------------------------------------------


def commands_document() -> str:
    """The text of ``docs/commands.md``: the help of every command, as the command line prints it."""
    parts = ["# The commands\n", GENERATED.format(source="the help of the commands in `ics_graph/cli/`")]
    for path, command in command_tree(cli, ("ics-graph",)):
        context = click.Context(
            command,
            info_name=" ".join(path),
            max_content_width=WIDTH,
            terminal_width=WIDTH,
            # Commands take the names of the help option from the group above them.
            help_option_names=cli.context_settings["help_option_names"],
        )
        parts.append(f"## {' '.join(path)}\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts).rstrip() + "\n"


def command_tree(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, each with its words."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from command_tree(below, (*path, name))


# -- settings --------------------------------------------------------------------------------------------------------

SETTINGS_INTRODUCTION = f"""\
All settings are read once, from environment variables with the prefix `{PREFIX}`; an option of a command comes before
its variable. A value that cannot be read is refused by name before anything starts. Durations are in seconds, sizes
in bytes.
"""

OTHER_VARIABLES: Mapping[str, str] = {
    f"{PREFIX}TRACEBACK": "Set to anything: a fault of ours is shown with its traceback instead of one line.",
    "XDG_CACHE_HOME": "Where the folder `ics-graph` for built snapshots is made; `~/.cache` unless set.",
}


def settings_document() -> str:
    """The text of ``docs/settings.md``."""
    parts = ["# The settings\n", GENERATED.format(source="`ics_graph/settings.py`"), SETTINGS_INTRODUCTION]
    parts.append("| variable | what it sets | default |\n| --- | --- | --- |")
    for item in dataclasses.fields(Settings):
        parts.append(f"| `{PREFIX}{item.name.upper()}` | {item.metadata['doc']} | {_setting_default(item)} |")
    parts += ["\nOther variables:\n", "| variable | what it does |\n| --- | --- |"]
    parts += [f"| `{name}` | {text} |" for name, text in OTHER_VARIABLES.items()]
    return "\n".join(parts).rstrip() + "\n"


def _setting_default(item: dataclasses.Field[object]) -> str:
    if item.default is dataclasses.MISSING:
        # A folder: where it is depends on the machine.
        return "`~/.cache/ics-graph`" if item.name == "cache" else f"`{item.name}/`, as shipped"
    value = item.default
    if isinstance(value, int) and not isinstance(value, bool):
        for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
            if value >= 1 << power and value % (1 << power) == 0:
                return f"`{value}` ({value >> power} {unit})"
    return f"`{value}`"


# -- all of them -----------------------------------------------------------------------------------------------------


def rules_document() -> str:
    """The text of ``docs/rules.md``, from the room that knows the rules."""
    return cast("str", importlib.import_module(RULES_MODULE).document(PROJECT / "shapes", bad_examples()))


def pages() -> dict[str, Callable[[], str]]:
    """Each generated page, by its name in ``docs/``, with what writes it."""
    found: dict[str, Callable[[], str]] = {
        "commands.md": commands_document,
        "coverage.md": coverage.document,
        "ontology.md": ontology_documentation.document,
        "queries.md": queries_document,
        "settings.md": settings_document,
    }
    if _there(RULES_MODULE):
        found["rules.md"] = rules_document
    return found


def anchor(heading: str) -> str:
    """The anchor of a heading on a rendered page."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    for page, write in pages().items():
        (PROJECT / "docs" / page).write_text(write(), encoding="utf-8")
