"""A graph of which a part changes gives, after each change, what a validation from nothing gives."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ics_graph.loading.rows import rows_of
from ics_graph.validation.engine import Finding, Report, compile_shapes
from ics_graph.validation.engine.evaluation import Evaluation
from tests.validation_engine.graphs import DECLARED, statements
from tests.validation_engine.random_graphs import MIXED, graphs, shapes_graphs

QUERIES = """
ex:q0 a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:prefixes ex:prefixes ;
  sh:select "SELECT $this ?value WHERE { $this ex:p ?value FILTER NOT EXISTS { ?value a ex:D } }" ] .
ex:q1 a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:sparql [ sh:prefixes ex:prefixes ;
  sh:select "SELECT $this ?value WHERE { $this ex:p ?value . ?other ex:q ?value }" ] .
ex:q2 a sh:NodeShape ; sh:targetNode ex:n0, ex:n1 ; sh:sparql [ sh:prefixes ex:prefixes ;
  sh:select "SELECT $this ?path ?value WHERE { $this ?path ?value . ?value ex:p|ex:q $this }" ] .
ex:closed sh:targetNode ex:n0 ; sh:closed true ; sh:property [ sh:path ex:p ] .
ex:equal sh:targetSubjectsOf ex:r ; sh:property [ sh:path ex:r ; sh:equals ex:q ] .
"""
# The store takes each pair of these for one literal.
WRITTEN = ('"01"^^xsd:integer', "1", '"+1"^^xsd:integer', '"2020-01-01+00:00"^^xsd:date', '"2020-01-01Z"^^xsd:date')
MORE = st.lists(
    st.tuples(st.sampled_from(["ex:n0", "ex:n1"]), st.sampled_from(["ex:p", "ex:q", "ex:r"]), st.sampled_from(WRITTEN))
)


def _findings(report: Report) -> Counter[tuple[str, ...]]:
    return Counter(map(_shown, report.distinct))


def _shown(finding: Finding) -> tuple[str, ...]:
    parts = (finding.focus_node, finding.path_text, finding.value, finding.source_shape, finding.component)
    return (*map(str, parts), *map(str, finding.messages))


def _turtle(more: list[tuple[str, str, str]]) -> str:
    return "".join(f"\n{' '.join(triple)} ." for triple in more)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    base=graphs(MIXED),
    shapes=shapes_graphs(MIXED),
    parts=st.lists(graphs(MIXED), min_size=2, max_size=4),
    data=st.data(),
)
def test_each_report_is_that_of_a_run_from_nothing(
    base: str, shapes: str, parts: list[str], data: st.DataObject
) -> None:
    compiled = compile_shapes(statements(DECLARED + QUERIES + shapes))
    always = statements(base + _turtle(data.draw(MORE)))
    changing = compiled.over(always)
    for part in parts:
        beside = statements(part + _turtle(data.draw(MORE)))
        report = changing.report(rows_of(beside))
        fresh = compiled.validate([*always, *beside])
        assert _findings(report) == _findings(fresh)
        assert (report.shapes, report.focus_nodes, report.triples) == (fresh.shapes, fresh.focus_nodes, fresh.triples)


SHAPES = """
ex:a sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .
ex:b sh:targetClass ex:D ; sh:property [ sh:path ex:q ; sh:class ex:E ] .
ex:c sh:targetSubjectsOf ex:r ; sh:sparql [ sh:prefixes ex:prefixes ;
  sh:select "SELECT $this WHERE { $this ex:r ?x FILTER NOT EXISTS { $this a ex:E } }" ] .
"""
BASE = "ex:n0 a ex:C . ex:n1 a ex:D ; ex:q ex:n2 . ex:n2 ex:r 1 . ex:F rdfs:subClassOf ex:E ."


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ("ex:n9 ex:unknown 1 .", set()),
        ("ex:n9 a ex:Other .", set()),
        ("ex:n0 ex:p 1 .", {"a"}),
        ("ex:n9 a ex:C .", {"a"}),
        ("ex:n9 a ex:F .", {"b"}),  # of a class below the class asked for; the query sees its own class alone
        ("ex:n9 a ex:E .", {"b", "c"}),
        ("ex:n9 ex:r 2 .", {"c"}),
        ("ex:C rdfs:subClassOf ex:D .", {"a", "b", "c"}),
    ],
)
def test_only_shapes_that_read_what_has_changed_are_evaluated(change: str, again: set[str]) -> None:
    changing = compile_shapes(statements(DECLARED + SHAPES)).over(statements(BASE))
    changing.report()
    with patch.object(Evaluation, "outcome", autospec=True, side_effect=Evaluation.outcome) as outcome:
        changing.report(rows_of(statements(change)))
    assert {call.args[1].node.value[-1] for call in outcome.call_args_list} == again


def test_triples_that_stand_always_do_not_go_with_those_beside_them() -> None:
    shapes = 'ex:s sh:targetNode ex:n0 ; sh:sparql [ sh:prefixes ex:prefixes ; sh:select """SELECT $this ?value WHERE {'
    changing = compile_shapes(statements(DECLARED + shapes + ' $this ex:p ?value }""" ] .')).over(
        statements("ex:n0 ex:p 1, ex:n1 .")
    )
    beside = list(rows_of(statements("ex:n0 ex:p 1, '01'^^xsd:integer, ex:n1, ex:n2 .")))
    assert len(changing.report(beside).distinct) == 4
    assert len(changing.report().distinct) == 2
    assert len(changing.report(beside).distinct) == 4


def test_shapes_can_be_left_out_for_one_report() -> None:
    compiled = compile_shapes(statements(DECLARED + SHAPES))
    changing = compiled.over(
        statements(BASE), {ox.NamedNode("http://example.org/a"), ox.NamedNode("http://example.org/b")}
    )
    assert {str(finding.source_shape)[0] for finding in changing.report().distinct} == {"_"}
    assert changing.report().shapes == 2
    assert changing.report(without=frozenset({ox.NamedNode("http://example.org/a")})).shapes == 1
    assert changing.report().shapes == 2
