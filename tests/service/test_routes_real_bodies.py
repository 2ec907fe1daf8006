"""Real bodies that closed, merged or were renamed: each keeps its address and says what became of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from ics_graph.errors import IcsGraphError
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service.app import create_app
from ics_graph.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def shipped() -> Iterator[TestClient]:
    settings = Settings()
    try:
        graph = GovernanceGraph.open(settings)
    except IcsGraphError as error:  # pragma: no cover - told by the tests of the data
        pytest.fail(f"the shipped graph cannot be built: {error}")
    app = create_app(settings, graph, sparql=lambda *_: None)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def became(body: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    return {(change["id"], change["by"], change["day"]) for change in body["successors"]}


def test_wirral_ccg_closed_and_its_functions_passed_on(shipped: TestClient) -> None:
    before = shipped.get("/organisations/nhs-wirral-ccg?on=2022-06-30").json()
    after = shipped.get("/organisations/nhs-wirral-ccg?on=2022-07-01")
    assert after.status_code == 200
    body = after.json()
    assert (before["lives"], body["lives"]) == ("yes", "no")
    assert before["iri"] == body["iri"]
    assert body["end"]["latest"] == "2022-07-01"
    assert ("cm-icb", "TransferOfFunctions", "2022-07-01") in became(body)
    answer = shipped.get("/organisations/nhs-wirral-ccg/accountability?on=2022-07-01")
    assert (answer.status_code, answer.json()["chains"]) == (200, [])
    moved = shipped.get("/id/org/nhs-wirral-ccg?on=2022-07-01")
    assert (moved.status_code, moved.headers["location"]) == (303, "/organisations/nhs-wirral-ccg?on=2022-07-01")
    listed = shipped.get("/organisations?on=2022-07-01&kind=CCG").json()["items"]
    assert listed == []
    ended = shipped.get("/organisations?on=2022-07-01&kind=CCG&include=ended&limit=1000").json()["items"]
    assert "nhs-wirral-ccg" in {item["id"] for item in ended}


@pytest.mark.parametrize("ccg", ["eastern-cheshire-ccg", "south-cheshire-ccg", "vale-royal-ccg", "west-cheshire-ccg"])
def test_the_four_cheshire_ccgs_merged(shipped: TestClient, ccg: str) -> None:
    body = shipped.get(f"/organisations/{ccg}?on=2020-04-01").json()
    assert body["lives"] == "no"
    assert became(body) == {("nhs-cheshire-ccg", "Merger", "2020-04-01")}
    merged = shipped.get("/organisations/nhs-cheshire-ccg?on=2020-04-01").json()
    assert ccg in {change["id"] for change in merged["predecessors"]}
    history = shipped.get(f"/organisations/{ccg}/timeline").json()["items"]
    assert ("2020-04-01", "Merger", "original") in {
        (item["day"], item["sort"], item["takes_part_as"]) for item in history
    }
    [event] = {item["subject"]["id"] for item in history if item["sort"] == "Merger"}
    assert ccg in {part["id"] for part in shipped.get(f"/events/{event}").json()["original"]}


def test_mersey_and_west_lancashire_is_a_renamed_body(shipped: TestClient) -> None:
    url = "/organisations/st-helens-and-knowsley-trust"
    names = {day: shipped.get(f"{url}?on={day}&include=unknown").json()["name"] for day in ("2023-06-30", "2023-07-01")}
    assert names["2023-06-30"].startswith("St Helens and Knowsley")
    assert names["2023-07-01"].startswith("Mersey and West Lancashire")
    [hit, *_] = shipped.get("/search?q=Mersey+and+West+Lancashire&on=2020-11-09").json()["items"]
    assert hit["id"] == "st-helens-and-knowsley-trust"
    history = shipped.get(f"{url}/timeline").json()["items"]
    changes = {(item["day"], item["what"], item["sort"]) for item in history}
    assert {("2023-07-01", "happens", "Renaming"), ("2023-07-01", "happens", "Acquisition")} <= changes
    acquired = shipped.get("/organisations/southport-and-ormskirk-trust?on=2023-07-01").json()
    assert acquired["lives"] == "no"
    assert became(acquired) == {("st-helens-and-knowsley-trust", "Acquisition", "2023-07-01")}
