"""One entity on a day: names, codes, areas, characteristics, what it came from and what became of it."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import Literal

from ics_graph.governance.addresses import ROUTES, path_of
from ics_graph.governance.answers import Change, Entity, EntityRef, Identifier, Name
from ics_graph.governance.reading import Reading, local_id
from ics_graph.governance.resolving import covered_areas
from ics_graph.store.nodes import NameRow, slug
from ics_graph.store.shortcuts import LEVEL_ORDER
from ics_graph.vocabulary import ADMS, AREA_LEVELS, ICS, ID, ORG, SKOS

_ASPECTS = {
    "statutory": "statutory",
    "legal_form": "legalForm",
    "legal_personality": "legalPersonality",
    "decision_making": "decisionMaking",
}


def entity(reading: Reading, iri: str) -> Entity:
    """The entity as of the view."""
    key = (iri, frozenset(reading.view.statuses), reading.view.include_unknown)
    made: Entity = reading.moment.entities.get(key, lambda: _entity(reading, iri))
    return made


def _entity(reading: Reading, iri: str) -> Entity:
    node = reading.node(iri)
    start, end = reading.bounds(iri)
    rows = reading.names_of(iri)
    found = _characteristics(reading, iri)
    aspects = {field: found.get(aspect) for field, aspect in _ASPECTS.items()}
    areas = covered_areas(reading, iri)
    return Entity(
        id=local_id(iri),
        iri=iri,
        name=reading.name(iri),
        names=tuple(_names(reading, iri, rows)),
        kind=reading.kind(iri),
        level=level(reading, iri, areas),
        areas=reading.references(areas or reading.iris(iri, ICS + "partOfArea")),
        identifiers=tuple(_identifiers(reading, iri, rows)),
        part_of=_wholes(reading, iri),
        status=node.facts.status if node is not None else reading.undated(iri, "status"),
        outcome=node.facts.outcome if node is not None else reading.undated(iri, "outcome"),
        start=start,
        end=end,
        lives=reading.lives(iri),
        predecessors=tuple(changes(reading, iri, later=False)),
        successors=tuple(changes(reading, iri, later=True)),
        evidence=reading.evidence(iri),
        links=_links(iri),
        **aspects,
    )


def _names(reading: Reading, iri: str, rows: Iterable[NameRow]) -> Iterable[Name]:
    nodes: dict[tuple[str | None, str | None], str] = {}
    for node in reading.iris(iri, ICS + "name"):
        for term in reading.describe(node).get(ICS + "text", ()):
            text = term.value if isinstance(term, Literal) else None
            nodes[text, reading.slug(node, "nameKind") or "as-printed"] = node
    for row in rows:
        if row.kind not in {"code", "label"}:
            yield Name(row.text, row.kind, row.start, row.end, nodes.get((row.text, row.kind), f"{iri}#name"))


def _identifiers(reading: Reading, iri: str, rows: Iterable[NameRow]) -> Iterable[Identifier]:
    nodes = {
        (reading.slug(node, "identifierScheme"), reading.text(node, SKOS + "notation")): node
        for node in reading.iris(iri, ADMS + "identifier")
    }
    for row in rows:
        if row.kind == "code":
            node = nodes.get((row.scheme, row.text), f"{iri}#identifier")
            yield Identifier(row.scheme, row.text, row.start, row.end, node)


def level(reading: Reading, iri: str, areas: Iterable[str]) -> str | None:
    """The level of a body: stated, else that of the widest area it covers."""
    stated = reading.slug(iri, "level")
    if stated is not None:
        return stated
    kinds = {reading.kind(area) for area in areas} or {reading.kind(iri)}
    levels = {AREA_LEVELS[kind] for kind in kinds if kind in AREA_LEVELS}
    return next((name for name in LEVEL_ORDER if name in levels), None)


def characteristic(reading: Reading, iri: str, aspect: str) -> str | None:
    """The value of an aspect on the day; of a body that is not in force also what its own status says it will be."""
    return _characteristics(reading, iri).get(aspect)


def _characteristics(reading: Reading, iri: str) -> dict[str, str | None]:
    """The first value of each aspect of a body."""
    found: dict[str, str | None] = {}
    for relation in reading.relations_of(iri, ("Characteristic",), every_status=True):
        row = reading.snapshot.rows[relation].node
        if iri in row.from_ends and reading.tells_of(relation, iri):
            aspect = reading.slug(relation, "aspect")
            if aspect is not None:
                found.setdefault(aspect, slug(row.to_ends[0]) if row.to_ends else None)
    return found


def _wholes(reading: Reading, iri: str) -> tuple[EntityRef, ...]:
    wholes: set[str] = set()
    for relation in reading.relations_of(iri, ("PartOf", "PostOf"), every_status=True):
        node = reading.snapshot.rows[relation].node
        if iri in node.from_ends and reading.tells_of(relation, iri):
            wholes.update(node.to_ends)
    return reading.references(wholes)


def changes(reading: Reading, iri: str, *, later: bool) -> Iterable[Change]:
    """What a body came from, or what became of it: by merger, split, acquisition, or transfer of its functions.

    Events that took place; where none did, those that were planned, with their status.
    """
    pairs = (
        (ORG + "originalOrganization", ORG + "resultingOrganization"),
        (ICS + "transferor", ICS + "transferee"),
    )
    found: list[Change] = []
    for original, resulting in pairs:
        here, there = (original, resulting) if later else (resulting, original)
        for event in reading.snapshot.engine.subjects(here, iri):
            row = reading.node(event)
            if row is None:
                continue
            day = row.facts.start.isoformat() if row.facts.start else None
            for other in reading.iris(event, there):
                if other != iri:
                    reference = reading.reference(other)
                    found.append(
                        Change(
                            reference.id,
                            other,
                            reference.name,
                            reference.kind,
                            reading.kind(event),
                            local_id(event),
                            day,
                            row.facts.status,
                        )
                    )
    took_place = [change for change in found if change.status == "in-force"]
    shown = {(change.iri, change.by, change.day): change for change in (took_place or found)}
    return sorted(shown.values(), key=lambda change: (change.day or "", change.name, change.by))


def _links(iri: str) -> dict[str, str]:
    if not iri.startswith(ID):
        return {}
    kind, _, identifier = iri[len(ID) :].partition("/")
    route = ROUTES.get(kind)
    if route is None:
        return {"id": iri}
    own = path_of(route, identifier)
    links = {"self": own}
    if kind == "org":
        for name in (
            *("accountability", "delegations", "members", "memberships", "relations"),
            *("responsibilities", "timeline"),
        ):
            links[name] = f"{own}/{name}"
    return links
