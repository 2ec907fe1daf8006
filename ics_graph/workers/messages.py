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
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any, Final, NamedTuple

from ics_graph.vocabulary import PREFIXES

_LENGTHS: Final = struct.Struct("!IQ")
_SHORT_HEADER: Final = 100
_LONGEST_HEADER: Final = 64 << 20
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode

OUR_PREFIXES: Final = "ours"
"""Stands in a payload for the prefixes of this project, which a worker knows already."""

TAKE_BACK: Final = "take-back"
"""The kind of a message that takes back all jobs before it which have not been begun; it has no other parts."""

DROPPED: Final = "dropped"
"""In the answer to it: how many jobs these were."""

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


class QueryAnswer(NamedTuple):
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
    return packed_text(_encode(header).encode(), body_length)


def packed_text(header: bytes, body_length: int = 0) -> bytes:
    """The same for a header that is JSON already."""
    return _LENGTHS.pack(len(header), body_length) + header


def _header(text: bytes) -> dict[str, Any]:
    # Most answers say the same of themselves; what has a query in it is read once.
    return dict(_kept_header(text)) if len(text) < _SHORT_HEADER else json.loads(text)


@lru_cache(maxsize=1024)
def _kept_header(text: bytes) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(text)
    return header


class MessageStream:
    """Messages that arrive one behind the other, in pieces of any length."""

    def __init__(self, longest_body: int | None = None) -> None:
        self.longest_body = longest_body
        """A body may have so many bytes; ``None``: any number. May be changed between two pieces."""
        self._content = bytearray()

    def take(self, piece: bytes | memoryview) -> list[tuple[dict[str, Any], bytes]]:
        """Take a piece; gives the messages that are whole now: header and body of each.

        Raises :class:`DisconnectedError` where something else comes.
        """
        content, messages, begin = self._content, list[tuple[dict[str, Any], bytes]](), 0
        content += piece
        with memoryview(content) as view:
            while len(view) - begin >= _LENGTHS.size:
                header_length, body_length = _LENGTHS.unpack_from(view, begin)
                if header_length > _LONGEST_HEADER or (
                    self.longest_body is not None and body_length > self.longest_body
                ):
                    raise DisconnectedError
                body_begin = begin + _LENGTHS.size + header_length
                end = body_begin + body_length
                if len(view) < end:
                    break
                messages.append((_header(bytes(view[begin + _LENGTHS.size : body_begin])), bytes(view[body_begin:end])))
                begin = end
        if begin:
            del content[:begin]
        return messages


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
