"""Settings: one frozen object, read once from the environment (prefix ``ICS_GRAPH_``).

Each field is documented in its ``doc`` metadata, from which ``docs/settings.md`` is generated and compared in a
test. A plain dataclass and not pydantic-settings: importing the latter costs 0.15 s, a third of what
``ics-graph ask`` may take as a whole process.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ics_graph.errors import InvalidParameter

PREFIX = "ICS_GRAPH_"
MOST_VALIDATE_BYTES = 32 << 20
"""A body goes to a worker in one message, which has a longest length (``ics_graph.workers.messages``)."""
LOG_LEVELS = ("off", "error", "warning", "info")
"""What ``log_level`` may be; each has the lines of those before it."""
SHORTEST_TOKEN = 16
_TOKEN = re.compile(rf"[A-Za-z0-9._~+/=-]{{{SHORTEST_TOKEN},}}")
PACKAGE_FOLDER = Path(__file__).resolve().parent


def shipped_folder(name: str) -> Path:
    """The folder ``ontology``, ``shapes``, ``data`` or ``queries`` of this installation.

    In a checkout these stand beside the package; a wheel carries them inside it.
    """
    inside = PACKAGE_FOLDER / "_shipped" / name
    return inside if inside.is_dir() else PACKAGE_FOLDER.parent / name


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ics-graph"


def _doc(text: str, **default: Any) -> Any:
    return field(metadata={"doc": text}, **default)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set. Durations are seconds, sizes are bytes unless the name says otherwise."""

    data: Path = _doc("Folder of the authored graph (Turtle).", default_factory=lambda: shipped_folder("data"))
    ontology: Path = _doc("Folder of the ontology and its schemes.", default_factory=lambda: shipped_folder("ontology"))
    shapes: Path = _doc("Folder of the SHACL rules.", default_factory=lambda: shipped_folder("shapes"))
    queries: Path = _doc("Folder of the stored queries.", default_factory=lambda: shipped_folder("queries"))
    cache: Path = _doc("Folder in which built snapshots are kept.", default_factory=_default_cache)
    host: str = _doc("Address the service listens on; loopback unless told otherwise.", default="127.0.0.1")
    port: int = _doc("Port the service listens on.", default=8000)
    base_iri: str = _doc(
        "IRI of the folder of data, against which relative IRIs in its files are resolved; without it they are errors.",
        default="",
    )
    union_default_graph: bool = _doc(
        "Whether the default graph of SPARQL holds the triples of all named graphs of the data as well "
        "(`true` or `false`).",
        default=False,
    )
    query_deadline: float = _doc("Longest time a query may take, queue included; then it is killed.", default=10.0)
    query_memory: int = _doc("Most memory a worker may hold beyond what the loaded graph takes.", default=1 << 30)
    query_rows: int = _doc("Most rows or triples one answer may have.", default=100_000)
    query_bytes: int = _doc("Largest answer in bytes.", default=64 << 20)
    query_length: int = _doc("Longest query text in bytes.", default=256 << 10)
    query_nesting: int = _doc(
        "Deepest nesting of brackets in a query (and a twentieth of the longest chain of operators): the engine's "
        "parser recurses, and at about 1,000 levels the process dies.",
        default=100,
    )
    query_workers: int = _doc("Worker processes that evaluate queries at the same time.", default=4)
    query_queue: int = _doc("Requests that may wait for a worker; a further one is refused at once.", default=64)
    query_allocator: str = _doc(
        "Library that manages the memory of workers in the place of the C library's own, where it is installed (on "
        "Debian `libjemalloc2`): small queries take a little less time. Empty: the C library's.",
        default="jemalloc",
    )
    answer_cache_bytes: int = _doc(
        "Memory for answers to GET that are kept to be given again, as long as the dataset stays; 0 keeps none.",
        default=64 << 20,
    )
    file_bytes: int = _doc("Largest file of RDF that is read to be validated.", default=1 << 30)
    request_bytes: int = _doc("Largest body of a request, except of one to validate.", default=1 << 20)
    request_timeout: float = _doc(
        "Longest time a request may take to arrive: its head, and after that its body, which has a second more for "
        "every 64 KiB.",
        default=15.0,
    )
    validate_bytes: int = _doc("Largest body of a request to validate; 32 MiB at most.", default=16 << 20)
    validate_triples: int = _doc("Most triples of data that one request may have validated.", default=500_000)
    validate_shapes: int = _doc("Most shapes that one request may bring.", default=1_000)
    validate_deadline: float = _doc(
        "Longest time a validation over HTTP may take, queue included; then it is killed.", default=30.0
    )
    validate_queue: int = _doc("Requests to validate that may wait; a further one is refused at once.", default=8)
    log_level: str = _doc(
        "Lines of the service's log on stderr: `info` has one for each request, `warning` those that reached a limit, "
        "`error` faults of ours, `off` none.",
        default="info",
    )
    log_query_length: int = _doc(
        "Longest query, in bytes, whose text the log may have; of longer ones it has length and SHA-256.", default=0
    )
    admin_token: str = field(
        default="",
        repr=False,
        metadata={
            "doc": "Token for `POST /admin/reload`, 16 characters at least; without one there is no such route (404)."
        },
    )
    tracing: bool = _doc(
        "Whether a trace has a span for each request (`true` or `false`; extra `tracing`); sent only where "
        "`OTEL_EXPORTER_OTLP_ENDPOINT` is set.",
        default=False,
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Settings from ``ICS_GRAPH_*`` variables; ``given`` (values that are not None) come before them.

        Raises :class:`~ics_graph.errors.InvalidParameter` naming the variable whose value cannot be read.
        """
        source = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for item in fields(cls):
            text = source.get(PREFIX + item.name.upper())
            if text is not None:
                values[item.name] = _convert(item.name, str(item.type), text)
        values.update({name: value for name, value in given.items() if value is not None})
        settings = cls(**values)
        if not 0 <= settings.port <= 65535:
            raise InvalidParameter("port", f"{PREFIX}PORT must be between 0 and 65535.")
        for name in (
            "query_deadline",
            "query_memory",
            "query_rows",
            "query_bytes",
            "query_length",
            "query_workers",
            "file_bytes",
            "request_timeout",
            "validate_bytes",
            "validate_triples",
            "validate_shapes",
            "validate_deadline",
        ):
            if getattr(settings, name) <= 0:
                raise InvalidParameter(name, f"{PREFIX}{name.upper()} must be greater than zero.")
        if settings.log_level not in LOG_LEVELS:
            raise InvalidParameter("log_level", f"{PREFIX}LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
        if settings.admin_token and not _TOKEN.fullmatch(settings.admin_token):
            text = f"{PREFIX}ADMIN_TOKEN must be {SHORTEST_TOKEN} letters and digits (also . _ ~ + / = -) or more."
            raise InvalidParameter("admin_token", text)
        if settings.validate_bytes > MOST_VALIDATE_BYTES:
            raise InvalidParameter("validate_bytes", f"{PREFIX}VALIDATE_BYTES must be {MOST_VALIDATE_BYTES} at most.")
        return settings


def _convert(name: str, kind: str, text: str) -> object:
    if not text.strip():
        raise InvalidParameter(name, f"{PREFIX}{name.upper()} is set to nothing: unset it, or give a value.")
    try:
        if kind == "Path":
            return Path(text)
        if kind == "int":
            return int(text)
        if kind == "bool":
            return {"true": True, "false": False}[text.strip().lower()]
        if kind == "float":
            return float(Decimal(text) if Decimal(text).is_finite() else "not a number of seconds")
    except (ValueError, KeyError, InvalidOperation):
        noun = {"int": "a whole number", "float": "a number", "bool": "true or false"}[kind]
        raise InvalidParameter(name, f"{PREFIX}{name.upper()} must be {noun}, not {text!r}.") from None
    return text
