"""Lists of relations and bodies on a day: members, memberships, delegations, organisations, search, sources."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from hashlib import sha256
from heapq import nsmallest
from typing import Any, Literal, TypeVar

from ics_graph.errors import InvalidParameter
from ics_graph.governance.answers import Delegation, Entity, EntityRef, Page, Relation, SearchHit, Source
from ics_graph.governance.entities import characteristic, entity, level
from ics_graph.governance.reading import Reading, local_id
from ics_graph.governance.resolving import covered_areas
from ics_graph.temporal.dates import next_day
from ics_graph.vocabulary import DCTERMS, ICS, ID, RDF, RELATION_CLASSES

MOST_ITEMS = 1000
SHOWN_SUPPORTS = 100
"""How many of the statements that rest on a document the list of documents names; the document itself names all."""
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
    return [reading.relation(found) for found in relation_iris(reading, iri, types, end=end, every_status=every_status)]


def relation_iris(
    reading: Reading,
    iri: str,
    types: Sequence[str] | None = None,
    *,
    end: Literal["from", "to", "either"] = "either",
    every_status: bool = False,
) -> list[str]:
    """The IRIs of what :func:`relations` gives, in the same order: a page makes only what it shows."""
    for name in types or ():
        if name not in RELATION_CLASSES:
            raise InvalidParameter("type", f"type: {name!r} is none of {', '.join(sorted(RELATION_CLASSES))}.")
    found = []
    for relation in reading.relations_of(iri, types, every_status=every_status):
        node = reading.snapshot.rows[relation].node
        ends = {"from": node.from_ends, "to": node.to_ends, "either": node.ends}[end]
        if iri in ends:
            found.append(relation)
    return sorted(found, key=lambda relation: relation_key(reading, relation))


def relation_key(reading: Reading, relation: str) -> str:
    """The key by which relations are in order: class and id."""
    return f"{reading.snapshot.rows[relation].node.relation_class or 'Relation'}\0{local_id(relation)}"


def delegations(reading: Reading, iri: str, *, every_status: bool = False) -> list[Delegation]:
    """What an entity delegates or is delegated, with who stays accountable and to whom, as far as sources say."""
    found = relation_iris(reading, iri, ("Delegation",), every_status=every_status)
    return [delegation(reading, relation) for relation in found]


def delegation(reading: Reading, iri: str) -> Delegation:
    """One delegation by the IRI of its relation, with who stays accountable and to whom."""
    relation = reading.relation(iri)
    retained = relation.accountability_retained
    delegator = relation.from_[0] if relation.from_ and retained else None
    return Delegation(
        relation,
        "unstated" if retained is None else "retained" if retained else "not-retained",
        delegator,
        _forums(reading, delegator.iri) if delegator is not None else (),
    )


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
    inside = [area_with_parts(reading, name, area) for name, area in (("place", place), ("system", system)) if area]
    chosen: list[tuple[str, str]] = []
    for key, iri, ended in _directory(reading, include_ended=include_ended):
        if (matching is not None and iri not in matching) or (kind and reading.kind(iri) != kind):
            continue
        if at_level or inside:
            areas = covered_areas(reading, iri, every_day=ended)
            if at_level and level(reading, iri, areas) != at_level:
                continue
            if any(not wanted & set(areas) for wanted in inside):
                continue
        if statutory and characteristic(reading, iri, "statutory") != statutory:
            continue
        chosen.append((key, iri))
    makers: list[tuple[str, Callable[[], Entity]]] = [(key, _maker(reading, iri)) for key, iri in chosen]
    return page(reading, makers, limit, cursor, scope=scope)


def _directory(reading: Reading, *, include_ended: bool) -> Sequence[tuple[str, str, bool]]:
    """The bodies of the day in order of their names: the key of each, its IRI, and whether it has ended.

    Made once for a segment of days and what is known; an item is made of a body only when it is shown.
    """
    key = ("directory", include_ended, reading.view.include_unknown)
    made: Sequence[tuple[str, str, bool]] = reading.moment.tables.get(
        key, lambda: sorted(_listed(reading, include_ended=include_ended))
    )
    return made


def _listed(reading: Reading, *, include_ended: bool) -> Iterable[tuple[str, str, bool]]:
    prefix = f"{ID}org/"
    every: Iterable[str] = (
        (iri for iri, row in reading.snapshot.rows.items() if row.node.kind == "life" and iri.startswith(prefix))
        if reading.prepared is None
        else reading.prepared.bodies(reading.snapshot, prefix)
    )
    for iri in every:
        lives = reading.lives(iri)
        ended = lives == "no" and reading.node(iri) is not None and reading.days(iri).e2 <= reading.view.on
        if lives == "yes" or (lives == "unknown" and reading.view.include_unknown) or (ended and include_ended):
            yield f"{reading.name(iri).casefold()}\0{iri}", iri, ended


def _maker(reading: Reading, iri: str) -> Callable[[], Entity]:
    return lambda: entity(reading, iri)


def area_with_parts(reading: Reading, parameter: str, area: str) -> set[str]:
    """The IRIs of an area and of all within it; raises InvalidParameter naming ``parameter`` where it is none."""
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
    return [make() for _, make in search_makers(reading, text)[:limit]]


def search_makers(reading: Reading, text: str) -> list[tuple[str, Callable[[], SearchHit]]]:
    """What a search finds, best first: for each a key that sorts so, and what makes the hit."""
    best: dict[str, tuple[str, Callable[[], SearchHit]]] = {}
    for hit in reading.snapshot.names.search(text, limit=-1):
        iri = hit.row.entity
        if iri in best or not iri.startswith(("http://www.legislation", ID)):
            continue
        if iri in reading.snapshot.rows and reading.node(iri) is None:
            continue  # no document of the day of knowledge names it
        score = round(hit.score + (0.0 if reading.lives(iri) == "yes" else -0.005), 3)
        key = f"{2 - score:.3f}\0{reading.name(iri)}\0{local_id(iri)}"
        best[iri] = (key, partial(_search_hit, reading, iri, hit.row.text, hit.row.kind, score))
    return sorted(best.values(), key=lambda found: found[0])


def _search_hit(reading: Reading, iri: str, matched: str, matched_kind: str, score: float) -> SearchHit:
    start, end = reading.bounds(iri)
    areas = covered_areas(reading, iri, every_day=True)
    node = reading.node(iri)
    return SearchHit(
        id=local_id(iri), iri=iri, name=reading.name(iri), matched=matched, matched_kind=matched_kind,
        kind=reading.kind(iri), level=level(reading, iri, areas), areas=reading.references(areas),
        start=start, end=end, status=node.facts.status if node else reading.slug(iri, "status"),
        lives=reading.lives(iri), score=score,
    )  # fmt: skip


def search_page(reading: Reading, text: str, *, limit: int = 20) -> Page:
    """The best hits of a search, with the number of all there are."""
    _check_limit(limit)
    every = search_makers(reading, text)[:MOST_ITEMS]
    shown = tuple(make() for _, make in every[:limit])
    return Page(shown, len(every), None, reading.meta(truncated=len(shown) < len(every)))


def sources(reading: Reading, only: str | None = None) -> list[Source]:
    """The register of documents, each with what it supports. ``only``: the IRI of one.

    With ``known``, the documents that were certainly written by that day.
    """
    return [source(reading, iri) for iri in ([only] if only else register(reading))]


def register(reading: Reading) -> list[str]:
    """The IRIs of the documents; with ``known``, of those that were certainly written by that day."""
    every = reading.snapshot.engine.subjects(RDF + "type", ICS + "Source")
    return [iri for iri in every if _known_source(reading, iri)]


def _known_source(reading: Reading, iri: str) -> bool:
    if reading.view.known is None:
        return True
    until = reading.text(iri, ICS + "statedUntil")
    return until is not None and date.fromisoformat(until) <= next_day(reading.view.known)


def source(reading: Reading, iri: str, most: int | None = None) -> Source:
    """One document with what it supports, or the first ``most`` of that in order of IRIs."""
    cited: dict[str, None] = {}
    count = 0
    for citation, citing in _citing(reading, iri):
        if not reading.is_known(citation):
            continue
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
        supports_total=len(cited),
        supports=reading.references(cited if most is None else nsmallest(most, cited)),
    )


def _citing(reading: Reading, document: str) -> Iterable[tuple[str, Sequence[str]]]:
    """The citations of a document, each with what stands on it."""
    if reading.prepared is not None:
        return reading.prepared.citing(reading.snapshot).get(document, {}).items()
    engine = reading.snapshot.engine
    return [
        (citation, engine.subjects(ICS + "evidence", citation))
        for citation in engine.subjects(DCTERMS + "source", document)
    ]


def _documents(reading: Reading, iri: str, prop: str) -> tuple[Any, ...]:
    return tuple(reading.source_reference(document) for document in sorted(reading.iris(iri, prop)))


def grouped(items: Iterable[Relation]) -> dict[str, list[Relation]]:
    """Relations by their class, in order of the classes' names."""
    groups: dict[str, list[Relation]] = defaultdict(list)
    for item in items:
        groups[item.type].append(item)
    return dict(sorted(groups.items()))
