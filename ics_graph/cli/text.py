"""Answers as text for a terminal: every statement with its dates, its status and the document behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import click

from ics_graph.governance.answers import Bound, Change, Entity, EntityRef, Evidence, Meta, Relation

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


def span(start: Bound, end: Bound, last_attested: str | None = None, on: str | None = None) -> str:
    """From when to when, as far as known; of a relation (asked ``on`` a day) with its last attestation."""
    parts = [_start(start)]
    if end.certainty == "open":
        parts.append("no end stated")
        if on is not None:
            parts.append(_confirmation(last_attested, on))
    elif end.latest is not None and end.earliest == end.latest:
        parts.append(f"until {end.latest}" + (" (with the life of an end)" if end.certainty == "derived" else ""))
    elif end.latest is not None:
        parts.append(f"ended between {end.earliest or '?'} and {end.latest}")
    elif end.certainty == "unknown":
        parts.append("end not known")
    else:
        parts.append(f"attested until {last_attested}, not known after" if last_attested else "not known how long")
    return ", ".join(part for part in parts if part)


def _confirmation(last_attested: str | None, on: str) -> str:
    """When an open-ended relation was last confirmed, seen from the day asked about."""
    if last_attested is None:
        return "no document confirms it on a day"
    return f"not confirmed since {last_attested}" if last_attested < on else f"last confirmed {last_attested}"


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
    told = "our inference" in (evidence.paraphrase or "")
    inferred = " [our inference]" if evidence.inferred and not told else ""
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


def relation_lines(relation: Relation, indent: int, on: str, *, evidence: bool = True) -> None:
    """Print what a relation carries, below its heading."""
    echo(f"{status_words(relation)}; {span(relation.start, relation.end, relation.last_attested, on)}", indent)
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
    shown = entity.status if entity.lives != "no" or entity.status != "in-force" else None
    status = f", status: {words([shown])}" if shown else ""
    outcome = f" ({words([entity.outcome])})" if entity.outcome else ""
    return f"{state} {on} ({when}){status}{outcome}"


def change_words(changes: Iterable[Change]) -> list[str]:
    """What a body came from, or what became of it."""
    return [
        f"{_spaced(change.by)} on {change.day or 'a day not stated'}: {change.name} ({change.id})"
        + ("" if change.status == "in-force" else f" [{change.status}]")
        for change in changes
    ]


def _spaced(name: str) -> str:
    """The name of a class as words: "TransferOfFunctions" is "transfer of functions"."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def print_meta(meta: Meta) -> None:
    """Print the day, the dataset and its licence, as every answer ends."""
    echo()
    echo(f"As of {meta.on}; dataset {meta.dataset[:12]}; {meta.licence}")
