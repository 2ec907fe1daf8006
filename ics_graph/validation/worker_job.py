"""Validation as a kind of job of a worker process: a stranger's data and a stranger's shapes, nowhere else.

A template process imports this module (``WorkerPool(..., modules=(MODULE,))``) before it forks, so that a job costs
only the validation. A worker can open no file and no socket, so the job brings all that is read. How a validation ends
badly is told in the header of the answer and not as an error of the pool: places and shapes' names survive that.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import RdfFormat

from ics_graph.errors import IcsGraphError, InvalidData, LimitReached, TooLarge
from ics_graph.loading.reader import ParsedFile, ParsedInput, read_bytes
from ics_graph.temporal.dates import today
from ics_graph.validation.engine.core_components import PARAMETERS
from ics_graph.validation.engine.namespace import TARGETS
from ics_graph.validation.reports.forms import FORMS, render
from ics_graph.validation.reports.rendering import Rendering
from ics_graph.validation.rules import SH
from ics_graph.validation.runner import SHAPES_NUMBER, validate_parsed
from ics_graph.vocabulary import RDF
from ics_graph.workers.evaluation import QueryEvaluator
from ics_graph.workers.worker import KINDS

ONTOLOGY_NUMBER: Final = SHAPES_NUMBER // 2
"""The first number of the ontology's files: those of the data are below."""

_SHAPE_CLASSES: Final = frozenset(f"<{SH}{name}>" for name in ("NodeShape", "PropertyShape"))
_TYPE: Final = f"<{RDF}type>"
_OF_SHAPES: Final = frozenset(f"<{SH}{name}>" for name in (*TARGETS, *PARAMETERS, "path", "sparql"))

_REHEARSED: Final = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <urn:x:> .
:s a sh:NodeShape ; sh:targetClass :C ; sh:property [ sh:path :p ; sh:pattern "^[0-9]\\\\S" ; sh:datatype :date ] ;
  sh:sparql [ sh:select "SELECT $this WHERE { $this a <urn:x:C> }" ; sh:message "It is {$this}." ] .
:a a :C ; :p "x" .
"""
"""Data and their shapes in one graph, with a finding of each sort. What its pattern needs of Unicode is slow."""


def validate_job(_store: QueryEvaluator, payload: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Validate what a payload brings (:func:`ics_graph.service.validating.payload_of`) and write the report.

    Gives ``{}`` and the bytes of the report, or ``{"refused": ...}`` with the parts of the error and no bytes. Raises
    MemoryError where memory runs out.
    """
    try:
        return {}, _report(payload)
    except IcsGraphError as error:
        return {"refused": _described(error)}, b""
    except RecursionError:
        deep = InvalidData("The shapes or the data are nested too deeply.", hint="Name parts instead of nesting them.")
        return {"refused": _described(deep)}, b""


def _report(payload: Mapping[str, Any]) -> bytes:
    data = _read(payload["data"], 0)
    triples = len(data)
    if triples > payload["most_triples"]:
        raise TooLarge(
            f"The data have more than {payload['most_triples']:,} triples.",
            setting="validate_triples",
            hint="Send them in parts, or validate on your own machine: ics-graph validate.",
        )
    if payload["shapes"]:
        shapes = _read(payload["shapes"], SHAPES_NUMBER)
        if count_shapes(shapes) > payload["most_shapes"]:
            raise TooLarge(
                f"There are more than {payload['most_shapes']:,} shapes.",
                setting="validate_shapes",
                hint="Send them in parts, or validate on your own machine: ics-graph validate.",
            )
    else:
        shapes = _shipped(payload["shipped_shapes"], SHAPES_NUMBER)
    report = validate_parsed(
        data,
        shapes,
        lambda: _shipped(payload["ontology"], ONTOLOGY_NUMBER),
        on=date.fromisoformat(payload["on"]),
        all_dates=payload["all_dates"],
    )
    content = render(report, payload["form"], Rendering()).encode("utf-8", "replace")
    if len(content) > payload["most_bytes"]:
        raise TooLarge(
            f"The report has more than {payload['most_bytes']:,} bytes.",
            setting="query_bytes",
            hint="Mend what it finds in a part of the data first.",
        )
    return content


def count_shapes(shapes: ParsedInput) -> int:
    """How many nodes are described as shapes: typed as one, or with a target, a path or a constraint."""
    found = set()
    for subject, predicate, value in shapes.rows:
        if predicate in _OF_SHAPES or (predicate == _TYPE and value in _SHAPE_CLASSES):
            found.add(subject)
    return len(found)


def _read(parts: Sequence[Mapping[str, str]], first_number: int) -> ParsedInput:
    """What came as parts, each ``{name, syntax, content}``: a media type, and bytes in base 64."""
    files: list[ParsedFile] = []
    for number, part in enumerate(parts, first_number):
        syntax = RdfFormat.from_media_type(part["syntax"])
        assert syntax is not None, part["syntax"]  # noqa: S101 - the service sends only those it has checked
        files.append(read_bytes(base64.b64decode(part["content"]), syntax, name=part["name"], number=number))
    return ParsedInput(tuple(files))


def _shipped(parts: Sequence[Mapping[str, str]], first_number: int) -> ParsedInput:
    """Our own shapes or ontology: parsed once in the life of a worker."""
    return _read_once(tuple((part["name"], part["syntax"], part["content"]) for part in parts), first_number)


@lru_cache(maxsize=4)
def _read_once(parts: tuple[tuple[str, str, str], ...], first_number: int) -> ParsedInput:
    return _read([dict(zip(("name", "syntax", "content"), part, strict=True)) for part in parts], first_number)


def _described(error: IcsGraphError) -> dict[str, Any]:
    place = error.position
    return {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint,
        "setting": error.setting if isinstance(error, LimitReached) else None,
        "place": None if place is None else [place.file, place.line, place.column],
    }


def _rehearse() -> None:
    """Do one small job in each form.

    Python reads some modules (codecs, zones) when they are first needed, and a worker can open no file: they are read
    before the fork, and whatever is made once is made.
    """
    today()
    "\u00e9".encode("unicode_escape")
    part = {"name": "data", "syntax": "text/turtle", "content": base64.b64encode(_REHEARSED.encode()).decode()}
    payload = {"data": [part], "shapes": [part], "on": "2020-11-09", "all_dates": False}
    most = {"most_triples": 100, "most_shapes": 100, "most_bytes": 1 << 20}
    for form in FORMS:
        _report({**payload, **most, "form": form})
    wrong = base64.b64encode(b"\xff").decode()
    for syntax in ("application/ld+json", "application/rdf+xml", "application/n-triples"):
        with contextlib.suppress(IcsGraphError):
            _read([{"name": "data", "syntax": syntax, "content": wrong}], 0)


KINDS["validate"] = validate_job
_rehearse()
