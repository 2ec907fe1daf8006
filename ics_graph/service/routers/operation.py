"""``/readyz``, ``/metrics`` and ``/admin/reload``: for those who run the service."""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ics_graph.service.answering import encoded
from ics_graph.service.documents import Readiness
from ics_graph.service.opened import holder_of
from ics_graph.service.operating import operation_of
from ics_graph.service.parameters import NoParameters
from ics_graph.service.problems import problem

router = APIRouter(tags=["service"])
admin_router = APIRouter(tags=["service"])

_NO_STORE: Final = {"Cache-Control": "no-store", "Vary": "Accept"}
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers by which proxies say that they pass on what another machine asked."""


@router.get("/readyz", response_model=Readiness)
async def readyz(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """Whether requests may be sent here: 200 once workers have answered, 503 before and while they cannot."""
    del asked  # it is there to refuse parameters
    readiness = operation_of(request.scope).readiness
    readiness.look()
    if not readiness.ready:
        return problem(request.scope, "not-ready", readiness.reason, headers={"Retry-After": "1"})
    dataset = holder_of(request.scope).opened().graph.snapshot.manifest.dataset
    body = encoded({"status": "ready", "dataset": dataset})
    return Response(body, headers={**_NO_STORE, "ICS-Graph-Dataset": dataset}, media_type="application/json")


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """Counters for Prometheus."""
    del asked
    from ics_graph.service.metrics import exposition  # noqa: PLC0415 - prometheus_client is looked for when used

    operation = operation_of(request.scope)
    body, media_type = exposition(operation.counts, operation.sources, request.headers.get("accept", ""))
    return Response(body, headers=_NO_STORE, media_type=media_type)


@admin_router.post("/admin/reload", include_in_schema=False)
async def reload(request: Request, asked: Annotated[NoParameters, Query()]) -> Response:
    """Move to the dataset as it is on the disk; 409 where that cannot be served, and the old one goes on."""
    del asked
    refused = _refusal(request)
    if refused is not None:
        return refused
    reloaded = await operation_of(request.scope).reloader.reload()
    content = {"dataset": reloaded.dataset, "previous": reloaded.previous, "swapped": reloaded.swapped}
    return Response(encoded(content), headers=_NO_STORE, media_type="application/json")


def _refusal(request: Request) -> Response | None:
    """Why somebody may not do this: not on this machine, or without the token."""
    forwarded = any(name in request.headers for name in _FORWARDED)
    if forwarded or request.client is None or not is_loopback(request.client.host):
        return problem(request.scope, "forbidden", "This is taken from this machine only, and through no proxy.")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = holder_of(request.scope).settings.admin_token
    if scheme.lower() != "bearer" or not compare_digest(token.strip().encode("utf-8", "replace"), expected.encode()):
        text = "Give the token of the setting admin_token: Authorization: Bearer TOKEN."
        return problem(request.scope, "unauthorized", text, headers={"WWW-Authenticate": 'Bearer realm="ics-graph"'})
    return None


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own to itself."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
