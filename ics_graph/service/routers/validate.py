"""``POST /validate``: RDF in, findings out, as ``ics-graph validate`` gives them."""

from __future__ import annotations

from typing import Annotated, Any, Final, get_type_hints

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.errors import InvalidParameter
from ics_graph.service.abandoning import run_while_connected
from ics_graph.service.documents import document_of
from ics_graph.service.negotiation import JSON, TURTLE, Form, negotiate
from ics_graph.service.opened import holder_of
from ics_graph.service.parameters import refuse_duplicates
from ics_graph.service.problems import UnsupportedMediaType
from ics_graph.service.validate_request import FORM_TYPE, JSON_TYPE, MEMBERS, RDF_TYPES, read_posted
from ics_graph.service.validating import busy
from ics_graph.temporal.dates import day_parameter, today
from ics_graph.validation.findings import Checked, Finding
from ics_graph.workers.handles import Cancellation

router = APIRouter(tags=["validation"])

SARIF: Final = Form("sarif", "application/sarif+json")
FORMS: Final = {JSON: "json", TURTLE: "turtle", SARIF: "sarif"}
"""The forms of a report over HTTP, and their names in :mod:`ics_graph.validation.reports`; the first is the default."""


class ValidateParameters(BaseModel):
    """On which days the rules that depend on a day are checked."""

    model_config = ConfigDict(extra="forbid")

    on: str | None = Field(
        None,
        description="The day whose graph is checked, `YYYY-MM-DD`. Default: today in London.",
        examples=["2020-11-09"],
        json_schema_extra={"format": "date"},
    )
    all_dates: bool = Field(
        False, alias="all-dates", description="Check every day on which anything changes, not one; not with `on`."
    )


_FORBID: Final = ConfigDict(extra="forbid")
_HINTS: Final = get_type_hints(Finding)
_MEMBERS: Final[dict[str, Any]] = {
    name.rstrip("_"): (_HINTS[name], Field()) for name in Finding._fields if name != "result"
}
FindingDocument: Any = create_model(
    "Finding",
    __config__=_FORBID,
    __doc__="One finding: what is wrong, where it is written, which rule says so, why, and how to mend it.",
    **_MEMBERS,
)
ReportDocument: Any = create_model(
    "ValidationReport",
    __config__=_FORBID,
    __doc__="The findings of a validation, and how much was checked. `file` names the part of the request.",
    conforms=(bool, Field()),
    findings=(list[FindingDocument], Field()),
    checked=(document_of(Checked), Field()),
    on=(str | None, Field()),
)

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_BODY: Final = {
    "required": True,
    "content": {
        # What JSON-LD is, is the reader's to say: its documents may be any JSON.
        **{media_type: {"schema": {} if media_type.endswith("json") else _TEXT} for media_type in RDF_TYPES},
        FORM_TYPE: {
            "schema": {"type": "object", "properties": {"data": _TEXTS, "shapes": _TEXTS}, "required": ["data"]}
        },
        JSON_TYPE: {
            "schema": {
                "type": "object",
                "properties": dict.fromkeys(MEMBERS, _TEXT),
                "required": ["data"],
                "additionalProperties": False,
            }
        },
    },
}


@router.post("/validate", response_model=ReportDocument, openapi_extra={"requestBody": _BODY})
async def validate(request: Request, asked: Annotated[ValidateParameters, Query()]) -> Response:
    """Check posted RDF against posted SHACL shapes, or against the rules of this graph where none are posted."""
    refuse_duplicates(request)
    if asked.on is not None and asked.all_dates:
        raise InvalidParameter("all-dates", "on and all-dates exclude each other.")
    on = today() if asked.on is None else day_parameter("on", asked.on)
    form = negotiate(request, list(FORMS))
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaType("The body must not be compressed.")
    validation = holder_of(request.scope).validating()
    limiter = validation.limiter
    if limiter.available_tokens < 1:
        raise busy()
    body = await request.body()
    # Bodies are large: those that wait are counted, and the first one too many is refused.
    if limiter.available_tokens < 1:
        raise busy()
    content_type = request.headers.get("content-type")

    def work(cancellation: Cancellation) -> bytes:
        graphs = read_posted(content_type, body)
        return validation.validator.validate(
            graphs, on=on, all_dates=asked.all_dates, form=FORMS[form], cancellation=cancellation
        )

    report = await run_while_connected(request.receive, work, limiter)
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if not asked.all_dates:
        headers["ICS-Graph-On"] = on.isoformat()
    return Response(report, headers=headers, media_type=form.content_type)
