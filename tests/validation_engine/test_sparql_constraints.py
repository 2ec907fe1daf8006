"""SPARQL-based constraints and components: results, messages, values as written, kinds of focus nodes."""

from __future__ import annotations

import re
from itertools import permutations

import pytest

from ics_graph.errors import InvalidData
from tests.validation_engine.graphs import DECLARED, check, rows, short, values

COMPONENT = (
    DECLARED
    + """
ex:MaxOf a sh:ConstraintComponent ; sh:parameter [ sh:path ex:maxOf ] , [ sh:path ex:factor ; sh:optional true ] ;
  sh:message "{$value} is over {$maxOf}"@en ;
  sh:validator [ a sh:SPARQLAskValidator ;
    sh:ask "ASK { FILTER($value <= $maxOf * COALESCE($factor, 1)) }" ] .
ex:SameAs a sh:ConstraintComponent ; sh:parameter [ sh:path ex:sameAs ] ;
  sh:nodeValidator [ sh:select "SELECT $this WHERE { FILTER($this != $sameAs) }" ] ;
  sh:propertyValidator [ sh:select
    "SELECT $this ?value ?sameAs WHERE { $this $PATH ?value FILTER(bound($sameAs) && ?value != $sameAs) }" ;
    sh:message "{?value} instead of {?sameAs}" ] .
"""
)


def constraint(select: str, more: str = "") -> str:
    """A shape on the subjects of ex:p with a query."""
    return f'''{DECLARED} ex:s sh:targetSubjectsOf ex:p {more} ; sh:sparql [ sh:prefixes ex:prefixes ;
      sh:select """{select}""" ] .'''


def test_values_are_given_back_as_written() -> None:
    data = """ex:a ex:p "01"^^xsd:integer , 2 . ex:b ex:p 1 , "001"^^xsd:integer . ex:c ex:p "1.50"^^xsd:decimal .
      ex:d ex:p "5"^^xsd:byte . ex:e ex:p "2020-01-01T00:00:00.000Z"^^xsd:dateTime . ex:f ex:p "none"^^xsd:boolean ."""
    report = check(data, constraint("SELECT $this ?value WHERE { $this ex:p ?value }"))
    assert set(rows(report)) == {
        ("ex:a", '"01"^^xsd:integer'),
        ("ex:a", '"2"^^xsd:integer'),
        ("ex:b", '"1"^^xsd:integer'),
        ("ex:b", '"001"^^xsd:integer'),
        ("ex:c", '"1.50"^^xsd:decimal'),
        ("ex:d", '"5"^^xsd:byte'),
        ("ex:e", '"2020-01-01T00:00:00.000Z"^^xsd:dateTime'),
        ("ex:f", '"none"^^xsd:boolean'),
    }


def test_the_form_of_a_value_found_elsewhere_does_not_change_with_the_order_of_lines() -> None:
    lines = ['ex:x ex:q "1"^^xsd:long .', 'ex:y ex:q "01"^^xsd:integer .', 'ex:z ex:q "+1"^^xsd:integer .']
    query = "SELECT $this ?value WHERE { ?x ex:q ?value } "
    refused = constraint("SELECT $this WHERE { ?x ex:q ?value FILTER (STRLEN(STR(?value)) > 9) }")
    for order in permutations(lines):
        data = "ex:a ex:p ex:b . " + " ".join(order)
        assert set(values(check(data, constraint(query)))) == {'"+1"^^xsd:integer'}
        with pytest.raises(InvalidData, match=re.escape('does not keep "+1"^^')):
            check(data, refused)


def test_a_computed_value_is_given_as_computed() -> None:
    report = check('ex:a ex:p "01"^^xsd:integer .', constraint("SELECT $this ((?v + 1) AS ?value) { $this ex:p ?v }"))
    assert values(report) == ['"2"^^xsd:integer']


@pytest.mark.parametrize(
    ("literal", "test", "refused"),
    [
        ('"01"^^xsd:integer', "STRLEN(STR(?value)) > 1", True),
        ('"1"^^xsd:integer', "STRLEN(STR(?value)) > 1", False),
        ('"01"^^xsd:integer', "?value > 1", False),
        ('"5"^^xsd:byte', "DATATYPE(?value) = xsd:integer", True),
        ('"5"^^xsd:byte', "STRLEN(STR(?value)) > 1", False),
        ('"01"', "STRLEN(STR(?value)) > 9", False),
    ],
)
def test_a_query_on_written_forms_that_the_store_rewrites_is_refused(literal: str, test: str, refused: bool) -> None:
    shapes = constraint(f"SELECT $this ?value WHERE {{ $this ex:p ?value FILTER({test}) }}")
    if refused:
        with pytest.raises(InvalidData, match="looks at how literals are written"):
            check(f"ex:a ex:p {literal} .", shapes)
    else:
        assert check(f"ex:a ex:p {literal} .", shapes).conforms


def test_blank_nodes_and_literals_can_be_focus_nodes() -> None:
    data = "ex:a ex:p [ ex:q 1 ] , [ ex:q 2 ] , [ ] , 'x' , 'x'@en , \"01\"^^xsd:integer , 1 ."
    select = "SELECT $this WHERE { FILTER NOT EXISTS { $this ex:q 1 } }"
    shapes = constraint(select).replace("sh:targetSubjectsOf", "sh:targetObjectsOf")
    report = check(data, shapes)
    assert len(report.findings) == 6
    assert {str(finding.focus_node) for finding in report.findings} == {
        str(finding.value) for finding in report.findings
    }
    assert '"01"^^<http://www.w3.org/2001/XMLSchema#integer>' in {str(each.focus_node) for each in report.findings}


def test_limit_and_grouping_are_meant_per_focus_node() -> None:
    data = "ex:a ex:p 1 , 2 , 3 . ex:b ex:p 4 , 5 . ex:c ex:p 6 ."
    report = check(data, constraint("SELECT $this ?value WHERE { $this ex:p ?value } ORDER BY ?value LIMIT 1"))
    assert values(report) == ['"1"^^xsd:integer', '"4"^^xsd:integer', '"6"^^xsd:integer']
    select = "SELECT $this (COUNT(?x) AS ?value) WHERE { $this ex:p ?x } GROUP BY $this HAVING (COUNT(?x) > 1)"
    assert values(check(data, constraint(select))) == ['"2"^^xsd:integer', '"3"^^xsd:integer']
    inner = "SELECT $this ?value WHERE { { SELECT $this ?value { $this ex:p ?value } ORDER BY DESC(?value) LIMIT 1 } }"
    assert values(check(data, constraint(inner))) == ['"3"^^xsd:integer', '"5"^^xsd:integer', '"6"^^xsd:integer']


def test_paths_of_length_zero_are_refused_for_nodes_outside_the_data() -> None:
    shapes = constraint("SELECT $this ?value WHERE { $this ex:p* ?value }")
    assert len(check("ex:a ex:p ex:b .", shapes).findings) == 2
    with pytest.raises(InvalidData, match="is no node of the data"):
        check("ex:a ex:p ex:b .", shapes.replace("sh:targetSubjectsOf ex:p", "sh:targetNode ex:x"))


def test_path_and_value_of_results() -> None:
    select = "SELECT $this ?path ?value WHERE { $this ?path ?value FILTER(?value > 1) }"
    (finding,) = check("ex:a ex:p 1 ; ex:q 2 .", constraint(select)).findings
    assert (short(finding.path_text), short(finding.value)) == ("ex:q", '"2"^^xsd:integer')
    (finding,) = check("ex:a ex:p 1 .", constraint("SELECT $this WHERE { $this ex:p 1 }")).findings
    assert (finding.path, short(finding.value)) == (None, "ex:a")
    of_property = constraint("SELECT $this ?value WHERE { $this $PATH ?value }", "; sh:path [ sh:inversePath ex:q ]")
    (finding,) = check("ex:a ex:p 1 . ex:b ex:q ex:a .", of_property).findings
    assert (short(finding.path_text), short(finding.value)) == ("^ex:q", "ex:b")


def test_messages_by_rank() -> None:
    data = "ex:a ex:p 1 ."
    bound = "SELECT $this ?message WHERE { $this ex:p ?v BIND('bound'@en AS ?message) }"
    own = "SELECT $this WHERE { $this ex:p ?v }"
    shapes = constraint(bound, '; sh:message "of the shape"').replace("sh:select", 'sh:message "own" ; sh:select')
    assert [str(each) for each in check(data, shapes).findings[0].messages] == ['"bound"@en']
    shapes = shapes.replace(bound, own)
    assert [str(each) for each in check(data, shapes).findings[0].messages] == ['"own"']
    shapes = shapes.replace('sh:message "own" ;', "")
    assert [str(each) for each in check(data, shapes).findings[0].messages] == ['"of the shape"']


def test_a_reported_failure_is_an_error() -> None:
    with pytest.raises(InvalidData, match="reports a failure"):
        check("ex:a ex:p 1 .", constraint("SELECT $this (true AS ?failure) WHERE { $this ex:p 1 }"))


def test_current_shape_and_shapes_graph() -> None:
    select = "SELECT $this ?value WHERE { GRAPH $shapesGraph { $currentShape ex:limit ?limit } "
    select += "$this ex:p ?value FILTER(?value > ?limit) }"
    assert values(check("ex:a ex:p 1 , 9 .", constraint(select, "; ex:limit 5"))) == ['"9"^^xsd:integer']


def test_the_shapes_graph_is_no_part_of_the_data() -> None:
    shapes = constraint("SELECT $this ?value WHERE { $this ex:p ?x . ?value ?any ?thing }")
    assert set(values(check("ex:a ex:p 1 .", shapes))) == {"ex:a"}


def test_ask_validators_with_optional_parameters() -> None:
    data = "ex:a ex:p 1 , 5 , 9 , 'x' ."
    shape = "ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; ex:maxOf 4 ] ."
    report = check(data, COMPONENT + shape)
    assert values(report) == ['"5"^^xsd:integer', '"9"^^xsd:integer', '"x"']
    assert {short(finding.component) for finding in report.findings} == {"ex:MaxOf"}
    assert str(report.findings[0].messages[0]) == '"5 is over 4"@en'
    assert values(check(data, COMPONENT + shape.replace("4", "4 ; ex:factor 2"))) == ['"9"^^xsd:integer', '"x"']


def test_an_optional_parameter_alone_makes_no_constraint() -> None:
    assert check("ex:a ex:p 1 .", COMPONENT + "ex:s sh:targetNode ex:a ; ex:factor 2 .").conforms


def test_ask_validators_can_name_the_focus_node() -> None:
    component = """ex:C a sh:ConstraintComponent ; sh:parameter [ sh:path ex:backTo ] ; sh:validator [
      sh:ask "ASK { $value $backTo $this }" ] ."""
    shapes = component + "ex:s sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; ex:backTo ex:q ] ."
    report = check("ex:a ex:p ex:b , ex:c . ex:d ex:p ex:b . ex:b ex:q ex:a .", shapes)
    assert set(rows(report)) == {("ex:a", "ex:c"), ("ex:d", "ex:b")}


def test_validators_for_nodes_and_for_properties() -> None:
    shape = "ex:s sh:targetNode ex:a , ex:b ; ex:sameAs ex:a ."
    assert rows(check("ex:a ex:p 1 .", COMPONENT + shape)) == {("ex:b", "ex:b"): 1}
    shape = 'ex:s sh:targetNode ex:a ; sh:path ex:p ; ex:sameAs "1" , "2" .'
    report = check('ex:a ex:p "1" .', COMPONENT + shape)
    assert values(report) == ['"1"']
    assert str(report.findings[0].messages[0]) == '"1 instead of 2"'


def test_components_that_cannot_be_applied_are_refused() -> None:
    two = "ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; ex:maxOf 4 , 5 ] ."
    with pytest.raises(InvalidData, match="has several values"):
        check("ex:a ex:p 1 .", COMPONENT + two)
    script = "ex:J a sh:ConstraintComponent ; sh:parameter [ sh:path ex:j ] ; sh:validator [ a sh:JSValidator ] ."
    with pytest.raises(InvalidData, match="not SPARQL"):
        check("ex:a ex:p 1 .", script + "ex:s sh:targetNode ex:a ; ex:j 1 .")
    select = (
        "ex:J a sh:ConstraintComponent ; sh:parameter [ sh:path ex:j ] ; sh:propertyValidator [ sh:ask 'ASK {}' ] ."
    )
    with pytest.raises(InvalidData, match="no validator for this kind of shape"):
        check("ex:a ex:p 1 .", select + "ex:s sh:targetNode ex:a ; ex:j 1 .")
    with pytest.raises(InvalidData, match="blank node as value of the parameter"):
        check("ex:a ex:p 1 .", COMPONENT + "ex:s sh:targetNode ex:a ; ex:sameAs [ ] .")
    reserved = "ex:J a sh:ConstraintComponent ; sh:parameter [ sh:path ex:value ] ; sh:validator [ sh:ask 'ASK {}' ] ."
    with pytest.raises(InvalidData, match="cannot be a variable"):
        check("ex:a ex:p 1 .", reserved)


def test_sparql_inside_a_shape_that_is_referred_to() -> None:
    shapes = constraint("SELECT $this WHERE { $this ex:p 1 }").replace("sh:targetSubjectsOf ex:p", "a sh:NodeShape")
    report = check("ex:a ex:p 1 . ex:b ex:p 2 .", shapes + "ex:t sh:targetSubjectsOf ex:p ; sh:node ex:s .")
    (finding,) = report.findings
    assert short(finding.focus_node) == "ex:a"
    (detail,) = finding.details
    assert short(detail.component) == "sh:SPARQLConstraintComponent"
    negated = check("ex:a ex:p 1 . ex:b ex:p 2 .", shapes + "ex:t sh:targetSubjectsOf ex:p ; sh:not ex:s .")
    assert rows(negated) == {("ex:b", "ex:b"): 1}


def test_only_the_triples_that_queries_can_see_are_needed() -> None:
    """A variable as predicate, a negated property set or a list needs all triples."""
    data = "ex:a ex:p 1 ; ex:q 2 ; ex:r ( 3 ) ."
    for pattern, found in (
        ("$this ?any ?value", 3),
        ("$this !ex:p ?value", 2),
        ("$this ex:q|ex:p ?value", 2),
        ("$this ex:r ( ?value )", 1),
        ("$this ex:p ?x ; a* ?value", 1),
        ("$this ex:r/rdf:first ?value", 1),
    ):
        select = f"PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> SELECT $this ?value {{ {pattern} }}"
        assert len(check(data, constraint(select)).findings) == found, pattern


@pytest.mark.parametrize("others", [0, 200])
def test_what_is_absent_is_looked_for_at_the_focus_nodes_however_many_others_have_it(others: int) -> None:
    data = "".join(
        f"ex:n{number} a ex:C ; ex:q ex:v{number} . ex:v{number} ex:r {number % 3} . " for number in range(30)
    ) + "".join(f"ex:o{number} ex:q ex:w{number} . ex:w{number} ex:r 0 . " for number in range(others))
    select = "SELECT $this WHERE { $this a ex:C FILTER NOT EXISTS { $this ex:q ?v . ?v ex:r ?r FILTER (?r < 2) } }"
    shapes = f'{DECLARED} ex:s sh:targetClass ex:C ; sh:sparql [ sh:prefixes ex:prefixes ; sh:select "{select}" ] .'
    found = {focus for focus, _ in rows(check(data, shapes))}
    assert found == {f"ex:n{number}" for number in range(30) if number % 3 == 2}
