"""One event on a day, and the history of a body: what began, ended or happened to it, in order of the days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ics_graph.governance.addresses import path_of
from ics_graph.governance.answers import Bound, EntityRef, Evidence, Existence, SourceRef
from ics_graph.governance.entities import changes
from ics_graph.governance.reading import Reading, local_id
from ics_graph.vocabulary import ICS, ID, ORG, SKOS

_PARTS = {
    "original": ORG + "originalOrganization",
    "resulting": ORG + "resultingOrganization",
    "concerns": ICS + "concerns",
    "transferor": ICS + "transferor",
    "transferee": ICS + "transferee",
    "meeting_of": ICS + "meetingOf",
}
"""How an entity takes part in an event: the name in answers, and the property."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event: a merger, a renaming, a transfer of functions, a meeting. In force means that it took place.

    ``realises`` is the plan or proposal that it fulfils, ``realised_by`` what fulfilled it.
    """

    id: str
    iri: str
    name: str
    type: str
    status: str | None
    outcome: str | None
    holds: Existence
    start: Bound
    end: Bound
    original: tuple[EntityRef, ...]
    resulting: tuple[EntityRef, ...]
    concerns: tuple[EntityRef, ...]
    transferor: tuple[EntityRef, ...]
    transferee: tuple[EntityRef, ...]
    meeting_of: tuple[EntityRef, ...]
    realises: tuple[EntityRef, ...]
    realised_by: tuple[EntityRef, ...]
    alternative_to: tuple[EntityRef, ...]
    note: str | None
    evidence: tuple[Evidence, ...]
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class TimelineSubject:
    """What changed: the body itself, or a relation or an event of it, with its status and outcome."""

    id: str
    iri: str
    name: str
    kind: str
    status: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One change in the history of a body.

    ``what`` happened to which ``part`` of it (the body itself, a name, a code, a relation, or an event in which it
    ``takes_part_as``), when (``day`` is the first day on which it is certain), and with whom. ``sort`` is the kind of
    body, of name, the scheme of the code, the class of the relation or event; ``text`` the name, the code, or a label.
    """

    day: str
    what: Literal["begins", "ends", "happens"]
    part: Literal["body", "name", "identifier", "relation", "event"]
    sort: str
    text: str
    takes_part_as: str | None
    when: Bound
    subject: TimelineSubject
    others: tuple[EntityRef, ...]
    documents: tuple[SourceRef, ...]


def event(reading: Reading, iri: str) -> Event:
    """The event as of the view."""
    node = reading.node(iri)
    start, end = reading.bounds(iri)
    parts = {name: reading.references(reading.iris(iri, prop)) for name, prop in _PARTS.items()}
    engine = reading.snapshot.engine
    alternatives = {*reading.iris(iri, ICS + "alternativeTo"), *engine.subjects(ICS + "alternativeTo", iri)}
    return Event(
        id=local_id(iri),
        iri=iri,
        name=reading.name(iri),
        type=reading.kind(iri),
        status=node.facts.status if node is not None else None,
        outcome=node.facts.outcome if node is not None else None,
        holds=reading.holds(iri),
        start=start,
        end=end,
        realises=reading.references(reading.iris(iri, ICS + "realises")),
        realised_by=reading.references(engine.subjects(ICS + "realises", iri)),
        alternative_to=reading.references(alternatives),
        note=reading.text(iri, SKOS + "note") or reading.text(iri, ICS + "note"),
        evidence=reading.evidence(iri),
        links={"self": path_of("events", local_id(iri))},
        **parts,
    )


def timeline(reading: Reading, iri: str) -> list[TimelineEntry]:
    """What is known of the history of a body, oldest first: its life, names, codes, relations and events.

    Relations and events in the statuses of the view, on every day. Relations come in where a document states the day;
    that one is only attested, or cut by a life, is no change. Names of others are those of the view's day.
    """
    if reading.node(iri) is None:
        return []  # no document of the day of knowledge names it
    found = [*_life(reading, iri), *_names(reading, iri), *_relations(reading, iri), *_events(reading, iri)]
    return sorted(found, key=timeline_key)


def timeline_key(entry: TimelineEntry) -> str:
    """The key by which entries are in order."""
    subject = entry.subject.iri
    return "\0".join((entry.day, entry.part, entry.what, entry.sort, subject, entry.text, entry.takes_part_as or ""))


def _spans(start: Bound, end: Bound) -> tuple[tuple[Literal["begins", "ends"], Bound], ...]:
    return ("begins", start), ("ends", end)


def _subject(reading: Reading, iri: str) -> TimelineSubject:
    node = reading.node(iri)
    status, outcome = (None, None) if node is None else (node.facts.status, node.facts.outcome)
    return TimelineSubject(local_id(iri), iri, reading.name(iri), reading.kind(iri), status, outcome)


def _life(reading: Reading, iri: str) -> Iterable[TimelineEntry]:
    subject = _subject(reading, iri)
    for what, bound in _spans(*reading.bounds(iri)):
        day = _day(bound)
        if day is not None and bound.certainty in {"stated", "derived"}:
            others = {change.iri for change in changes(reading, iri, later=what == "ends")}
            yield TimelineEntry(
                day, what, "body", subject.kind, subject.name, None, bound, subject, reading.references(others),
                _sources(reading, iri),
            )  # fmt: skip


def _names(reading: Reading, iri: str) -> Iterable[TimelineEntry]:
    for row in reading.names_of(iri):
        for what, bound in _spans(_exact(row.start), _exact(row.end)):
            if bound.latest is not None and row.kind != "label":
                part: Literal["identifier", "name"] = "identifier" if row.kind == "code" else "name"
                yield TimelineEntry(
                    bound.latest, what, part, row.scheme or row.kind, row.text, None, bound, _subject(reading, iri),
                    (), (),
                )  # fmt: skip


def _exact(day: str | None) -> Bound:
    return Bound("stated", day, day, "day")


def _relations(reading: Reading, iri: str) -> Iterable[TimelineEntry]:
    for relation in reading.snapshot.by_end.get(iri, ()):
        node = reading.node(relation)
        if node is None or node.facts.status not in reading.view.statuses:
            continue
        for what, bound in _spans(*reading.bounds(relation)):
            day = _day(bound)
            if day is not None and bound.certainty == "stated":
                subject = _subject(reading, relation)
                others = reading.references(other for other in node.ends if other != iri)
                text = ", ".join(other.name for other in others) or subject.name
                yield TimelineEntry(
                    day, what, "relation", subject.kind, text, None, bound, subject, others,
                    _sources(reading, relation),
                )  # fmt: skip


def _events(reading: Reading, iri: str) -> Iterable[TimelineEntry]:
    for role, prop in _PARTS.items():
        for happening in reading.snapshot.engine.subjects(prop, iri):
            node = reading.node(happening)
            start, _ = reading.bounds(happening)
            day = _day(start)
            if node is None or node.facts.status not in reading.view.statuses or day is None:
                continue
            subject = _subject(reading, happening)
            others = {other for each in _PARTS.values() for other in reading.iris(happening, each)} - {iri}
            yield TimelineEntry(
                day, "happens", "event", subject.kind, subject.name, role, start, subject, reading.references(others),
                _sources(reading, happening),
            )  # fmt: skip


def _day(bound: Bound) -> str | None:
    return bound.latest or bound.earliest


def _sources(reading: Reading, iri: str) -> tuple[SourceRef, ...]:
    return tuple(dict.fromkeys(item.source for item in reading.evidence(iri)))


def is_event(reading: Reading, iri: str) -> bool:
    """Whether an IRI is an event of the graph."""
    row = reading.snapshot.rows.get(iri)
    return iri.startswith(f"{ID}event/") and row is not None and row.node.kind == "event"
