"""Messages of the pool and its workers: whole, in any pieces, and nothing else."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.messages import (
    Answered,
    Asked,
    Circumstances,
    DisconnectedError,
    Limits,
    MessageStream,
    QueryJob,
    answering,
    asking,
    packed,
)

QUERY = "SELECT ('é中' AS ?x) {}"
JOB = QueryJob(QUERY, Circumstances(default_graphs=("", "urn:a"), named_graphs=(), prefixes=PREFIXES))
MESSAGES = (
    packed({"kind": "take-back"}),
    asking(JOB, 2.5, 10, 20),
    answering(b"", 0, triples=False, retire=False),
    answering(b"x" * 70, 1 << 40, triples=True, retire=True) + b"x" * 70,
    packed({"error": "bad-query"}, 3) + b"abc",
    asking(QueryJob("SELECT ?\ud800 {}"), 0.0, 1, 1),
)


@given(st.lists(st.integers(0, sum(map(len, MESSAGES))), max_size=8))
def test_messages_may_come_in_any_pieces(cuts: list[int]) -> None:
    whole, stream = b"".join(MESSAGES), MessageStream(10_000)
    found = []
    for begin, end in pairwise(sorted({0, len(whole), *cuts})):
        found += stream.take(whole[begin:end])
    (taking_back, _), (asked, body), (empty, nothing), (answered, answer), (error, told), (odd, half) = found
    assert (taking_back, error, told) == ({"kind": "take-back"}, {"error": "bad-query"}, b"abc")
    assert isinstance(asked, Asked)
    assert asked[:3] == (2.5, 10, 20)
    common, query = asked.read(body)
    assert (json.loads(common), query) == (json.loads(json.dumps(JOB.circumstances.payload())), QUERY)
    assert (empty, nothing) == (Answered(0, triples=False, retire=False), b"")
    assert (answered, answer) == (Answered(1 << 40, triples=True, retire=True), b"x" * 70)
    assert isinstance(odd, Asked)
    assert odd.read(half)[1] == "SELECT ?\ud800 {}"


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x00" * 12,
        b"\x00\x00\x00\x02" + b"\x00" * 8 + b"[]",
        b"\x00\x00\x00\x02" + b"\x00" * 8 + b"{x",
        b"\x00\x00\x00\x02" + b"\x00" * 8 + b"\x01x",
        b"\x00\x00\x00\x02" + b"\x00" * 8 + b"\x02x",
        b"\xff" * 12,
        packed({}, 10_001),
    ],
)
def test_what_is_no_message_is_refused(wrong: bytes) -> None:
    with pytest.raises(DisconnectedError):
        MessageStream(10_000).take(wrong)


def test_circumstances_are_the_same_where_a_worker_is_told_the_same() -> None:
    one = Circumstances(default_graphs=("urn:a",), substitutions={"a": "1", "b": "2"}, prefixes=PREFIXES)
    other = Circumstances(default_graphs=("urn:a",), substitutions={"b": "2", "a": "1"}, prefixes=PREFIXES)
    assert one == other
    assert hash(one) == hash(other)
    for different in (
        Circumstances(default_graphs=("urn:a",), prefixes=PREFIXES),
        Circumstances(default_graphs=("urn:a",), substitutions=one.substitutions),
        Circumstances(substitutions=one.substitutions, prefixes=PREFIXES),
        Circumstances(
            default_graphs=("urn:a",), substitutions=one.substitutions, prefixes=PREFIXES, limits=Limits(rows=1)
        ),
    ):
        assert one != different
    assert QueryJob("ASK {}", one) != QueryJob("ASK {}")
