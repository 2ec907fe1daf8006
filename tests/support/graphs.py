"""Graphs for tests: the shipped one, the time vectors', and small ones from Turtle text."""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.settings import Settings
from ics_graph.store.build import build
from ics_graph.store.snapshot import Snapshot
from tests.support import time_vectors

PROJECT = Path(__file__).resolve().parents[2]
ONTOLOGY = PROJECT / "ontology"
DATA = PROJECT / "data"
SHARED = PROJECT.parent / "shared"

PREFIXES = """\
@prefix ics: <https://w3id.org/ics-graph/ns#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix b: <https://w3id.org/ics-graph/id/org/> .
@prefix area: <https://w3id.org/ics-graph/id/area/> .
@prefix post: <https://w3id.org/ics-graph/id/post/> .
@prefix pers: <https://w3id.org/ics-graph/id/person/> .
@prefix con: <https://w3id.org/ics-graph/id/constituency/> .
@prefix elec: <https://w3id.org/ics-graph/id/electorate/> .
@prefix ins: <https://w3id.org/ics-graph/id/instrument/> .
@prefix r: <https://w3id.org/ics-graph/id/rel/> .
@prefix ev: <https://w3id.org/ics-graph/id/event/> .
@prefix src: <https://w3id.org/ics-graph/id/source/> .
@prefix st: <https://w3id.org/ics-graph/concept/status/> .
@prefix oc: <https://w3id.org/ics-graph/concept/outcome/> .
@prefix nk: <https://w3id.org/ics-graph/concept/name-kind/> .
@prefix ak: <https://w3id.org/ics-graph/concept/accountability-kind/> .
@prefix me: <https://w3id.org/ics-graph/concept/mechanism/> .
@prefix fn: <https://w3id.org/ics-graph/concept/function/> .
@prefix asp: <https://w3id.org/ics-graph/concept/aspect/> .
@prefix val: <https://w3id.org/ics-graph/concept/value/> .
@prefix sup: <https://w3id.org/ics-graph/concept/supports/> .
@prefix vt: <https://w3id.org/ics-graph/concept/voting/> .
@prefix ids: <https://w3id.org/ics-graph/concept/identifier-scheme/> .

src:report a ics:Source ; dcterms:title "A report"@en ; dcterms:publisher "Test" ;
  ics:statedFrom "2020-11-09"^^xsd:date ; ics:statedUntil "2020-11-10"^^xsd:date .
"""


def cited(**facts: str) -> str:
    """The evidence of a node: one citation of the report, with further properties."""
    more = "".join(f" ; ics:{name} {value}" for name, value in facts.items())
    return (
        f'ics:evidence [ dcterms:source src:report ; ics:locator "1" ; ics:line 1 ; ics:paraphrase "So it is."{more} ]'
    )


def build_text(text: str, folder: Path) -> Snapshot:
    """A snapshot of Turtle text (the prefixes above are put before it)."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "data"
    source.mkdir(exist_ok=True)
    (source / "graph.ttl").write_text(PREFIXES + text, "utf-8")
    return Snapshot(build([source], ONTOLOGY, folder / "snapshots"))


def _folder(name: str) -> Path:
    """A folder that goes with the test run."""
    folder = Path(mkdtemp(prefix=f"ics-graph-{name}-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=1)
def vectors_snapshot() -> Snapshot:
    """The snapshot of the time vectors, built once for a test run."""
    folder = _folder("vectors")
    (folder / "vectors.ttl").write_text(time_vectors.turtle(), "utf-8")
    return Snapshot(build([folder / "vectors.ttl"], ONTOLOGY, folder / "snapshots"))


@lru_cache(maxsize=1)
def shipped_graph() -> GovernanceGraph:
    """The shipped graph, built once for a test run into a folder of its own."""
    folder = _folder("shipped")
    return GovernanceGraph.open(Settings(cache=folder))
