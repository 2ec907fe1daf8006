"""The OpenAPI document: what FastAPI knows of the routes, the forms of errors, and the SPARQL routes by hand."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ics_graph.service.answering import ANSWER_FORMS
from ics_graph.service.documents import Problem
from ics_graph.service.examples import PATH_EXAMPLES, PATH_TEXTS, example_of, problem_example
from ics_graph.service.front import VALIDATE_PATH
from ics_graph.service.linked import CONTEXT_PATH
from ics_graph.service.negotiation import GRAPH_FORMS, JSON, JSON_LD, N_QUADS, N_TRIPLES, TRIG, TURTLE, Form
from ics_graph.service.problems import MEDIA_TYPE, PROBLEM_TYPES
from ics_graph.service.routers.validate import FORMS
from ics_graph.service.sparql_request import SOLUTION_FORMS, TRIPLE_FORMS

ERRORS: Final = {
    400: "A parameter is unknown, given twice, or has a value that cannot be meant.",
    404: "Nothing has this id.",
    405: "The method is not allowed; `Allow` names those that are.",
    406: "The answer is not given in any form that the request takes.",
    408: "The request took too long to arrive.",
    413: "The body or the answer is larger than the limit.",
    414: "The address is too long.",
    431: "The headers are too long.",
    500: "A fault of ours.",
    503: "Not available just now; `Retry-After` says when to ask again.",
}
_QUERY_ERRORS: Final = {
    **ERRORS,
    400: "A parameter of the query is missing, unknown, given twice, or has a value that cannot be meant.",
    404: "There is no such query, or nothing has the id that a parameter gives.",
    408: "The query ran past its deadline and was stopped.",
    413: "The answer, or the memory it needs, is larger than the limit; `limit` names the setting.",
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
MODELLED: Final = JSON.media_type
_QUERY_EXAMPLE: Final = (
    "PREFIX ics: <https://w3id.org/ics-graph/ns#> SELECT * { ?body ics:accountableTo ?forum } LIMIT 5"
)
_FORMS_OF: Final[dict[str, tuple[Form, ...]]] = {
    "/ontology": GRAPH_FORMS,
    "/shapes": GRAPH_FORMS,
    "/queries/{name}": (*SOLUTION_FORMS, *TRIPLE_FORMS),
    "/data/{name}": (N_TRIPLES, N_QUADS, TURTLE, TRIG),
    CONTEXT_PATH: (JSON_LD,),
}
_OF_NO_DAY: Final = frozenset({"/healthz", "/readyz"})
"""Routes whose answers are never kept, and given as JSON only."""


def problem_responses(errors: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """The responses of errors as FastAPI and OpenAPI take them, with an example of each kind that the status has."""
    return {
        status: {
            "description": text,
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {
                        kind: {"$ref": f"#/components/examples/{kind}"}
                        for kind, form in PROBLEM_TYPES.items()
                        if form.status == status
                    },
                }
            },
        }
        for status, text in errors.items()
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
                _exemplify(operation, schemas)
        made["paths"].update(_sparql_paths())
        made["components"]["examples"] = {kind: {"value": problem_example(kind)} for kind in PROBLEM_TYPES}
        app.openapi_schema = made
    return app.openapi_schema


def _complete(path: str, operation: dict[str, Any]) -> None:
    """Errors are told as this service tells them, and entities also as RDF."""
    responses = operation["responses"]
    responses.pop("422", None)
    if path == VALIDATE_PATH:
        responses.update({str(status): value for status, value in problem_responses(_VALIDATE_ERRORS).items()})
        responses["200"]["content"].update(
            {form.media_type: {"schema": _text_or_json(form)} for form in FORMS if form is not JSON}
        )
        return
    errors = _QUERY_ERRORS if path == "/queries/{name}" else ERRORS
    responses.update({str(status): value for status, value in problem_responses(errors).items()})
    if "200" in responses:
        # Where there is a model, JSON is the first form, and the others are those of every answer.
        has_model = MODELLED in responses["200"].get("content", {})
        forms = _FORMS_OF.get(path, ANSWER_FORMS if has_model and path not in _OF_NO_DAY else ())
        content = {MODELLED: responses["200"]["content"][MODELLED]} if has_model else {}
        content.update({form.media_type: {"schema": _text_or_json(form)} for form in forms if form is not JSON})
        responses["200"]["content"] = content
    if "200" in responses and path not in _OF_NO_DAY:
        responses["304"] = {"description": "The client has this answer already (`If-None-Match`)."}


def _text_or_json(form: Form) -> dict[str, Any]:
    """The schema of an answer for which there is no model: a text, or JSON of a standard's own making."""
    if form.media_type == JSON_LD.media_type:
        return {"type": ["object", "array"]}
    return {"type": "object" if form.media_type.endswith("json") else "string"}


def _exemplify(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """An example of the answer, and of every parameter of the path."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["example"] = PATH_EXAMPLES[parameter["name"]]
            parameter.setdefault("description", PATH_TEXTS[parameter["name"]])
    found = operation["responses"].get("200", {}).get("content", {}).get(MODELLED)
    if found is not None and "schema" in found:
        found["example"] = example_of(found["schema"], schemas)


def _sparql_paths() -> dict[str, Any]:
    on = _parameter("on", "The day asked about; default today in London.", {"type": "string", "format": "date"})
    day = {**on, "name": "day", "in": "path", "required": True, "description": "The day asked about."}
    return {
        "/sparql": _sparql_item("", [on, *_dataset_parameters()]),
        "/as-of/{day}/sparql": _sparql_item("_as_of", [day]),
    }


def _dataset_parameters() -> list[dict[str, Any]]:
    schema = {"type": "array", "items": {"type": "string", "format": "iri"}}
    default = "Graphs of the dataset, or `https://w3id.org/ics-graph/as-of/` with a day, that make the default graph."
    return [
        {**_parameter("default-graph-uri", default, schema), "explode": True},
        {**_parameter("named-graph-uri", "Graphs of the dataset that GRAPH finds.", schema), "explode": True},
    ]


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
    query = {
        **_parameter("query", "A SPARQL 1.1 query; without one the service describes itself.", text),
        "example": _QUERY_EXAMPLE,
    }
    answers = {
        "200": {
            "description": "The whole answer; never a part of it.",
            "content": {form.media_type: {"schema": _text_or_json(form)} for form in (*SOLUTION_FORMS, *TRIPLE_FORMS)},
        },
        **{str(status): value for status, value in problem_responses(_SPARQL_ERRORS).items()},
    }
    unchanged = {"304": {"description": "The client has this answer already (`If-None-Match`)."}}
    body = {
        "required": True,
        "content": {
            "application/sparql-query": {"schema": text, "example": _QUERY_EXAMPLE},
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"query": text}, "required": ["query"]},
                "example": {"query": _QUERY_EXAMPLE},
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
