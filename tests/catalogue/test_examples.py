"""Every stored query runs, answers what the sources say, and answers it alike each time."""

from __future__ import annotations

import random
import re
from functools import lru_cache

import pytest
from pyoxigraph import Store

from tests.catalogue import evaluating
from tests.catalogue.evaluating import QUERIES, rows, shipped_store
from tests.catalogue.expectations import EXPECTATIONS, Expectation, Row
from tests.catalogue.general_expectations import GENERAL_EXPECTATIONS

ALL = (*EXPECTATIONS, *GENERAL_EXPECTATIONS)


@lru_cache(maxsize=1)
def shuffled_store() -> Store:
    """The shipped store, filled in another order."""
    quads = list(shipped_store())
    random.Random(7).shuffle(quads)  # noqa: S311 - any other order will do
    other = Store()
    other.extend(quads)
    return other


def is_among(wanted: Row, found: list[dict[str, str]]) -> bool:
    """Whether a row has the wanted values (and others, of which nothing is said)."""
    return any(wanted.items() <= row.items() for row in found)


@pytest.mark.parametrize("expected", ALL, ids=lambda item: f"{item.query} {' '.join(item.given.values())}")
def test_rows_are_what_the_sources_say(expected: Expectation) -> None:
    found = rows(expected.query, expected.given)
    for row in expected.present:
        assert is_among(row, found), f"missing: {row}"
    for row in expected.absent:
        assert not is_among(row, found), f"there, though no source says so: {row}"
    if expected.count is not None:
        assert len(found) == expected.count


@pytest.mark.parametrize("name", QUERIES)
def test_every_example_has_expected_rows(name: str) -> None:
    """The example that users are shown is one of those checked against the sources, and answers something."""
    example = QUERIES[name].example
    assert any(item.query == name and item.given == example and item.present for item in ALL)
    assert rows(name, example)


@pytest.mark.parametrize("name", QUERIES)
def test_both_ways_of_binding_give_the_same_rows(name: str) -> None:
    """With terms in place of variables, as our workers do, and with the engine's own substitution.

    The engine refuses a variable that is not selected, and does not see one in BIND or in a subselect: so a shipped
    query selects its parameters and uses them in patterns. What may be left out is left out here: the engine's BOUND
    knows of no substitution.
    """
    query = QUERIES[name]
    optional = {parameter.name for parameter in query.parameters if parameter.optional}
    example = {key: value for key, value in query.example.items() if key not in optional}
    assert rows(name, example) == rows(name, example, by_engine=True)


@pytest.mark.parametrize("name", QUERIES)
def test_rows_are_distinct_and_ordered_without_ties(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query = QUERIES[name]
    found = rows(name, query.example)
    assert len({tuple(sorted(row.items())) for row in found}) == len(found)
    # Ordered by every column but the parameters that have to be given, so that no two rows tie.
    ordered = set(re.findall(r"\?(\w+)", query.text.rpartition("ORDER BY")[2]))
    assert evaluating.columns(name) - {each.name for each in query.parameters if not each.optional} == ordered
    monkeypatch.setattr(evaluating, "shipped_store", shuffled_store)
    assert rows(name, query.example) == found


@pytest.mark.parametrize(
    "name", [name for name, query in QUERIES.items() if [each.needed for each in query.parameters] == [True]]
)
def test_a_parameter_is_on_every_row(name: str) -> None:
    query = QUERIES[name]
    (parameter,) = query.parameters
    assert len({row[parameter.name] for row in rows(name, query.example)}) == 1
