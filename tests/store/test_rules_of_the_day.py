"""What the plain triples of a day are, and are not, one rule of the model a test."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, QueryBoolean, RdfFormat, Store

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.reading import Reading
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.vocabulary import ID, PREFIXES
from tests.support.graphs import build_text, cited

HEAD = "".join(f"PREFIX {name}: <{namespace}> " for name, namespace in PREFIXES.items())
OLD = 'ics:statedFrom "2019-01-01"^^xsd:date ; ics:statedUntil "2019-01-02"^^xsd:date'


def named(slug: str, more: str = "ics:status st:in-force") -> str:
    return (
        f"b:{slug} a org:Organization, ics:OtherBody ; {more} ; {cited()} ; "
        f'ics:name [ a ics:Name ; ics:text "{slug}" ; ics:nameKind nk:operational ] .\n'
    )


GRAPH = (
    named("one")
    + named("two", 'ics:status st:in-force ; ics:end "2021-06-01"^^xsd:date')
    + named("never", 'ics:status st:planned ; ics:outcome oc:unrealised ; ics:start "2020-01-01"^^xsd:date')
    + named("option", "ics:status st:proposed ; ics:alternativeTo b:never")
    + 'area:system a ics:System ; rdfs:label "System"@en . area:region a ics:Region ; rdfs:label "Region"@en .\n'
    'area:system ics:partOfArea area:region . area:place a ics:Place ; rdfs:label "Place"@en ; '
    "ics:partOfArea area:system .\n"
    + "".join(
        f"r:{slug} a ics:{kind} ; {ends} ; ics:status st:{status} ; {cited()} .\n"
        for slug, kind, ends, status in (
            ("collective", "Accountability", "ics:actor b:one ; ics:forum b:two ; ics:collective true", "in-force"),
            ("covers", "Coverage", "ics:coveringBody b:one ; ics:coveredArea area:place", "in-force"),
            ("covers-more", "Coverage", "ics:coveringBody b:one ; ics:coveredArea area:system", "proposed"),
            ("post-of", "PostOf", "ics:post post:chair ; ics:postBody b:two", "in-force"),
            ("chairs", "Chairing", "ics:chairPost post:chair ; ics:chairedBody b:one", "in-force"),
            ("draft", "Advice", "ics:adviser b:late ; ics:advised b:one", "draft"),
        )
    )
    + f'post:chair a org:Post ; rdfs:label "Chair"@en ; ics:status st:in-force ; {cited()} .\n'
    + 'src:forecast a ics:Source ; dcterms:title "Forecast"@en ; ics:attestsNone true ; '
    'ics:statedFrom "2020-11-09"^^xsd:date ; ics:statedUntil "2020-11-10"^^xsd:date .\n'
    + "b:late a org:Organization, ics:OtherBody ; ics:status st:in-force ; "
    'ics:name [ a ics:Name ; ics:text "late" ; ics:nameKind nk:operational ] ; '
    'ics:evidence [ dcterms:source src:forecast ; ics:locator "1" ; ics:attests "2020-12-01"^^xsd:date ] .\n'
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build_text(GRAPH, tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def store(snapshot: Snapshot) -> Store:
    loaded = Store()
    for path in snapshot.query_files:
        loaded.bulk_load(input=gzip.decompress(path.read_bytes()), format=RdfFormat.N_QUADS)
    return loaded


@pytest.mark.parametrize(
    ("pattern", "on", "expected"),
    [
        ("b:one ics:accountableTo b:two", "2021-01-01", False),
        ("r:collective a ics:Holding", "2021-01-01", True),
        ("b:one ics:covers area:place", "2021-01-01", True),
        ("b:one ics:within area:region", "2021-01-01", True),
        ("b:one ics:within area:place", "2021-01-01", True),
        ("b:one ics:covers area:system", "2021-01-01", False),
        ("b:one ics:level lv:place", "2021-01-01", True),
        # Before the first attestation the coverage is not certain, and neither is the level.
        ("b:one ics:level lv:place", "2020-01-01", False),
        # What is only proposed lifts no body that exists.
        ("b:one ics:level lv:system", "2021-01-01", False),
        ("b:never a ics:Existing", "2021-01-01", False),
        ("b:never ics:alternativeTo b:option", "2021-01-01", True),
        # The post ends with its body, and what the post does ends with it.
        ("r:chairs a ics:Holding", "2021-05-31", True),
        ("r:chairs a ics:Holding", "2021-06-01", False),
        # A citation that attests a day of its own is no forecast, whatever its source is.
        ("b:late a ics:Existing", "2020-12-01", True),
        # A draft proves nothing about the life of a body.
        ("b:late a ics:Existing", "2020-11-09", False),
    ],
)
def test_a_triple_of_the_day(snapshot: Snapshot, store: Store, pattern: str, on: str, expected: bool) -> None:
    graphs = snapshot.day_graph(View(date.fromisoformat(on))).graphs
    answer = store.query(
        f"{HEAD} ASK {{ {pattern} }}", default_graph=[DefaultGraph(), *(NamedNode(name) for name in graphs)]
    )
    assert isinstance(answer, QueryBoolean)
    assert bool(answer) == expected


def test_level_and_areas_are_the_same_at_every_door(snapshot: Snapshot) -> None:
    graph = GovernanceGraph(snapshot)
    subject = graph.show("one", graph.view("2021-01-01")).entity
    assert (subject.level, [area.id for area in subject.areas]) == ("place", ["place"])


def test_an_end_cut_by_a_life_is_called_derived(snapshot: Snapshot) -> None:
    relation = Reading(snapshot, View(date(2021, 1, 1))).relation(f"{ID}rel/post-of")
    assert (relation.end.certainty, relation.end.latest) == ("derived", "2021-06-01")


def test_a_relation_falls_where_no_document_names_one_of_its_ends(tmp_path: Path) -> None:
    text = (
        named("new")
        + f"b:old a org:Organization, ics:OtherBody ; ics:status st:in-force ; {cited()} .\n"
        + "r:early a ics:Advice ; ics:adviser b:old ; ics:advised b:new ; ics:status st:in-force ; "
        f"ics:evidence [ dcterms:source src:report ; {OLD} ] .\n"
    )
    snapshot = build_text(text, tmp_path)
    assert snapshot.days(date(2019, 6, 1)).holds(f"{ID}rel/early", date(2019, 6, 1)) == "no"
    assert snapshot.days(date(2020, 12, 1)).holds(f"{ID}rel/early", date(2020, 12, 1)) == "yes"


def test_names_as_known_are_those_that_were_written(tmp_path: Path) -> None:
    text = (
        "b:one a org:Organization, ics:OtherBody ; ics:status st:in-force ; "
        f"ics:evidence [ dcterms:source src:report ; {OLD} ] ; "
        'ics:name [ a ics:Name ; ics:text "Old" ; ics:nameKind nk:operational ] , '
        f'[ a ics:Name ; ics:text "New" ; ics:nameKind nk:acronym ; {cited()} ] .\n'
    )
    graph = GovernanceGraph(build_text(text, tmp_path))
    known = graph.show("one", graph.view("2020-01-01", known="2020-01-01")).entity
    assert [name.text for name in known.names] == ["Old"]
    assert {name.text for name in graph.show("one").entity.names} == {"Old", "New"}
