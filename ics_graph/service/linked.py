"""The JSON answers as linked data: the published JSON-LD context, and the triples that an answer is under it.

The context gives an RDF meaning to those members of answers that state what the graph states; members about the
answer itself (``meta``, ``links``, ``total``, ``chains``) have none, nor have words of ours for what the graph says in
several ways, but where the class of the thing says in which (``subject_matter``, ``functions``, ``areas``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from typing import Any, Final

from pyoxigraph import RdfFormat, Triple, parse

from ics_graph.vocabulary import (
    AREA_CLASSES,
    BODY_KINDS,
    CHARACTERISTIC_SHORTCUTS,
    CONCEPT,
    DCTERMS,
    EVENT_CLASSES,
    FOAF,
    ICS,
    ORG,
    OWL,
    RELATION_CLASSES,
    SKOS,
    XSD,
)

CONTEXT_PATH: Final = "/context.jsonld"
CONTEXT_LINK: Final = f'<{CONTEXT_PATH}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'

_INCLUDED: Final = ("items", "relations", "root", "nodes", "edges", "relation", "accountable", "accountable_to",
                    "subject", "others", "documents", "realised_by")  # fmt: skip
"""Members that hold things of the graph which the answer shows, and that state no relation to them."""
_ABOUT_ANSWERS: Final = (
    *("meta", "links", "areas", "bodies", "chains", "ends_in", "cycles", "predecessors", "successors", "part_of"),
    *("values", "details", "parameters", "example", "files", "when", "not_independent_of", "citations", "total"),
    *("supports", "sources", "supports_total", "functions", "subject_matter"),
    *("statuses", "include", "forums", "candidates"),
)
"""Members without a meaning in RDF: named, for there are processors that look into what the context does not name."""
_MATTERS: Final = ("Advice", "Appointment", "Approval", "Commissioning", "DutyOfRegard", "Participation", "Reporting")
"""Relations whose subject matter is ics:matter; a decision rule and a joint arrangement may have either or both."""
_ASPECTS: Final = {"statutory": "statutory", "legal_form": "legalForm", "legal_personality": "legalPersonality",
                   "decision_making": "decisionMaking"}  # fmt: skip


def _concept(member: str, prop: str, scheme: str) -> dict[str, Any]:
    """A member whose words are slugs of a concept scheme, also those that are names of members (``statutory``)."""
    words = {"@id": prop, "@type": "@vocab"}
    # Without the terms around it, a slug means the concept alone; the member itself is lost with them.
    return {**words, "@context": [None, {"@vocab": f"{CONCEPT}{scheme}", member: words}]}


def _text(prop: str) -> dict[str, Any]:
    return {"@id": prop, "@language": "en"}


def _typed(prop: str, datatype: str) -> dict[str, Any]:
    return {"@id": prop, "@type": XSD + datatype}


def _days(which: str) -> dict[str, Any]:
    """The bounds of a start or an end, which are properties of what begins or ends."""
    return {
        "@id": "@nest",
        "@context": {
            "earliest": _typed(ICS + f"earliest{which}", "date"),
            "latest": _typed(ICS + f"latest{which}", "date"),
        },
    }


def _of_class(name: str, **members: dict[str, Any]) -> dict[str, Any]:
    """A class whose answers have members with a meaning of their own."""
    return {"@id": ICS + name, "@context": members}


def _functions(member: str, local: str) -> dict[str, Any]:
    return {member: _concept(member, ICS + local, "function/")}


def _classes() -> dict[str, Any]:
    """The classes of things by the words of answers.

    Members that stand for several properties of the graph have a meaning where the class says which one it is.
    """
    names = (*BODY_KINDS, *AREA_CLASSES, *RELATION_CLASSES, *EVENT_CLASSES)
    others = ("Constituency", "Electorate", "Instrument", "Claim", "Source", "Event", "Area", "Relation")
    matter = _functions("subject_matter", "matter")
    documents = {"part_of": {"@id": DCTERMS + "isPartOf"}, "not_independent_of": {"@id": ICS + "notIndependentOf"}}
    return {
        **{name: ICS + name for name in (*names, *others)},
        **{name: _of_class(name, **matter) for name in _MATTERS},
        **{name: _of_class(name, areas={"@id": ICS + "partOfArea"}) for name in AREA_CLASSES},
        "Accountability": _of_class("Accountability", **_functions("subject_matter", "subjectMatter")),
        "Delegation": _of_class("Delegation", **_functions("functions", "function")),
        "Responsibility": _of_class("Responsibility", **_functions("functions", "responsibilityFunction")),
        "Source": _of_class("Source", **documents),
    }


@cache
def context() -> dict[str, Any]:
    """The content of ``@context``."""
    assert set(_ASPECTS.values()) <= set(CHARACTERISTIC_SHORTCUTS)  # noqa: S101 - one vocabulary
    return {
        "@version": 1.1,
        **_classes(),
        "Post": ORG + "Post",
        "Person": FOAF + "Person",
        "Organization": ORG + "Organization",
        "Concept": {"@id": SKOS + "Concept", "@context": {"note": None}},
        "Thing": OWL + "Thing",
        "iri": "@id",
        "kind": "@type",
        "type": "@type",
        **dict.fromkeys(_INCLUDED, "@included"),
        **dict.fromkeys(_ABOUT_ANSWERS),
        "name": _text(SKOS + "prefLabel"),
        "title": _text(DCTERMS + "title"),
        "names": {
            "@id": ICS + "name",
            "@context": {
                "text": _text(ICS + "text"),
                "kind": _concept("kind", ICS + "nameKind", "name-kind/"),
                "from": None,
            },
        },
        "identifiers": {
            "@id": "http://www.w3.org/ns/adms#identifier",
            "@context": {
                "value": SKOS + "notation",
                "scheme": _concept("scheme", ICS + "identifierScheme", "identifier-scheme/"),
                "from": None,
            },
        },
        "status": _concept("status", ICS + "status", "status/"),
        "outcome": _concept("outcome", ICS + "outcome", "outcome/"),
        "level": _concept("level", ICS + "level", "level/"),
        **{name: _concept(name, ICS + local, "value/") for name, local in _ASPECTS.items()},
        "start": _days("Start"),
        "end": _days("End"),
        "first_attested": _typed(ICS + "firstAttested", "date"),
        "last_attested": _typed(ICS + "lastAttested", "date"),
        "from": ICS + "from",
        "to": ICS + "to",
        "kinds": _concept("kinds", ICS + "accountabilityKind", "accountability-kind/"),
        "mechanisms": _concept("mechanisms", ICS + "mechanism", "mechanism/"),
        "represents": ICS + "represents",
        "role": _concept("role", ORG + "role", "role/"),
        "voting": _concept("voting", ICS + "voting", "voting/"),
        "seats": ICS + "seats",
        "area": ICS + "inArea",
        "enforceable": ICS + "enforceable",
        "accountability_retained": ICS + "accountabilityRetained",
        "basis": {"@id": ICS + "basis", "@context": {"label": None}},
        "evidence": {
            "@id": ICS + "evidence",
            "@context": {
                "source": DCTERMS + "source",
                "locator": ICS + "locator",
                "line": ICS + "line",
                "page": ICS + "page",
                "paraphrase": ICS + "paraphrase",
                "attests": _typed(ICS + "attests", "date"),
                "supports": _concept("supports", ICS + "supports", "supports/"),
            },
        },
        "original": ORG + "originalOrganization",
        "resulting": ORG + "resultingOrganization",
        "concerns": ICS + "concerns",
        "transferor": ICS + "transferor",
        "transferee": ICS + "transferee",
        "meeting_of": ICS + "meetingOf",
        "realises": ICS + "realises",
        "alternative_to": ICS + "alternativeTo",
        "about": ICS + "about",
        "aspect": _concept("aspect", ICS + "aspect", "aspect/"),
        "unit": _concept("unit", ICS + "unit", "unit/"),
        "polarity": _concept("polarity", ICS + "polarity", "value/"),
        "scheme": _concept("scheme", SKOS + "inScheme", ""),
        "alternatives": _text(SKOS + "altLabel"),
        "definition": _text(SKOS + "definition"),
        "broader": SKOS + "broader",
        "narrower": SKOS + "narrower",
        "expresses": {"@id": ICS + "expresses", "@type": "@id"},
        "publisher": DCTERMS + "publisher",
        "note": _text(ICS + "note"),
    }


@cache
def context_document() -> tuple[bytes, str]:
    """The published document with its ``ETag``."""
    body = json.dumps({"@context": context()}, indent=1).encode()
    return body, f'"{sha256(body).hexdigest()[:32]}"'


def triples_of(answer: dict[str, Any]) -> Iterable[Triple]:
    """What a JSON answer states, as the context has it."""
    text = json.dumps({"@context": context(), **answer}).encode("utf-8", "replace")
    return (quad.triple for quad in parse(text, format=RdfFormat.JSON_LD))
