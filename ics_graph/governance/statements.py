"""Claims of documents, concepts, who is responsible for a function, and the days on which anything changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pyoxigraph import Literal, NamedNode

from ics_graph.errors import InvalidParameter, NotFound
from ics_graph.governance.answers import EntityRef, Evidence
from ics_graph.governance.lists import area_with_parts
from ics_graph.governance.reading import Reading, local_id
from ics_graph.governance.resolving import covered_areas
from ics_graph.store.nodes import slug
from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE
from ics_graph.vocabulary import CONCEPT, CONCEPT_SCHEMES, DCTERMS, ICS, ID, RDF, SKOS, concept


@dataclass(frozen=True, slots=True)
class ClaimValue:
    """What a document gives as value: a text, number or day with its datatype, or an entity or concept with a name."""

    value: str
    datatype: str | None
    iri: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of a document on a matter on which documents differ or are silent; the graph shows all of them."""

    id: str
    iri: str
    about: tuple[EntityRef, ...]
    aspect: str | None
    values: tuple[ClaimValue, ...]
    unit: str | None
    polarity: str | None
    note: str | None
    evidence: tuple[Evidence, ...]
    kind: str = "Claim"


@dataclass(frozen=True, slots=True)
class ConceptRef:
    """A concept as another's answer names it."""

    id: str
    iri: str
    name: str


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of a scheme: its name and what it means. ``sources`` are texts or IRIs that the wording rests on."""

    id: str
    iri: str
    scheme: str
    name: str
    alternatives: tuple[str, ...]
    notation: str | None
    definition: str | None
    note: str | None
    broader: tuple[ConceptRef, ...]
    narrower: tuple[ConceptRef, ...]
    sources: tuple[str, ...]
    links: dict[str, str]
    kind: str = "Concept"


@dataclass(frozen=True, slots=True)
class ChangeDay:
    """A day on which something certainly begins or ends: how many bodies and posts, relations, and events."""

    day: str
    lives_begin: int
    lives_end: int
    relations_begin: int
    relations_end: int
    events: int


def claims(
    reading: Reading,
    *,
    about: str | None = None,
    aspect: str | None = None,
    polarity: str | None = None,
    source: str | None = None,
) -> list[str]:
    """The IRIs of the claims about an entity (``about`` and ``source`` are IRIs), on an aspect; by id.

    With ``known``, those that a document of that day makes.
    """
    engine = reading.snapshot.engine
    found = engine.subjects(ICS + "about", about) if about else engine.subjects(RDF + "type", ICS + "Claim")
    return sorted(
        iri
        for iri in found
        if reading.kind(iri) == "Claim"
        and (aspect is None or aspect in reading.slugs(iri, "aspect"))
        and (polarity is None or polarity in reading.slugs(iri, "polarity"))
        and _cited(reading, iri, source)
    )


def _cited(reading: Reading, iri: str, source: str | None) -> bool:
    known = [citation for citation in reading.iris(iri, ICS + "evidence") if reading.is_known(citation)]
    return bool(known) and (source is None or any(source in reading.iris(each, DCTERMS + "source") for each in known))


def claim(reading: Reading, iri: str) -> Claim:
    """One claim, with every citation that the day of knowledge allows."""
    return Claim(
        id=local_id(iri),
        iri=iri,
        about=reading.references(reading.iris(iri, ICS + "about")),
        aspect=reading.slug(iri, "aspect"),
        values=tuple(_values(reading, iri)),
        unit=reading.slug(iri, "unit"),
        polarity=reading.slug(iri, "polarity"),
        note=reading.text(iri, SKOS + "note") or reading.text(iri, ICS + "note"),
        evidence=reading.evidence(iri),
    )


def _values(reading: Reading, iri: str) -> Iterable[ClaimValue]:
    for term in reading.describe(iri).get(ICS + "value", ()):
        if isinstance(term, Literal):
            yield ClaimValue(term.value, None if term.language else slug(term.datatype.value), None, None)
        elif isinstance(term, NamedNode):
            yield ClaimValue(local_id(term.value), None, term.value, reading.name(term.value))


def concept_iri(scheme: str, name: str) -> str:
    """The IRI of a concept by scheme and slug; raises NotFound where there is no such scheme."""
    if scheme not in CONCEPT_SCHEMES.values():
        schemes = ", ".join(sorted(CONCEPT_SCHEMES.values()))
        raise NotFound(f"There is no concept scheme {scheme[:100]!r}.", hint=f"There are {schemes}.")
    return concept(scheme, name)


def concept_answer(reading: Reading, iri: str) -> Concept:
    """One concept. Raises NotFound where the graph has none of this IRI."""
    if SKOS + "Concept" not in reading.iris(iri, RDF + "type"):
        raise NotFound(f"There is no concept {iri.removeprefix(CONCEPT)[:200]!r}.", hint="/ontology has all of them.")
    identifier = iri.removeprefix(CONCEPT)
    engine = reading.snapshot.engine
    texts = {prop: _texts(reading, iri, prop) for prop in (SKOS + "altLabel", DCTERMS + "source")}
    links = {"self": f"/concepts/{identifier}"}
    if identifier.startswith("function/"):
        links["responsible"] = f"/functions/{slug(iri)}/responsible"
    return Concept(
        id=identifier,
        iri=iri,
        scheme=identifier.partition("/")[0],
        name=reading.name(iri),
        alternatives=texts[SKOS + "altLabel"],
        notation=reading.text(iri, SKOS + "notation"),
        definition=reading.text(iri, SKOS + "definition"),
        note=reading.text(iri, SKOS + "note") or reading.text(iri, SKOS + "scopeNote"),
        broader=_concepts(reading, reading.iris(iri, SKOS + "broader")),
        narrower=_concepts(reading, {*reading.iris(iri, SKOS + "narrower"), *engine.subjects(SKOS + "broader", iri)}),
        sources=texts[DCTERMS + "source"],
        links=links,
    )


def _texts(reading: Reading, iri: str, prop: str) -> tuple[str, ...]:
    terms = reading.describe(iri).get(prop, ())
    return tuple(sorted(term.value for term in terms if isinstance(term, Literal | NamedNode)))


def _concepts(reading: Reading, iris: Iterable[str]) -> tuple[ConceptRef, ...]:
    return tuple(ConceptRef(local_id(iri), iri, reading.name(iri)) for iri in sorted(iris))


def responsibilities(reading: Reading, function: str, area: str | None = None) -> list[str]:
    """The responsibilities for a function (its slug) that the view shows, by id; with ``area`` those that bear on it.

    A responsibility bears on an area if the area it names, or else an area that a responsible body covers, is this
    one, lies in it, or has it in it. Raises NotFound and InvalidParameter.
    """
    iri = concept("function", function)
    concept_answer(reading, iri)
    near = None if area is None else area_with_parts(reading, "area", area) | _wholes(reading, area)
    found = []
    for relation in reading.snapshot.by_end.get(iri, ()):
        node = reading.snapshot.rows[relation].node
        if node.relation_class != "Responsibility" or not reading.admitted(relation):
            continue
        if near is not None:
            places = set(reading.iris(relation, ICS + "inArea")) or {
                place for body in node.from_ends for place in covered_areas(reading, body)
            }
            if not places & near:
                continue
        found.append(relation)
    return found


def _wholes(reading: Reading, area: str) -> set[str]:
    found: list[str] = []
    queue = [area if area.startswith("http") else f"{ID}area/{area.removeprefix('area/')}"]
    while queue:
        for whole in reading.iris(queue.pop(), ICS + "partOfArea"):
            if whole not in found:
                found.append(whole)
                queue.append(whole)
    return set(found)


def days(reading: Reading, first: date | None = None, until: date | None = None) -> list[ChangeDay]:
    """The days from ``first`` to ``until`` (both in it) on which anything certainly begins or ends, in order.

    Relations and events in the statuses of the view, and every life; with ``known`` as the documents of that day had
    it. The segments of the graph of days are the spans between these days.
    """
    if first is not None and until is not None and until < first:
        raise InvalidParameter("until", "until: this day is before the day in from.")
    counts: dict[date, Counter[str]] = {}
    for iri, node in reading.computed.nodes.items():
        if node.kind != "life" and node.facts.status not in reading.view.statuses:
            continue
        certain = reading.days(iri).certain()
        if certain is None:
            continue
        what = {"life": "lives", "event": "events"}.get(node.kind, "relations")
        for day, sort in zip(certain, ("begin", "end"), strict=True):
            if day not in (UNBOUNDED_BEFORE, UNBOUNDED_AFTER):
                counts.setdefault(day, Counter())[f"{what}_{sort}"] += 1
    return [
        ChangeDay(
            day.isoformat(), each["lives_begin"], each["lives_end"], each["relations_begin"], each["relations_end"],
            each["events_begin"],
        )
        for day, each in sorted(counts.items())
        if (first is None or first <= day) and (until is None or day <= until)
        and any(count for name, count in each.items() if name != "events_end")
    ]  # fmt: skip
