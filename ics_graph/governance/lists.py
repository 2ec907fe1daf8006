"""Lists of relations and bodies on a day: members, memberships, delegations, organisations, search, sources."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Literal, TypeVar

from ics_graph.errors import InvalidParameter
from ics_graph.governance.answers import Delegation, Entity, EntityRef, Page, Relation, SearchHit, Source
from ics_graph.governance.entities import entity, level
from ics_graph.governance.reading import Reading, local_id
from ics_graph.governance.resolving import covered_areas
from ics_graph.temporal.dates import next_day
from ics_graph.vocabulary import DCTERMS, ICS, ID, RDF, RELATION_CLASSES

MOST_ITEMS = 1000
DEFAULT_ITEMS = 100
_DIGEST_BYTES = 6

Item = TypeVar("Item")


def page(
    reading: Reading,
    items: Sequence[tuple[str, Callable[[], Item]]],
    limit: int,
    cursor: str | None,
    *,
    scope: str = "",
) -> Page:
    """The part of a list after ``cursor``. Items are (key, maker), sorted by key; a cursor is the last key shown.

    A cursor stays good when the list changes before it: it says after which key to go on, not how many to skip.
    ``scope`` is any text that says which list this is, filters and all: a cursor of another is refused. Raises
    InvalidParameter for ``limit`` and ``cursor``.
    """
    _check_limit(limit)
    after = _read_cursor(cursor, scope) if cursor else ""
    rest = [item for item in items if item[0] > after]
    shown = rest[:limit]
    following = _write_cursor(shown[-1][0], scope) if len(rest) > limit else None
    return Page(
        tuple(make() for _, make in shown),
        len(items),
        following,
        reading.meta(truncated=following is not None),
    )


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MOST_ITEMS:
        raise InvalidParameter("limit", f"limit: {limit} is not between 1 and {MOST_ITEMS}.")


def _write_cursor(key: str, scope: str) -> str:
    return base64.urlsafe_b64encode(_digest(scope) + key.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, scope: str) -> str:
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = content[_DIGEST_BYTES:].decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidParameter("cursor", "cursor: this is not a cursor that this service gave.") from None
    if content[:_DIGEST_BYTES] != _digest(scope):
        raise InvalidParameter(
            "cursor",
            "cursor: this is a cursor of another list.",
            hint="Ask with the same parameters as for the page before; only limit may differ.",
        )
    return key


def _digest(scope: str) -> bytes:
    # Against mistakes, not against forgers: a forged cursor shows nothing that is not public.
    return sha256(scope.encode("utf-8", "replace")).digest()[:_DIGEST_BYTES]


def relations(
    reading: Reading,
    iri: str,
    types: Sequence[str] | None = None,
    *,
    end: Literal["from", "to", "either"] = "either",
    every_status: bool = False,
) -> list[Relation]:
    """The relations of an entity, of some classes and at one end if asked, sorted by class and id."""
    for name in types or ():
        if name not in RELATION_CLASSES:
            raise InvalidParameter("type", f"type: {name!r} is none of {', '.join(sorted(RELATION_CLASSES))}.")
    found = []
    for relation in reading.relations_of(iri, types, every_status=every_status):
        node = reading.snapshot.rows[relation].node
        ends = {"from": node.from_ends, "to": node.to_ends, "either": node.ends}[end]
        if iri in ends:
            found.append(reading.relation(relation))
    return sorted(found, key=lambda item: (item.type, item.id))


def delegations(reading: Reading, iri: str, *, every_status: bool = False) -> list[Delegation]:
    """What an entity delegates or is delegated, with who stays accountable and to whom, as far as sources say."""
    found = []
    forums: dict[str, tuple[EntityRef, ...]] = {}
    for relation in relations(reading, iri, ("Delegation",), every_status=every_status):
        retained = relation.accountability_retained
        delegator = relation.from_[0] if relation.from_ and retained else None
        if delegator is not None and delegator.iri not in forums:
            forums[delegator.iri] = _forums(reading, delegator.iri)
        found.append(
            Delegation(
                relation,
                "unstated" if retained is None else "retained" if retained else "not-retained",
                delegator,
                forums[delegator.iri] if delegator is not None else (),
            )
        )
    return found


def _forums(reading: Reading, iri: str) -> tuple[EntityRef, ...]:
    """Whom an entity answers to directly, collective accountability apart."""
    found: set[str] = set()
    for relation in reading.relations_of(iri, ("Accountability",)):
        row = reading.snapshot.rows[relation]
        if iri in row.node.from_ends and not row.collective:
            found.update(row.node.to_ends)
    return reading.references(found)


def organisations(
    reading: Reading,
    *,
    text: str | None = None,
    kind: str | None = None,
    at_level: str | None = None,
    place: str | None = None,
    system: str | None = None,
    statutory: str | None = None,
    include_ended: bool = False,
    limit: int = DEFAULT_ITEMS,
    cursor: str | None = None,
    scope: str = "",
) -> Page:
    """The bodies that live on the day (with ``include_ended`` also those that no longer do), filtered and paged.

    ``place`` and ``system`` are ids of areas; a body is in an area if it covers it or a part of it.
    """
    matching = None
    if text:
        matching = {hit.row.entity for hit in reading.snapshot.names.search(text, limit=-1)}
    inside = [_area_with_parts(reading, name, area) for name, area in (("place", place), ("system", system)) if area]
    chosen: list[tuple[str, str]] = []
    for iri, row in reading.snapshot.rows.items():
        if row.node.kind != "life" or not iri.startswith(f"{ID}org/") or (matching is not None and iri not in matching):
            continue
        lives = reading.lives(iri)
        ended = lives == "no" and reading.node(iri) is not None and reading.days(iri).e2 <= reading.view.on
        if not (lives == "yes" or (lives == "unknown" and reading.view.include_unknown) or (ended and include_ended)):
            continue
        if kind and reading.kind(iri) != kind:
            continue
        areas = covered_areas(reading, iri, every_day=ended)
        if at_level and level(reading, iri, areas) != at_level:
            continue
        if any(not wanted & set(areas) for wanted in inside):
            continue
        if statutory and entity(reading, iri).statutory != statutory:
            continue
        chosen.append((f"{reading.name(iri).casefold()}\0{iri}", iri))
    makers: list[tuple[str, Callable[[], Entity]]] = [(key, _maker(reading, iri)) for key, iri in sorted(chosen)]
    return page(reading, makers, limit, cursor, scope=scope)


def _maker(reading: Reading, iri: str) -> Callable[[], Entity]:
    return lambda: entity(reading, iri)


def _area_with_parts(reading: Reading, parameter: str, area: str) -> set[str]:
    iri = area if area.startswith("http") else f"{ID}area/{area.removeprefix('area/')}"
    if not reading.describe(iri):
        raise InvalidParameter(
            parameter, f"{parameter}: There is no area {area!r}.", hint="Areas have ids such as 'wirral'."
        )
    found, queue = {iri}, [iri]
    while queue:
        for part in reading.snapshot.engine.subjects(ICS + "partOfArea", queue.pop()):
            if part not in found:
                found.add(part)
                queue.append(part)
    return found


def search(reading: Reading, text: str, *, limit: int = 20) -> list[SearchHit]:
    """Entities by names of any time, acronyms, labels and codes; best first, all homonyms told apart."""
    _check_limit(limit)
    best: dict[str, SearchHit] = {}
    for hit in reading.snapshot.names.search(text, limit=-1):
        iri = hit.row.entity
        if iri in best or not iri.startswith(("http://www.legislation", ID)):
            continue
        if iri in reading.snapshot.rows and reading.node(iri) is None:
            continue  # no document of the day of knowledge names it
        start, end = reading.bounds(iri)
        areas = covered_areas(reading, iri, every_day=True)
        node = reading.node(iri)
        lives = reading.lives(iri)
        bonus = 0.0 if lives == "yes" else -0.005
        best[iri] = SearchHit(
            id=local_id(iri), iri=iri, name=reading.name(iri), matched=hit.row.text, matched_kind=hit.row.kind,
            kind=reading.kind(iri), level=level(reading, iri, areas), areas=reading.references(areas),
            start=start, end=end, status=node.facts.status if node else reading.slug(iri, "status"),
            lives=lives, score=round(hit.score + bonus, 3),
        )  # fmt: skip
    return sorted(best.values(), key=lambda found: (-found.score, found.name, found.id))[:limit]


def search_page(reading: Reading, text: str, *, limit: int = 20) -> Page:
    """The best hits of a search, with the number of all there are."""
    _check_limit(limit)
    every = search(reading, text, limit=MOST_ITEMS)
    shown = every[:limit]
    return Page(tuple(shown), len(every), None, reading.meta(truncated=len(shown) < len(every)))


def sources(reading: Reading, only: str | None = None) -> list[Source]:
    """The register of documents, each with what it supports. ``only``: the IRI of one.

    With ``known``, the documents that were certainly written by that day.
    """
    register = [only] if only else reading.snapshot.engine.subjects(RDF + "type", ICS + "Source")
    return [_source(reading, iri) for iri in register if only or _known_source(reading, iri)]


def _known_source(reading: Reading, iri: str) -> bool:
    if reading.view.known is None:
        return True
    until = reading.text(iri, ICS + "statedUntil")
    return until is not None and date.fromisoformat(until) <= next_day(reading.view.known)


def _source(reading: Reading, iri: str) -> Source:
    citations = reading.snapshot.engine.subjects(DCTERMS + "source", iri)
    cited: dict[str, None] = {}
    count = 0
    for citation in citations:
        if not reading.is_known(citation):
            continue
        citing = reading.snapshot.engine.subjects(ICS + "evidence", citation)
        count += bool(citing)
        cited.update(dict.fromkeys(node for node in citing if not node.startswith((f"{ID}name/", f"{ID}identifier/"))))
    reference = reading.source_reference(iri)
    licence = reading.iris(iri, DCTERMS + "license")
    return Source(
        id=reference.id,
        iri=iri,
        title=reference.title,
        publisher=reading.text(iri, DCTERMS + "publisher"),
        date=reference.date,
        licence=licence[0] if licence else reading.text(iri, ICS + "licenceNote"),
        part_of=_documents(reading, iri, DCTERMS + "isPartOf"),
        expresses=tuple(sorted(reading.iris(iri, ICS + "expresses"))),
        not_independent_of=_documents(reading, iri, ICS + "notIndependentOf"),
        citations=count,
        supports=reading.references(cited),
    )


def _documents(reading: Reading, iri: str, prop: str) -> tuple[Any, ...]:
    return tuple(reading.source_reference(document) for document in sorted(reading.iris(iri, prop)))


def grouped(items: Iterable[Relation]) -> dict[str, list[Relation]]:
    """Relations by their class, in order of the classes' names."""
    groups: dict[str, list[Relation]] = defaultdict(list)
    for item in items:
        groups[item.type].append(item)
    return dict(sorted(groups.items()))
