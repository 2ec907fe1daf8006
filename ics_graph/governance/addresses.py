"""Where the service shows what an IRI of the graph stands for: a page of its own, or the page of what it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from ics_graph.governance.reading import Reading, local_id
from ics_graph.vocabulary import ADMS, CONCEPT, DCTERMS, ICS, ID, RDF

ROUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "org": "organisations",
        "area": "areas",
        "post": "posts",
        "person": "people",
        "constituency": "constituencies",
        "electorate": "electorates",
        "instrument": "instruments",
        "event": "events",
        "rel": "relations",
        "source": "sources",
        "claim": "claims",
    }
)
"""The kinds of instances that have a page, and the route of each."""
_HELD_BY: Final[Mapping[str, str]] = MappingProxyType(
    {"name": ICS + "name", "identifier": ADMS + "identifier", "citation": ICS + "evidence"}
)
"""The kinds of nodes that are part of something else, and the property by which that has them."""
VOCABULARY_PATH: Final = "/ontology"
"""Where classes, properties and concept schemes are shown, with the lists that their axioms are written in."""


def path_of(route: str, identifier: str) -> str:
    """The path of an entity's page in the service."""
    return f"/{route}/{quote(identifier, safe='')}"


def page_of(reading: Reading, iri: str) -> str | None:
    """The path of the page that shows what an IRI stands for; ``None`` where none does.

    A name, a code and a citation are shown with what has them; a citation that several things share, with the first
    of these in order of their IRIs; a file with the text of a document, with the document. The other nodes that the
    build named are lists in the axioms of the vocabulary.
    """
    if iri.startswith(CONCEPT):
        return f"/concepts/{quote(iri[len(CONCEPT) :])}"
    if not iri.startswith(ID):
        # Provisions of Acts have the IRIs that legislation.gov.uk gives them.
        return path_of(ROUTES["instrument"], iri) if reading.kind(iri) == "Instrument" else None
    kind, _, identifier = iri[len(ID) :].partition("/")
    if kind == "source" and ICS + "Source" not in reading.iris(iri, RDF + "type"):
        # A file with the text of a document: the page is that of the document.
        documents = reading.iris(iri, DCTERMS + "isFormatOf")
        return path_of(ROUTES[kind], local_id(documents[0])) if documents else None
    if kind in ROUTES:
        return path_of(ROUTES[kind], identifier)
    if kind in _HELD_BY:
        holders = reading.snapshot.engine.subjects(_HELD_BY[kind], iri)
        return next((page for holder in holders if (page := page_of(reading, holder)) is not None), None)
    return VOCABULARY_PATH if kind == "node" else None
