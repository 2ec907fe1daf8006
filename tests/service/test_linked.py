"""JSON answers about the shipped graph as linked data: they say what the graph says, and nothing else."""

from __future__ import annotations

import gzip
import json
import warnings
from collections.abc import Iterator

import pytest
from pyoxigraph import BlankNode, Literal, RdfFormat, Triple, parse

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import Settings
from ics_graph.vocabulary import CHARACTERISTIC_SHORTCUTS, ICS, SKOS
from tests.support.small_graph import DAY

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

WIRRAL = "/organisations/nhs-wirral-ccg"
URLS = [
    *(WIRRAL, f"{WIRRAL}/accountability", f"{WIRRAL}/relations", f"{WIRRAL}/timeline", f"{WIRRAL}/memberships"),
    *("/organisations", "/organisations/cm-partnership-board", "/organisations/wirral-hwb/members"),
    *(
        "/areas/wirral",
        "/posts/secretary-of-state-for-health-and-social-care",
        "/sources",
        "/sources/wirral-2020-11-09",
        "/search?q=wirral",
    ),
    *("/claims?limit=1000", "/claims/glossary-nhs-ft", "/concepts/role/accountable-officer", "/concepts/status/draft"),
    *("/functions/integrated-commissioning/responsible", "/events/aintree-renamed", "/relations/acc-wirral-ccg-nhse"),
    "/relations/approval-cype-committee-strategies",
]
OF_THE_DAY = {SKOS + "prefLabel", ICS + "level", *(ICS + name for name in CHARACTERISTIC_SHORTCUTS)}
"""Properties that are only in the graphs of days, or there of things for which authors write another one."""


@pytest.fixture(scope="module")
def graph() -> GovernanceGraph:
    return GovernanceGraph.open(Settings())


@pytest.fixture(scope="module")
def shipped(graph: GovernanceGraph) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), graph, sparql=lambda *_: None)) as client:
        yield client


@pytest.fixture(scope="module")
def base(graph: GovernanceGraph) -> set[tuple[object, ...]]:
    """All triples of the default graph, texts without their languages, which JSON does not tell."""
    content = gzip.decompress((graph.snapshot.folder / "base.nq.gz").read_bytes())
    return {told(quad.triple) for quad in parse(content, format=RdfFormat.N_QUADS)}


def told(triple: Triple) -> tuple[object, ...]:
    value = triple.object
    is_text = isinstance(value, Literal) and (value.language or value.datatype.value.endswith("#string"))
    return triple.subject, triple.predicate, value.value if is_text else value  # type: ignore[union-attr]


def of_the_day(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}on={DAY}"


def linked(client: TestClient, url: str) -> set[Triple]:
    document = {**client.get("/context.jsonld").json(), **client.get(of_the_day(url)).raise_for_status().json()}
    return {quad.triple for quad in parse(json.dumps(document), format=RdfFormat.JSON_LD)}


@pytest.mark.parametrize("url", URLS)
def test_json_says_what_the_graph_says(shipped: TestClient, base: set[tuple[object, ...]], url: str) -> None:
    found = linked(shipped, url)
    assert found
    assert not [triple for triple in found if BlankNode in {type(triple.subject), type(triple.object)}]
    assert [
        str(triple) for triple in found if told(triple) not in base and triple.predicate.value not in OF_THE_DAY
    ] == []


@pytest.mark.parametrize(
    ("url", "property", "value"),
    [
        ("/relations/acc-wirral-ccg-nhse", "accountabilityKind", "accountability-kind/statutory"),
        ("/claims/glossary-nhs-ft", "aspect", "aspect/definition"),
        ("/claims/ccgs-12-report", "unit", "unit/bodies"),
        ("/relations/approval-cype-committee-strategies", "matter", "function/health-and-care-strategy"),
        ("/relations/resp-wirral-commissioning", "responsibilityFunction", "function/integrated-commissioning"),
    ],
)
def test_words_that_are_names_of_members_too_were_taken_for_these(
    shipped: TestClient, url: str, property: str, value: str
) -> None:
    found = {(t.predicate.value, getattr(t.object, "value", "")) for t in linked(shipped, url)}
    values = {given.partition("/concept/")[2] for name, given in found if name == ICS + property}
    assert value in values, values


@pytest.mark.parametrize("url", [WIRRAL, "/organisations/wirral-hwb", "/sources/ce-council-response"])
def test_turtle_has_each_text_once(shipped: TestClient, url: str) -> None:
    answer = shipped.get(of_the_day(url), headers={"Accept": "text/turtle"}).raise_for_status()
    texts = [told(quad.triple) for quad in parse(answer.content, format=RdfFormat.TURTLE)]
    assert len(texts) == len(set(texts))
