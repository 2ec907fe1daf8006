"""One test for each mistake seen in published SHACL engines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pyoxigraph as ox
import pytest

from ics_graph.errors import InvalidData
from ics_graph.validation.engine import validate
from tests.validation_engine.graphs import DECLARED, check, rows, short, statements, values


def sparql(where: str, projection: str = "$this ?value") -> str:
    """A shape on the subjects of ex:p with one sh:sparql."""
    return f'''{DECLARED} ex:s sh:targetSubjectsOf ex:p ; sh:sparql [ sh:prefixes ex:prefixes ;
      sh:select """SELECT {projection} WHERE {{ {where} }}""" ] .'''


def test_a_date_is_neither_before_nor_after_a_string() -> None:
    data = 'ex:a ex:p "2020-01-01"^^xsd:date ; ex:q "2021-01-01" . ex:b ex:p "2020-01-01"^^xsd:date ; ex:q "1" .'
    report = check(data, "ex:s sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:lessThan ex:q ] .")
    assert sorted(row[0] for row in rows(report)) == ["ex:a", "ex:b"]
    report = check(data, "ex:s sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:q ; sh:minInclusive '0' ] .")
    assert report.conforms
    shapes = 'ex:s sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:q ; sh:maxInclusive "9999-01-01"^^xsd:date ] .'
    assert len(check(data, shapes).findings) == 2


def test_a_date_and_a_string_in_sparql_give_no_solution() -> None:
    data = 'ex:a ex:p "2020-01-01"^^xsd:date ; ex:q "2021-01-01" .'
    for sign in ("<", ">", "<=", ">="):
        assert check(data, sparql(f"$this ex:p ?value ; ex:q ?o FILTER(?value {sign} ?o)")).conforms


def test_dates_are_compared_in_sparql() -> None:
    data = 'ex:a ex:p "2020-01-01"^^xsd:date ; ex:q "2021-01-01"^^xsd:date .'
    assert len(check(data, sparql("$this ex:p ?value ; ex:q ?o FILTER(?value < ?o)")).findings) == 1
    assert check(data, sparql("$this ex:p ?value ; ex:q ?o FILTER(?value > ?o)")).conforms


def test_years_are_ordered_as_years_not_as_text() -> None:
    data = "".join(f'ex:y ex:p "{year}"^^xsd:gYear .' for year in ("-0300", "0900", "1999", "2000", "10000"))
    shapes = 'ex:s sh:targetNode ex:y ; sh:property [ sh:path ex:p ; sh:minInclusive "2000"^^xsd:gYear ] .'
    assert [str(each)[1:6].rstrip('"^') for each in values(check(data, shapes))] == ["-0300", "0900", "1999"]
    found = check(data, sparql('$this ex:p ?value FILTER(?value > "1999"^^xsd:gYear)'))
    assert sorted(str(finding.value)[1:6].rstrip('"') for finding in found.findings) == ["10000", "2000"]


def test_today_can_be_taken_from_the_clock() -> None:
    day = datetime.now(UTC).date().isoformat()
    data = f'ex:a ex:p "1900-01-01"^^xsd:date , "{day}"^^xsd:date , "9000-01-01"^^xsd:date .'
    found = check(data, sparql("$this ex:p ?value FILTER(?value > xsd:date(NOW()))"))
    assert [str(value)[:7] for value in values(found)] == ['"9000-0']


@pytest.mark.parametrize("text", ["$this undeclared:p ?value", "$this ex:p ?value ; other:q ?x"])
def test_an_undeclared_prefix_is_refused(text: str) -> None:
    with pytest.raises(InvalidData, match=r"Shape ex:s|Shape <http://example.org/s>.*prefix '\w+:' is not declared"):
        check("ex:a ex:p 1 .", sparql(text))


def test_prefixes_of_the_shapes_file_do_not_count() -> None:
    shapes = 'ex:s sh:targetNode ex:a ; sh:sparql [ sh:select "SELECT $this WHERE { $this ex:p ?o }" ] .'
    with pytest.raises(InvalidData, match="'ex:' is not declared"):
        check("ex:a ex:p 1 .", shapes)


def test_a_boolean_that_is_none_is_found_as_written() -> None:
    shapes = "ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:datatype xsd:boolean ] ."
    report = check('ex:a ex:p "none"^^xsd:boolean , "1"^^xsd:boolean , true .', shapes)
    assert values(report) == ['"none"^^xsd:boolean']


@pytest.mark.parametrize(
    ("datatype", "wrong", "right"),
    [
        ("date", ["2020-13-01", "2021-02-29", "2020-01-01T00:00:00", "20200101", "2020-1-1", " 2020-01-01"],
         ["2020-02-29", "2020-01-01Z", "2020-01-01+14:00", "-0044-03-15"]),
        ("dateTime", ["2020-01-01", "2020-01-01T24:00:01", "2020-01-01T00:00"],
         ["2020-01-01T24:00:00", "2020-01-01T00:00:00.5Z"]),
        ("integer", ["1.0", "", "1e3", "٣"], ["01", "+1", "-0"]),
        ("byte", ["128", "c"], ["127", "-128"]),
        ("decimal", ["1e3", ".", "1,5"], [".5", "5.", "1.50"]),
        ("double", ["1e", "inf"], ["1", "1e3", "-INF", "NaN"]),
        ("gYear", ["20", "02020"], ["2020", "12020", "2020Z"]),
        ("gMonthDay", ["--02-30", "02-01"], ["--02-29"]),
        ("duration", ["P", "PT", "P1", "1Y", "P1Y2"], ["P1Y", "PT0.5S", "-P1DT1H"]),
        ("dayTimeDuration", ["P1Y", "PT"], ["P1D", "PT1M"]),
        ("yearMonthDuration", ["P1D"], ["P1Y2M"]),
        ("time", ["24:00:01", "1:00:00"], ["23:59:59.9Z"]),
        ("language", ["en_GB", ""], ["en-GB"]),
        ("hexBinary", ["0"], ["0f"]),
        ("base64Binary", ["a"], ["YWJj"]),
        ("NCName", ["a:b", "1a"], ["a-b"]),
        ("anyURI", [], ["http://example.org/"]),
    ],
)  # fmt: skip
def test_ill_typed_literals_are_found(datatype: str, wrong: list[str], right: list[str]) -> None:
    data = "".join(f'ex:a ex:p "{text}"^^xsd:{datatype} .\n' for text in [*wrong, *right])
    shapes = f"ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:datatype xsd:{datatype} ] ."
    found = {finding.value.value for finding in check(data, shapes).findings if isinstance(finding.value, ox.Literal)}
    assert found == set(wrong)


def test_plain_strings_are_the_same_in_data_and_shapes() -> None:
    data = 'ex:a ex:p "x" . ex:b ex:p "x"^^xsd:string . ex:c ex:p "x"@en .'
    shapes = 'ex:s sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:in ( "x" ) ; sh:hasValue "x" ] .'
    assert set(rows(check(data, shapes))) == {("ex:c", '"x"@en'), ("ex:c", None)}


def test_terms_are_compared_as_written() -> None:
    data = 'ex:a ex:p "01"^^xsd:integer , 1 , 1.0 , "1"^^xsd:byte .'
    report = check(data, "ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:in ( 1 ) ] .")
    assert values(report) == ['"01"^^xsd:integer', '"1"^^xsd:byte', '"1.0"^^xsd:decimal']
    assert not check(
        data, 'ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:hasValue "1.00"^^xsd:decimal ] .'
    ).conforms


@pytest.mark.parametrize(
    "statement",
    [
        "sh:rule [ a sh:SPARQLRule ]",
        "sh:target [ a sh:SPARQLTarget ]",
        "sh:js [ a sh:JSConstraint ]",
        "sh:expression [ ]",
        "sh:minCout 1",
        "sh:memberShape ex:t",
        "sh:entailment <http://www.w3.org/ns/entailment/RDFS>",
    ],
)
def test_what_is_not_supported_is_refused_by_name(statement: str) -> None:
    with pytest.raises(InvalidData, match=r"Shape <http://example.org/s>.*sh:\w+ is not supported"):
        check("ex:a ex:p 1 .", f"ex:s a sh:NodeShape ; sh:targetNode ex:a ; {statement} .")


def test_the_language_of_a_message_is_kept() -> None:
    shapes = 'ex:s sh:targetNode ex:a ; sh:nodeKind sh:Literal ; sh:message "Not so"@en , "Nid felly"@cy , "plain" .'
    (finding,) = check("ex:a ex:p 1 .", shapes).findings
    assert {str(message) for message in finding.messages} == {'"Not so"@en', '"Nid felly"@cy', '"plain"'}


def test_the_language_of_a_message_template_is_kept() -> None:
    shapes = sparql("$this ex:p ?value").replace(
        "sh:select", 'sh:message "{?value} at {$this}, {?other}"@cy ; sh:select'
    )  # fmt: skip
    (finding,) = check("ex:a ex:p 1 .", shapes).findings
    assert [str(message) for message in finding.messages] == ['"1 at http://example.org/a, {?other}"@cy']


def test_subclasses_of_the_shapes_graph_do_not_count() -> None:
    shapes = "ex:s sh:targetClass ex:C ; sh:nodeKind sh:Literal . ex:D rdfs:subClassOf ex:C ."
    assert check("ex:a a ex:D .", shapes).focus_nodes == 0
    report = check("ex:a a ex:E . ex:E rdfs:subClassOf ex:D . ex:D rdfs:subClassOf ex:C , ex:E .", shapes)
    assert rows(report) == {("ex:a", "ex:a"): 1}


def test_a_complex_path_is_described_in_the_report_graph() -> None:
    path = "( [ sh:inversePath ex:p ] [ sh:alternativePath ( ex:q [ sh:zeroOrMorePath ex:r ] ) ] )"
    report = check("ex:b ex:p ex:a .", f"ex:s sh:targetNode ex:a ; sh:path {path} ; sh:nodeKind sh:Literal .")
    (finding,) = report.findings
    assert short(finding.path_text) == "((^ex:p)/(ex:q|(ex:r*)))"
    text = report.turtle()
    for word in ("sh:inversePath", "sh:alternativePath", "sh:zeroOrMorePath", "sh:resultPath"):
        assert word in text
    store = ox.Store()
    store.load(input=text, format=ox.RdfFormat.TURTLE)
    described = store.query(
        "PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>"
        "ASK { ?r sh:resultPath/rdf:rest/rdf:first/sh:alternativePath/rdf:rest/rdf:first/sh:zeroOrMorePath ?p }"
    )
    assert bool(described)


@pytest.mark.parametrize("text", ["data.ttl", "http://example.org/data.ttl", "/etc/passwd"])
def test_a_text_is_never_taken_for_a_file_or_an_address(text: str) -> None:
    with pytest.raises(TypeError):
        validate(cast(Any, text), statements("ex:s sh:targetNode ex:a ."))


def test_a_constraint_shared_by_two_shapes_is_reported_for_each() -> None:
    constraint = (
        DECLARED + 'ex:c sh:prefixes ex:prefixes ; sh:select "SELECT $this ?value WHERE { $this ex:p ?value }" .'
    )
    shapes = constraint + "ex:s sh:targetNode ex:a ; sh:sparql ex:c . ex:t sh:targetNode ex:a ; sh:sparql ex:c ."
    report = check("ex:a ex:p 1 .", shapes)
    assert sorted(short(finding.source_shape) for finding in report.findings) == ["ex:s", "ex:t"]
    assert {short(finding.source_constraint) for finding in report.findings} == {"ex:c"}


def test_findings_reached_twice_are_equal_and_can_be_joined() -> None:
    """The W3C suite (property-001, shared) asks for one result for each way to a property shape."""
    shapes = "ex:s sh:targetNode ex:a ; sh:property ex:p1 . ex:t sh:targetNode ex:a ; sh:property ex:p1 . "
    report = check("ex:a ex:p 1 .", shapes + "ex:p1 sh:path ex:p ; sh:maxCount 0 .")
    assert len(report.findings) == 2
    assert len(report.distinct) == 1


def test_a_triple_stated_twice_is_one_value() -> None:
    data = "ex:a ex:p 1 . ex:a ex:p 1 . ex:b ex:p 1 , 2 ."
    report = check(data, "ex:s sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:maxCount 1 ] .")
    assert rows(report) == {("ex:b", None): 1}
    assert report.triples == 3


def test_nothing_checked_is_to_be_told_from_a_pass() -> None:
    report = check("ex:a ex:p 1 .", "ex:s sh:targetClass ex:Nowhere ; sh:nodeKind sh:IRI .")
    assert (report.conforms, report.focus_nodes, report.shapes) == (True, 0, 1)


def test_moments_with_and_without_a_time_zone_are_ordered_only_far_apart() -> None:
    data = 'ex:a ex:p "2020-01-01T12:00:00"^^xsd:dateTime , "2020-01-02T12:00:00"^^xsd:dateTime .'
    limit = 'sh:minExclusive "2020-01-01T12:00:00Z"^^xsd:dateTime'
    shapes = f"ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; {limit} ] ."
    assert len(check(data, shapes).findings) == 1
