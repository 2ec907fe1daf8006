"""``POST /validate`` under attack: the service answers on, nothing is fetched, nothing of this machine is read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from starlette.testclient import TestClient

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import Settings
from tests.service.scripted import scripted
from tests.service.test_problems import checked
from tests.service.test_validate import DATA, PREFIXES, SHAPES, posted
from tests.support.graphs import ONTOLOGY
from tests.support.small_graph import small_snapshot

DEADLINE = 3.0
# The filter needs all six at once, so that no planner can make the product smaller.
PRODUCT = (
    "$this ?p ?o . "
    + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(6))
    + f" FILTER (STRLEN(CONCAT({', '.join(f'STR(?a{n})' for n in range(6))})) = 1)"
)
SECRET = "secret-of-this-machine"  # noqa: S105 - what must not come back


@pytest.fixture(scope="module")
def attacked() -> Iterator[TestClient]:
    limits = Settings(
        ontology=ONTOLOGY,
        validate_deadline=DEADLINE,
        query_workers=1,
        validate_queue=0,
        query_memory=256 << 20,
    )
    app = create_app(limits, GovernanceGraph(small_snapshot()), sparql=lambda *_: scripted)
    with TestClient(app, raise_server_exceptions=False) as opened:
        # The first validation waits for the processes; the deadlines of the others are their own.
        assert posted(opened).status_code == 200
        yield opened


@pytest.fixture(autouse=True)
def service_answers_on(attacked: TestClient) -> Iterator[None]:
    yield
    assert attacked.get("/healthz").status_code == 200
    assert posted(attacked).json()["checked"]["focus_nodes"] == 2


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket on loopback that no validation may reach."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened
        opened.settimeout(0.3)
        with pytest.raises(TimeoutError):
            opened.accept()


def numbered_people(count: int) -> str:
    return PREFIXES + "".join(f"ex:p{n} a ex:Person ; ex:age {n} .\n" for n in range(count))


def with_query(pattern: str) -> str:
    return (
        f'{PREFIXES}ex:S sh:targetClass ex:Person ; sh:sparql [ sh:select """SELECT $this WHERE {{ {pattern} }}""" ] .'
    )


def test_cartesian_product_is_stopped(attacked: TestClient) -> None:
    started = monotonic()
    body = checked(posted(attacked, numbered_people(500), with_query(PRODUCT)), 408, "query-timeout")
    assert body["limit"] == "validate_deadline"
    assert monotonic() - started < DEADLINE + 2


def test_regular_expression_that_explodes_is_stopped(attacked: TestClient) -> None:
    shapes = f'{PREFIXES}ex:S sh:targetClass ex:Person ; sh:property [ sh:path ex:name ; sh:pattern "^(a+)+$" ] .'
    data = f'{PREFIXES}ex:p a ex:Person ; ex:name "{"a" * 60}!" .'
    started = monotonic()
    checked(posted(attacked, data, shapes), 408, "query-timeout")
    assert monotonic() - started < DEADLINE + 2


def test_huge_regular_expression(attacked: TestClient) -> None:
    shapes = f'{PREFIXES}ex:S sh:targetClass ex:Person ; sh:property [ sh:path ex:name ; sh:pattern "{{}}" ] .'
    data = f'{PREFIXES}ex:p a ex:Person ; ex:name "aaa" .'
    for pattern in ("(" * 50_000 + ")" * 50_000, "a{1,60000}" * 2_000, "(a|b)" * 200_000, "[\\\\p{L}]" * 200_000):
        response = posted(attacked, data, shapes.replace("{}", pattern))
        assert response.status_code in {200, 400, 408, 413}, response.text


def test_recursion_and_deep_nesting(attacked: TestClient) -> None:
    recursive = f"{PREFIXES}ex:S a sh:NodeShape ; sh:targetClass ex:Person ; sh:not ex:T . ex:T sh:node ex:S ."
    assert "recursive" in checked(posted(attacked, shapes=recursive), 400, "invalid-data")["detail"]
    chain = PREFIXES + "ex:s0 sh:targetClass ex:Person .\n"
    chain += "".join(f"ex:s{n} a sh:NodeShape ; sh:not ex:s{n + 1} .\n" for n in range(990))
    assert posted(attacked, shapes=chain).status_code in {200, 400}
    nested = f"{PREFIXES}ex:S sh:targetClass ex:Person ; sh:node {'[ sh:not ' * 5_000}[]{' ]' * 5_000} ."
    checked(posted(attacked, shapes=nested), 400, "invalid-data")
    listed = f"{PREFIXES}ex:S sh:targetClass ex:Person ; sh:path {'( ' * 5_000}{' )' * 5_000} ."
    checked(posted(attacked, shapes=listed), 400, "invalid-data")
    path = PREFIXES + "ex:S sh:targetClass ex:Person ; sh:path _:n0 ; sh:minCount 1 .\n"
    path += "".join(f"_:n{n} sh:inversePath _:n{n + 1} .\n" for n in range(20_000)) + "_:n20000 sh:inversePath ex:age ."
    checked(posted(attacked, shapes=path), 400, "invalid-data")


def test_ten_megabytes_of_shapes(attacked: TestClient) -> None:
    line = "ex:s{n} a sh:NodeShape ; sh:targetClass ex:Person ; sh:property [ sh:path ex:age ; sh:minCount 1 ] .\n"
    shapes = PREFIXES + "".join(line.replace("{n}", str(n)) for n in range(100_000))
    assert len(shapes) > 10_000_000
    response = posted(attacked, shapes=shapes)
    assert response.status_code in {408, 413}, response.text
    assert response.json()["limit"] in {"validate_shapes", "validate_deadline", "query_memory"}
    one = f"{PREFIXES}ex:s sh:targetClass ex:Person ; sh:in ( {'1 ' * 5_000_000}) ."
    assert posted(attacked, shapes=one).status_code in {200, 408, 413}


def test_memory_is_taken_from_a_worker_and_not_from_the_service(attacked: TestClient) -> None:
    data = f"@prefix e: <https://example.org/{'x' * 1_000_000}> .\n" + "".join(
        f"e:{n} a e:{n} .\n" for n in range(10_000)
    )
    body = checked(posted(attacked, data), 413, "memory-exceeded")
    assert body["limit"] == "query_memory"


def test_only_so_many_wait(attacked: TestClient) -> None:
    answers: list[Any] = []
    slow = threading.Thread(target=lambda: answers.append(posted(attacked, numbered_people(500), with_query(PRODUCT))))
    slow.start()
    sleep(0.7)
    response = posted(attacked)
    body = checked(response, 503, "busy")
    assert (body["limit"], response.headers["retry-after"]) == ("validate_queue", "1")
    assert attacked.get("/healthz").status_code == 200
    slow.join()
    assert answers[0].status_code == 408


def test_nothing_is_fetched(attacked: TestClient, listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    person = f'{{"@context": "{address}", "@type": "https://example.org/Person"}}'
    for format_, data in (
        ("application/ld+json", person),
        ("application/ld+json", f'{{"@context": {{"@import": "{address}"}}, "@id": "urn:a"}}'),
        ("application/rdf+xml", f'<!DOCTYPE r SYSTEM "{address}"><r/>'),
        ("application/rdf+xml", f'<!DOCTYPE r [<!ENTITY e SYSTEM "{address}">]><r>&e;</r>'),
        ("text/turtle", address),
        ("text/turtle", f"<{address}>"),
    ):
        body = {"data": data, "data_format": format_, "shapes": SHAPES}
        checked(attacked.post("/validate", json=body), 400, "invalid-data")
    imports = f"<{address}#o> a <http://www.w3.org/2002/07/owl#Ontology> ; "
    imports += f"<http://www.w3.org/2002/07/owl#imports> <{address}> .\n"
    checked(posted(attacked, DATA + imports), 400, "invalid-data")
    checked(posted(attacked, shapes=SHAPES + imports), 400, "invalid-data")
    graphs = f"<{address}> <http://www.w3.org/ns/shacl#shapesGraph> <{address}> .\n"
    assert posted(attacked, DATA + graphs).status_code == 200
    for pattern in (f"SERVICE <{address}> {{ ?s ?p ?o }}", f"SERVICE SILENT <{address}> {{ ?s ?p ?o }}"):
        checked(posted(attacked, shapes=with_query(f"$this ?a ?b . {pattern}")), 400, "invalid-data")
    assert posted(attacked, shapes=with_query(f"$this ?a ?b GRAPH <{address}> {{ ?s ?p ?o }}")).status_code in {
        200,
        400,
    }


def test_no_path_is_opened(attacked: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "secret.ttl"
    file.write_text(f'{PREFIXES}ex:one a ex:Person ; ex:age "{SECRET}" .\n', "utf-8")
    for data in (str(file), file.as_uri(), f"<{file.as_uri()}>", f"@{file}"):
        for response in (
            posted(attacked, data),
            posted(attacked, shapes=data),
            attacked.post("/validate", content=data, headers={"Content-Type": "text/turtle"}),
            attacked.post("/validate", files=[("data", (str(file), data)), ("shapes", ("s.ttl", SHAPES))]),
        ):
            assert SECRET not in response.text
            checked(response, 400, "invalid-data")
    imported = f"<> <http://www.w3.org/2002/07/owl#imports> <{file.as_uri()}> .\n".replace("<>", "<urn:x>")
    response = posted(attacked, DATA + imported)
    assert SECRET not in response.text
    checked(response, 400, "invalid-data")
    entity = f'<!DOCTYPE r [<!ENTITY e SYSTEM "{file.as_uri()}">]><r>&e;</r>'
    body = {"data": entity, "data_format": "application/rdf+xml", "shapes": SHAPES}
    response = attacked.post("/validate", json=body)
    assert SECRET not in response.text
    checked(response, 400, "invalid-data")
