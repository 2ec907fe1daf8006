"""The OpenAPI document: it refers to nothing that is not there, and tells every form of error."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from ics_graph.service.problems import PROBLEM_TYPES
from tests.service.test_routes import ANSWERS

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "http.md"


@pytest.fixture(scope="module")
def document(client: TestClient) -> Any:
    response = client.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    return response.json()


def test_references_lead_somewhere(document: Any) -> None:
    references = set(re.findall(r'"\$ref":\s*"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references
    assert references <= set(document["components"]["schemas"])


def test_every_operation_tells_its_errors_as_problems(document: Any) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
            assert {"400", "406", "500"} <= set(errors), path
            for answer in errors.values():
                assert list(answer["content"]) == ["application/problem+json"]
            # A body that checks nothing is the only one told with 422; FastAPI would tell it of every route.
            assert ("422" in errors) == (path == "/validate"), path


@pytest.mark.parametrize(("route", "url"), [(route, url) for route, url, _ in ANSWERS])
def test_answers_fit_the_schemas(client: TestClient, document: Any, route: str, url: str) -> None:
    path = "/instruments/{id}" if route == "/instruments/{id}" else route
    answer = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = {**answer, "components": document["components"]}
    Draft202012Validator(schema).validate(client.get(url).json())


def test_parameters_are_described(document: Any) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                assert parameter["in"] == "path" or parameter.get("description"), (path, parameter["name"])
    names = {parameter["name"] for parameter in document["paths"]["/organisations"]["get"]["parameters"]}
    assert {"q", "kind", "level", "place", "system", "statutory", "on", "known", "status", "include"} < names


def test_both_sparql_addresses_are_there(document: Any) -> None:
    for path in ("/sparql", "/as-of/{day}/sparql"):
        item = document["paths"][path]
        assert set(item) == {"get", "post"}
        assert set(item["post"]["requestBody"]["content"]) == {
            "application/sparql-query",
            "application/x-www-form-urlencoded",
        }


def test_the_guide_names_every_route_parameter_and_problem(document: Any) -> None:
    guide = GUIDE.read_text("utf-8")
    for path, item in document["paths"].items():
        assert path in guide, path
        for parameter in (item.get("get") or item["post"]).get("parameters", []):
            assert parameter["in"] == "path" or f"`{parameter['name']}`" in guide, (path, parameter["name"])
    for kind, form in PROBLEM_TYPES.items():
        assert f"| `{kind}` | {form.status} |" in guide, kind
