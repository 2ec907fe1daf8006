"""Another version of the graph takes the place of the one that is served, and no request notices."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

import httpx
import pytest

from tests.service.running import TOKEN, RunningService
from tests.support.small_graph import TURTLE

VERSIONS = ("Northton CCG", "Northton Renamed", "Northton Anew")
"""The name by which an answer tells which of the three versions its content is of."""
ORGANISATION = "/organisations/northton-ccg?on=2020-11-09"
QUERY = """PREFIX ics: <https://w3id.org/ics-graph/ns#>
SELECT ?text { <https://w3id.org/ics-graph/id/org/northton-ccg> ics:name/ics:text ?text }"""
SPARQL = "/sparql?on=2020-11-09&query=" + quote(QUERY)
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def version(number: int) -> str:
    assert VERSIONS[0] in TURTLE
    return TURTLE.replace(f'"{VERSIONS[0]}"', f'"{VERSIONS[number]}"')


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    started = RunningService(tmp_path_factory.mktemp("reloaded"), admin_token=TOKEN, query_deadline=4, query_workers=2)
    yield started
    started.stop()


def dataset(service: RunningService) -> str:
    return service.get("/healthz").headers["ics-graph-dataset"]


class Load:
    """Eight connections that ask until they are told to stop, and remember what they were answered."""

    def __init__(self, service: RunningService) -> None:
        self.answers: list[tuple[int, str, frozenset[str]]] = []
        self.faults: list[str] = []
        self.ended = threading.Event()
        self._service = service
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(8)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self, number: int) -> None:
        paths = [
            ORGANISATION,
            SPARQL,
            "/organisations/northton-ccg.ttl?on=2020-11-09",
            "/search?q=northton",
            f"{SPARQL}%23{number}",
            "/organisations?on=2020-11-09&limit=2",
            f"{ORGANISATION}&include=unknown",
        ]
        with httpx.Client(base_url=self._service.address, timeout=30) as client:
            for turn, path in enumerate(cycle(paths)):
                if self.ended.is_set():
                    return
                # Each third request is one that no cache has seen.
                fresh = f"{path}%20%23{number}-{turn}" if "query=" in path and turn % 3 == 0 else path
                try:
                    answer = client.get(fresh)
                except httpx.HTTPError as error:
                    self.faults.append(f"{fresh}: {error!r}")
                    continue
                named = frozenset(name for name in VERSIONS if name in answer.text)
                stated = answer.headers.get("ics-graph-dataset", "")
                if answer.headers["content-type"] == "application/json" and answer.json()["meta"]["dataset"] != stated:
                    self.faults.append(f"{fresh}: the body is of another dataset than the header")
                self.answers.append((answer.status_code, stated, named))


def test_two_reloads_under_load_lose_no_request_and_mix_nothing(service: RunningService) -> None:
    names = {dataset(service): VERSIONS[0]}
    with Load(service) as load:
        sleep(1)
        service.write(version(1))
        built = service.build()
        assert built.returncode == 0, built.stderr
        service.hang_up()
        swapped = service.wait_for("reload", result="swapped")
        names[swapped["dataset"]] = VERSIONS[1]
        sleep(1)
        service.write(version(2))
        assert service.build().returncode == 0
        answer = service.reload()
        assert answer.status_code == 200
        assert answer.json()["swapped"] is True
        assert answer.json()["previous"] == swapped["dataset"]
        names[answer.json()["dataset"]] = VERSIONS[2]
        sleep(1)
    assert load.faults == []
    assert Counter(status for status, _, _ in load.answers) == {200: len(load.answers)}
    assert {stated for _, stated, _ in load.answers} == set(names), "each version was seen"
    for _, stated, named in load.answers:
        assert named <= {names[stated]}, "a content of one version under the name of another"
    told = Counter(names[stated] for _, stated, named in load.answers if named)
    assert set(told) == set(VERSIONS)


def test_a_query_that_runs_keeps_its_version_whose_processes_then_end(service: RunningService) -> None:
    before = dataset(service)
    workers = service.children()
    answers: list[httpx.Response] = []
    query = f"/sparql?query={quote(SLOW)}"
    asking = threading.Thread(target=lambda: answers.append(service.get(query)))
    asking.start()
    sleep(1)
    service.write(version(0) + "\n# again\nb:new-body a <urn:x:Body> .\n")
    begun = monotonic()
    assert service.reload().json()["swapped"] is True
    assert monotonic() - begun < 15
    assert dataset(service) != before
    assert asking.is_alive() or answers[0].status_code == 408
    asking.join(20)
    assert answers[0].status_code == 408, "it reached its own deadline, and was not broken off by the reload"
    until = monotonic() + 10
    while monotonic() < until and len(service.children()) > len(workers):
        sleep(0.1)
    assert len(service.children()) == len(workers), "one template process for queries, one for validation"
    assert service.children() != workers


@pytest.mark.parametrize("broken", ["b:northton-ccg a .", "b:northton-ccg a ics:CCG ; ics:start 5 5 5"])
def test_data_that_cannot_be_read_is_refused_and_the_old_version_stays(service: RunningService, broken: str) -> None:
    before = dataset(service)
    refusals = len(service.events("reload"))
    service.write(TURTLE + broken)
    assert service.build().returncode == 3
    answer = service.reload()
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/reload-refused")
    assert "graph.ttl:" in answer.json()["detail"]
    assert str(service.data) not in answer.text
    assert service.get(ORGANISATION).headers["ics-graph-dataset"] == before
    service.hang_up()
    line = service.wait_for("reload", refusals + 2)
    assert (line["result"], line["level"], line["dataset"]) == ("refused", "error", before)
    assert service.get("/readyz").status_code == 200
    assert service.get(SPARQL).status_code == 200


def test_a_build_that_was_damaged_is_refused(service: RunningService) -> None:
    before = dataset(service)
    service.write(version(1) + "\nb:other-body a <urn:x:Body> .\n")
    built = service.build()
    folder = Path(built.stdout.splitlines()[0])
    content = (folder / "base.nq.gz").read_bytes()
    (folder / "base.nq.gz").write_bytes(content[: len(content) // 2])
    answer = service.reload()
    assert answer.status_code == 409
    assert dataset(service) == before
    (folder / "base.nq.gz").write_bytes(content)
    assert service.reload().json()["swapped"] is True


def test_nothing_new_is_no_swap(service: RunningService) -> None:
    service.reload()
    children = service.children()
    assert service.reload().json()["swapped"] is False
    assert service.children() == children


def test_only_who_has_the_token_and_is_on_this_machine_may_reload(service: RunningService) -> None:
    for token in ("", "wrong", TOKEN + "x", TOKEN[:-1], "é"):
        answer = service.reload(token) if token.isascii() and token else httpx.post(service.address + "/admin/reload")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert TOKEN not in answer.text
    assert service.reload(**{"X-Forwarded-For": "192.0.2.1"}).status_code == 403
    assert service.get("/admin/reload").status_code == 405
    assert "/admin/reload" not in service.get("/openapi.json").text


def test_without_a_token_there_is_no_such_route(tmp_path: Path) -> None:
    service = RunningService(tmp_path)
    try:
        answer = service.reload()
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("/no-such-route")
        service.hang_up()
        assert service.wait_for("reload")["result"] == "unchanged"
    finally:
        service.stop()
