"""``ics-graph show`` and ``search``: what the graph has on one entity, or under a name."""

from __future__ import annotations

from pathlib import Path

import click

from ics_graph.cli.main import EXIT_NEGATIVE, exit_with
from ics_graph.cli.options import data_option, format_option, open_graph, print_json, view_options
from ics_graph.cli.text import (
    change_words,
    echo,
    evidence_line,
    lives_words,
    print_meta,
    refs,
    relation_lines,
    span,
    words,
)
from ics_graph.governance import lists
from ics_graph.governance.answers import Entity, EntityAnswer, Relation, SearchHit, as_json, flattened
from ics_graph.governance.entities import entity
from ics_graph.governance.reading import Reading
from ics_graph.governance.resolving import ENTITY_KINDS, resolve
from ics_graph.store.snapshot import View

_VERBS = {
    "Accountability": ("is accountable to", "holds to account"),
    "Advice": ("advises", "is advised by"),
    "Appointment": ("appoints", "is appointed by"),
    "Approval": ("approves", "is approved by"),
    "Applicability": ("applies to", "is applied by"),
    "Chairing": ("chairs", "is chaired by"),
    "Characteristic": ("has the characteristic", "characterises"),
    "Commissioning": ("commissions", "is commissioned by"),
    "Coverage": ("covers", "is covered by"),
    "DecisionRule": ("decides by the rule", "rules"),
    "Delegation": ("delegates to", "is delegated to by"),
    "DutyOfRegard": ("must have regard to", "is to be regarded by"),
    "ExOfficio": ("comes with", "brings with it"),
    "JointArrangement": ("is in a joint arrangement of", "joins"),
    "Membership": ("is a member of", "has as member"),
    "Participation": ("takes part in", "is attended by"),
    "PartOf": ("is part of", "has as part"),
    "PostOf": ("is a post of", "has the post"),
    "Reporting": ("reports to", "receives reports from"),
    "Responsibility": ("is responsible for", "is a responsibility of"),
    "Tenure": ("holds the post", "is held by"),
}
"""How a relation reads from its first end and from its second."""


@click.command("show")
@click.argument("name")
@view_options()
@data_option
@format_option("text", "json")
def show_command(name: str, view: View, data: tuple[Path, ...], form: str) -> None:
    """One body, area, post, person or instrument: names, dates, relations of every status, evidence.

    NAME is an id, an exact name, an ODS code or an unambiguous acronym. Relations that do not hold on the day are
    left out; those in another status than in force are marked.
    """
    reading = open_graph(data).reading(view)
    iri = resolve(reading, name, (*ENTITY_KINDS, "rel"))
    if iri in reading.snapshot.rows and reading.snapshot.rows[iri].node.kind in {"relation", "arrangement"}:
        _show_relation(reading, iri, form)
        return
    subject = entity(reading, iri)
    relations = lists.relations(reading, iri, every_status=True)
    answer = EntityAnswer(subject, tuple(relations), reading.meta())
    if form == "json":
        print_json(flattened(answer))
    else:
        _print(reading, answer)
    if subject.lives == "no":
        exit_with(EXIT_NEGATIVE)


def _show_relation(reading: Reading, iri: str, form: str) -> None:
    relation = reading.relation(iri)
    if form == "json":
        print_json({**as_json(relation), "meta": reading.meta()})
    else:
        first = relation.from_[0].iri if relation.from_ else ""
        echo(f"{relation.type} {relation.id}")
        echo(f"{refs(relation.from_)} {headline(relation, first)}", 2)
        relation_lines(relation, 4, reading.view.on.isoformat())
    if relation.holds == "no":
        exit_with(EXIT_NEGATIVE)


def print_existence(reading: Reading, subject: Entity) -> None:
    """Print the entity's name, whether it exists on the day, and before or after its life what was or came instead."""
    on = reading.view.on.isoformat()
    named = f"{subject.name} ({subject.kind}, {subject.id})"
    if subject.iri not in reading.snapshot.rows:
        echo(named)
    elif reading.node(subject.iri) is None:
        echo(f"{named} is named in no document of the graph that was written by {reading.view.known}.")
    else:
        echo(f"{named} {lives_words(subject, on)}.")
    if subject.lives != "no":
        return
    if subject.end.latest is not None and subject.end.latest <= on:
        echo(f"It ended on {subject.end.latest}: that was the first day without it.")
        for line in change_words(subject.successors):
            echo(f"Successor by {line}", 2)
    elif subject.start.earliest is not None and on < subject.start.earliest:
        echo(f"It had not begun: that was on {subject.start.earliest} at the earliest.")
        for line in change_words(subject.predecessors):
            echo(f"Predecessor by {line}", 2)


def _print(reading: Reading, answer: EntityAnswer) -> None:
    subject, on = answer.entity, answer.meta.on
    print_existence(reading, subject)
    _print_facts(subject)
    for item in subject.evidence:
        echo(f"- {evidence_line(item)}", 2)
    for group in lists.grouped(answer.relations).values():
        for relation in group:
            echo()
            echo(headline(relation, subject.iri))
            relation_lines(relation, 4, on)
    print_meta(answer.meta)


def _print_facts(subject: Entity) -> None:
    other = [
        f"{name.text} ({words([name.kind])})"
        for name in subject.names
        if name.text != subject.name or name.kind == "acronym"
    ]
    codes = [f"{code.value} ({code.scheme})" for code in subject.identifiers]
    for label, text in (
        ("also named", "; ".join(other)),
        ("codes", ", ".join(codes)),
        ("level", subject.level or ""),
        ("statutory", subject.statutory or ""),
        ("legal form", words([subject.legal_form]) if subject.legal_form else ""),
        ("decision making", decision_words(subject.decision_making)),
        ("areas", refs(subject.areas)),
        ("part of", refs(subject.part_of)),
    ):
        if text:
            echo(f"{label}: {text}", 2)
    for line in change_words(subject.predecessors):
        echo(f"came from: {line}", 2)
    for line in change_words(subject.successors):
        echo(f"became: {line}", 2)


def decision_words(slug: str | None) -> str:
    """What the value of the aspect decisionMaking means."""
    meanings = {
        "advises": "advises, decides nothing",
        "decides": "decides",
        "decides-where-delegated": "decides where powers are delegated to it",
    }
    return meanings.get(slug or "", words([slug]) if slug else "")


def headline(relation: Relation, subject: str) -> str:
    """A relation as a sentence from the side of the entity shown."""
    forward, backward = _VERBS.get(relation.type, (relation.type, relation.type))
    from_side = any(end.iri == subject for end in relation.from_)
    others = relation.to if from_side else relation.from_
    if relation.type == "JointArrangement":
        others = tuple(end for end in relation.from_ if end.iri != subject)
    missing = "a forum that the source does not name" if relation.type == "Accountability" else ""
    tail = f" [{words(relation.kinds)}]" if relation.kinds else ""
    verb = forward if from_side else backward
    if relation.status is not None and relation.status != "in-force":
        tail += f" ({words([relation.status])})"
        verb = _future(verb) if relation.status in _NOT_YET else verb
    aspect = dict(relation.details).get("aspect")
    about = f"{words([aspect])}: " if relation.type == "Characteristic" and aspect else ""
    return " ".join(part for part in (verb, f"{about}{refs(others) or missing}{tail}".strip()) if part)


_NOT_YET = {"being-established", "planned", "proposed", "permitted"}


def _future(verb: str) -> str:
    """The verb of something that is still to come: "advises" becomes "will advise"."""
    first, _, rest = verb.partition(" ")
    irregular = {"is": "be", "has": "have", "must": "have to", "applies": "apply"}
    return f"will {irregular.get(first, first.removesuffix('s'))} {rest}".rstrip()


@click.command("search")
@click.argument("text")
@click.option(
    "--limit", type=click.IntRange(1, lists.MOST_ITEMS), default=20, show_default=True, help="Most entities to list."
)
@view_options()
@data_option
@format_option("text", "json")
def search_command(text: str, limit: int, view: View, data: tuple[Path, ...], form: str) -> None:
    """Find entities by name, former name, acronym or code; homonyms are all listed, told apart."""
    reading = open_graph(data).reading(view)
    found = lists.search_page(reading, text, limit=limit)
    hits: tuple[SearchHit, ...] = found.items
    if form == "json":
        print_json(found)
    for hit in hits if form == "text" else ():
        areas = f"; {refs(hit.areas)}" if hit.areas else ""
        level = f"; {hit.level} level" if hit.level else ""
        status = f"; {words([hit.status])}" if hit.status not in {None, "in-force"} and hit.status else ""
        echo(f"{hit.id}: {hit.name} ({hit.kind}{level}{areas}; {span(hit.start, hit.end)}{status})")
        if hit.matched != hit.name:
            echo(f"matched {hit.matched} ({words([hit.matched_kind])})", 4)
    if len(hits) < found.total and form == "text":
        echo(f"{found.total - len(hits)} more: --limit {found.total} shows all.")
    if form == "text" and hits:
        print_meta(reading.meta())
    if not hits:
        click.echo("Nothing found.", err=True)
        exit_with(EXIT_NEGATIVE)
