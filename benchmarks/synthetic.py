"""A synthetic graph in the vocabulary of this project, and its snapshot: the same every time, of the size asked for.

    python -m benchmarks.synthetic FOLDER [--triples 500000]

The shape is that of the shipped data: bodies on five levels from Parliament down to practices, each accountable to one
or two bodies above it, with dated names, codes and relations, some of them ended, seats in boards, Places and systems.
Dates fall on a few hundred days. The names mean nothing.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from ics_graph.settings import Settings
from ics_graph.store.snapshot import Snapshot, open_or_build

TRIPLES_OF_A_BODY = 61.5
"""Triples of the built graph for each body of the lowest level, those of the levels above counted in."""
DAYS = [date(2013, 4, 1) + timedelta(days=13 * step) for step in range(300)]
_PREFIXES = """\
@prefix ics: <https://w3id.org/ics-graph/ns#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix b: <https://w3id.org/ics-graph/id/org/> .
@prefix area: <https://w3id.org/ics-graph/id/area/> .
@prefix r: <https://w3id.org/ics-graph/id/rel/> .
@prefix src: <https://w3id.org/ics-graph/id/source/> .
@prefix st: <https://w3id.org/ics-graph/concept/status/> .
@prefix nk: <https://w3id.org/ics-graph/concept/name-kind/> .
@prefix ak: <https://w3id.org/ics-graph/concept/accountability-kind/> .
@prefix me: <https://w3id.org/ics-graph/concept/mechanism/> .
@prefix vt: <https://w3id.org/ics-graph/concept/voting/> .
@prefix ids: <https://w3id.org/ics-graph/concept/identifier-scheme/> .
"""
LEVELS = (("ParliamentaryBody", 1), ("NationalBody", 12), ("ICB", 42), ("CCG", 400))
"""The levels above the lowest: how their ids begin, and how many bodies each has."""
LOWEST = "Practice"


def sizes(triples: int) -> list[tuple[str, int]]:
    """The levels from the top down with the number of their bodies, for a built graph of about ``triples``."""
    return [*LEVELS, (LOWEST, max(int(triples / TRIPLES_OF_A_BODY) - 455, 10))]


def bodies(triples: int) -> list[str]:
    """The ids of all bodies of the graph of this size, from the top down."""
    return [f"{kind.lower()}-{number}" for kind, count in sizes(triples) for number in range(count)]


def turtle(triples: int) -> Iterator[str]:
    """The authored graph, in pieces."""
    chance = random.Random(20201109)  # noqa: S311 - a graph, not a secret
    yield _PREFIXES
    yield '_:read dcterms:source src:synthetic ; ics:locator "p. 1" ; ics:paraphrase "Made up." .\n'
    yield ('src:synthetic a ics:Source ; dcterms:title "Made up" ; dcterms:issued "2020-11-09"^^xsd:date .\n')
    for number in range(42):
        yield f'area:system-{number} a ics:System ; rdfs:label "System {number}"@en ; ics:evidence _:read .\n'
    for number in range(400):
        yield (
            f'area:place-{number} a ics:Place ; rdfs:label "Place {number}"@en ; '
            f"ics:partOfArea area:system-{number % 42} ; ics:evidence _:read .\n"
        )
    above: list[str] = []
    for kind, count in sizes(triples):
        level = [f"{kind.lower()}-{number}" for number in range(count)]
        for number, body in enumerate(level):
            yield from _body(chance, kind, number, body, above)
        above = level


def _body(chance: random.Random, kind: str, number: int, body: str, above: list[str]) -> Iterator[str]:
    begin = chance.randrange(len(DAYS) - 20)
    ended = chance.random() < 0.2
    span = f'ics:start "{DAYS[begin]}"^^xsd:date'
    if ended:
        span += f' ; ics:end "{DAYS[chance.randrange(begin + 1, len(DAYS))]}"^^xsd:date'
    kinds = {"ParliamentaryBody": "Parliament", LOWEST: "ProviderTrust"}
    yield (
        f"b:{body} a org:FormalOrganization, ics:{kinds.get(kind, kind)} ; ics:status st:in-force ; {span} ; "
        f'ics:evidence _:read ;\n  ics:name [ a ics:Name ; ics:text "{kind} {number} of Place {number % 400}"@en ; '
        "ics:nameKind nk:operational ] ;\n"
        f'  adms:identifier [ a adms:Identifier ; skos:notation "{kind[0]}{number:05d}" ; '
        "ics:identifierScheme ids:ods ] .\n"
        f"r:covers-{body} a ics:Coverage ; ics:coveringBody b:{body} ; ics:coveredArea area:place-{number % 400} ; "
        f"ics:status st:in-force ; {span} ; ics:evidence _:read .\n"
    )
    if not above:
        return
    for place in range(1 + (chance.random() < 0.3)):
        forum = above[(number * 7 + place * 13) % len(above)]
        yield (
            f"r:{body}-answers-{place} a ics:Accountability ; ics:actor b:{body} ; ics:forum b:{forum} ; "
            f"ics:accountabilityKind ak:{chance.choice(('statutory', 'managerial'))} ; ics:mechanism me:assess ; "
            f"ics:status st:in-force ; {span} ; ics:evidence _:read .\n"
        )
    if chance.random() < 0.4:
        yield (
            f"r:{body}-sits a ics:Membership ; ics:memberParty b:{body} ; "
            f"ics:memberOfBody b:{above[number % len(above)]} ; ics:voting vt:voting ; ics:status st:in-force ; "
            f"{span} ; ics:evidence _:read .\n"
        )


def synthetic_settings(folder: Path, triples: int = 500_000) -> Settings:
    """Settings of the synthetic graph, which is written below ``folder`` where it is not there yet."""
    data, cache = folder / f"synthetic-{triples}", folder / "cache"
    if not (data / "graph.ttl").is_file():
        data.mkdir(parents=True, exist_ok=True)
        with (data / "graph.ttl").open("w", encoding="utf-8") as file:
            file.writelines(turtle(triples))
    return Settings(data=data, cache=cache)


def synthetic_snapshot(folder: Path, triples: int = 500_000) -> Snapshot:
    """The snapshot of the synthetic graph below ``folder``, built where it is not there yet."""
    settings = synthetic_settings(folder, triples)
    return open_or_build([settings.data], settings.ontology, settings.cache)


def main() -> None:
    """Build the snapshot and say how large it is."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--triples", type=int, default=500_000)
    given = arguments.parse_args()
    snapshot = synthetic_snapshot(given.folder, given.triples)
    manifest = snapshot.manifest
    print(f"{snapshot.folder}: {manifest.triples} triples, {manifest.segment_quads} quads of days")


if __name__ == "__main__":
    main()
