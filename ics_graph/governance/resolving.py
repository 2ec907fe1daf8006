"""From what a user writes to an entity: an id, an exact name, a code on a day, or an unambiguous acronym."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches

from ics_graph.errors import Ambiguous, NotFound
from ics_graph.governance.reading import Reading, local_id
from ics_graph.store.names import fold
from ics_graph.store.nodes import NameRow
from ics_graph.store.shortcuts import NAME_PREFERENCE
from ics_graph.vocabulary import CONCEPT, ID, PREFIXES

ENTITY_KINDS = ("org", "area", "post", "person", "constituency", "electorate", "instrument")
_SUGGESTIONS = 5
_NOT_IN_AN_IRI = ' <>"{}|\\^`'


def resolve(reading: Reading, text: str, kinds: Sequence[str] = ENTITY_KINDS) -> str:
    """The IRI of the one entity that ``text`` means.

    Full names come before acronyms and short names, a code is read on the day of the view, and a body in any status
    counts. Raises :class:`~ics_graph.errors.NotFound` (with the nearest names) or
    :class:`~ics_graph.errors.Ambiguous` (with all candidates): this never picks one of two.
    """
    asked = text.strip()
    if not asked:
        raise NotFound("An empty name means nothing.")
    direct = _by_id(reading, asked, kinds)
    if direct is not None:
        return direct
    rows = [row for row in reading.snapshot.names.exact(asked) if _kind_of(row.entity) in kinds]
    codes = [row for row in rows if row.kind == "code"]
    full = [row for row in rows if row.kind in {"operational", "legal", "as-printed", "label"}]
    for group in (full, codes, rows):
        entities = _entities(reading, group)
        if len(entities) == 1:
            return entities[0]
        if entities:
            raise Ambiguous(
                f"{shortened(asked)!r} means {len(entities)} entities; give the id of one.",
                [(local_id(entity), describe_briefly(reading, entity)) for entity in entities],
            )
    raise NotFound(f"Nothing is called {shortened(asked)!r}.", hint=_elsewhere(reading, asked, kinds))


def shortened(text: str, longest: int = 80) -> str:
    """Text for a message, cut where it is very long."""
    return text if len(text) <= longest else text[: longest - 1] + "\u2026"


def _elsewhere(reading: Reading, asked: str, kinds: Sequence[str]) -> str | None:
    """A hint where to look: the entity of another kind that is called so, or the names most like it."""
    others = [kind for kind in ENTITY_KINDS if kind not in kinds]
    direct = _by_id(reading, asked, others)
    named = [row.entity for row in reading.snapshot.names.exact(asked) if _kind_of(row.entity) in others]
    for iri in [direct] if direct else named:
        return f"{reading.name(iri)} is a {reading.kind(iri)}: something else is asked for here."
    return _nearest(reading, asked, kinds)


def _by_id(reading: Reading, asked: str, kinds: Sequence[str]) -> str | None:
    if any(character in asked for character in _NOT_IN_AN_IRI) or not asked.isprintable():
        return None
    if asked.startswith(("http://", "https://")):
        return asked if _kind_of(asked) in kinds and reading.describe(asked) else None
    curie, colon, local = asked.partition(":")
    if colon and curie in PREFIXES:
        return _by_id(reading, PREFIXES[curie] + local, kinds)
    prefix, _, rest = asked.partition("/")
    candidates = [ID + asked] if rest and prefix in kinds else [f"{ID}{kind}/{asked}" for kind in kinds]
    return next((iri for iri in candidates if reading.describe(iri)), None)


def _entities(reading: Reading, rows: Sequence[NameRow]) -> list[str]:
    """The entities of rows; of codes, those that bear the code on the day, or on any day if none does."""
    day = reading.view.on
    current = [row for row in rows if row.kind != "code" or _covers(row, day)]
    return sorted({row.entity for row in (current or rows)})


def _covers(row: NameRow, day: date) -> bool:
    text = day.isoformat()
    return (row.start is None or row.start <= text) and (row.end is None or text < row.end)


def _kind_of(iri: str) -> str:
    return (
        iri[len(ID) :].partition("/")[0]
        if iri.startswith(ID)
        else "concept"
        if iri.startswith(CONCEPT)
        else "instrument"
    )


def describe_briefly(reading: Reading, iri: str) -> str:
    """One line that tells an entity from its homonyms: name, kind, level and area, when it lived, status."""
    reference = reading.reference(iri)
    parts = [reference.name, reference.kind]
    areas = covered_areas(reading, iri, every_day=True)
    if areas:
        parts.append(", ".join(reading.name(area) for area in areas[:3]))
    start, end = reading.bounds(iri)
    if start.earliest or start.latest:
        parts.append(f"from {start.latest or start.earliest}")
    if end.latest:
        parts.append(f"to {end.latest}")
    node = reading.node(iri)
    if node is not None and node.facts.status not in {None, "in-force"}:
        parts.append(str(node.facts.status))
    return "; ".join(parts)


def covered_areas(reading: Reading, iri: str, *, every_day: bool = False) -> list[str]:
    """The areas that a body covers, on the day of the view or on any day; sorted."""
    found: set[str] = set()
    for relation in reading.snapshot.by_end.get(iri, ()):
        node = reading.snapshot.rows[relation].node
        shown = reading.node(relation) is not None if every_day else reading.tells_of(relation, iri)
        if shown and node.relation_class == "Coverage" and iri in node.from_ends:
            found.update(node.to_ends)
    return sorted(found)


def _nearest(reading: Reading, asked: str, kinds: Sequence[str]) -> str | None:
    """A sentence with the names most like what was asked, or ``None``."""
    rows = [
        row
        for row in reading.snapshot.names.texts()
        if _kind_of(row.entity) in kinds and (row.kind in NAME_PREFERENCE or row.kind == "label")
    ]
    texts = {fold(row.text): row.text for row in rows}
    close = get_close_matches(fold(asked), texts, n=_SUGGESTIONS, cutoff=0.75)
    if not close:
        hits = reading.snapshot.names.search(asked, limit=_SUGGESTIONS)
        close = [fold(hit.row.text) for hit in hits if fold(hit.row.text) in texts]
    return "Near it: " + "; ".join(dict.fromkeys(texts[name] for name in close)) + "." if close else None
