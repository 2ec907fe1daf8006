"""One query for all focus nodes gives what SHACL asks of one query per focus node.

Each query is evaluated four ways: all focus nodes at once, with and without the focus nodes joined in, focus node by
focus node, and by a reference that puts the IRI of the focus node into the text, which is SHACL's definition of
pre-binding (appendix A).
"""

from __future__ import annotations

import re
from collections import Counter
from unittest.mock import patch

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ics_graph.validation.engine import compile_shapes, model, sparql_evaluation
from ics_graph.validation.engine.evaluation import Evaluation
from ics_graph.validation.engine.filling import FilledStore
from ics_graph.validation.engine.sparql_evaluation import SparqlEvaluator, visible_to
from ics_graph.validation.engine.statements import load_graph
from tests.validation_engine.graphs import DECLARED, EX, PREFIXES, statements

# Groups to put in WHERE; THIS stands for $this, and each binds ?value or nothing.
GROUPS = [
    "THIS ex:p ?value",
    "THIS ex:p ?value FILTER(THIS != ?value)",
    "?value ex:p THIS",
    "FILTER NOT EXISTS { THIS ex:p ?x }",
    "FILTER NOT EXISTS { THIS ex:p ?x . ?x ex:q THIS }",
    "FILTER NOT EXISTS { ?x ex:p THIS FILTER(?x != ex:n1) }",
    "FILTER NOT EXISTS { ?x ex:p THIS FILTER(?x != THIS) }",
    "THIS ex:p ?value FILTER NOT EXISTS { ?value ex:q ?x FILTER(?x != THIS) }",
    "THIS ex:p ?value FILTER NOT EXISTS { THIS ex:q ?x . ?x ex:p ?value }",
    "THIS ex:p ?value FILTER NOT EXISTS { ?value ex:q ?x OPTIONAL { ?x ex:p THIS } FILTER(?x != ex:n0) }",
    "THIS ex:p ?value FILTER NOT EXISTS { THIS ex:q ?x FILTER(?x != ?value) }",
    "OPTIONAL { THIS ex:p ?value } FILTER NOT EXISTS { ?value ex:q THIS }",
    "FILTER NOT EXISTS { ?value ex:q THIS } OPTIONAL { THIS ex:p ?value }",
    "FILTER NOT EXISTS { THIS ex:p ?x FILTER NOT EXISTS { ?x ex:q ?y } }",
    "FILTER NOT EXISTS { THIS ex:p ?x FILTER NOT EXISTS { ?x ex:q ?y FILTER NOT EXISTS { ?y ex:p ?x } } }",
    "FILTER NOT EXISTS { THIS ex:p ?x FILTER NOT EXISTS { ?x ex:q ?y FILTER(?y != THIS) } }",
    "FILTER NOT EXISTS { THIS ex:p ?x FILTER NOT EXISTS { ?x ex:q THIS } }",
    "FILTER NOT EXISTS { THIS ex:p ?x FILTER NOT EXISTS { ?z ex:q ?y } }",
    "FILTER NOT EXISTS { THIS ex:p ?x FILTER(NOT EXISTS { ?x ex:q ?y } || EXISTS { ?x ex:p ?x }) }",
    "FILTER NOT EXISTS { THIS ex:p ?x FILTER(NOT EXISTS { ?x ex:q ?y } || EXISTS { ?x ex:p THIS }) }",
    "THIS ex:p ?value FILTER NOT EXISTS { THIS ex:q ?x FILTER NOT EXISTS { ?x ex:p ?value } }",
    "THIS ex:p ?value FILTER NOT EXISTS { THIS ex:q ?x FILTER(EXISTS { ?x ex:p ?value }) }",
    "THIS ex:p ?value FILTER NOT EXISTS { THIS ex:q ?x FILTER NOT EXISTS { ?x ex:p ?y FILTER(?y != ?value) } }",
    "OPTIONAL { THIS ex:p ?value } FILTER NOT EXISTS { THIS ex:q ?x FILTER NOT EXISTS { ?x ex:p ?value } }",
    "THIS ex:p ?value FILTER NOT EXISTS { THIS ex:q ?x . ?value ex:p ?y FILTER(?x != ?y) }",
    "THIS ex:p ?value FILTER NOT EXISTS { THIS ex:q ?x . ?value ex:q ?x FILTER NOT EXISTS { ?x ex:p ?y } }",
    "FILTER EXISTS { { FILTER(THIS = ex:n1) } UNION { ?x ex:p THIS } }",
    "{ FILTER EXISTS { ?x ex:p THIS } } OPTIONAL { THIS ex:p ?value }",
    "{ FILTER EXISTS { { ?x ex:p THIS } UNION { BIND(THIS AS ?z) ?z ex:q ?y } } } THIS ex:q ?value",
    "{ FILTER NOT EXISTS { ?x ex:q ?y OPTIONAL { THIS ex:q ?w FILTER(?w = THIS) } FILTER(BOUND) } } THIS ex:p ?value",
    "{ FILTER EXISTS { { SELECT PROJECT { THIS ex:q ?x } } } } THIS ex:p ?value",
    "{ FILTER EXISTS { FILTER NOT EXISTS { BIND(THIS AS ?z) ?z ex:q ?y } } } THIS ex:p ?value",
    "THIS ex:p ?value ; ex:q [ ex:p THIS ] .",
    "[ ex:p THIS ; ex:q ?value ] .",
    "THIS ex:p ?value . FILTER(REGEX(STR(?value), '[12]$', 'i') && ?value NOT IN (ex:n1, 5.5, -1, 'x'@en, true)) .",
    "{ SELECT PROJECT (MAX(?x) AS ?value) { THIS ex:p ?x } GROUP BY PROJECT HAVING (COUNT(?x) > 1) }",
    "{ SELECT REDUCED PROJECT ?value { THIS ex:p ?value } ORDER BY DESC(?value) }",
    "FILTER EXISTS { THIS ex:p ?x FILTER NOT EXISTS { ?x ex:p THIS } }",
    "{ FILTER(THIS = ex:n1) } UNION { THIS ex:q ?value }",
    "{ { FILTER(THIS = ex:n2) } FILTER(BOUND) } FILTER(BOUND)",
    "{ FILTER(BOUND) } THIS ex:p ?value",
    "OPTIONAL { FILTER(THIS = ex:n1) ?x ex:p ?value } THIS ex:q ?y",
    "THIS ex:q ?y OPTIONAL { THIS ex:p ?value FILTER(?value != THIS) }",
    "THIS ex:q ?y OPTIONAL { ?value ex:p ?x FILTER(?x = THIS) }",
    "OPTIONAL { BIND(THIS AS ?z) ?z ex:p ?value }",
    "BIND(THIS AS ?value) FILTER(?value != ex:n0)",
    "BIND(THIS AS ?that) THIS ex:p ?value FILTER(?that != ?value)",
    "THIS ex:p|ex:q ?value",
    "THIS ex:p/ex:q ?value",
    "THIS ex:p+ ?value",
    "THIS ^ex:p ?value ; ex:q ?x",
    "THIS ?predicate ?value",
    "THIS ex:p ?value . ?value ex:p ?x . FILTER(?x IN (THIS, ex:n0))",
    "?value ex:p ?x FILTER(?x = THIS || ?value = THIS)",
    "{ SELECT PROJECT ?value { THIS ex:p ?value FILTER(?value != THIS) } }",
    "{ SELECT DISTINCT PROJECT { THIS ex:p|ex:q ?x } } OPTIONAL { THIS ex:q ?value }",
    "THIS ex:p ?value { SELECT PROJECT ?value { ?value ex:q ?x FILTER(?x != THIS) } }",
    "THIS ex:p|ex:q ?value { SELECT PROJECT (COUNT(?x) AS ?n) { THIS ex:p ?x } GROUP BY PROJECT } FILTER(?n > 1)",
]
NODES = [f"ex:n{number}" for number in range(5)]
TRIPLES = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(["ex:p", "ex:q"]), st.sampled_from(NODES)), max_size=14
)


def _evaluator(data: str, group: str) -> tuple[SparqlEvaluator, model.Shape, model.SparqlConstraint, frozenset[int]]:
    body = group.replace("BOUND", "bound(THIS)").replace("PROJECT", "THIS").replace("THIS", "$this")
    select = f"SELECT $this ?value WHERE {{ {body} }}"
    targets = " , ".join(NODES)
    shapes = f'{DECLARED} ex:s sh:targetNode {targets} ; sh:sparql [ sh:prefixes ex:prefixes ; sh:select "{select}" ] .'
    compiled = compile_shapes(statements(shapes))
    store, visible = FilledStore(), visible_to(compiled.shapes)
    graph = load_graph(statements(data), compiled.terms, store, visible)
    evaluation = Evaluation(graph, compiled.shapes, None)
    (shape,) = compiled.shapes.targeted
    (constraint,) = shape.constraints
    assert isinstance(constraint, model.SparqlConstraint)
    sparql = SparqlEvaluator(graph, store, visible, compiled.shapes)
    return sparql, shape, constraint, frozenset(evaluation.focus_nodes(shape))


def _reference(data: str, group: str) -> Counter[tuple[str, str]]:
    store = ox.Store()
    store.extend(statements(data))
    found: Counter[tuple[str, str]] = Counter()
    for node in NODES:
        body = re.sub(r" GROUP BY PROJECT", "", group).replace("BOUND", "true").replace("THIS", node)
        body = re.sub(r"PROJECT(?= *\{)", "(1 AS ?dummy)", body).replace("PROJECT", "")
        solutions = store.query(f"PREFIX ex: <{EX}> SELECT ?value WHERE {{ {body} }}")
        assert isinstance(solutions, ox.QuerySolutions)
        for row in solutions:
            found[f"<{EX}{node[3:]}>", str(row["value"])] += 1
    return found


def _found(data: str, group: str, how: str) -> Counter[tuple[str, str]]:
    evaluator, shape, constraint, foci = _evaluator(data, group)
    few = 20 if how == "few" else 0
    by_itself = how == "by itself"
    with patch.multiple(sparql_evaluation, _FEW=few, _SMALL=0):
        if how == "one by one":
            constants: dict[str, str] = {}
            solutions = list(evaluator._one_by_one(shape, constraint.query, constants, foci))
        else:
            choice = SparqlEvaluator._binds_by_itself if by_itself else lambda *_: False
            with patch.object(SparqlEvaluator, "_binds_by_itself", choice):
                solutions = list(evaluator.select(shape, constraint, foci))
    return Counter((str(each.bindings["this"]), str(each.bindings.get("value"))) for each in solutions)


@pytest.mark.parametrize("group", GROUPS)
@settings(derandomize=True, max_examples=25, deadline=None)
@given(triples=TRIPLES)
def test_all_ways_of_evaluation_agree(group: str, triples: list[tuple[str, str, str]]) -> None:
    data = "".join(f"{subject} {predicate} {value} .\n" for subject, predicate, value in triples)
    expected = _reference(data, group)
    for how in ("few", "many", "by itself", "one by one"):
        assert _found(data, group, how) == expected, how


def test_prefixes_of_the_reference_are_those_of_the_engine() -> None:
    assert f"@prefix ex: <{EX}>" in PREFIXES
