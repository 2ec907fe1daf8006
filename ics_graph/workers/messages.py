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

from ics_graph.vocabulary import PREFIXES

_LENGTHS: Final = struct.Struct("!IQ")
_LONGEST_HEADER: Final = 64 << 20
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode

OUR_PREFIXES: Final = "ours"
"""Stands in a payload for the prefixes of this project, which a worker knows already."""

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
    are those that the query is read with, and prefixes are used in the answer where its format has them. ``cacheable``
    says that the same job has the same answer the next time; it changes nothing for the worker.
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
    cacheable: bool = False

    def payload(self) -> dict[str, Any]:
        """The same as data for a worker, without the limits."""
        return {"query": self.query, **self.circumstances()}

    def circumstances(self) -> dict[str, Any]:
        """The payload without the query: what many jobs have in common."""
        return {
            "default_graphs": self.default_graphs,
            "named_graphs": self.named_graphs,
            "joined": self.joined,
            "solutions": self.solutions,
            "graphs": self.graphs,
            "substitutions": dict(self.substitutions),
            "prefixes": OUR_PREFIXES if self.prefixes is PREFIXES else dict(self.prefixes),
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


class UnreadError(DisconnectedError):
    """The other end is gone, and has not read all that was sent to it (which Linux tells by a connection reset)."""


def packed(header: Mapping[str, Any], body_length: int = 0) -> bytes:
    """A message but for its body."""
    text = _encode(header).encode()
    return _LENGTHS.pack(len(text), body_length) + text


class MessageReader:
    """A message that arrives in pieces, for one who cannot wait for it."""

    def __init__(self, longest_body: int) -> None:
        self._longest = longest_body
        self._content = bytearray()
        self._header_end = self._end = 0

    def take(self, piece: bytes | memoryview) -> bool:
        """Take a piece; gives whether the message is whole. Raises :class:`DisconnectedError` where it is none."""
        self._content += piece
        if not self._end:
            if len(self._content) < _LENGTHS.size:
                return False
            header_length, body_length = _LENGTHS.unpack_from(self._content)
            if header_length > _LONGEST_HEADER or body_length > self._longest:
                raise DisconnectedError
            self._header_end = _LENGTHS.size + header_length
            self._end = self._header_end + body_length
        if len(self._content) > self._end:
            raise DisconnectedError
        return len(self._content) == self._end

    def message(self) -> tuple[dict[str, Any], bytes]:
        """Header and body of the message, which is whole."""
        with memoryview(self._content) as view:
            header: dict[str, Any] = json.loads(bytes(view[_LENGTHS.size : self._header_end]))
            return header, bytes(view[self._header_end :])


def send_message(connection: socket.socket, header: Mapping[str, Any], body: bytes = b"") -> None:
    """Send one message. Raises OSError where the other end is gone, TimeoutError after the socket's time-out."""
    start = packed(header, len(body))
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
            raise UnreadError from None
        if not count:
            raise DisconnectedError
        filled += count
    return content
