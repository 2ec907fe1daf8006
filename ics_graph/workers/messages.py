"""What passes between the pool, the template process and its workers.

A message is a header in JSON and a body of bytes, with the lengths of both before them. JSON and not pickle: what a
worker says is read by the process that must not fall with it.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

_LENGTHS: Final = struct.Struct("!IQ")
_LONGEST_HEADER: Final = 64 << 20
_ACCEPTED: Final = b"+"

DEFAULT_GRAPH: Final = ""
"""Stands for the graph without a name in a list of graphs."""


@dataclass(frozen=True, slots=True)
class GraphSource:
    """What the workers hold, as data: either files, or a store on disk.

    ``files`` are read in their order into one store in memory, the format told by the suffix (``.nq``, ``.nt``,
    ``.ttl``, ``.trig``, ``.rdf`` ..., each also with ``.gz``). ``store`` is a folder of pyoxigraph, which each worker
    opens read-only.
    """

    files: tuple[Path, ...] = ()
    store: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """The same as data for the template process."""
        return {
            "files": [str(path) for path in self.files],
            "store": None if self.store is None else str(self.store),
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one job, where they differ from the settings: seconds, rows or triples, bytes of the answer."""

    deadline: float | None = None
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class QueryJob:
    """A query to be evaluated.

    ``default_graphs`` and ``named_graphs`` are the dataset, whatever FROM says; ``None`` leaves it to the query. With
    ``joined`` a triple that stands in several default graphs counts once, which costs a copy of all of them but the
    first: put the largest first. ``solutions`` and ``graphs`` are media types for rows or truth values, and for
    triples. ``substitutions`` gives variables (without ``?``) a term in N-Triples syntax; ``prefixes`` and ``base``
    are those that the query is read with, and prefixes are used in the answer where its format has them.
    """

    query: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    joined: bool = False
    solutions: str = "application/sparql-results+json"
    graphs: str = "text/turtle"
    substitutions: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    limits: Limits = Limits()

    def payload(self) -> dict[str, Any]:
        """The same as data for a worker, without the limits."""
        return {
            "query": self.query,
            "default_graphs": self.default_graphs,
            "named_graphs": self.named_graphs,
            "joined": self.joined,
            "solutions": self.solutions,
            "graphs": self.graphs,
            "substitutions": dict(self.substitutions),
            "prefixes": dict(self.prefixes),
            "base": self.base,
        }


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """A whole answer: its bytes, their media type, how many rows or triples they hold (a truth value counts as one),
    and the seconds from the call to the last byte, the queue included."""

    body: bytes
    media_type: str
    rows: int
    elapsed: float


class DisconnectedError(Exception):
    """The other end is gone."""


def send_message(connection: socket.socket, header: Mapping[str, Any], body: bytes = b"") -> None:
    """Send one message. Raises OSError where the other end is gone, TimeoutError after the socket's time-out."""
    text = json.dumps(header, separators=(",", ":")).encode()
    start = _LENGTHS.pack(len(text), len(body)) + text
    if len(body) <= 1 << 16:
        connection.sendall(start + body)
    else:
        connection.sendall(start)
        connection.sendall(body)


def receive_message(
    connection: socket.socket, *, until: float | None = None, longest_body: int | None = None
) -> tuple[dict[str, Any], bytes]:
    """The next message: header and body.

    ``until`` is a moment of the monotonic clock. Raises TimeoutError when it comes, and :class:`DisconnectedError`
    where the other end is gone or sends what is no message (a body longer than ``longest_body`` is none).
    """
    header_length, body_length = _LENGTHS.unpack(_receive(connection, _LENGTHS.size, until))
    if header_length > _LONGEST_HEADER or (longest_body is not None and body_length > longest_body):
        raise DisconnectedError
    header = json.loads(_receive(connection, header_length, until))
    return header, bytes(_receive(connection, body_length, until)) if body_length else b""


def accept_job(connection: socket.socket) -> None:
    """Say, in a worker, that a job has been taken up."""
    connection.sendall(_ACCEPTED)


def await_acceptance(connection: socket.socket, until: float) -> bool:
    """Whether a worker takes up the job it was sent; false where it died before. Raises TimeoutError at ``until``."""
    try:
        return _receive(connection, len(_ACCEPTED), until) == _ACCEPTED
    except DisconnectedError:
        return False


def _receive(connection: socket.socket, length: int, until: float | None) -> bytearray:
    content = bytearray(length)
    view, filled = memoryview(content), 0
    while filled < length:
        if until is not None:
            remaining = until - monotonic()
            if remaining <= 0:
                raise TimeoutError
            connection.settimeout(remaining)
        try:
            count = connection.recv_into(view[filled:])
        except ConnectionError:
            raise DisconnectedError from None
        if not count:
            raise DisconnectedError
        filled += count
    return content
