"""What a store holds for queries with ``FILTER (?variable IN (...))``: no more than is asked for, and all of that."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ics_graph.validation.engine import CompiledShapes, compile_shapes
from ics_graph.validation.engine.sparql_query import prepare
from tests.validation_engine.graphs import DECLARED, EX, statements

ONLY = frozenset({EX + "A", EX + "B"})
RESTRICTED = [
    "$this ex:p ?value . FILTER (?value IN (ex:A, ex:B))",
    "FILTER (?value IN (ex:A, ex:B)) $this ex:p ?value",
    "$this ex:q ?other OPTIONAL { $this ex:p ?value . FILTER (?value IN (ex:A, ex:B)) }",
    "$this ex:q ?value . FILTER NOT EXISTS { $this ex:p ?x . FILTER (?x IN (ex:A, ex:B)) }",
    "$this ex:q ?value . FILTER EXISTS { ?value ex:p ?x . FILTER (?x IN (ex:A, <http://example.org/B>)) }",
    "{ $this ex:p ?value FILTER (?value IN (ex:A)) } UNION { $this ex:p ?value FILTER (?value IN (ex:B)) }",
    "$this ex:p ?value , ?second . FILTER (?second IN (ex:A, ex:B)) FILTER (?value IN (ex:B))",
]
OPEN = [
    "$this ex:p ?value . FILTER (?value NOT IN (ex:A, ex:B))",
    "$this ex:p ?value . FILTER (?value IN (ex:A, ex:B) || ?value = ex:C)",
    "$this ex:p ?value . FILTER (! (?value IN (ex:A, ex:B)))",
    "$this ex:p ?value . FILTER (?value IN (ex:A, 1))",
    "$this ex:p ?value . FILTER (?value IN ())",
    "$this ex:p ?value . FILTER (?value IN (ex:A, ?other))",
    "$this ex:p ?value . FILTER EXISTS { $this ex:q ?x . FILTER (?value IN (ex:A, ex:B)) }",
    "{ $this ex:p ?value } UNION { $this ex:q ?value . FILTER (?value IN (ex:A)) }",
    "$this ex:q|ex:p ?value . FILTER (?value IN (ex:A, ex:B))",
    "$this ex:p ?value . FILTER (?value IN (ex:A, ex:B)) FILTER NOT EXISTS { ?value ex:p ?x }",
    "$this ex:p/ex:q ?value . FILTER (?value IN (ex:A, ex:B))",
]
TRIPLES = st.lists(
    st.tuples(
        st.sampled_from(["ex:n", "ex:A", "ex:B", "ex:C"]),
        st.sampled_from(["ex:p", "ex:q"]),
        st.sampled_from(["ex:n", "ex:A", "ex:B", "ex:C", "1"]),
    ),
    max_size=12,
)


def _query(group: str) -> str:
    return f"SELECT $this ?value WHERE {{ {group} }}"


def _shapes(group: str) -> CompiledShapes:
    target = "ex:s sh:targetSubjectsOf ex:p, ex:q ; sh:sparql [ sh:prefixes ex:prefixes ; sh:select "
    return compile_shapes(statements(f'{DECLARED} {target} """{_query(group)}""" ] .'))


def _findings(compiled: CompiledShapes, data: str) -> Counter[tuple[str, str]]:
    report = compiled.over(statements(data)).report()
    return Counter((str(finding.focus_node), str(finding.value)) for finding in report.distinct)


@pytest.mark.parametrize("group", RESTRICTED)
def test_a_list_of_objects_is_all_that_is_seen_of_a_predicate(group: str) -> None:
    query = prepare(_query(group), {"ex": EX}, "SELECT", frozenset(), None)
    assert query.visible is not None
    assert query.visible[EX + "p"] == ONLY


@pytest.mark.parametrize("group", OPEN)
def test_any_other_filter_restricts_nothing(group: str) -> None:
    query = prepare(_query(group), {"ex": EX}, "SELECT", frozenset(), None)
    assert query.visible is not None
    assert query.visible[EX + "p"] is None


@pytest.mark.parametrize("group", [*RESTRICTED, *OPEN])
@settings(derandomize=True, max_examples=40, deadline=None)
@given(triples=TRIPLES)
def test_findings_are_those_of_a_store_with_every_object(group: str, triples: list[tuple[str, str, str]]) -> None:
    data = "".join(f"{' '.join(triple)} .\n" for triple in triples)
    found = _findings(_shapes(group), data)
    with patch("ics_graph.validation.engine.sparql_query._objects", lambda *_: None):
        assert found == _findings(_shapes(group), data)
