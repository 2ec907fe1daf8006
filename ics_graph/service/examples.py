"""Examples for the OpenAPI document: of every answer, made from its schema, and of every kind of problem."""

from __future__ import annotations

from typing import Any, Final

from ics_graph.service.problems import PROBLEM_TYPES, TYPE_BASE
from ics_graph.vocabulary import ID

PATH_EXAMPLES: Final = {
    "id": "nhs-wirral-ccg",
    "kind": "org",
    "scheme": "function",
    "slug": "nhs-commissioning",
    "name": "members-of-a-body",
    "day": "2020-11-09",
    "version": "0.1.0",
}
"""An example of every parameter of a path."""
PATH_TEXTS: Final = {
    "id": "The id that answers give; /search?q= finds it.",
    "kind": "The part of an IRI after `/id/`: org, area, post, person, instrument, rel, event, claim, source ...",
    "scheme": "A concept scheme: function, status, role ...",
    "slug": "The last part of an IRI.",
    "name": "The name that the list gives.",
    "day": "The day asked about, `YYYY-MM-DD`.",
    "version": "The number of a version.",
}

_DAY: Final = "2020-11-09"
_TEXTS: Final[dict[str, Any]] = {
    "id": "nhs-wirral-ccg",
    "iri": f"{ID}org/nhs-wirral-ccg",
    "name": "NHS Wirral CCG",
    "text": "NHS Wirral CCG",
    "title": "Report to the Wirral Partnerships Committee",
    "kind": "CCG",
    "type": "Accountability",
    "status": "in-force",
    "statuses": "in-force",
    "outcome": None,
    "lives": "yes",
    "holds": "yes",
    "level": "place",
    "on": _DAY,
    "known": None,
    "day": _DAY,
    "from": "2013-04-01",
    "until": "2022-07-01",
    "date": _DAY,
    "earliest": "2013-04-01",
    "latest": "2013-04-01",
    "first_attested": _DAY,
    "last_attested": _DAY,
    "attests": _DAY,
    "precision": "day",
    "certainty": "stated",
    "scheme": "ods",
    "value": "12F",
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "dataset": "3f6c0a52d1e84b97c5a2",
    "locator": "3.1.2",
    "paraphrase": "The CCG answers to NHS England.",
    "kinds": "statutory",
    "mechanisms": "assess",
    "functions": "nhs-commissioning",
    "media_type": "application/n-triples",
    "href": "/data/base.nt",
    "question": "Who are the members of a body on a day?",
    "version": "0.1.0",
    "next": None,
    "include": "unknown",
}
_DEEPEST: Final = 6


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits a schema of the document, in the words of the graph where a member has some."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth)
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]
        nullable = len(options) < len(schema["anyOf"])
        if nullable and (name not in _TEXTS or _TEXTS[name] is None or depth > _DEEPEST):
            return None
        return example_of(options[0], schemas, name, depth)
    if "enum" in schema:
        return _TEXTS[name] if _TEXTS.get(name) in schema["enum"] else schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object":
        members = schema.get("properties", {})
        return {member: example_of(inner, schemas, member, depth + 1) for member, inner in members.items()}
    if kind == "array" and "prefixItems" in schema:
        return [example_of(inner, schemas, name, depth + 1) for inner in schema["prefixItems"]]
    if kind == "array":
        return [] if depth > _DEEPEST or name == "include" else [example_of(schema["items"], schemas, name, depth + 1)]
    if kind == "string":
        return _TEXTS.get(name) or "..."
    return {"integer": 1, "number": 0.99, "boolean": False}.get(str(kind))


_MEMBERS: Final[dict[str, dict[str, Any]]] = {
    "invalid-parameter": {
        "detail": "on: '2020-13-01' is not a day of the calendar.",
        "parameter": "on",
    },
    "ambiguous": {
        "detail": "'ICP' means 2 entities; give the id of one.",
        "candidates": [{"id": "cheshire-east-icp", "description": "Cheshire East Integrated Care Partnership"}],
    },
    "bad-query": {"detail": "The query ends too early.", "line": 1, "column": 4, "hint": "Close the bracket."},
    "invalid-data": {"detail": "data: A bracket is missing.", "line": 3, "column": 9},
    "not-found": {
        "detail": "There is no organisation with the id 'none'.",
        "hint": "Look for it with /search?q=.",
    },
    "query-timeout": {"detail": "The query took longer than 10 s.", "limit": "query_deadline"},
    "too-large": {"detail": "The answer has more than 100,000 rows.", "limit": "query_rows"},
    "memory-exceeded": {"detail": "The query needed more memory than a worker may take.", "limit": "query_memory"},
    "limit-reached": {"detail": "A limit was reached.", "limit": "query_rows"},
    "busy": {"detail": "As many queries are waiting as may; ask again in a moment.", "limit": "query_queue"},
    "uri-too-long": {"detail": "The address is longer than 8192 bytes.", "limit": "address"},
}
"""What the examples of some kinds have beside the members that every problem has."""


def problem_example(kind: str) -> dict[str, Any]:
    """A problem document of a kind."""
    form = PROBLEM_TYPES[kind]
    members = _MEMBERS.get(kind, {})
    return {
        "type": TYPE_BASE + kind,
        "title": form.title,
        "status": form.status,
        "detail": f"{form.title}.",
        "instance": "/organisations/nhs-wirral-ccg",
        **members,
    }
