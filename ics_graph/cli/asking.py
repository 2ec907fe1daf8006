"""``ics-graph ask``: who answers to whom."""

from __future__ import annotations

from pathlib import Path

import click

from ics_graph.cli.main import EXIT_NEGATIVE, exit_with
from ics_graph.cli.options import data_option, format_option, open_graph, print_json, view_options
from ics_graph.cli.text import became_words, echo, lives_words, refs, relation_lines, words
from ics_graph.governance.accountability import DEFAULT_DEPTH, Direction, accountability
from ics_graph.governance.answers import Accountability, Entity, Relation
from ics_graph.governance.entities import entity
from ics_graph.governance.paths import paths
from ics_graph.governance.resolving import resolve
from ics_graph.store.snapshot import View


@click.group()
def ask() -> None:
    """Ask who is accountable to whom on a day, with the evidence for every step."""


@ask.command("accountable-to")
@click.argument("organisation")
@click.option("--depth", type=click.IntRange(1, 50), default=DEFAULT_DEPTH, show_default=True, help="Longest chain.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind of accountability (statutory, democratic ...).")
@click.option("--collective", is_flag=True, help="Also mutual accountability of the parties of an arrangement.")
@view_options()
@data_option
@format_option("text", "json")
def accountable_to(
    organisation: str,
    depth: int,
    kinds: tuple[str, ...],
    collective: bool,
    view: View,
    data: tuple[Path, ...],
    form: str,
) -> None:
    """Who is ORGANISATION accountable to, up to the roots?

    ORGANISATION is an id, an exact name, an ODS code or an unambiguous acronym.
    """
    _answer(organisation, "up", depth, kinds, collective, view, data, form)


@ask.command("accountable-for")
@click.argument("organisation")
@click.option("--depth", type=click.IntRange(1, 50), default=1, show_default=True, help="Longest chain.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind of accountability (statutory, democratic ...).")
@click.option("--collective", is_flag=True, help="Also mutual accountability of the parties of an arrangement.")
@view_options()
@data_option
@format_option("text", "json")
def accountable_for(
    organisation: str,
    depth: int,
    kinds: tuple[str, ...],
    collective: bool,
    view: View,
    data: tuple[Path, ...],
    form: str,
) -> None:
    """Whom does ORGANISATION hold to account?"""
    _answer(organisation, "down", depth, kinds, collective, view, data, form)


@ask.command("path")
@click.argument("origin", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--depth", type=click.IntRange(1, 50), default=DEFAULT_DEPTH, show_default=True, help="Longest chain.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind of accountability (statutory, democratic ...).")
@click.option("--collective", is_flag=True, help="Also mutual accountability of the parties of an arrangement.")
@view_options()
@data_option
@format_option("text", "json")
def path_between(
    origin: str,
    target: str,
    depth: int,
    kinds: tuple[str, ...],
    collective: bool,
    view: View,
    data: tuple[Path, ...],
    form: str,
) -> None:
    """Every chain by which FROM answers to TO."""
    reading = open_graph(data).reading(view)
    first, last = resolve(reading, origin), resolve(reading, target)
    answer = paths(reading, first, last, depth=depth, kinds=kinds, collective=collective)
    if form == "json":
        print_json(answer)
    else:
        _print(answer, entity(reading, first), f"by which chain it answers to {reading.name(last)}")
    if not answer.chains:
        exit_with(EXIT_NEGATIVE)


def _answer(
    organisation: str,
    direction: Direction,
    depth: int,
    kinds: tuple[str, ...],
    collective: bool,
    view: View,
    data: tuple[Path, ...],
    form: str,
) -> None:
    reading = open_graph(data).reading(view)
    iri = resolve(reading, organisation)
    answer = accountability(reading, iri, direction=direction, depth=depth, kinds=kinds, collective=collective)
    subject = entity(reading, iri)
    if form == "json":
        print_json(answer)
    else:
        _print(answer, subject)
    if subject.lives == "no" or not answer.chains:
        exit_with(EXIT_NEGATIVE)


def _print(answer: Accountability, subject: Entity, silent_on: str | None = None) -> None:
    on = answer.meta.on
    echo(f"{subject.name} ({subject.kind}, {subject.id}) {lives_words(subject, on)}.")
    if subject.lives == "no":
        _print_end(subject, on)
    if not answer.chains and subject.lives != "no":
        matter = silent_on or ("whom it is accountable to" if answer.direction == "up" else "whom it holds to account")
        statuses = words(answer.meta.statuses)
        echo(f"No source in the graph says {matter} on {on} (relations that are {statuses}). Silence is not a no.")
    if not answer.chains:
        return
    edges = {edge.id: edge for edge in answer.edges}
    for number, (chain, end) in enumerate(zip(answer.chains, _ends(answer, edges), strict=True), 1):
        echo()
        echo(f"Chain {number} of {len(answer.chains)}{end}")
        for depth, identifier in enumerate(chain):
            _print_step(edges[identifier], answer.direction, 2 + 2 * depth)
    for cycle in answer.cycles:
        echo()
        echo("A circle of accountability: " + " -> ".join((*cycle, cycle[0])))
    if answer.meta.truncated:
        echo()
        echo("Not all chains are shown: ask with a smaller --depth, or for one --kind.")
    echo()
    echo(f"As of {on}; dataset {answer.meta.dataset[:12]}; {answer.meta.licence}")


def _print_end(subject: Entity, on: str) -> None:
    if subject.end.latest is not None and subject.end.latest <= on:
        echo(f"It ended on {subject.end.latest}: that was the first day without it.")
        for line in became_words(subject):
            echo(f"Successor by {line}", 2)


def _ends(answer: Accountability, edges: dict[str, Relation]) -> list[str]:
    kinds = {end.id: end.kind for end in answer.ends_in}
    found = []
    for chain in answer.chains:
        last = edges[chain[-1]]
        targets = last.to if answer.direction == "up" else last.from_
        kind = kinds.get(targets[0].id, "none") if targets else "unstated"
        found.append(
            {
                "parliament": ": ends in Parliament",
                "electorate": ": ends with those who vote",
                "unstated": ": the source names no forum",
                "none": ": goes no further in the graph" if answer.direction == "up" else "",
            }[kind]
        )
    return found


def _print_step(edge: Relation, direction: str, indent: int) -> None:
    forum = refs(edge.to) or "a forum that the source does not name"
    kinds = f" [{words(edge.kinds)}]" if edge.kinds else ""
    if direction == "down":
        echo(f"{forum} holds to account {refs(edge.from_)}{kinds}", indent)
    else:
        echo(f"{refs(edge.from_)} -> {forum}{kinds}", indent)
    relation_lines(edge, indent + 4)
