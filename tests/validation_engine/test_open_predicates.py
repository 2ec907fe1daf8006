"""Queries with a variable as predicate: what the tables of predicates rule out, the query engine would not find."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ics_graph.loading.rows import rows_of
from ics_graph.validation.engine import CompiledShapes, compile_shapes
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.open_predicates import OpenPredicate
from ics_graph.validation.engine.sparql_query import prepare
from tests.validation_engine.graphs import DECLARED, EX, statements

UNKNOWN = "$this ?path ?value . FILTER NOT EXISTS { ?path a ?kind } FILTER (?path NOT IN (ex:r, rdf:type))"
DOMAIN = "$this ?path ?value . ?path ex:domain ?class . FILTER NOT EXISTS { $this a ?class }"
GROUPS = [
    UNKNOWN,
    DOMAIN,
    "?path ex:domain ex:A . $this ?path ?value",
    "$this ?path ?value ; a ?kind . FILTER NOT EXISTS { ?path a ?kind }",
    "$this ?path ?value . FILTER NOT EXISTS { ?path a ?kind ; ex:domain ?class }",
    "$this ?path ?value . FILTER NOT EXISTS { ?path a ex:Property }",
    "$this ?path ?value . FILTER NOT EXISTS { ?path a 1 }",
    "$this ?path ?value . ?path ex:domain ?c , ?d FILTER NOT EXISTS { $this a ?c } FILTER NOT EXISTS { $this ex:q ?d }",
    "$this ?path ?value . ?path ex:domain ?c FILTER (?path IN (ex:p)) FILTER NOT EXISTS { $this a ?other }",
    "OPTIONAL { ?path a ?x } $this ?path ?value . FILTER NOT EXISTS { ?path a ?kind }",
    "$this ?path ?value . ?path ex:domain ?class . FILTER NOT EXISTS { ?value a ?class }",
    "$this ?path ?value . ?value ?path ?more . ?path a ?kind",
]
NODES = ["ex:n0", "ex:n1", "ex:p", "ex:q"]
TRIPLES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(NODES), st.sampled_from(["ex:p", "ex:q", "ex:r"]), st.sampled_from([*NODES, "1", "01"])
        ),
        st.tuples(
            st.sampled_from([*NODES, "ex:r", "rdf:type"]), st.just("a"), st.sampled_from(["ex:A", "ex:Property", "1"])
        ),
        st.tuples(
            st.sampled_from(["ex:p", "ex:q"]), st.just("ex:domain"), st.sampled_from(["ex:A", "ex:B", "1", "01"])
        ),
    ),
    max_size=12,
)


def _shapes(*groups: str) -> CompiledShapes:
    parts = [
        f'ex:s{number} sh:targetSubjectsOf ex:p, ex:q, ex:r ; sh:sparql [ sh:prefixes ex:prefixes ; sh:select """'
        f"PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> SELECT $this ?path ?value WHERE {{ {group} }}"
        f'""" ] .'
        for number, group in enumerate(groups)
    ]
    return compile_shapes(statements(DECLARED + "".join(parts)))


def _findings(compiled: CompiledShapes, base: str, beside: str) -> Counter[tuple[str, ...]]:
    changing = compiled.over(statements(base))
    found: Counter[tuple[str, ...]] = Counter()
    for day in ("", beside, ""):
        report = changing.report(rows_of(statements(day)))
        found.update(
            (day, *map(str, (each.focus_node, each.path_text, each.value, each.source_shape)))
            for each in report.distinct
        )
    return found


def _turtle(triples: list[tuple[str, str, str]]) -> str:
    return "".join(f"{' '.join(triple)} .\n" for triple in triples)


def _always(self: OpenPredicate, data: IndexedGraph, foci: frozenset[int]) -> bool:
    del self, data, foci
    return True


@pytest.mark.parametrize("group", GROUPS)
@settings(derandomize=True, max_examples=60, deadline=None)
@given(base=TRIPLES, beside=TRIPLES)
def test_what_is_passed_over_would_have_found_nothing(
    group: str, base: list[tuple[str, str, str]], beside: list[tuple[str, str, str]]
) -> None:
    compiled = _shapes(group, "$this ex:p ?value . FILTER NOT EXISTS { ?value a ex:A }")
    found = _findings(compiled, _turtle(base), _turtle(beside))
    with patch.object(OpenPredicate, "may_match", _always):
        assert found == _findings(compiled, _turtle(base), _turtle(beside))


@pytest.mark.parametrize("group", [UNKNOWN, DOMAIN])
def test_a_graph_without_such_a_predicate_is_put_in_no_store(group: str) -> None:
    right = "ex:n0 a ex:A ; ex:p ex:n1 . ex:p a ex:Property ; ex:domain ex:A . ex:domain a ex:Property ."
    with patch("ics_graph.validation.engine.sparql_evaluation.put") as put:
        assert not _findings(_shapes(group), right, "")
    put.assert_not_called()
    assert _findings(_shapes(group), right.replace("a ex:A ;", ""), "") == (Counter() if group == UNKNOWN else _wrong())


def _wrong() -> Counter[tuple[str, ...]]:
    return Counter({("", f"<{EX}n0>", f"<{EX}p>", f"<{EX}n1>", f"<{EX}s0>"): 3})


def test_a_variable_with_one_value_throughout_is_not_taken_for_any_value() -> None:
    # A parameter of a component stands where its name stands.
    query = prepare("SELECT $this WHERE { " + UNKNOWN.replace("ex:r, rdf:type", "<urn:x>") + " }", {}, "SELECT",
                    frozenset({"kind"}), None)  # fmt: skip
    assert query.open_predicate is None
