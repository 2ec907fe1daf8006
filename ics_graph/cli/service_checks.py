"""The checks of ``ics-graph doctor`` that look at a port, or at a service that answers at an address."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from ics_graph.cli.checks import Check, State, checked
from ics_graph.errors import InvalidParameter
from ics_graph.settings import Settings

_SECONDS: Final = 10
_MOST_BYTES: Final = 1 << 20
_CLOCKS_APART: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoRedirect(HTTPRedirectHandler):
    """Leaves redirects as they are: what is checked is the address that was given."""

    def redirect_request(self, *arguments: Any) -> None:
        del arguments


def ask(address: str) -> Answer:
    """The answer of an address, whatever its status. Raises OSError where there is none."""
    opener = build_opener(_NoRedirect, ProxyHandler({}))
    try:
        with opener.open(Request(address), timeout=_SECONDS) as response:  # noqa: S310 - http or https, see below
            return Answer(response.status, dict(response.headers.items()), response.read(_MOST_BYTES))
    except HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers.items()), error.read(_MOST_BYTES))


def service_checks(address: str, dataset: str | None) -> Iterator[Check]:
    """The checks of a service; ``dataset`` is the version that it should have, where that is known.

    Raises InvalidParameter where the address is none of the web.
    """
    if urlsplit(address).scheme not in {"http", "https"}:
        raise InvalidParameter("url", f"--url: {address!r} is no http or https address.")
    base = address.rstrip("/")

    def alive() -> tuple[State, str]:
        answer = ask(f"{base}/healthz")
        served = _header(answer, "ics-graph-dataset")
        if answer.status != 200 or served is None:
            return "fail", f"{base}/healthz answers {answer.status}, not as this service does"
        if dataset is not None and served != dataset:
            return "fail", f"it serves dataset {served[:12]}, and the data are {dataset[:12]}: build, then reload"
        return "ok", f"it answers from dataset {served[:12]}"

    def ready() -> tuple[State, str]:
        answer = ask(f"{base}/readyz")
        if answer.status == 200:
            return "ok", "its workers answer"
        return "fail", f"/readyz answers {answer.status}: {_detail(answer)}"

    def query() -> tuple[State, str]:
        answer = ask(f"{base}/sparql?query=ASK%7B%7D&format=json")
        return ("ok" if answer.status == 200 else "fail"), f"a query is answered with {answer.status}"

    def metrics() -> tuple[State, str]:
        answer = ask(f"{base}/metrics")
        if answer.status == 200:
            return "ok", "they can be read from here"
        return "note", f"/metrics answers {answer.status} here"

    def clocks() -> tuple[State, str]:
        stated = _header(ask(f"{base}/healthz"), "date")
        if stated is None:
            return "note", "it does not say what time it is"
        apart = abs(parsedate_to_datetime(stated) - datetime.now(UTC))
        return ("ok" if apart < _CLOCKS_APART else "fail"), f"{apart.total_seconds():.0f} s from the clock here"

    for name, check in (
        ("service", alive), ("readiness", ready), ("sparql", query), ("metrics", metrics), ("service clock", clocks)
    ):  # fmt: skip
        yield checked(name, check)


def port_check(settings: Settings, dataset: str | None) -> Check:
    """Whether the port of the settings is free, or this service answers on it."""

    def check() -> tuple[State, str]:
        from ics_graph.errors import Unavailable  # noqa: PLC0415
        from ics_graph.service.serving import bound_socket  # noqa: PLC0415 - the service is an extra

        where = f"port {settings.port} of {settings.host}"
        try:
            bound_socket(settings.host, settings.port).close()
        except Unavailable as error:
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            try:
                answer = ask(f"http://{host}:{settings.port}/healthz")
            except OSError:
                return "fail", error.message
            served = _header(answer, "ics-graph-dataset")
            if served is None:
                return "fail", error.message
            if dataset is not None and served != dataset:
                return "note", f"a service on {where} has dataset {served[:12]}, and the data are {dataset[:12]}"
            return "ok", f"a service answers on {where}"
        return "ok", f"{where} is free"

    return checked("port", check)


def _header(answer: Answer, name: str) -> str | None:
    return {key.lower(): value for key, value in answer.headers.items()}.get(name)


def _detail(answer: Answer) -> str:
    try:
        return str(json.loads(answer.body)["detail"])[:200]
    except (ValueError, KeyError, TypeError):
        return "no problem document"
