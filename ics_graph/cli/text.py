"""Answers as text for a terminal: every statement with its dates, its status and the document behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import click

from ics_graph.governance.answers import Bound, Entity, EntityRef, Evidence, Relation

WIDTH = 100


def printable(text: str) -> str:
    """Text from the data without control characters, which a terminal would obey."""
    return "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text)


def echo(text: str = "", indent: int = 0) -> None:
    """Print one paragraph, wrapped."""
    if not text:
        click.echo()
        return
    pad = " " * indent
    for line in printable(text).splitlines():
        click.echo(textwrap.fill(line, WIDTH, initial_indent=pad, subsequent_indent=pad + "  ", break_on_hyphens=False))


def words(slugs: Iterable[str]) -> str:
    """Concept slugs as words."""
    return ", ".join(slug.replace("-", " ") for slug in slugs)


def refs(references: Iterable[EntityRef]) -> str:
    """Names of entities, joined."""
    return " and ".join(reference.name for reference in references)


def span(start: Bound, end: Bound, last_attested: str | None = None) -> str:
    """From when to when, as far as known, in one phrase."""
    parts = [_start(start)]
    if end.certainty == "open":
        parts.append(f"no end stated, not confirmed since {last_attested}" if last_attested else "no end stated")
    elif end.latest is not None and end.earliest == end.latest:
        parts.append(f"until {end.latest}" + (" (with the life of an end)" if end.certainty == "derived" else ""))
    elif end.latest is not None:
        parts.append(f"ended between {end.earliest or '?'} and {end.latest}")
    elif end.certainty == "unknown":
        parts.append("end not known")
    else:
        parts.append(f"attested until {last_attested}, not known after" if last_attested else "not known how long")
    return ", ".join(part for part in parts if part)


def _start(start: Bound) -> str:
    if start.earliest is not None and start.earliest == start.latest:
        return f"from {start.earliest}"
    if start.certainty == "stated" and start.precision != "day" and start.earliest is not None:
        return f"from {start.earliest[:7] if start.precision == 'month' else start.earliest[:4]}"
    if start.certainty == "stated":
        return f"from {start.latest} at the latest"
    if start.latest is not None:
        return f"first attested {start.latest}"
    return f"not before {start.earliest}" if start.earliest else "start not stated"


def evidence_line(evidence: Evidence) -> str:
    """One citation: document and date, locator, line, paraphrase."""
    where = [evidence.locator or ""]
    if evidence.line is not None:
        where.append(f"line {evidence.line}")
    if evidence.page:
        where.append(f"page {evidence.page}")
    dated = f" ({evidence.source.date})" if evidence.source.date else ""
    inferred = " [our inference]" if evidence.inferred else ""
    place = ", ".join(part for part in where if part)
    return f"{evidence.source.title}{dated}, {place}: {evidence.paraphrase or ''}{inferred}"


def status_words(relation: Relation) -> str:
    """Status and outcome, and whether it holds on the day."""
    parts = [words([relation.status]) if relation.status else "no status"]
    if relation.outcome:
        parts.append(words([relation.outcome]))
    if relation.holds == "unknown":
        parts.append("may hold on this day")
    return ", ".join(parts)


def relation_lines(relation: Relation, indent: int, *, evidence: bool = True) -> None:
    """Print what a relation carries, below its heading."""
    echo(f"{status_words(relation)}; {span(relation.start, relation.end, relation.last_attested)}", indent)
    for label, text in (
        ("for", words(relation.subject_matter)),
        ("function", words(relation.functions)),
        ("how", words(relation.mechanisms)),
        ("role", words(relation.role)),
        ("voting", words([relation.voting] if relation.voting else [])),
        ("seats", str(relation.seats) if relation.seats is not None else ""),
        ("represents", refs(relation.represents)),
        ("in", refs(relation.area)),
        (
            "accountability",
            {True: "stays with the delegator", False: "passes on", None: ""}[relation.accountability_retained],
        ),
        ("details", "; ".join(f"{name} {value}" for name, value in relation.details)),
        ("note", relation.note or ""),
        ("basis", "; ".join(f"{basis.label}" + _basis_status(basis.status) for basis in relation.basis)),
    ):
        if text:
            echo(f"{label}: {text}", indent)
    if evidence:
        for item in relation.evidence:
            echo(f"- {evidence_line(item)}", indent)


def _basis_status(status: str | None) -> str:
    return "" if status in {None, "in-force"} else f" ({words([status])})" if status else ""


_NEVER_SHOWN = {
    "being-established": "is being established on",
    "draft": "is only drafted, not shown to exist, on",
    "permitted": "is permitted, not shown to exist, on",
    "planned": "is planned, not shown to exist, on",
    "proposed": "is proposed, not shown to exist, on",
    "required": "is required by law, not shown to exist, on",
}
"""How to speak of a body that documents only foresee: its dates say when it should be, not that it was."""


def lives_words(entity: Entity, on: str) -> str:
    """Whether the entity lives on the day, in words."""
    when = span(entity.start, entity.end)
    state = {"yes": "exists on", "no": "does not exist on", "unknown": "is not known to exist on"}[entity.lives]
    if entity.lives == "yes" and entity.status in _NEVER_SHOWN:
        state = _NEVER_SHOWN[entity.status]
    status = f", status: {words([entity.status])}" if entity.status else ""
    outcome = f" ({words([entity.outcome])})" if entity.outcome else ""
    return f"{state} {on} ({when}){status}{outcome}"


def became_words(entity: Entity) -> list[str]:
    """What became of a body."""
    return [
        f"{change.by} on {change.day or 'a day not stated'}: {change.name} ({change.id})"
        + ("" if change.status == "in-force" else f" [{change.status}]")
        for change in entity.successors
    ]
