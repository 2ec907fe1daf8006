"""The time vectors asked over HTTP: yes, unknown with ``include=unknown``, absent where the answer is no.

Once by the routes of bodies, once by SPARQL in the worker processes (where ``known`` is refused).
"""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from ics_graph.vocabulary import ICS, ID
from tests.support.time_vectors import Question, questions

QUESTIONS = [
    pytest.param(question, id=f"{question.case}: {question.on} {question.known or ''}") for question in questions()
]


def asked(question: Question, **further: str) -> dict[str, str]:
    parameters = {"on": question.on, "status": ",".join(question.statuses), **further}
    return {**parameters, "known": question.known} if question.known else parameters


def shown(client: TestClient, question: Question, **further: str) -> dict[str, str]:
    """The relations of the vector that an answer shows, with whether each holds."""
    identifier = question.body.removeprefix("org/")
    response = client.get(f"/organisations/{identifier}/relations", params=asked(question, **further))
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    assert answer["meta"]["on"] == question.on
    assert answer["meta"]["known"] == question.known
    assert answer["meta"]["statuses"] == list(question.statuses)
    assert answer["next"] is None
    wanted = {node.removeprefix("rel/") for node in (question.node, *question.others)}
    return {item["id"]: item["holds"] for item in answer["items"] if item["id"] in wanted}


@pytest.mark.parametrize("question", [param for param in QUESTIONS if not param.values[0].of_life])  # type: ignore[union-attr]
def test_relations_over_http(vectors_client: TestClient, question: Question) -> None:
    certain = shown(vectors_client, question)
    possible = shown(vectors_client, question, include="unknown")
    assert set(certain.values()) <= {"yes"}
    assert set(possible.values()) <= {"yes", "unknown"}
    assert certain.items() <= possible.items()
    assert ("yes" if certain else "unknown" if possible else "no") == question.holds


@pytest.mark.parametrize("question", [param for param in QUESTIONS if param.values[0].of_life])  # type: ignore[union-attr]
def test_lives_over_http(vectors_client: TestClient, question: Question) -> None:
    response = vectors_client.get(f"/organisations/{question.body.removeprefix('org/')}", params=asked(question))
    assert response.status_code == 200, response.text
    assert response.json()["lives"] == question.holds


def held(client: TestClient, question: Question, **further: str) -> bool:
    """Whether SPARQL finds a node of the vector in the graph of the day."""
    kind = "Existing" if question.of_life else "Holding"
    nodes = " ".join(f"<{ID}{node}>" for node in (question.node, *question.others))
    query = f"ASK {{ VALUES ?node {{ {nodes} }} ?node a <{ICS}{kind}> }}"
    parameters = {**asked(question, **further), "query": query}
    response = client.get("/sparql", params=parameters)
    assert response.status_code == 200, response.text
    truth: bool = response.json()["boolean"]
    assert client.post(f"/as-of/{parameters.pop('on')}/sparql", data=parameters).json() == response.json()
    return truth


@pytest.mark.parametrize("question", QUESTIONS)
def test_sparql_over_http(vectors_client: TestClient, question: Question) -> None:
    if question.known is not None:
        response = vectors_client.get("/sparql", params={**asked(question), "query": "ASK {}"})
        assert (response.status_code, response.json()["parameter"]) == (400, "known")
        return
    certain, possible = held(vectors_client, question), held(vectors_client, question, include="unknown")
    assert ("yes" if certain else "unknown" if possible else "no") == question.holds
