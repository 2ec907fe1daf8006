"""Requests that schemathesis makes from the OpenAPI document, good and bad ones, against a running service.

Whatever is sent, the service answers as its document says: with a status, a form and a body that stand there, and never
with a fault. ``SCHEMATHESIS_EXAMPLES`` sets how many random requests each operation gets (5 unless given), besides
those of the examples and of the bounds of every parameter.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from ics_graph.service.app import create_app
from ics_graph.settings import Settings
from tests.service.running import TOKEN, RunningService
from tests.service.test_openapi_walk import GOOD

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "5"))
KNOWN = {
    **GOOD,
    "/queries/{name}": "/queries/groups-without-health-and-wellbeing-board-member",
    "/as-of/{day}/sparql": "/as-of/2020-11-09/sparql",
}
"""Addresses that are answered: a random id is none of the graph's."""
CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

GOOD_BODIES: dict[str, tuple[str, str]] = {
    "/validate": ("text/turtle", "<https://example.org/a> a <http://xmlns.com/foaf/0.1/Person> .")
}
"""What is posted to a route that knows no random text as good."""

pytestmark = pytest.mark.slow


@schemathesis.serializer(
    "application/sparql-query",
    "application/x-turtle",
    "application/trig",
    "application/n-triples",
    "application/n-quads",
)
def as_it_stands(_: schemathesis.SerializationContext, value: object) -> bytes:
    """A posted query or graph is its text."""
    return str(value).encode("utf-8", "surrogatepass")


# The document needs no graph, and no running service: only the routes.
schema = schemathesis.openapi.from_dict(create_app(Settings(admin_token=TOKEN)).openapi())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    started = RunningService(tmp_path_factory.mktemp("described"), query_deadline=2.0, admin_token=TOKEN)
    yield started
    started.stop()
    log = "".join(started.lines)
    assert "Traceback" not in log
    assert "A fault of ours" not in log


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
def test_the_service_answers_as_its_document_says(case: schemathesis.Case[Any], service: RunningService) -> None:
    case.call_and_validate(
        base_url=service.address, checks=[*CHECKS, negative_data_rejection, unsupported_method], timeout=20
    )
    # The same about something that is there, in each form that the document promises.
    known = known_parameters(case.operation.path)
    case.path_parameters.update(known)
    if case.operation.path in GOOD_BODIES:
        case.media_type, case.body = GOOD_BODIES[case.operation.path]
    promised = case.operation.definition.raw["responses"].get("200", {}).get("content", {})
    for form in promised or ("*/*",):
        case.headers["Accept"] = form
        case.call_and_validate(base_url=service.address, checks=CHECKS, timeout=20)


def test_every_route_was_asked_and_answered(service: RunningService) -> None:
    """What the test before has shown would else be little: that everything is refused in good form."""
    seen: dict[str, set[int]] = defaultdict(set)
    for line in service.events("request"):
        seen[line["route"].replace(":path}", "}")].add(line["status"])
    for path in schema:
        assert path in seen, path
        assert seen[path] & {200, 303} or path == "/admin/reload", (path, seen[path])


def known_parameters(template: str) -> dict[str, str]:
    """The parameters of an address that is answered."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/?]+)", template)
    found = re.match(pattern, KNOWN.get(template, template))
    return {} if found is None else found.groupdict()
