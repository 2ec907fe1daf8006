"""Which form of an answer to give: by suffix, else by the weights of ``Accept`` (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from ics_graph.service.problems import NotAcceptable

SUFFIX_KEY: Final = "ics_graph.suffix"
"""Key of the request's scope under which the front leaves the suffix that it took off the path."""
METHOD_KEY: Final = "ics_graph.method"
"""Key of the request's scope under which the front leaves the method that was asked for: routes see HEAD as GET."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which answers are given: its suffix, its media type, and other names that clients give it."""

    suffix: str
    media_type: str
    also: tuple[str, ...] = ()
    charset: bool = False

    @property
    def content_type(self) -> str:
        """The value of the header ``Content-Type``."""
        return f"{self.media_type}; charset=utf-8" if self.charset else self.media_type


JSON: Final = Form("json", "application/json")
TURTLE: Final = Form("ttl", "text/turtle", ("application/x-turtle",), charset=True)
JSON_LD: Final = Form("jsonld", "application/ld+json")
N_TRIPLES: Final = Form("nt", "application/n-triples")
N_QUADS: Final = Form("nq", "application/n-quads", ("text/x-nquads",))
TRIG: Final = Form("trig", "application/trig", ("application/x-trig",), charset=True)
CSV: Final = Form("csv", "text/csv", charset=True)
RDF_XML: Final = Form("rdf", "application/rdf+xml", ("application/xml", "text/xml"))

ENTITY_FORMS: Final = (JSON, TURTLE, JSON_LD)
GRAPH_FORMS: Final = (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the "token" of RFC 9110
_RANGE = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*((?:;[^,]*)?)\Z")
_WEIGHT = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|\Z)", re.IGNORECASE)
_ANY_WEIGHT = re.compile(r";\s*q\s*=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One entry of ``Accept``."""

    type: str
    subtype: str
    weight: float

    def precision(self, media_type: str) -> int:
        """How precisely this range names a media type: 2 exactly, 1 its type, 0 anything; -1 not at all."""
        if f"{self.type}/{self.subtype}" == media_type:
            return 2
        if self.subtype == "*" and self.type == media_type.partition("/")[0]:
            return 1
        return 0 if (self.type, self.subtype) == ("*", "*") else -1


def media_ranges(accept: str) -> list[MediaRange]:
    """The entries of an ``Accept`` header. What is no media range is left out; a bad weight makes it one."""
    found = []
    for entry in accept.split(","):
        match = _RANGE.match(entry)
        if match is None:
            continue
        parameters = match[3]
        weight = _WEIGHT.search(parameters)
        if weight is None and _ANY_WEIGHT.search(parameters):
            continue
        found.append(MediaRange(match[1].lower(), match[2].lower(), float(weight[1]) if weight else 1.0))
    return found


def preferred(accept: str | None, forms: Sequence[Form]) -> Form | None:
    """The form that ``Accept`` weighs highest, the earlier of two alike; ``None`` where it takes none of them.

    No header, or one in which nothing can be read, takes anything: the first form.
    """
    ranges = media_ranges(accept) if accept is not None else []
    if not ranges:
        return forms[0]
    best: tuple[float, Form] | None = None
    for form in forms:
        weight = _weight(ranges, form)
        if weight > 0 and (best is None or weight > best[0]):
            best = (weight, form)
    return best[1] if best else None


def _weight(ranges: Sequence[MediaRange], form: Form) -> float:
    """The weight of the most precise range; of several alike the highest.

    Other names of a form count where they are written out: a range such as ``text/*`` means what is text, not what
    some clients also call so.
    """
    matching = [(found, item.weight) for item in ranges if (found := item.precision(form.media_type)) >= 0]
    best = max(matching, default=(-1, 0.0))
    if best[0] < 2:
        named = [item.weight for item in ranges if f"{item.type}/{item.subtype}" in form.also]
        if named:
            return max(named)
    return best[1]


def accept_header(request: Request) -> str | None:
    """All ``Accept`` headers of a request as one; ``None`` where it has none."""
    values = request.headers.getlist("accept")
    return ", ".join(values) if values else None


def negotiate(request: Request, forms: Sequence[Form]) -> Form:
    """The form to answer in; raises NotAcceptable naming those that there are."""
    suffix = request.scope.get(SUFFIX_KEY)
    if suffix is not None:
        chosen = next((form for form in forms if form.suffix == suffix), None)
    else:
        chosen = preferred(accept_header(request), forms)
    if chosen is None:
        raise NotAcceptable(f"This page is given as {', '.join(form.media_type for form in forms)}.")
    return chosen
