"""Answers that are kept: bounded in bytes, told apart by all they rest on, and known before they are computed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service import answering
from ics_graph.service.answer_cache import ENTRY, AnswerCache, RepeatedRequests, is_known
from ics_graph.service.answering import encoded
from ics_graph.service.app import create_app
from ics_graph.settings import Settings
from tests.service.scripted import scripted
from tests.support.graphs import ONTOLOGY
from tests.support.small_graph import small_snapshot

TODAY = date(2020, 11, 9)


def scope(query: bytes = b"query=ASK", *headers: tuple[bytes, bytes], method: str = "GET") -> dict[str, Any]:
    return {"method": method, "path": "/sparql", "query_string": query, "headers": [(b"host", b"x"), *headers]}


def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    cache: AnswerCache[int] = AnswerCache(10 * ENTRY)
    for number in range(12):
        cache.put(number, number, 0)
        cache.get(0)
    assert cache.bytes == 10 * ENTRY
    assert [number for number in range(12) if cache.get(number) is not None] == [0, *range(3, 12)]
    cache.put("large", 1, 9 * ENTRY)
    assert cache.get("large") is None, "it would push out all the others"


def test_the_same_key_counts_once() -> None:
    cache: AnswerCache[int] = AnswerCache(100 * ENTRY)
    for _ in range(5):
        cache.put("one", 1, 1000)
    assert (len(cache), cache.bytes) == (1, ENTRY + 1000)


def test_a_request_is_told_apart_by_all_its_answer_rests_on() -> None:
    repeated = RepeatedRequests(1 << 20)
    keys = {
        repeated.key(scope(), "dataset", TODAY),
        repeated.key(scope(b"query=ASK{}"), "dataset", TODAY),
        repeated.key(scope(b"query=ASK", (b"accept", b"text/csv")), "dataset", TODAY),
        repeated.key(scope(), "another", TODAY),
        repeated.key(scope(), "dataset", date(2020, 11, 10)),
    }
    assert len(keys) == 5
    assert repeated.key(scope(), "dataset", TODAY) == repeated.key(scope(method="HEAD"), "dataset", TODAY)
    assert repeated.key(scope(method="POST"), "dataset", TODAY) is None
    assert repeated.key(scope(b"", (b"authorization", b"x")), "dataset", TODAY) is None


@pytest.mark.parametrize(("most", "made"), [(0, 3), (1 << 20, 1)])
def test_nothing_is_kept_where_nothing_may_be(most: int, made: int, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0

    def counted(value: object) -> bytes:
        nonlocal count
        count += 1
        return encoded(value)

    monkeypatch.setattr(answering, "encoded", counted)
    settings = Settings(ontology=ONTOLOGY, answer_cache_bytes=most)
    with TestClient(create_app(settings, GovernanceGraph(small_snapshot()), sparql=lambda *_: scripted)) as client:
        answers = {client.get("/organisations/northton-ccg?on=2020-11-09").content for _ in range(3)}
    assert (len(answers), count) == (1, made)


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ([(b"etag", b'"a"'), (b"vary", b"Accept")], True),
        ([(b"vary", b"Accept")], False),
        ([(b"etag", b'"a"'), (b"vary", b"Accept"), (b"cache-control", b"no-store")], False),
        ([(b"etag", b'"a"'), (b"vary", b"Accept, Cookie")], False),
        ([(b"etag", b'"a"'), (b"vary", b"Accept"), (b"set-cookie", b"x")], False),
    ],
)
def test_only_what_may_be_stored_is_kept(headers: list[tuple[bytes, bytes]], kept: bool) -> None:
    repeated = RepeatedRequests(1 << 20)
    key = repeated.key(scope(), "dataset", TODAY)
    assert key is not None
    repeated.keep(key, headers, b"body", "/sparql")
    assert (repeated.cache.get(key) is not None) == kept


def test_the_validator_of_a_kept_answer() -> None:
    assert is_known(scope(b"", (b"if-none-match", b'"a", W/"b"')), '"b"')
    assert not is_known(scope(b"", (b"if-none-match", b'"a"')), '"b"')
    assert not is_known(scope(), '"b"')
