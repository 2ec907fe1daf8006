"""Answers kept in memory to be given again: of SPARQL by what was asked, and of any route by the request as it came.

Both hold a bounded number of bytes and forget first what was asked for longest ago. Their keys name the dataset, so a
new one is never answered from an old one; nothing has to be thrown away when the graph is replaced. Only the event
loop uses them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from starlette.types import Scope

from ics_graph.service.caching import names_anything, names_tag

ENTRY: Final = 1024
"""Bytes that are counted for an entry beyond its body and its texts."""
_LARGEST_SHARE: Final = 8
"""No answer may take more than this part of the memory: it would push out all the others."""

Kept = TypeVar("Kept")


class AnswerCache(Generic[Kept]):
    """Answers by key, ``most`` bytes of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Kept | None:
        """The answer with this key, if it is kept."""
        found = self._entries.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._entries.move_to_end(key)
        return found[0]

    def peek(self, key: Hashable) -> Kept | None:
        """The same for one who has others look again where there is none: that is counted there."""
        return self.get(key) if key in self._entries else None

    def put(self, key: Hashable, answer: Kept, size: int) -> None:
        """Keep an answer of ``size`` bytes, key included; one that is too large is not kept."""
        size += ENTRY
        if size > self._most // _LARGEST_SHARE:
            return
        old = self._entries.pop(key, None)
        if old is not None:
            self.bytes -= old[1]
        self._entries[key] = (answer, size)
        self.bytes += size
        while self.bytes > self._most:
            _, (_, freed) = self._entries.popitem(last=False)
            self.bytes -= freed


RequestKey = tuple[str, bytes, bytes, str, date]


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """A whole response with status 200: its headers but those of every response, its body, its validator."""

    headers: list[tuple[bytes, bytes]]
    not_modified: list[tuple[bytes, bytes]]
    body: bytes
    tag: str
    route: str


_DESCRIBES_BODY: Final = frozenset({b"content-length", b"content-type"})


class RepeatedRequests:
    """Responses to GET and HEAD by path, query string, ``Accept``, dataset and day: what they are made from.

    A request that comes again is answered before it is read. Kept is what has a validator and may be stored.
    """

    def __init__(self, most: int) -> None:
        self.cache: AnswerCache[KeptResponse] = AnswerCache(most)

    def key(self, scope: Scope, dataset: str, today: date) -> RequestKey | None:
        """What tells a request from others; ``None`` where its answer may rest on more than that."""
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        accept = b""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = accept + b"," + value if accept else value
            elif name in {b"range", b"authorization", b"content-length", b"transfer-encoding"}:
                return None
        return scope["path"], scope["query_string"], accept, dataset, today

    def keep(self, key: RequestKey, headers: Iterable[tuple[bytes, bytes]], body: bytes, route: str) -> None:
        """Keep a response, if its headers let it be kept."""
        given = list(headers)
        named = dict(given)
        tag, control = named.get(b"etag"), named.get(b"cache-control", b"")
        if tag is None or b"no-store" in control or b"set-cookie" in named or named.get(b"vary", b"") != b"Accept":
            return
        unmodified = [(name, value) for name, value in given if name not in _DESCRIBES_BODY]
        size = (
            len(body) + len(key[0]) + len(key[1]) + len(key[2]) + sum(len(name) + len(value) for name, value in given)
        )
        self.cache.put(key, KeptResponse(given, unmodified, body, tag.decode("latin-1"), route), size)


def is_known(scope: Scope, tag: str) -> bool:
    """Whether the client has the answer with this validator already (``If-None-Match``)."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            given = value.decode("latin-1")
            return names_tag(given, tag) or names_anything(given)
    return False
