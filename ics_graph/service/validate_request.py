"""Reading what is posted to ``/validate``: one graph, a form with parts, or a JSON object.

Nothing in a body is taken for a path or an address: what is sent is RDF, or a fault in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from pathlib import PurePosixPath
from typing import Any, Final

from pyoxigraph import RdfFormat

from ics_graph.loading.sources import SYNTAXES
from ics_graph.service.multipart import FormPart, form_parts
from ics_graph.service.problems import BadRequest, UnsupportedMediaType

RDF_TYPES: Final = {
    "text/turtle": RdfFormat.TURTLE,
    "application/x-turtle": RdfFormat.TURTLE,
    "application/trig": RdfFormat.TRIG,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/n-quads": RdfFormat.N_QUADS,
    "text/n3": RdfFormat.N3,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
}
"""The media types in which graphs are read."""
FORM_TYPE: Final = "multipart/form-data"
JSON_TYPE: Final = "application/json"
MEMBERS: Final = ("data", "data_format", "shapes", "shapes_format")
_UNSTATED: Final = frozenset(("application/octet-stream", "text/plain"))
"""What clients say of a file whose type they do not know: then its suffix tells."""


@dataclass(frozen=True, slots=True)
class PostedGraph:
    """One graph as it was sent. ``name`` is what findings call it: ``data``, ``shapes``, ``shapes-2`` ..."""

    name: str
    syntax: RdfFormat
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PostedGraphs:
    """The data to be validated, and the shapes; without any, those that are shipped."""

    data: tuple[PostedGraph, ...]
    shapes: tuple[PostedGraph, ...] = ()


def read_posted(content_type: str | None, body: bytes) -> PostedGraphs:
    """The graphs in a body, told by its type.

    Raises UnsupportedMediaType for a type that is not read, and BadRequest for a body that is not of its type.
    """
    media_type = _plain(content_type)
    if media_type == FORM_TYPE:
        return _from_form(form_parts(content_type or "", body))
    if media_type == JSON_TYPE:
        return _from_json(body)
    return PostedGraphs((PostedGraph("data", syntax_named(content_type), body),))


def syntax_named(content_type: str | None) -> RdfFormat:
    """The syntax that a media type stands for; raises UnsupportedMediaType where it is none, or not UTF-8."""
    media_type = _plain(content_type)
    syntax = RDF_TYPES.get(media_type)
    if syntax is None:
        what = f"{media_type[:100]} is no RDF syntax that is read here." if media_type else "No media type is given."
        known = ", ".join((*RDF_TYPES, FORM_TYPE, JSON_TYPE))
        raise UnsupportedMediaType(what, hint=f"There are {known}.")
    charset = _header(content_type).get_param("charset", "utf-8")
    if str(charset).lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMediaType("RDF must be sent as UTF-8.")
    return syntax


def _header(content_type: str | None) -> Message:
    message = Message()
    message["Content-Type"] = content_type or ""
    return message


def _plain(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _from_form(parts: Iterable[FormPart]) -> PostedGraphs:
    found: dict[str, list[PostedGraph]] = {"data": [], "shapes": []}
    for part in parts:
        graphs = found.get(part.name)
        if graphs is None:
            raise BadRequest(f"The form has a part {part.name[:100]!r}; only data and shapes are read.")
        graphs.append(PostedGraph(_numbered(part.name, len(graphs)), _syntax_of(part), part.content))
    if not found["data"]:
        raise BadRequest("The form has no part data.")
    return PostedGraphs(tuple(found["data"]), tuple(found["shapes"]))


def _numbered(name: str, before: int) -> str:
    return name if before == 0 else f"{name}-{before + 1}"


def _syntax_of(part: FormPart) -> RdfFormat:
    """The syntax of a part: by its type, else by the suffix of its file's name, else Turtle."""
    if part.content_type is not None and _plain(part.content_type) not in _UNSTATED:
        return syntax_named(part.content_type)
    suffix = PurePosixPath(part.file_name or "").suffix.lower()
    if not suffix:
        return RdfFormat.TURTLE
    syntax = SYNTAXES.get(suffix)
    if syntax is None:
        raise UnsupportedMediaType(
            f"The suffix {suffix[:20]!r} stands for no RDF syntax.", hint=f"There are {', '.join(SYNTAXES)}."
        )
    return syntax


def _from_json(body: bytes) -> PostedGraphs:
    try:
        members: Any = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except (RecursionError, ValueError):
        raise BadRequest("The body is not JSON that can be read here.") from None
    if not isinstance(members, dict):
        raise BadRequest("The body must be a JSON object with the members data and, if you like, shapes.")
    for name, value in members.items():
        if name not in MEMBERS:
            raise BadRequest(f"The body has a member {name[:100]!r}; there are {', '.join(MEMBERS)}.")
        if not isinstance(value, str):
            raise BadRequest(f"{name} must be a text.")
    if "data" not in members:
        raise BadRequest("The body has no member data.")
    graphs = {
        name: PostedGraph(name, syntax_named(members.get(f"{name}_format", "text/turtle")), _bytes(name, members[name]))
        for name in ("data", "shapes")
        if name in members
    }
    return PostedGraphs((graphs["data"],), (graphs["shapes"],) if "shapes" in graphs else ())


def _bytes(name: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BadRequest(f"{name} holds half of a character (a lone surrogate).") from None
