"""``ics-graph sources``: the documents, what each supports, and whether the citations can be found in them."""

from __future__ import annotations

from pathlib import Path

import click

from ics_graph.cli.main import EXIT_NEGATIVE, exit_with
from ics_graph.cli.options import data_option, format_option, open_graph, print_json, view_options
from ics_graph.cli.parameters import NonEmptyPath
from ics_graph.cli.text import echo, print_meta
from ics_graph.errors import NothingChecked
from ics_graph.governance import lists
from ics_graph.governance.answers import Page
from ics_graph.governance.evidence import GRAVE, CitationFault, DocumentCheck, check_documents
from ics_graph.governance.reading import Reading
from ics_graph.settings import Settings
from ics_graph.store.snapshot import View

_FAULTS = {
    "no-such-line": "the document has no such line",
    "heading-not-found": "not found as a heading or paragraph",
    "nobody-named": "not named nearby, nor anyone else",
    "one-side-unnamed": "not named nearby (to look at)",
}


@click.command("sources")
@view_options()
@data_option
@click.option(
    "--check",
    "folder",
    type=NonEmptyPath(path_type=Path),
    metavar="DIR",
    help="Check the citations against the documents that lie in this folder.",
)
@format_option("text", "json")
def sources_command(view: View, data: tuple[Path, ...], folder: Path | None, form: str) -> None:
    """The documents of the graph and what each supports.

    With --check: is each document in DIR the one that was read (SHA-256), do the lines and headings of its citations
    exist, and are the parties named nearby? Exit code 1: something is not as cited; 5: DIR has none of the documents.
    """
    reading = open_graph(data).reading(view)
    if folder is not None:
        _check(reading, folder, form)
        return
    found = lists.sources(reading)
    if form == "json":
        print_json(Page(tuple(found), len(found), None, reading.meta()))
        return
    for source in found:
        echo(f"{source.id}: {source.title} ({source.date or 'undated'})")
        licence = source.licence or "not known"
        echo(f"{source.citations} citations, supporting {len(source.supports)} statements; licence: {licence}", 4)
    print_meta(reading.meta())


def _check(reading: Reading, folder: Path, form: str) -> None:
    checks = check_documents(reading, folder, Settings.from_environment().file_bytes)
    if all(check.state == "not-at-hand" for check in checks):
        raise NothingChecked(f"{folder} has none of the documents of the graph: nothing was checked.")
    if form == "json":
        print_json(Page(checks, len(checks), None, reading.meta()))
    else:
        for check in checks:
            _print(check)
        grave = sum(fault.fault in GRAVE for check in checks for fault in check.faults)
        others = sum(len(check.faults) for check in checks) - grave
        checked = sum(check.citations for check in checks if check.state != "not-at-hand")
        echo()
        echo(f"{checked} citations checked: {grave} not as cited, {others} with one side not named nearby.")
        print_meta(reading.meta())
    if any(check.state == "changed" or any(fault.fault in GRAVE for fault in check.faults) for check in checks):
        exit_with(EXIT_NEGATIVE)


def _print(check: DocumentCheck) -> None:
    state = {"same": "the document that was read", "changed": "ANOTHER DOCUMENT than was read"}
    echo(f"{check.source.id}: {check.file or 'no file'}: {state.get(check.state, 'not at hand')}")
    if check.state != "not-at-hand":
        echo(f"{check.citations} citations, {len(check.faults)} remarks", 4)
    for fault in check.faults:
        echo(_sentence(fault), 4)


def _sentence(fault: CitationFault) -> str:
    place = f"line {fault.line}" if fault.line is not None else "no line"
    what = "; ".join(fault.missing) + " " if fault.missing else ""
    return f"{fault.thing.id} ({fault.locator or 'no locator'}, {place}): {what}{_FAULTS[fault.fault]}"
