"""The typed answers, with the field names of the HTTP contract, and their one translation to JSON.

A field whose name is a Python keyword carries an underscore that :func:`as_json` takes off. Days are ISO text,
concepts are their slugs, entities are :class:`EntityRef`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from operator import attrgetter
from typing import Any, Literal

Certainty = Literal["stated", "attested", "derived", "open", "unknown"]
Existence = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Meta:
    """What was asked of time, and of which dataset the answer is."""

    on: str
    known: str | None
    statuses: tuple[str, ...]
    include: tuple[str, ...]
    dataset: str
    licence: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class EntityRef:
    """An entity as it is named in another's answer. ``kind`` is its class (CCG, Post, Place, Electorate ...)."""

    id: str
    iri: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A start or an end: between ``earliest`` and ``latest`` (None: unbounded); an end is the first day after."""

    certainty: Certainty
    earliest: str | None
    latest: str | None
    precision: str


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A document. ``date`` is a day, or two days with a slash between which it was written."""

    id: str
    title: str
    date: str | None
    iri: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One citation: which document says it, where, and our paraphrase."""

    source: SourceRef
    locator: str | None
    line: int | None
    page: str | None
    paraphrase: str | None
    attests: str | None
    supports: tuple[str, ...]
    inferred: bool
    iri: str


@dataclass(frozen=True, slots=True)
class Basis:
    """An instrument on which a relation rests."""

    label: str
    iri: str
    status: str | None


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between entities, dated and sourced. ``holds`` is never *no* in a list asked for a day."""

    id: str
    iri: str
    type: str
    from_: tuple[EntityRef, ...]
    to: tuple[EntityRef, ...]
    kinds: tuple[str, ...]
    status: str | None
    outcome: str | None
    holds: Existence
    start: Bound
    end: Bound
    first_attested: str | None
    last_attested: str | None
    subject_matter: tuple[str, ...]
    mechanisms: tuple[str, ...]
    functions: tuple[str, ...]
    represents: tuple[EntityRef, ...]
    role: tuple[str, ...]
    voting: str | None
    seats: int | None
    area: tuple[EntityRef, ...]
    collective: bool
    enforceable: bool | None
    accountability_retained: bool | None
    basis: tuple[Basis, ...]
    details: tuple[tuple[str, str], ...]
    note: str | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a body, with the days from and until which it is one (half open), if stated."""

    text: str
    kind: str
    from_: str | None
    until: str | None
    iri: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """A code in a scheme. It names a record or an area at a time, never "the same body"."""

    scheme: str | None
    value: str
    from_: str | None
    until: str | None
    iri: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a body came from, or what became of it. ``by`` is the kind of event, ``day`` the day of it."""

    id: str
    iri: str
    name: str
    kind: str
    by: str
    event: str
    day: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Entity:
    """A body, area, post, person or group on a day. Fields that only bodies have are empty for the others."""

    id: str
    iri: str
    name: str
    names: tuple[Name, ...]
    kind: str
    level: str | None
    statutory: str | None
    legal_form: str | None
    legal_personality: str | None
    decision_making: str | None
    areas: tuple[EntityRef, ...]
    identifiers: tuple[Identifier, ...]
    part_of: tuple[EntityRef, ...]
    status: str | None
    outcome: str | None
    start: Bound
    end: Bound
    lives: Existence
    predecessors: tuple[Change, ...]
    successors: tuple[Change, ...]
    evidence: tuple[Evidence, ...]
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class EntityAnswer:
    """One entity, with its relations of every status where they were asked for."""

    entity: Entity
    relations: tuple[Relation, ...]
    meta: Meta


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a chain ends: at a parliament or an electorate, at a forum that no source names, or nowhere further."""

    id: str | None
    kind: Literal["parliament", "electorate", "unstated", "none"]


@dataclass(frozen=True, slots=True)
class Accountability:
    """Who an entity answers to (or who answers to it), as a graph and as chains of relation ids, shortest first.

    ``ends_in`` has one entry for each distinct end of the chains; ``cycles`` the circles met on the way.
    """

    root: EntityRef
    direction: Literal["up", "down", "both"]
    nodes: tuple[EntityRef, ...]
    edges: tuple[Relation, ...]
    chains: tuple[tuple[str, ...], ...]
    ends_in: tuple[ChainEnd, ...]
    cycles: tuple[tuple[str, ...], ...]
    meta: Meta


@dataclass(frozen=True, slots=True)
class Delegation:
    """A delegation and who stays accountable for what is delegated, to whom, as far as sources say."""

    relation: Relation
    accountability: Literal["retained", "not-retained", "unstated"]
    accountable: EntityRef | None
    accountable_to: tuple[EntityRef, ...]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An entity found by a name, former name, acronym, label or code."""

    id: str
    iri: str
    name: str
    matched: str
    matched_kind: str
    kind: str
    level: str | None
    areas: tuple[EntityRef, ...]
    start: Bound
    end: Bound
    status: str | None
    lives: Existence
    score: float


@dataclass(frozen=True, slots=True)
class Source:
    """A document of the register and what it supports: number of citations, and the nodes citing it.

    A list gives the first nodes only, in order of their IRIs; ``supports_total`` is how many there are.
    """

    id: str
    iri: str
    title: str
    publisher: str | None
    date: str | None
    licence: str | None
    part_of: tuple[SourceRef, ...]
    expresses: tuple[str, ...]
    not_independent_of: tuple[SourceRef, ...]
    citations: int
    supports_total: int
    supports: tuple[EntityRef, ...]
    kind: str = "Source"


@dataclass(frozen=True, slots=True)
class Page:
    """A list, or the part of it that was asked for. ``next`` is the cursor of the following part."""

    items: tuple[Any, ...]
    total: int
    next: str | None
    meta: Meta


def as_json(value: Any) -> Any:
    """The JSON value of an answer: plain dicts, lists, text, numbers."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    # Most members are plain, and a call for each of them would be most of the work.
    if kind is tuple or kind is list:
        return [item if type(item) in _PLAIN else as_json(item) for item in value]
    if kind is dict:
        return {key: as_json(item) for key, item in value.items()}
    if kind in _MEMBERS or is_dataclass(value):
        names, read = _MEMBERS.get(kind) or _members(kind)
        return {
            name: item if type(item) in _PLAIN else as_json(item) for name, item in zip(names, read(value), strict=True)
        }
    if isinstance(value, date):
        return value.isoformat()
    return value


_PLAIN = frozenset({str, int, float, bool, type(None)})
_Members = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]
_MEMBERS: dict[type, _Members] = {}


def _members(answer: type) -> _Members:
    """The names in JSON of the fields of a typed answer, and what reads their values."""
    names = tuple(item.name for item in fields(answer))
    read: Callable[[Any], Any] = attrgetter(*names)
    several = read if len(names) > 1 else lambda value: (read(value),)
    return _MEMBERS.setdefault(answer, (tuple(name.rstrip("_") for name in names), several))


def flattened(answer: EntityAnswer) -> dict[str, Any]:
    """The JSON of one entity: its fields at the top level, with ``relations`` and ``meta`` beside them."""
    fields_of_entity: dict[str, Any] = as_json(answer.entity)
    return {**fields_of_entity, "relations": as_json(answer.relations), "meta": as_json(answer.meta)}
