"""Entities as RDF: what the base graph says of an entity, of its names and codes, its relations and their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from ics_graph.governance.reading import Reading
from ics_graph.store.subjects import node_of
from ics_graph.vocabulary import ADMS, DCTERMS, ICS, ID, PREFIXES, SKOS

_OWNED: Final = (ICS + "name", ADMS + "identifier", ICS + "evidence")
_SOURCE: Final = DCTERMS + "source"
_ABOUT_SOURCES: Final = (DCTERMS + "title", ICS + "statedFrom", ICS + "statedUntil")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the RDF form of an answer describes: an entity, and the relations shown with it."""

    iri: str
    relations: Sequence[str] = ()


def describe(reading: Reading, subject: Subject) -> list[Triple]:
    """The description of an entity, in order of subjects.

    In full: the entity, the relations named in ``subject``, and the names, codes and citations of all these. Of the
    documents cited, title and dates; of entities at the other ends, the name on the day of the view.
    """
    main = [subject.iri, *subject.relations]
    nodes = list(main)
    for iri in main:
        nodes += [owned for prop in _OWNED for owned in reading.iris(iri, prop)]
    for iri in list(nodes):
        # Names and codes may have citations of their own.
        nodes += reading.iris(iri, ICS + "evidence")
    found: dict[Triple, None] = {}
    for iri in dict.fromkeys(nodes):
        for predicate, values in sorted(reading.describe(iri).items()):
            found.update(dict.fromkeys(Triple(node_of(iri), NamedNode(predicate), value) for value in values))
    for document in sorted({source for iri in nodes for source in reading.iris(iri, _SOURCE)}):
        for prop in _ABOUT_SOURCES:
            values = reading.describe(document).get(prop, [])
            found.update(dict.fromkeys(Triple(node_of(document), NamedNode(prop), value) for value in values))
    for other in sorted(_other_ends(reading, subject)):
        found[Triple(node_of(other), NamedNode(SKOS + "prefLabel"), Literal(reading.name(other), language="en"))] = None
    return list(found)


def together(described: Iterable[Triple], told: Iterable[Triple]) -> Iterable[Triple]:
    """A description with what the JSON of the answer tells besides, each triple once.

    JSON does not tell the languages of texts, and its context calls them English: how the author wrote them counts.
    """
    found = dict.fromkeys(described)
    texts = {
        (triple.subject, triple.predicate, triple.object.value)
        for triple in found
        if isinstance(triple.object, Literal)
    }
    for triple in told:
        text = triple.object.value if isinstance(triple.object, Literal) and triple.object.language else None
        if text is None or (triple.subject, triple.predicate, text) not in texts:
            found[triple] = None
    return found


def _other_ends(reading: Reading, subject: Subject) -> set[str]:
    ends: set[str] = set()
    for relation in subject.relations:
        ends.update(reading.snapshot.rows[relation].node.ends)
    return {end for end in ends if end != subject.iri and end.startswith(ID)}


def serialised(triples: Iterable[Triple], media_type: str, prefixes: Mapping[str, str] = PREFIXES) -> bytes:
    """Triples in an RDF syntax, by its media type, with those of ``prefixes`` that shorten something."""
    syntax = RdfFormat.from_media_type(media_type)
    assert syntax is not None, media_type  # noqa: S101 - only our own forms are asked for
    given = list(triples)
    written = serialize(given, format=syntax, prefixes=_used(prefixes, given))
    assert written is not None  # noqa: S101 - it is, where no file is given to write to
    return written


def _used(prefixes: Mapping[str, str], triples: Iterable[Triple]) -> dict[str, str]:
    """The prefixes that shorten something; the others would only stand in the reader's way."""
    terms = {term for triple in triples for term in triple}
    iris = {term.value for term in terms if isinstance(term, NamedNode)}
    iris |= {term.datatype.value for term in terms if isinstance(term, Literal)}
    return {prefix: name for prefix, name in prefixes.items() if any(iri.startswith(name) for iri in iris)}
