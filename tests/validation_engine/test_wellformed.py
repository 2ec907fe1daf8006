"""Shapes that are ill-formed, recursive or not supported are refused, naming the shape."""

from __future__ import annotations

import pytest

from ics_graph.errors import InvalidData
from ics_graph.validation.engine import compile_shapes
from tests.validation_engine.graphs import DECLARED, check, statements

PROPERTY = "ex:s sh:targetNode ex:a ; sh:path ex:p ; "
NODE = "ex:s sh:targetNode ex:a ; "

ILL_FORMED = [
    (PROPERTY + 'sh:minCount "1"', "sh:minCount must be an xsd:integer"),
    (PROPERTY + 'sh:minCount "one"^^xsd:integer', "sh:minCount must be an xsd:integer"),
    (PROPERTY + "sh:minCount 1.0", "sh:minCount must be an xsd:integer"),
    (PROPERTY + 'sh:minCount "1"^^xsd:int', "sh:minCount must be an xsd:integer"),
    (PROPERTY + "sh:minCount ex:one", "sh:minCount must be an xsd:integer"),
    (PROPERTY + "sh:minCount 1 , 2", "sh:minCount has 2 values"),
    (PROPERTY + "sh:maxCount 1 , 2", "sh:maxCount has 2 values"),
    (PROPERTY + "sh:datatype xsd:integer , xsd:string", "sh:datatype has 2 values"),
    (PROPERTY + 'sh:datatype "integer"', "sh:datatype must be an IRI"),
    (PROPERTY + "sh:nodeKind sh:Thing", "sh:nodeKind must be one of"),
    (PROPERTY + "sh:class 'C'", "sh:class must be an IRI"),
    (PROPERTY + "sh:minInclusive ex:one", "sh:minInclusive must be a literal"),
    (PROPERTY + "sh:in 1", "sh:in is not a well-formed list"),
    (PROPERTY + "sh:in ( 1 ) , ( 2 )", "sh:in has 2 values"),
    (PROPERTY + "sh:in ex:l . ex:l rdf:first 1 ; rdf:rest ex:l", "sh:in is not a well-formed list"),
    (PROPERTY + "sh:in ex:l . ex:l rdf:first 1 ; rdf:rest rdf:nil , ( 2 )", "sh:in is not a well-formed list"),
    (PROPERTY + "sh:languageIn ( 'en'@en )", "sh:languageIn must be an xsd:string"),
    (PROPERTY + "sh:uniqueLang 'true'", "sh:uniqueLang must be an xsd:boolean"),
    (PROPERTY + 'sh:uniqueLang "none"^^xsd:boolean', "sh:uniqueLang must be an xsd:boolean"),
    (PROPERTY + "sh:pattern '('", "is no regular expression"),
    (PROPERTY + "sh:pattern 'a' ; sh:flags 'z'", "unknown flag"),
    (PROPERTY + "sh:pattern 'a' , 'b'", "sh:pattern has 2 values"),
    (PROPERTY + "sh:qualifiedValueShape [ ] ; sh:qualifiedMinCount 'x'", "sh:qualifiedMinCount must be an xsd:integer"),
    (PROPERTY + "sh:lessThan 1", "sh:lessThan must be an IRI"),
    (PROPERTY + "sh:severity 'high'", "sh:severity must be an IRI"),
    (PROPERTY + "sh:message 5", "sh:message must be a string"),
    (PROPERTY + 'sh:deactivated "1"^^xsd:boolean', "sh:deactivated must be true or false"),
    (PROPERTY + "sh:deactivated true , false", "sh:deactivated has 2 values"),
    (PROPERTY + "sh:path ex:q", "sh:path has 2 values"),
    (PROPERTY + "a sh:NodeShape", "a sh:NodeShape cannot have a sh:path"),
    (PROPERTY + "sh:node [ sh:path ex:q ]", "must be a node shape"),
    (PROPERTY + "sh:not 5", "must be a shape"),
    (NODE + "sh:minCount 1", "sh:minCount is allowed on property shapes only"),
    (NODE + "sh:uniqueLang true", "sh:uniqueLang is allowed on property shapes only"),
    (NODE + "sh:lessThan ex:p", "sh:lessThan is allowed on property shapes only"),
    (NODE + "a sh:PropertyShape", "a property shape needs a sh:path"),
    (NODE + "sh:property ex:nowhere", "a property shape needs a sh:path"),
    (NODE + "sh:closed true ; sh:ignoredProperties ( 'p' )", "sh:ignoredProperties must be an IRI"),
    (NODE + "sh:or ( [ ] 'x' )", "must be a shape"),
    (NODE + "sh:targetClass 'C'", "sh:targetClass must be an IRI"),
    ("ex:s sh:targetNode [ ]", "sh:targetNode must be an IRI or a literal"),
    ("[] a rdfs:Class , sh:NodeShape", "a shape that is also a class must be an IRI"),
    ("ex:s sh:targetNode ex:a ; sh:path 'p'", "sh:path must be an IRI or a path"),
    ("ex:s sh:targetNode ex:a ; sh:path ( ex:p )", "at least two members"),
    ("ex:s sh:targetNode ex:a ; sh:path ()", "sh:path must be an IRI or a path"),
    ("ex:s sh:targetNode ex:a ; sh:path [ ]", "sh:path is not a well-formed path"),
    ("ex:s sh:targetNode ex:a ; sh:path [ sh:inversePath ex:p ; sh:zeroOrMorePath ex:q ]", "not a well-formed path"),
    ("ex:s sh:targetNode ex:a ; sh:path _:x . _:x sh:inversePath _:x", "sh:path contains itself"),
]
RECURSIVE = [
    "ex:s sh:targetNode ex:a ; sh:node ex:s",
    "ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:node ex:s ]",
    "ex:s sh:targetNode ex:a ; sh:not ex:t . ex:t sh:or ( [ ] ex:s )",
    "ex:s sh:targetNode ex:a ; sh:xone ( ex:t ) . ex:t sh:property ex:u . ex:u sh:path ex:p ; "
    "sh:qualifiedMinCount 1 ; sh:qualifiedValueShape ex:s",
]
SPARQL = [
    ('sh:select "SELECT $this WHERE { $this ex:p ?o FILTER( }"', "inside an expression"),
    ('sh:select "SELECT $this WHERE { $this ex:p ?o } LIMIT many"', "not SPARQL"),
    ('sh:select "SELECT ?other WHERE { $this ex:p ?other }"', r"must project \$this"),
    ('sh:select "SELECT ?other WHERE { $this ex:p ?other }" ; sh:message "x"', r"must project \$this"),
    ('sh:select "ASK { $this ex:p ?o }"', "must be SELECT, not ASK"),
    ('sh:select "CONSTRUCT WHERE { $this ex:p ?o }"', "must be a SELECT or an ASK"),
    ('sh:select "DELETE WHERE { ?s ?p ?o }"', "must be a SELECT or an ASK"),
    ('sh:select "SELECT $this WHERE { $this ex:p ?o MINUS { $this ex:q ?o } }"', "MINUS is not allowed"),
    ('sh:select "SELECT $this WHERE { $this ex:p ?o minus { $this ex:q ?o } }"', "MINUS is not allowed"),
    ('sh:select "SELECT $this WHERE { { OPTIONAL { VALUES ?o { 1 } } } $this ex:p ?o }"', "VALUES is not allowed"),
    ('sh:select "SELECT $this WHERE { $this ex:p ?o } VALUES ?o { 1 }"', "VALUES is not allowed"),
    ('sh:select "SELECT $this WHERE { $this ex:p ?o } GROUP BY $this VALUES ?o { 1 }"', "VALUES is not allowed"),
    ('sh:select "SELECT $this WHERE { SERVICE <http://example.org/> { $this ex:p ?o } }"', "SERVICE is not allowed"),
    (
        'sh:select "SELECT $this { FILTER NOT EXISTS { SERVICE SILENT ?x { $this ex:p ?o } } }"',
        "SERVICE is not allowed",
    ),
    ('sh:select "SELECT $this WHERE { BIND (1 AS ?this) }"', r"AS \?this is not allowed"),
    ('sh:select "SELECT (1 AS ?this) WHERE { $this ex:p ?o }"', r"must project \$this"),
    ('sh:select "SELECT $this WHERE { $this ex:p ?o BIND (1 AS $currentShape) }"', r"AS \?currentShape is not"),
    ('sh:select "SELECT $this WHERE { { SELECT ?o { $this ex:p ?o } } $this ex:p ?o }"', r"must project \$this"),
    ('sh:select "SELECT $this FROM ex:g WHERE { $this ex:p ?o }"', "FROM is not supported"),
    ('sh:select "SELECT $this WHERE { GRAPH ?g { $this ex:p ?o } }"', r"GRAPH is supported with \$shapesGraph only"),
    ('sh:select "SELECT $this WHERE { GRAPH ex:g { $this ex:p ?o } }"', r"GRAPH is supported with \$shapesGraph only"),
    ('sh:select "SELECT $this WHERE { $this ex:p ?o }" , "SELECT $this WHERE { }"', "exactly one sh:select, not 2"),
    ('sh:message "no query"', "exactly one sh:select, not 0"),
    ('sh:select "SELECT $this WHERE { $this ex:p ?o }"@en', "sh:select must be an xsd:string"),
    ('sh:select "SELECT $this WHERE { \\\\u004dINUS { $this ex:p ?o } }"', "unexpected"),
]  # fmt: skip


@pytest.mark.parametrize(("shapes", "message"), ILL_FORMED)
def test_ill_formed_shapes_are_refused_by_name(shapes: str, message: str) -> None:
    with pytest.raises(InvalidData, match=message) as error:
        compile_shapes(statements(shapes + " ."))
    if shapes.startswith("ex:s") and "ex:nowhere" not in shapes:
        assert "Shape <http://example.org/s>" in str(error.value)


@pytest.mark.parametrize("shapes", RECURSIVE)
def test_recursive_shapes_are_refused_by_name(shapes: str) -> None:
    with pytest.raises(InvalidData, match=r"recursive shapes are not supported: .*<http://example.org/s>"):
        compile_shapes(statements(shapes + " ."))


@pytest.mark.parametrize(("constraint", "message"), SPARQL)
def test_queries_that_prebinding_forbids_are_refused_by_name(constraint: str, message: str) -> None:
    shapes = f"{DECLARED} ex:s sh:targetNode ex:a ; sh:sparql [ sh:prefixes ex:prefixes ; {constraint} ] ."
    with pytest.raises(InvalidData, match=message) as error:
        compile_shapes(statements(shapes))
    assert "Shape <http://example.org/s>" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_error_in_a_nested_shape_names_its_path_and_the_shape_around_it() -> None:
    with pytest.raises(InvalidData, match=r"Shape <http://example.org/s> at path <http://example.org/p>: .*minCount"):
        compile_shapes(statements("ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:minCount 'x' ] ."))


def test_a_shape_without_target_is_checked_too() -> None:
    with pytest.raises(InvalidData, match="minCount"):
        compile_shapes(statements("ex:s a sh:PropertyShape ; sh:path ex:p ; sh:minCount 'x' ."))


def test_a_prefix_for_two_namespaces_is_refused() -> None:
    twice = DECLARED + 'ex:prefixes sh:declare [ sh:prefix "ex" ; sh:namespace "http://other/"^^xsd:anyURI ] .'
    shapes = twice + 'ex:s sh:sparql [ sh:prefixes ex:prefixes ; sh:select "SELECT $this { $this ex:p ?o }" ] .'
    with pytest.raises(InvalidData, match="declared for two namespaces"):
        compile_shapes(statements(shapes))


def test_odd_and_well_formed_shapes_are_noted() -> None:
    report = check(
        "ex:a ex:p 1 .",
        "ex:s sh:targetNode ex:a ; sh:node ex:typo . ex:t sh:path ex:p ; sh:qualifiedMinCount 1 ; sh:flags 'i' .",
    )
    assert report.conforms
    assert len(report.notes) == 3
    assert any("<http://example.org/typo>: it is referred to and nowhere described" in note for note in report.notes)


def test_deactivated_shapes_and_constraints_have_no_findings() -> None:
    constraint = '[ sh:prefixes ex:prefixes ; sh:deactivated true ; sh:select "SELECT $this { $this ex:p ?o }" ]'
    shapes = f"""{DECLARED} ex:s sh:targetNode ex:a ; sh:sparql {constraint} ; sh:property [ sh:path ex:p ;
      sh:maxCount 0 ; sh:deactivated true ] .
      ex:t sh:targetNode ex:a ; sh:nodeKind sh:Literal ; sh:deactivated true ."""
    report = check("ex:a ex:p 1 .", shapes)
    assert report.conforms
    assert report.shapes == 1
