"""The time vectors as plain values and as a Turtle graph that every door is asked about.

``time-vectors.json`` is the contract's own list of cases. Each vector becomes bodies (its ends), one or two
relations, and the questions asked of them: (day, known, statuses) -> yes, no or unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "time-vectors.json").read_text("utf-8"))

PREFIXES = """\
@prefix ics: <https://w3id.org/ics-graph/ns#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix b: <https://w3id.org/ics-graph/id/org/> .
@prefix post: <https://w3id.org/ics-graph/id/post/> .
@prefix pers: <https://w3id.org/ics-graph/id/person/> .
@prefix r: <https://w3id.org/ics-graph/id/rel/> .
@prefix src: <https://w3id.org/ics-graph/id/source/> .
@prefix st: <https://w3id.org/ics-graph/concept/status/> .
@prefix nk: <https://w3id.org/ics-graph/concept/name-kind/> .
@prefix ak: <https://w3id.org/ics-graph/concept/accountability-kind/> .
@prefix val: <https://w3id.org/ics-graph/concept/value/> .
@prefix sup: <https://w3id.org/ics-graph/concept/supports/> .

src:vectors a ics:Source ; dcterms:title "Time vectors"@en .
"""

_DATE_PROPERTIES = ("start", "end", "startedOnOrBefore", "endedOnOrBefore")


@dataclass(frozen=True)
class Question:
    """One question of a vector: does ``node`` hold on ``on``?"""

    case: str
    node: str
    body: str
    on: str
    known: str | None
    statuses: tuple[str, ...]
    holds: str
    of_life: bool = False
    others: tuple[str, ...] = field(default=())


def _citation(citation: dict[str, Any]) -> str:
    parts = ["dcterms:source src:vectors", 'ics:locator "vector"', 'ics:paraphrase "A case of the list."']
    for name in ("statedFrom", "statedUntil"):
        if name in citation:
            parts.append(f'ics:{name} "{citation[name]}"^^xsd:date')
    if "attests" in citation:
        if citation["attests"] is None:
            parts.append("ics:attestsNone true")
        else:
            parts.append(f'ics:attests "{citation["attests"]}"^^xsd:date')
    if "supports" in citation:
        parts.append("ics:supports " + ", ".join(f"sup:{what}" for what in citation["supports"]))
    return "[ " + " ; ".join(parts) + " ]"


_KNOWN_ATTESTING_NOTHING = {"statedFrom": "1900-01-01", "statedUntil": "1900-01-02", "attests": None}


def _facts(facts: dict[str, Any]) -> str:
    parts = []
    for name in _DATE_PROPERTIES:
        if name in facts:
            parts.append(f'ics:{name} "{facts[name]}"^^xsd:date')
    for name in ("startPrecision", "endPrecision"):
        if name in facts:
            parts.append(f'ics:{name} "{facts[name]}"')
    if facts.get("endUnknown"):
        parts.append("ics:endUnknown true")
    parts.append(f"ics:status st:{facts.get('status', 'in-force')}")
    citations = facts.get("citations", [_KNOWN_ATTESTING_NOTHING])
    if citations:
        parts.append("ics:evidence " + ", ".join(_citation(item) for item in citations))
    return " ; ".join(parts)


def _body(slug: str, facts: dict[str, Any]) -> str:
    return (
        f"b:{slug} a org:FormalOrganization, ics:OtherBody ; "
        f'ics:name [ a ics:Name ; ics:text "{slug}" ; ics:nameKind nk:operational ] ; {_facts(facts)} .'
    )


def vector_slug(index: int) -> str:
    return f"vector-{index:02d}"


def turtle() -> str:
    """All vectors as one Turtle document."""
    return PREFIXES + "\n".join(line for index, vector in _numbered() for line in _vector_turtle(index, vector)) + "\n"


def _numbered() -> Iterator[tuple[int, dict[str, Any]]]:
    yield from enumerate(VECTORS["vectors"])


def _vector_turtle(index: int, vector: dict[str, Any]) -> Iterator[str]:
    slug = vector_slug(index)
    yield f"# {vector['case']}"
    if "arrangement" in vector:
        parties = []
        for number, party in enumerate(vector["parties"]):
            parties.append(f"b:{slug}-{number}")
            yield _body(f"{slug}-{number}", party)
        yield (
            f"r:{slug} a ics:JointArrangement ; ics:party {', '.join(parties)} ; "
            f"ics:arrangementKind val:mou ; {_facts(vector['arrangement'])} ."
        )
    elif "life" in vector:
        yield _body(f"{slug}-0", vector["life"])
        yield _body(f"{slug}-1", {"start": "2013-04-01"})
        for number, relation in enumerate(vector["relations"]):
            yield _accountability(f"{slug}-{number}", f"b:{slug}-0", f"b:{slug}-1", relation)
    elif vector.get("personal"):
        yield _body(f"{slug}-0", vector["ends"][0])
        yield f'pers:{slug} a foaf:Person ; rdfs:label "{slug}" .'
        yield (
            f"r:{slug} a ics:Membership ; ics:memberParty pers:{slug} ; ics:memberOfBody b:{slug}-0 ; "
            f"{_facts(vector['relation'])} ."
        )
    else:
        relations = vector.get("relations") or [vector["relation"]]
        for number, end in enumerate(vector["ends"]):
            yield _body(f"{slug}-{number}", end)
        for number, relation in enumerate(relations):
            name = slug if len(relations) == 1 else f"{slug}-{number}"
            yield _accountability(name, f"b:{slug}-0", f"b:{slug}-1", relation)


def _accountability(name: str, actor: str, forum: str, facts: dict[str, Any]) -> str:
    return (
        f"r:{name} a ics:Accountability ; ics:actor {actor} ; ics:forum {forum} ; "
        f"ics:accountabilityKind ak:statutory ; {_facts(facts)} ."
    )


def questions() -> list[Question]:
    """Every question of every vector."""
    found = []
    for index, vector in _numbered():
        slug = vector_slug(index)
        relations = vector.get("relations") or [None]
        nodes = (
            (slug,) if len(relations) == 1 or "life" in vector else tuple(f"{slug}-{n}" for n in range(len(relations)))
        )
        body = f"org/{slug}-0"
        if "arrangement" in vector:
            # The last party outlives the arrangement in every case, so it can be asked on every day.
            body = f"org/{slug}-{len(vector['parties']) - 1}"
        for ask in vector.get("ask", []):
            found.append(
                Question(
                    vector["case"],
                    f"rel/{nodes[0]}",
                    body,
                    ask["on"],
                    ask.get("known"),
                    tuple(ask.get("statuses", ["in-force"])),
                    ask["holds"],
                    others=tuple(f"rel/{node}" for node in nodes[1:]),
                )
            )
        for ask in vector.get("ask_life", []):
            found.append(
                Question(
                    vector["case"],
                    f"org/{slug}-0",
                    f"org/{slug}-0",
                    ask["on"],
                    ask.get("known"),
                    tuple(ask.get("statuses", ["in-force"])),
                    ask["holds"],
                    of_life=True,
                )
            )
    return found
