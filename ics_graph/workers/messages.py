"""What passes between the pool, the template process and its workers.

A message is a header and a body of bytes, with the lengths of both before them. The header is JSON, but for the two
messages of which there are many: a query that a line of jobs sends, and its answer (:class:`Asked`, :class:`Answered`).
JSON and not pickle: what a worker says is read by the process that must not fall with it.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any, Final, NamedTuple

from ics_graph.vocabulary import PREFIXES

_LENGTHS: Final = struct.Struct("!IQ")
_ASKED: Final = struct.Struct("!BdQQI")
_ASKED_WHOLE: Final = struct.Struct("!IQBdQQI")
_ANSWERED: Final = struct.Struct("!BQ??")
_ANSWERED_WHOLE: Final = struct.Struct("!IQBQ??")
_ASKED_MARK, _ANSWERED_MARK = 1, 2
"""First bytes of headers that are no JSON."""
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


@dataclass(frozen=True, eq=False)
class Circumstances:
    """All that there is of a query job beside its query: one object for the many jobs that have it in common.

    ``default_graphs`` and ``named_graphs`` are the dataset, whatever FROM says; ``None`` leaves it to the query. With
    ``joined`` a triple that stands in several default graphs counts once, which costs a copy of all of them but the
    first: put the largest first. ``solutions`` and ``graphs`` are media types for rows or truth values, and for
    triples. ``substitutions`` gives variables (without ``?``) a term in N-Triples syntax; ``prefixes`` and ``base``
    are those that the query is read with, and prefixes are used in the answer where its format has them.
    """

    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    joined: bool = False
    solutions: str = "application/sparql-results+json"
    graphs: str = "text/turtle"
    substitutions: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    limits: Limits = Limits()
    encoded: bytes = field(init=False, repr=False)
    """The same for a worker, without the limits."""
    digest: bytes = field(init=False, repr=False)
    """It tells these circumstances from others, and is short: where there are many graphs ``encoded`` is not."""

    def __post_init__(self) -> None:
        """Encode, once for all the queries."""
        encoded = _encode(self.payload()).encode()
        object.__setattr__(self, "encoded", encoded)
        object.__setattr__(self, "digest", sha256(encoded + repr(self.limits).encode()).digest())

    def __eq__(self, other: object) -> bool:
        """Whether a worker is told the same, and the limits are the same."""
        return isinstance(other, Circumstances) and self.digest == other.digest

    def __hash__(self) -> int:
        """Quick, for a string of bytes keeps its own."""
        return hash(self.digest)

    def payload(self) -> dict[str, Any]:
        """The same as data for a worker, without the limits."""
        return {
            "default_graphs": self.default_graphs,
            "named_graphs": self.named_graphs,
            "joined": self.joined,
            "solutions": self.solutions,
            "graphs": self.graphs,
            "substitutions": dict(sorted(self.substitutions.items())),
            "prefixes": OUR_PREFIXES if self.prefixes is PREFIXES else dict(self.prefixes),
            "base": self.base,
        }


class QueryJob(NamedTuple):
    """A query to be evaluated.

    ``cacheable`` says that the same job has the same answer the next time; it changes nothing for the worker.
    """

    query: str
    circumstances: Circumstances = Circumstances()
    cacheable: bool = False

    def payload(self) -> dict[str, Any]:
        """The same as data for a worker, without the limits."""
        return {"query": self.query, **self.circumstances.payload()}


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
    text = _encode(header).encode()
    return _LENGTHS.pack(len(text), body_length) + text


class Asked(NamedTuple):
    """The header of a query: the seconds that it has left, the most rows and bytes of its answer.

    In the body its circumstances stand first (``common`` bytes of JSON), and then the query in UTF-8.
    """

    seconds: float
    rows: int
    size: int
    common: int

    def read(self, body: bytes) -> tuple[bytes, str]:
        """The two parts of the body: the circumstances as they came, and the query."""
        return body[: self.common], body[self.common :].decode("utf-8", "surrogatepass")


class Answered(NamedTuple):
    """The header of an answer: how many rows or triples it has, and which it has; and whether the worker ends now."""

    rows: int
    triples: bool
    retire: bool


Header = dict[str, Any] | Asked | Answered
Message = tuple[Header, bytes]


def asking(job: QueryJob, seconds: float, rows: int, size: int) -> bytes:
    """The message that asks a worker for the answer to a job; see :class:`Asked`."""
    common, query = job.circumstances.encoded, job.query.encode("utf-8", "surrogatepass")
    length = len(common)
    start = _ASKED_WHOLE.pack(_ASKED.size, length + len(query), _ASKED_MARK, seconds, rows, size, length)
    return start + common + query


def answering(body: bytes, rows: int, *, triples: bool, retire: bool) -> bytes:
    """The message that answers it, but for the body; see :class:`Answered`."""
    return _ANSWERED_WHOLE.pack(_ANSWERED.size, len(body), _ANSWERED_MARK, rows, triples, retire)


def _header(text: bytes) -> Header:
    try:
        if text[0] == _ANSWERED_MARK:
            return Answered(*_ANSWERED.unpack(text)[1:])
        if text[0] == _ASKED_MARK:
            return Asked(*_ASKED.unpack(text)[1:])
        header = json.loads(text)
    except (ValueError, IndexError, struct.error):
        raise DisconnectedError from None
    if not isinstance(header, dict):
        raise DisconnectedError
    return header


class MessageStream:
    """Messages that arrive one behind the other, in pieces of any length."""

    def __init__(self, longest_body: int | None = None) -> None:
        self.longest_body = longest_body
        """A body may have so many bytes; ``None``: any number. May be changed between two pieces."""
        self._content = bytearray()
        self._needed = 0

    def take(self, piece: bytes) -> list[Message]:
        """Take a piece; gives the messages that are whole now: header and body of each.

        Raises :class:`DisconnectedError` where something else comes.
        """
        messages: list[Message] = []
        if self._content:
            self._content += piece
            if len(self._content) < self._needed:
                return messages
            piece = bytes(self._content)
            self._content.clear()
        begin, length = 0, len(piece)
        self._needed = 0
        while length - begin >= _LENGTHS.size:
            header_length, body_length = _LENGTHS.unpack_from(piece, begin)
            if header_length > _LONGEST_HEADER or (self.longest_body is not None and body_length > self.longest_body):
                raise DisconnectedError
            body_begin = begin + _LENGTHS.size + header_length
            end = body_begin + body_length
            if length < end:
                self._needed = end - begin
                break
            messages.append((_header(piece[begin + _LENGTHS.size : body_begin]), piece[body_begin:end]))
            begin = end
        if begin < length:
            self._content += piece[begin:] if begin else piece
        return messages


def send_message(connection: socket.socket, header: Mapping[str, Any], body: bytes = b"") -> None:
    """Send one message. Raises OSError where the other end is gone, TimeoutError after the socket's time-out."""
    send(connection, packed(header, len(body)), body)


def send(connection: socket.socket, start: bytes, body: bytes) -> None:
    """Send a message of which the start is encoded. Raises as :func:`send_message`."""
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
