"""Every IRI of ours that stands in the shipped graph leads somewhere: 303 to a page that is there in every form."""

from __future__ import annotations

import gzip
import warnings
from collections import defaultdict
from collections.abc import Iterator

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from ics_graph.governance.addresses import ROUTES, page_of
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import Settings
from tests.support.small_graph import DAY

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

BASE = "https://w3id.org/ics-graph"
MOST = 60
"""IRIs of one kind that are asked for."""
FORMS = ("text/turtle", "application/ld+json", "application/json")


@pytest.fixture(scope="module")
def graph() -> GovernanceGraph:
    return GovernanceGraph.open(Settings())


@pytest.fixture(scope="module")
def shipped(graph: GovernanceGraph) -> Iterator[TestClient]:
    app = create_app(Settings(answer_cache_bytes=0), graph, sparql=lambda *_: None)
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def iris(graph: GovernanceGraph) -> list[str]:
    """Our IRIs that are subjects or objects, without what comes after ``#``: that is never sent."""
    found = set()
    content = gzip.decompress((graph.snapshot.folder / "base.nq.gz").read_bytes())
    for quad in parse(content, format=RdfFormat.N_QUADS):
        terms = (quad.subject, quad.object)
        found |= {term.value.partition("#")[0] for term in terms if isinstance(term, NamedNode)}
    return sorted(iri for iri in found if iri.startswith(f"{BASE}/"))


def kind_of(iri: str) -> str:
    """The part of an IRI that says of which kind it is: ``id/org``, ``concept/status``, ``ns``."""
    first, _, rest = iri.removeprefix(f"{BASE}/").partition("/")
    return f"{first}/{rest.partition('/')[0]}"


@pytest.fixture(scope="module")
def sample(iris: list[str]) -> list[str]:
    """All IRIs of small kinds, and of large ones some of them, evenly spread."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for iri in iris:
        kinds[kind_of(iri)].append(iri)
    return [iri for found in kinds.values() for iri in found[:: 1 + len(found) // MOST]]


@pytest.fixture(scope="module")
def pages(shipped: TestClient, sample: list[str]) -> dict[str, str]:
    """The page of each IRI of the sample."""
    found = {}
    for iri in sample:
        answer = shipped.get(iri.removeprefix(BASE))
        assert answer.status_code == 303, (iri, answer.text)
        found[iri] = answer.headers["location"]
    return found


def test_every_iri_has_a_page(graph: GovernanceGraph, iris: list[str]) -> None:
    reading = graph.reading(graph.view(DAY), prepared=True)
    of_things = [iri for iri in iris if "/id/" in iri or "/concept/" in iri]
    assert len(of_things) > 6000
    assert [iri for iri in of_things if page_of(reading, iri) is None] == []


def test_the_page_is_that_of_the_thing_or_of_what_has_it(pages: dict[str, str]) -> None:
    routes: dict[str, set[str]] = defaultdict(set)
    for iri, page in pages.items():
        routes[kind_of(iri)].add(page.split("/")[1])
    for kind, route in ROUTES.items():
        assert routes[f"id/{kind}"] == {route}
    assert routes["id/name"] == {"organisations"}
    assert routes["id/identifier"] == {"organisations", "areas"}
    assert {"relations", "claims", "organisations"} <= routes["id/citation"]
    assert {route for kind, found in routes.items() if kind.startswith("concept/") for route in found} == {
        "concepts",
        "ontology",
    }
    assert pages[f"{BASE}/id/source/000"] == "/sources/wirral-2020-11-09"


@pytest.mark.slow
def test_every_page_is_there(shipped: TestClient, pages: dict[str, str]) -> None:
    """Each in one form by turns; the first of each route in all forms."""
    seen = set()
    for number, page in enumerate(sorted(set(pages.values()))):
        route = page.split("/")[1]
        forms = FORMS if route not in seen else (FORMS[number % len(FORMS)],)
        seen.add(route)
        for form in forms:
            if page == "/ontology" and form == "application/json":
                continue  # a document of the vocabulary, which only RDF can hold
            answer = shipped.get(page, headers={"Accept": form})
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, form), page


@pytest.mark.parametrize("form", FORMS)
def test_a_page_says_of_which_thing_it_is(shipped: TestClient, pages: dict[str, str], form: str) -> None:
    for kind in ("constituency", "electorate", "org", "name", "identifier", "citation"):
        iri = next(iri for iri in pages if f"/id/{kind}/" in iri)
        # Turtle writes the rest with a prefix.
        assert iri.rpartition("/")[2] in shipped.get(pages[iri], headers={"Accept": form}).text, (iri, form)


def test_the_form_and_the_day_go_along(client: TestClient) -> None:
    def location(path: str) -> str:
        answer = client.get(path)
        assert answer.status_code == 303
        assert "etag" not in answer.headers
        return str(answer.headers["location"])

    assert (
        location(f"/id/electorate/voters-of-the-realm.ttl?on={DAY}") == f"/electorates/voters-of-the-realm.ttl?on={DAY}"
    )
    assert location("/concept/function/nhs-commissioning") == "/concepts/function/nhs-commissioning"
    assert location("/concept/function/nhs-commissioning.jsonld") == "/concepts/function/nhs-commissioning.jsonld"
    assert location("/concept/function.ttl") == "/ontology.ttl"
    assert location("/ns") == "/ontology"


@pytest.mark.parametrize(
    "path",
    ["/id/name/none", "/id/node/none", "/id/constituency/none", "/concept/none", "/concept/none/none",
     "/concept/function/none", "/concept/function/%3E", "/concept/%3E"],
)  # fmt: skip
def test_what_is_not_there_leads_nowhere(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
