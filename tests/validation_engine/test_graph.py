"""The tables of the engine: what stands in a copy is what stands in a table made anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ics_graph.validation.engine.graph import PredicateTable, group

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12, unique=True)


def _table(pairs: list[tuple[int, int]]) -> PredicateTable:
    table = PredicateTable()
    table.subjects, table.objects = [subject for subject, _ in pairs], [value for _, value in pairs]
    return table


def _plain(index: object) -> object:
    assert hasattr(index, "items")
    return {key: list(values) for key, values in index.items()}


@given(PAIRS, st.integers(0, 12), st.booleans())
def test_a_copy_with_more_pairs_has_the_indexes_of_all_of_them(
    pairs: list[tuple[int, int]], split: int, indexed: bool
) -> None:
    table = _table(pairs[:split])
    before = (_plain(group(table.subjects, table.objects)), _plain(group(table.objects, table.subjects)))
    if indexed:
        assert table.forward is not None
        assert table.inverse is not None
    copy, anew = table.with_pairs(pairs[split:]), _table(pairs)
    assert (copy.subjects, copy.objects) == (anew.subjects, anew.objects)
    assert (copy.subject_set, copy.object_set) == (anew.subject_set, anew.object_set)
    assert _plain(copy.forward) == _plain(anew.forward)
    assert _plain(copy.inverse) == _plain(anew.inverse)
    # The table that was copied is as it was.
    assert (_plain(table.forward), _plain(table.inverse)) == before
