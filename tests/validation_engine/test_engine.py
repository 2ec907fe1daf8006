"""The engine as a whole: kinds of input, reuse, limits, patterns, order of values."""

from __future__ import annotations

import gc
from collections import Counter

import pyoxigraph as ox
import pytest

from ics_graph.errors import InvalidData
from ics_graph.loading.texts import datatype_of, language_of, lexical_form, parse_term, text_of
from ics_graph.validation.engine import Finding, ShapeRefused, compile_shapes, validate
from ics_graph.validation.engine.ordering import comparable_value, compare
from ics_graph.validation.engine.patterns import compile_pattern
from tests.validation_engine.graphs import DECLARED, EX, PREFIXES, check, rows, short, statements

XSD = "http://www.w3.org/2001/XMLSchema#"
MAX_ONE = "ex:s sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:maxCount 1 ] ."


def test_named_graphs_count_as_one_graph() -> None:
    text = PREFIXES + "ex:a ex:p 1 . ex:g { ex:a ex:p 2 . ex:a ex:p 1 . } ex:h { ex:b ex:p 1 . }"
    select = "SELECT $this (COUNT(?v) AS ?value) { $this ex:p ?v } GROUP BY $this"
    shapes = statements(f"{DECLARED} {MAX_ONE} ex:s sh:sparql [ sh:prefixes ex:prefixes ; sh:select '{select}' ] .")
    report = validate(ox.parse(text, format=ox.RdfFormat.TRIG), shapes)
    assert report.triples == 3
    assert rows(report) == Counter([("ex:a", None), ("ex:a", '"2"^^xsd:integer'), ("ex:b", '"1"^^xsd:integer')])


def test_triples_are_taken_as_well_as_quads() -> None:
    data = [quad.triple for quad in statements("ex:a ex:p 1 , 2 .")]
    select = "SELECT $this { $this ex:p 1 }"
    shapes = f"{DECLARED} {MAX_ONE} ex:s sh:sparql [ sh:prefixes ex:prefixes ; sh:select '{select}' ] ."
    assert len(validate(data, [quad.triple for quad in statements(shapes)]).findings) == 2


def test_empty_graphs_are_graphs() -> None:
    assert validate([], statements(MAX_ONE)).conforms
    assert validate(statements("ex:a ex:p 1 ."), []).focus_nodes == 0


def test_many_statements_are_read_in_several_chunks() -> None:
    data = "".join(f"ex:n{number} ex:p {number} .\n" for number in range(10_000)) + "ex:n7 ex:p 0 ."
    report = check(data, MAX_ONE)
    assert (report.triples, report.focus_nodes, rows(report)) == (10_001, 10_000, {("ex:n7", None): 1})


def test_triple_terms_are_values_of_no_kind() -> None:
    text = PREFIXES + "ex:a ex:p <<( ex:x ex:y 'a b' )>> ."
    shapes = "ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:nodeKind sh:IRIOrLiteral ; sh:minLength 0 ] ."
    report = validate(ox.parse(text, format=ox.RdfFormat.TURTLE), statements(shapes))
    assert len(report.findings) == 2
    assert isinstance(report.findings[0].value, ox.Triple)


def test_compiled_shapes_can_be_used_again() -> None:
    compiled = compile_shapes(statements(MAX_ONE))
    known = len(compiled.terms)
    for _ in range(2):
        assert len(compiled.validate(statements("ex:a ex:p 1 , 2 .")).findings) == 1
        assert compiled.validate(statements("ex:a ex:p 1 .")).conforms
    assert len(compiled.terms) == known


def test_the_cycle_collector_is_left_as_it_was() -> None:
    check("ex:a ex:p 1 .", MAX_ONE)
    assert gc.isenabled()
    gc.disable()
    try:
        check("ex:a ex:p 1 .", MAX_ONE)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_shapes_nested_too_deeply_are_refused() -> None:
    deep = "ex:s0 sh:targetNode ex:a . " + "".join(f"ex:s{n} sh:node ex:s{n + 1} . " for n in range(5_000))
    with pytest.raises(InvalidData, match="nested too deeply"):
        check("ex:a ex:p 1 .", deep)
    path = "[ sh:inversePath " * 3_000 + "ex:p" + " ]" * 3_000
    with pytest.raises(InvalidData, match="nested too deeply"):
        check("ex:a ex:p 1 .", f"ex:s sh:targetNode ex:a ; sh:path {path} .")


@pytest.mark.parametrize("inside", ["(" * 101 + "1" + ")" * 101, "!" * 200 + "true", "(" * 5_000 + "1" + ")" * 5_000])
def test_queries_nested_too_deeply_are_refused(inside: str) -> None:
    select = f"SELECT $this WHERE {{ $this ex:p ?o FILTER({inside}) }}"
    shapes = f"{DECLARED} ex:s sh:targetNode ex:a ; sh:sparql [ sh:prefixes ex:prefixes ; sh:select '{select}' ] ."
    with pytest.raises(ShapeRefused, match="nested too deeply"):
        check("ex:a ex:p 1 .", shapes)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("ex:function(?o)", "not supported"),
        ("xsd:int(?o) = 1", "not supported"),
        ('REGEX(?o, "^(?!x)")', "regular expression .* is not supported"),
        ('REPLACE(?o, "(?=x)", "") = ""', "regular expression .* is not supported"),
        ("undefined(?o)", "not SPARQL"),
    ],
)
def test_what_the_query_engine_would_pass_over_in_silence_is_refused(expression: str, message: str) -> None:
    select = f"SELECT $this WHERE {{ $this ex:p ?o FILTER({expression}) }}"
    shapes = f"{DECLARED} ex:s sh:targetNode ex:a ; sh:sparql [ sh:prefixes ex:prefixes ; sh:select '{select}' ] ."
    with pytest.raises(ShapeRefused, match=message) as error:
        check("ex:a ex:p 1 .", shapes)
    assert error.value.shape == ox.NamedNode(EX + "s")


def test_a_pattern_given_as_parameter_is_checked_too() -> None:
    component = """ex:C a sh:ConstraintComponent ; sh:parameter [ sh:path ex:matching ] ; sh:validator [
      sh:ask "ASK { FILTER(REGEX(STR($value), $matching)) }" ] . ex:s sh:targetNode ex:a ; """
    assert check("ex:a ex:p 1 .", component + 'ex:matching "org/a$" .').conforms
    assert not check("ex:a ex:p 1 .", component + 'ex:matching "org/b$" .').conforms
    with pytest.raises(ShapeRefused, match="regular expression"):
        check("ex:a ex:p 1 .", component + 'ex:matching "(?<!x)a" .')


def test_details_say_what_a_value_breaks() -> None:
    shapes = """ex:s sh:targetNode ex:a ; sh:node ex:t . ex:t a sh:NodeShape ; sh:property [ sh:path ex:p ;
      sh:maxCount 1 ; sh:datatype xsd:string ; sh:severity sh:Info ] ."""
    (finding,) = check("ex:a ex:p 1 , 'x' .", shapes).findings
    assert sorted(short(detail.component) for detail in finding.details) == [
        "sh:DatatypeConstraintComponent",
        "sh:MaxCountConstraintComponent",
    ]
    assert short(finding.severity) == "sh:Violation"
    assert {short(detail.severity) for detail in finding.details} == {"sh:Info"}


def test_the_report_graph_holds_all_of_a_finding() -> None:
    shapes = """ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:maxCount 0 ; sh:message "none"@en ] ;
      sh:severity sh:Warning ; sh:nodeKind sh:Literal ; sh:node [ sh:class ex:C ] ."""
    report = check("ex:a ex:p 1 .", shapes)
    store = ox.Store()
    store.load(input=report.turtle(), format=ox.RdfFormat.TURTLE)
    ask = """PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX ex: <http://example.org/> ASK {
      ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?one , ?two , ?three .
      ?one sh:resultMessage "none"@en ; sh:resultPath ex:p ; sh:resultSeverity sh:Violation ; sh:focusNode ex:a .
      ?two sh:value ex:a ; sh:resultSeverity sh:Warning ; sh:sourceConstraintComponent sh:NodeKindConstraintComponent .
      ?three sh:detail [ a sh:ValidationResult ; sh:sourceConstraintComponent sh:ClassConstraintComponent ] }"""
    assert bool(store.query(ask))
    assert 'sh:conforms "true"' in check("ex:a ex:q 1 .", MAX_ONE).turtle() or "true" in check("", MAX_ONE).turtle()


def test_findings_come_in_a_fixed_order_and_have_a_message() -> None:
    data = "".join(f"ex:n{number} ex:p {number} , 'x' .\n" for number in range(20))
    first, second = check(data, MAX_ONE), check("\n".join(reversed(data.splitlines())), MAX_ONE)
    assert [short(finding.focus_node) for finding in first.findings] == [
        short(finding.focus_node) for finding in second.findings
    ]
    assert {message.value for finding in first.findings for message in finding.messages} == {"More than 1 value."}
    assert all(isinstance(finding, Finding) and hash(finding) for finding in first.findings)


def test_implicit_class_targets() -> None:
    shapes = "ex:C a rdfs:Class , sh:NodeShape ; sh:nodeKind sh:Literal ."
    assert rows(check("ex:a a ex:D . ex:D rdfs:subClassOf ex:C . ex:b a ex:E .", shapes)) == {("ex:a", "ex:a"): 1}


@pytest.mark.parametrize(
    ("pattern", "flags", "yes", "no"),
    [
        ("^a$", "", ["a"], ["a\n", "b\na", "aa"]),
        ("^a$", "m", ["a", "b\na", "a\nb"], ["ab"]),
        ("a.c", "", ["abc"], ["a\nc"]),
        ("a.c", "s", ["a\nc"], ["ac"]),
        ("A B", "xi", ["ab"], ["a b"]),
        ("a.b*", "q", ["xa.b*"], ["axb"]),
        (r"^\w+$", "", ["aé1"], ["a_b", "a b", "a-b"]),
        (r"^\d+$", "", ["12", "٣"], ["1a"]),
        (r"^\s$", "", [" ", "\t"], ["\u00a0", "x"]),
        (r"^\p{Lu}\P{Lu}$", "", ["Éa"], ["ab", "AB"]),
        (r"^[\p{L}-[aeiou]]+$", "", ["xyz"], ["xa", "1"]),
        (r"^\i\c*$", "", ["_a-1", "é"], ["1a", "-"]),
        (r"^[^\d\s]$", "", ["a"], ["1", " "]),
        (r"^\$[.]\-$", "", ["$.-"], ["$x-"]),
        (r"^(a)\1$", "", ["aa"], ["ab"]),
        ("^(?!x)", "", ["a"], ["xa"]),
        ("^[&|~-]$", "", ["&", "~", "-"], ["a"]),
    ],
)
def test_patterns_mean_what_xpath_says(pattern: str, flags: str, yes: list[str], no: list[str]) -> None:
    expression = compile_pattern(pattern, flags)
    assert [text for text in yes if not expression.search(text)] == []
    assert [text for text in no if expression.search(text)] == []


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}", "\\", r"\q", r"[\q]", "[a[b]]", "*", r"\p{Xx}", "(?P<n>a)"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        compile_pattern(pattern, "")


def _order(left: str, right: str) -> int | None:
    def term(text: str) -> str:
        value, _, name = text.partition("^^")
        return f'"{value}"^^<{XSD}{name}>' if name else f'"{value}"'

    return compare(comparable_value(term(left)), comparable_value(term(right)))


@pytest.mark.parametrize(
    ("left", "right", "sign"),
    [
        ("1^^integer", "1.0^^decimal", 0),
        ("0.1^^decimal", "0.1^^double", 0),
        ("0.1^^decimal", "0.1^^float", 0),
        ("0.1^^float", "0.1^^double", 1),
        ("9007199254740993^^integer", "9007199254740992^^integer", 1),
        ("NaN^^double", "1^^integer", None),
        ("INF^^double", "1^^integer", 1),
        ("10^^byte", "9^^long", 1),
        ("a", "b", -1),
        ("1", "1^^integer", None),
        ("false^^boolean", "1^^boolean", -1),
        ("2020-01-01^^date", "2020-01-02^^date", -1),
        ("2020-01-01^^date", "2020-01-01Z^^date", None),
        ("2020-01-01Z^^date", "2020-01-01+05:00^^date", 1),
        ("-0001-01-01^^date", "0001-01-01^^date", -1),
        ("2020-01-01^^date", "2020-01-01T00:00:00^^dateTime", None),
        ("2020-01-01T24:00:00^^dateTime", "2020-01-02T00:00:00^^dateTime", 0),
        ("2020-01-01T00:00:00.5^^dateTime", "2020-01-01T00:00:00^^dateTime", 1),
        ("2020-01-01T00:00:00^^dateTime", "2020-01-01T15:00:00Z^^dateTime", -1),
        ("10000^^gYear", "9999^^gYear", 1),
        ("2020-02^^gYearMonth", "2020-11^^gYearMonth", -1),
        ("12:00:00^^time", "11:59:59^^time", 1),
        ("--02-29^^gMonthDay", "--03-01^^gMonthDay", -1),
        ("P1M^^duration", "P30D^^duration", None),
        ("P1M^^duration", "P32D^^duration", -1),
        ("P1Y^^yearMonthDuration", "P12M^^duration", 0),
        ("-PT1H^^dayTimeDuration", "PT0S^^dayTimeDuration", -1),
        ("x^^integer", "1^^integer", None),
        ("http://a^^anyURI", "http://b^^anyURI", None),
    ],
)
def test_order_of_values(left: str, right: str, sign: int | None) -> None:
    assert _order(left, right) == sign
    assert _order(right, left) == (None if sign is None else -sign)


@pytest.mark.parametrize(
    "term",
    [
        ox.Literal('a "quoted" \\ text\n\t\u0001\u2028é'),
        ox.Literal("a", language="en"),
        ox.Literal("a@en", datatype=ox.NamedNode(XSD + "token")),
        ox.Literal('"^^<x>'),
        ox.Literal("", language="en", direction=ox.BaseDirection("rtl")),
        ox.NamedNode("http://example.org/é"),
        ox.BlankNode("b1"),
        ox.Triple(ox.NamedNode(EX + "a"), ox.NamedNode(EX + "p"), ox.Literal("x y")),
    ],
)
def test_terms_come_back_from_their_text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> None:
    text = text_of(term)
    line = ox.serialize([ox.Triple(ox.NamedNode(EX), ox.NamedNode(EX), term)], format=ox.RdfFormat.N_TRIPLES)
    assert line is not None
    assert line.decode() == f"<{EX}> <{EX}> {text} .\n"
    assert parse_term(text) == term
    if isinstance(term, ox.Literal):
        assert lexical_form(text) == term.value
        assert language_of(text) == (term.language or "")
        assert datatype_of(text) == term.datatype.value
