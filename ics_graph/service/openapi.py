"""The OpenAPI document: what FastAPI knows of the routes, the forms of errors, and the SPARQL routes by hand."""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ics_graph.service.documents import Problem
from ics_graph.service.front import VALIDATE_PATH
from ics_graph.service.negotiation import JSON
from ics_graph.service.problems import MEDIA_TYPE
from ics_graph.service.routers.validate import FORMS
from ics_graph.service.sparql_request import SOLUTION_FORMS, TRIPLE_FORMS

ERRORS: Final = {
    400: "A parameter is unknown, given twice, or has a value that cannot be meant.",
    404: "Nothing has this id.",
    405: "The method is not allowed; `Allow` names those that are.",
    406: "The answer is not given in any form that the request takes.",
    413: "The body or the answer is larger than the limit.",
    414: "The address is too long.",
    500: "A fault of ours.",
    503: "Not available just now; `Retry-After` says when to ask again.",
}
_VALIDATE_ERRORS: Final = {
    400: "The body, or RDF or a shape in it, is ill-formed; `line` and `column` say where.",
    405: ERRORS[405],
    406: ERRORS[406],
    408: "The validation ran past its deadline and was stopped.",
    413: "The body, the data, the shapes, or the memory they need is larger than the limit; `limit` names the setting.",
    414: ERRORS[414],
    415: "The body, or a part of it, is in a form that is not read here.",
    422: "No shape has a target in the data: nothing was checked, which is never a pass.",
    500: ERRORS[500],
    503: "No worker is free; `Retry-After` says when to ask again.",
}
_SPARQL_ERRORS: Final = {
    400: "The query is not SPARQL or asks for what is not allowed; `line`, `column` and `hint` say where.",
    403: "Updates are refused.",
    405: ERRORS[405],
    406: ERRORS[406],
    408: "The query ran past its deadline and was stopped.",
    413: "The query, its answer, or the memory it needs is larger than the limit; `limit` names the setting.",
    414: ERRORS[414],
    415: "The body is neither `application/sparql-query` nor URL-encoded.",
    500: ERRORS[500],
    503: "No worker is free; `Retry-After` says when to ask again.",
}
_ENTITY_FORMS: Final = ("text/turtle", "application/ld+json")


def problem_responses(errors: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """The responses of errors as FastAPI and OpenAPI take them."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}} for status, text in errors.items()
    }


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for path, item in made["paths"].items():
            for operation in item.values():
                _complete(path, operation)
        made["paths"].update(_sparql_paths())
        app.openapi_schema = made
    return app.openapi_schema


def _complete(path: str, operation: dict[str, Any]) -> None:
    """Errors are told as this service tells them, and entities also as RDF."""
    responses = operation["responses"]
    responses.pop("422", None)
    if path == VALIDATE_PATH:
        responses.update({str(status): value for status, value in problem_responses(_VALIDATE_ERRORS).items()})
        responses["200"]["content"].update(
            {form.media_type: {"schema": {"type": "string"}} for form in FORMS if form is not JSON}
        )
        return
    responses.update({str(status): value for status, value in problem_responses(ERRORS).items()})
    if re.fullmatch(r"/(?!id/)[a-z]+/\{id\}", path):
        responses["200"]["content"].update({name: {"schema": {"type": "string"}} for name in _ENTITY_FORMS})
    if path == "/ontology":
        forms = {form.media_type: {"schema": {"type": "string"}} for form in TRIPLE_FORMS}
        responses["200"]["content"] = forms
    if "200" in responses and path != "/healthz":
        responses["304"] = {"description": "The client has this answer already (`If-None-Match`)."}


def _sparql_paths() -> dict[str, Any]:
    on = _parameter("on", "The day asked about; default today in London.", {"type": "string", "format": "date"})
    day = {**on, "name": "day", "in": "path", "required": True, "description": "The day asked about."}
    return {
        "/sparql": _sparql_item("", [on]),
        "/as-of/{day}/sparql": _sparql_item("_as_of", [day]),
    }


def _parameter(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def _sparql_item(suffix: str, of_the_day: list[dict[str, Any]]) -> dict[str, Any]:
    text = {"type": "string"}
    view = [
        *of_the_day,
        _parameter("status", "Statuses of relations, separated by commas; default `in-force`.", text),
        _parameter("include", "`unknown` adds what may hold on the day.", {"type": "string", "enum": ["unknown"]}),
        _parameter("format", "The form of the answer, by suffix or media type; comes before `Accept`.", text),
    ]
    query = _parameter("query", "A SPARQL 1.1 query; without one the service describes itself.", text)
    answers = {
        "200": {
            "description": "The whole answer; never a part of it.",
            "content": {form.media_type: {"schema": text} for form in (*SOLUTION_FORMS, *TRIPLE_FORMS)},
        },
        **{str(status): value for status, value in problem_responses(_SPARQL_ERRORS).items()},
    }
    unchanged = {"304": {"description": "The client has this answer already (`If-None-Match`)."}}
    body = {
        "required": True,
        "content": {
            "application/sparql-query": {"schema": text},
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"query": text}, "required": ["query"]}
            },
        },
    }
    return {
        "get": {
            "tags": ["sparql"],
            "summary": "Answer a SPARQL query on the graph of a day",
            "operationId": f"sparql_get{suffix}",
            "parameters": [query, *view],
            "responses": {**answers, **unchanged},
        },
        "post": {
            "tags": ["sparql"],
            "summary": "Answer a posted SPARQL query on the graph of a day",
            "operationId": f"sparql_post{suffix}",
            "parameters": view,
            "requestBody": body,
            "responses": answers,
        },
    }
