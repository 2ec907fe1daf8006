"""``ics-graph query``: a SPARQL file or a stored query, run in a worker."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ics_graph.catalogue.binding import bind as bind_parameters
from ics_graph.catalogue.stored import Parameter, StoredQuery, find_query, read_catalogue
from ics_graph.cli.main import EXIT_NEGATIVE, exit_with
from ics_graph.cli.options import data_option, open_graph, view_options
from ics_graph.cli.parameters import Once
from ics_graph.cli.text import printable
from ics_graph.errors import InvalidData, InvalidParameter, MissingData, NotFound, Position
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.resolving import resolve
from ics_graph.settings import Settings
from ics_graph.store.snapshot import View
from ics_graph.store.sparql import RESULTS_JSON, SparqlEndpoint
from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.binding import bind as bound_text
from ics_graph.workers.messages import QueryAnswer

if TYPE_CHECKING:
    from ics_graph.store.remote import RemoteAnswer

FORMATS = {
    "table": RESULTS_JSON,
    "csv": "text/csv",
    "json": RESULTS_JSON,
    "tsv": "text/tab-separated-values",
    "ttl": RESULTS_JSON,
}
"""What each format asks the engine for when the answer is rows; triples are always Turtle."""


@click.command("query")
@click.argument("query", metavar="FILE.rq|NAME|-", required=False)
@click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter of a stored query.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True)
@click.option(
    "--endpoint",
    metavar="URL",
    cls=Once,
    help="Put the query to a SPARQL 1.1 endpoint instead of the own graph, which then only finds names in parameters.",
)
@click.option("--list", "listing", is_flag=True, help="List the stored queries and end.")
@view_options()
@data_option
@click.pass_context
def query_command(
    context: click.Context,
    query: str | None,
    parameters: tuple[str, ...],
    form: str,
    endpoint: str | None,
    listing: bool,
    view: View,
    data: tuple[Path, ...],
) -> None:
    """Run a SPARQL query on the graph of a day.

    FILE.rq is a file with a query, - reads it from standard input, NAME is a stored query (see --list). Exit code 1:
    no row, or the truth value false. With --endpoint the day is sent along as parameters, which endpoints of this
    project answer by.
    """
    settings = Settings.from_environment()
    if listing:
        _list(settings.queries)
        return
    if query is None:
        raise click.UsageError("Name a query file, a stored query, or - (--list lists the stored ones).")
    given = _given(parameters)
    stored = None if query == "-" or query.endswith(".rq") else find_query(settings.queries, query)
    if stored is None and given:
        raise InvalidParameter(
            next(iter(given)), "Only a stored query has parameters.", hint="Write the value into the query file."
        )
    text = stored.text if stored is not None else _read(query)
    if stored is not None:
        view = _stored_view(stored, view, context)
    answer: QueryAnswer | RemoteAnswer
    if endpoint is not None:
        answer = _asked_elsewhere(endpoint, settings, text, stored, given, view, FORMATS[form], context)
    else:
        graph = open_graph(data)
        bound = _bind(graph, stored, given, view) if stored is not None else {}
        with SparqlEndpoint(graph.snapshot, settings) as own:
            answer = own.evaluate(text, view, solutions=FORMATS[form], substitutions=bound)
    rows = answer.media_type.startswith((RESULTS_JSON, "text/csv", "text/tab"))
    if form == "ttl" and rows:
        raise InvalidParameter("format", "This query gives rows, not triples: ask for table, csv, tsv or json.")
    body = answer.body.decode()
    if form == "table" and rows:
        _print_table(body)
    else:
        click.echo(body if form == "json" or not rows else body.replace("\r\n", "\n"), nl=not body.endswith("\n"))
    if answer.rows == 0 or (rows and _is_false(body)):
        exit_with(EXIT_NEGATIVE)


def _asked_elsewhere(
    address: str,
    settings: Settings,
    text: str,
    stored: StoredQuery | None,
    given: dict[str, str],
    view: View,
    solutions: str,
    context: click.Context,
) -> RemoteAnswer:
    """The answer of an endpoint elsewhere.

    Raises InvalidParameter where a day was asked for, and the endpoint does not say that it answers as of that day.
    """
    from ics_graph.store.remote import RemoteEndpoint  # noqa: PLC0415 - what asks the web is imported when used

    stated = [name for name in ("on", "statuses", "include") if _given_on_command_line(context, name)]
    if _given_on_command_line(context, "known"):
        raise InvalidParameter("known", "known: SPARQL answers with all documents known.")
    endpoint = RemoteEndpoint(address, settings)
    parameters: dict[str, str] = {}
    if stored is not None or stated:
        parameters = {"on": view.on.isoformat(), "status": ",".join(view.statuses)}
        if view.include_unknown:
            parameters["include"] = "unknown"
    if stored is not None:

        def resolver(name: str, kinds: tuple[str, ...]) -> str:
            # The endpoint may know what the own graph does not; an IRI needs no looking up.
            if name.strip().startswith(("http://", "https://", "urn:")):
                return name.strip()
            return resolve(open_graph(context.params["data"]).reading(view), name, kinds)

        text = bound_text(text, bind_parameters(stored, given, view, resolver))
    answer = endpoint.evaluate(text, solutions=solutions, parameters=parameters)
    if parameters and answer.on != parameters["on"]:
        sentence = f"The endpoint does not say that it answers as of {parameters['on']}"
        if stated:
            raise InvalidParameter("on", f"{sentence}: its answer would be of no known day.", hint="Leave --on out.")
        click.echo(f"ics-graph: note: {sentence}.", err=True)
    return answer


def _given_on_command_line(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) == ParameterSource.COMMANDLINE


def _stored_view(stored: StoredQuery, view: View, context: click.Context) -> View:
    """The view of a stored query: its own statuses and doubt, unless the user asked for others."""
    return replace(
        view,
        statuses=view.statuses if _given_on_command_line(context, "statuses") else stored.statuses,
        include_unknown=(
            view.include_unknown if _given_on_command_line(context, "include") else stored.include_unknown
        ),
    )


def _bind(graph: GovernanceGraph, stored: StoredQuery, given: dict[str, str], view: View) -> dict[str, str]:
    reading = graph.reading(view)
    return bind_parameters(stored, given, view, lambda text, kinds: resolve(reading, text, kinds))


def _given(parameters: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in parameters:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise InvalidParameter("param", f"--param {item!r} is not of the form NAME=VALUE.")
        if name in found:
            raise InvalidParameter(name, f"The parameter {name} is given twice.")
        found[name] = value
    return found


def _read(name: str) -> str:
    if name == "-" and sys.stdin is None:
        raise MissingData("Standard input is closed: there is no query to read.")
    try:
        return sys.stdin.buffer.read().decode() if name == "-" else Path(name).read_bytes().decode()
    except FileNotFoundError:
        raise MissingData(f"There is no query file {name}.") from None
    except OSError as error:
        raise MissingData(f"The query cannot be read ({error.strerror}).", position=Position(name)) from None
    except UnicodeDecodeError:
        raise InvalidData("The query is not UTF-8 text.", position=Position(name)) from None


def _list(folder: Path) -> None:
    queries = read_catalogue(folder)
    if not queries:
        raise NotFound(f"There are no stored queries in {folder}.")
    for stored in queries.values():
        click.echo(f"{stored.name}{''.join(_usage(each) for each in stored.parameters)}\n    {stored.question}")


def _usage(parameter: Parameter) -> str:
    usage = f"--param {parameter.name}=..."
    return f" {usage}" if parameter.needed else f" [{usage}]"


def _print_table(body: str) -> None:
    content: dict[str, Any] = json.loads(body)
    if "boolean" in content:
        click.echo("yes" if content["boolean"] else "no")
        return
    names: list[str] = content["head"]["vars"]
    rows = [[_shown(row.get(name)) for name in names] for row in content["results"]["bindings"]]
    widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)] if names else []
    for line in (names, ["-" * width for width in widths], *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _shown(term: dict[str, Any] | None) -> str:
    """A term as a table shows it: an IRI by its prefix, a literal by its text on one line."""
    if term is None:
        return ""
    value = term["value"]
    if term["type"] == "triple":
        return " ".join(("<<(", *(_shown(value[part]) for part in ("subject", "predicate", "object")), ")>>"))
    if term["type"] == "uri":
        for prefix, namespace in sorted(PREFIXES.items(), key=lambda item: -len(item[1])):
            if value.startswith(namespace) and len(value) > len(namespace):
                return printable(f"{prefix}:{value[len(namespace) :]}")
    return printable(" ".join(value.split()))


def _is_false(body: str) -> bool:
    return body.strip() in {"false", '{"head":{},"boolean":false}'}
