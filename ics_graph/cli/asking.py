"""``ics-graph ask``: who answers to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click

from ics_graph.cli.main import EXIT_NEGATIVE, exit_with
from ics_graph.cli.options import Command, data_option, format_option, open_graph, print_json, view_options
from ics_graph.cli.showing import print_existence
from ics_graph.cli.text import echo, refs, relation_lines, words
from ics_graph.errors import InvalidParameter
from ics_graph.governance.accountability import DEFAULT_DEPTH, Direction, accountability, adjacency
from ics_graph.governance.answers import Accountability, Entity, Relation
from ics_graph.governance.entities import entity
from ics_graph.governance.paths import paths
from ics_graph.governance.reading import Reading
from ics_graph.governance.resolving import resolve
from ics_graph.store.snapshot import View
from ics_graph.vocabulary import STATUSES


def chain_options(depth: int) -> Callable[[Command], Command]:
    """The options of every question about chains, with the longest chain unless asked."""
    options: tuple[Callable[[Any], Any], ...] = (
        click.option("--depth", type=click.IntRange(1, 50), default=depth, show_default=True, help="Longest chain."),
        click.option("--kind", "kinds", multiple=True, help="Only this kind of accountability (statutory ...)."),
        click.option("--collective", is_flag=True, help="Also mutual accountability of the parties of an arrangement."),
        view_options(),
        data_option,
        format_option("text", "json"),
    )

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group()
def ask() -> None:
    """Ask who is accountable to whom on a day, with the evidence for every step."""


@ask.command("accountable-to")
@click.argument("organisation")
@chain_options(DEFAULT_DEPTH)
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
@chain_options(1)
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
@chain_options(DEFAULT_DEPTH)
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
    if first == last:
        raise InvalidParameter("TO", f"FROM and TO are both {reading.name(first)}.")
    answer = paths(reading, first, last, depth=depth, kinds=kinds, collective=collective)
    if form == "json":
        print_json(answer)
    else:
        matter = f"by which chain it answers to {reading.name(last)}"
        _print(reading, answer, entity(reading, first), matter, kinds, depth)
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
        matter = "whom it is accountable to" if direction == "up" else "whom it holds to account"
        _print(reading, answer, subject, matter, kinds, depth)
    if subject.lives == "no" or not answer.chains:
        exit_with(EXIT_NEGATIVE)


def _print(
    reading: Reading, answer: Accountability, subject: Entity, matter: str, kinds: tuple[str, ...], depth: int
) -> None:
    """Print an answer. ``matter`` says what no source tells, where there is no chain."""
    on = answer.meta.on
    print_existence(reading, subject)
    if not answer.chains and subject.lives != "no":
        asked = words(answer.meta.statuses) + (f" and {words(kinds)}" if kinds else "")
        echo(f"No source in the graph says {matter} on {on} (relations that are {asked}). Silence is not a no.")
    if not answer.chains:
        _print_other_statuses(reading, answer, kinds)
        return
    edges = {edge.id: edge for edge in answer.edges}
    printed: dict[str, int] = {}
    for number, (chain, end) in enumerate(zip(answer.chains, _ends(answer, edges), strict=True), 1):
        echo()
        echo(f"Chain {number} of {len(answer.chains)}{end}")
        for step, identifier in enumerate(chain):
            _print_step(edges[identifier], answer.direction, 2 + 2 * step, on, printed.get(identifier))
            printed.setdefault(identifier, number)
    names = {node.id: node.name for node in answer.nodes}
    for cycle in answer.cycles:
        echo()
        echo("A circle of accountability: " + " -> ".join(names.get(node, node) for node in (*cycle, cycle[0])))
    if answer.meta.truncated:
        echo()
        if any(len(chain) == depth for chain in answer.chains):
            echo(f"Chains are cut at {depth} {'step' if depth == 1 else 'steps'}: a larger --depth shows more.")
        else:
            echo("There are more chains than are shown: ask with a smaller --depth, or for one --kind.")
    echo()
    echo(f"As of {on}; dataset {answer.meta.dataset[:12]}; {answer.meta.licence}")


def _print_other_statuses(reading: Reading, answer: Accountability, kinds: tuple[str, ...]) -> None:
    """Point to accountability in other statuses, where there is some on this day."""
    others = tuple(status for status in STATUSES if status not in answer.meta.statuses)
    wider = Reading(reading.snapshot, replace(reading.view, statuses=others)) if others else reading
    way: Literal["up", "down"] = "down" if answer.direction == "down" else "up"
    found = adjacency(wider, way, kinds=kinds, collective=False).get(answer.root.iri, ()) if others else ()
    statuses = sorted({reading.snapshot.rows[edge.relation].node.facts.status or "" for edge in found})
    if statuses:
        echo(f"There is some that is {words(statuses)}: ask with --status {','.join(statuses)}.")


def _ends(answer: Accountability, edges: dict[str, Relation]) -> list[str]:
    """What each chain ends in, in words."""
    kinds = {end.id: end.kind for end in answer.ends_in}
    circular = {node for cycle in answer.cycles for node in cycle}
    found = []
    for chain in answer.chains:
        last = edges[chain[-1]]
        targets = last.to if answer.direction == "up" else last.from_
        target = targets[0].id if targets else None
        if answer.direction == "down":
            found.append("")
        elif target is not None and target not in kinds:
            found.append(": cut here, it goes on")
        elif target in circular and kinds[target] == "none":
            found.append(": goes back into a circle")
        else:
            found.append(
                {
                    "parliament": ": ends in Parliament",
                    "electorate": ": ends with those who vote",
                    "unstated": ": the source names no forum",
                    "none": ": goes no further in the graph",
                }[kinds[target]]
            )
    return found


def _print_step(edge: Relation, direction: str, indent: int, on: str, before: int | None) -> None:
    """Print one step; where an earlier chain has shown it, only its heading."""
    forum = refs(edge.to) or "a forum that the source does not name"
    kinds = f" [{words(edge.kinds)}]" if edge.kinds else ""
    told = f" (as in chain {before})" if before is not None else ""
    if direction == "down":
        echo(f"{forum} holds to account {refs(edge.from_)}{kinds}{told}", indent)
    else:
        echo(f"{refs(edge.from_)} -> {forum}{kinds}{told}", indent)
    if before is None:
        relation_lines(edge, indent + 4, on)
