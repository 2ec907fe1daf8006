"""The plain triples of a day, straight from the segment graphs: the time vectors once more, and the tree itself."""

from __future__ import annotations

import gzip
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, NamedNode, QuerySolutions, RdfFormat, Store

from ics_graph.store.snapshot import View
from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE
from ics_graph.temporal.rule import Interval
from ics_graph.temporal.segments import SegmentTree, join, subtract
from ics_graph.vocabulary import ICS, ID
from tests.support.graphs import vectors_snapshot
from tests.support.time_vectors import Question, questions

QUESTIONS = [
    pytest.param(question, id=f"{question.case}: {question.on}") for question in questions() if question.known is None
]


@lru_cache(maxsize=1)
def vectors_store() -> Store:
    store = Store()
    for path in vectors_snapshot().query_files:
        store.bulk_load(input=gzip.decompress(path.read_bytes()), format=RdfFormat.N_QUADS)
    return store


def found(question: Question, *, include_unknown: bool) -> set[str]:
    graph = vectors_snapshot().day_graph(
        View(date.fromisoformat(question.on), None, question.statuses, include_unknown)
    )
    kind = "Existing" if question.of_life else "Holding"
    result = vectors_store().query(
        f"SELECT ?node WHERE {{ ?node a <{ICS}{kind}> }}",
        default_graph=[DefaultGraph(), *(NamedNode(name) for name in graph.graphs)],
    )
    assert isinstance(result, QuerySolutions)
    return {str(row["node"]).strip("<>") for row in result}


@pytest.mark.parametrize("question", QUESTIONS)
def test_day_graph_holds_what_the_vector_says(question: Question) -> None:
    wanted = {ID + node for node in (question.node, *question.others)}
    certain = bool(found(question, include_unknown=False) & wanted)
    possible = bool(found(question, include_unknown=True) & wanted)
    assert ("yes" if certain else "unknown" if possible else "no") == question.holds


DAYS = st.dates(date(2010, 1, 1), date(2012, 12, 31))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    first = draw(st.one_of(st.just(UNBOUNDED_BEFORE), DAYS))
    after = draw(st.one_of(st.just(UNBOUNDED_AFTER), DAYS.filter(lambda day: day > first)))
    return first, after


@given(st.lists(intervals(), max_size=12), st.lists(DAYS, max_size=8))
def test_an_interval_covers_a_day_just_when_one_graph_of_its_path_does(
    spans: list[Interval], asked: list[date]
) -> None:
    tree = SegmentTree.over(spans)
    days = {*asked, *tree.change_days, *(day - timedelta(days=1) for day in tree.change_days)}
    for span in spans:
        nodes = tree.nodes(span)
        assert len(nodes) == len(set(nodes)) <= 2 * max(tree.leaves.bit_length(), 1)
        for day in days:
            met = set(nodes) & set(tree.path(day))
            assert len(met) == (1 if span[0] <= day < span[1] else 0)


@given(st.lists(intervals(), max_size=8), st.lists(intervals(), max_size=8), st.lists(DAYS, max_size=20))
def test_join_and_subtract_are_set_operations(one: list[Interval], two: list[Interval], asked: list[date]) -> None:
    def inside(day: date, spans: list[Interval]) -> bool:
        return any(first <= day < after for first, after in spans)

    joined, rest = join(one), subtract(one, two)
    assert all(before[1] < following[0] for before, following in pairwise(joined))
    for day in asked:
        assert inside(day, joined) == inside(day, one)
        assert inside(day, rest) == (inside(day, one) and not inside(day, two))


def test_a_path_has_few_graphs() -> None:
    tree = SegmentTree(tuple(date(2000, 1, 1) + timedelta(days=number) for number in range(4095)))
    assert len(tree.path(date(2005, 1, 1))) == 13
