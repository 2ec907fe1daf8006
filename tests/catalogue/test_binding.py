"""Parameters become RDF terms of their type, or are refused; no text of a user becomes text of a query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, Store, parse

from ics_graph.catalogue.binding import bind
from ics_graph.catalogue.stored import Parameter, ParameterType, StoredQuery
from ics_graph.errors import Ambiguous, InvalidParameter, NotFound
from ics_graph.store.snapshot import View
from ics_graph.vocabulary import CONCEPT, ICS, ID, XSD
from ics_graph.workers.binding import bind as put_terms
from tests.catalogue.evaluating import QUERIES, rows, substitutions, view_of

DAY = View(date(2020, 11, 9))

ATTACKS = [
    "> } DELETE WHERE { ?s ?p ?o } #",
    'x" } ; DROP ALL #',
    "x' . } UNION { ?s ?p ?o",
    "<https://w3id.org/ics-graph/id/org/nhs-england>",
    "https://w3id.org/ics-graph/id/org/nhs-england> ; ?p ?o . <urn:x",
    "https://w3id.org/ics-graph/id/org/nhs england",
    "?s",
    "_:b0",
    "a\\u003e } INSERT DATA { }",
    "nhs-england\n} #",
    "\ud800",
    "\x00",
]


def query_with(
    kind: ParameterType, *, scheme: str | None = None, default: str | None = None, optional: bool = False
) -> StoredQuery:
    parameter = Parameter("what", kind, "What is asked for.", scheme, default, optional)
    text = "SELECT ?s ?what WHERE { ?s ?p ?what }"
    return StoredQuery("ask", "Ask", "What?", text, (parameter,), ("in-force",), False, {}, Path("ask.rq"))


def resolver(text: str, kinds: tuple[str, ...]) -> str:
    if text in {"nhs-england", f"{ID}org/nhs-england"} and "org" in kinds:
        return ID + "org/nhs-england"
    if text == f"{CONCEPT}function/scrutiny" and "concept" in kinds:
        return text
    raise NotFound(f"Nothing is called {text!r}.")


def term(kind: ParameterType, text: str, scheme: str | None = None) -> NamedNode | Literal:
    bound = bind(query_with(kind, scheme=scheme), {"what": text}, DAY, resolver)
    assert list(bound) == ["what"]
    quads = list(parse(f"<urn:s> <urn:p> {bound['what']} .", format=RdfFormat.N_TRIPLES))
    assert len(quads) == 1
    found = quads[0].object
    assert isinstance(found, NamedNode | Literal)
    return found


def test_each_type_becomes_its_term() -> None:
    assert term("organisation", "nhs-england") == NamedNode(ID + "org/nhs-england")
    assert term("entity", f"{ID}org/nhs-england") == NamedNode(ID + "org/nhs-england")
    assert term("concept", "scrutiny", scheme="function") == NamedNode(CONCEPT + "function/scrutiny")
    assert term("concept", "function/scrutiny", scheme="function") == NamedNode(CONCEPT + "function/scrutiny")
    assert term("concept", "fn:scrutiny", scheme="function") == NamedNode(CONCEPT + "function/scrutiny")
    assert term("entity", "function/scrutiny") == NamedNode(CONCEPT + "function/scrutiny")
    assert term("class", "DutyOfRegard") == term("class", "duty-of-regard") == NamedNode(ICS + "DutyOfRegard")
    assert term("class", "ics:CCG") == NamedNode(ICS + "CCG")
    assert term("boolean", "true") == Literal("true", datatype=NamedNode(XSD + "boolean"))
    assert term("day", "2022-07-01") == Literal("2022-07-01", datatype=NamedNode(XSD + "date"))
    assert term("day", "on") == Literal("2020-11-09", datatype=NamedNode(XSD + "date"))
    assert term("integer", "-007") == Literal("-7", datatype=NamedNode(XSD + "integer"))
    assert term("text", 'a "quoted" word') == Literal('a "quoted" word')


def test_what_may_be_left_out_stays_a_variable() -> None:
    query = query_with("organisation", optional=True)
    assert bind(query, {}, DAY, resolver) == {}
    assert bind(query, {"what": "nhs-england"}, DAY, resolver) == {"what": f"<{ID}org/nhs-england>"}
    with pytest.raises(NotFound):
        bind(query, {"what": "nhs-wales"}, DAY, resolver)
    advice = rows("relations-of", {"on": "2020-11-09", "entity": "nhs-wirral-ccg", "type": "Advice"})
    everything = rows("relations-of", {"on": "2020-11-09", "entity": "nhs-wirral-ccg"})
    assert advice == [row for row in everything if row["type"] == ICS + "Advice"] != []


def test_a_default_stands_in() -> None:
    query = query_with("day", default="on")
    assert bind(query, {}, DAY, resolver) == {"what": '"2020-11-09"^^<http://www.w3.org/2001/XMLSchema#date>'}
    assert "2013-04-01" in bind(query, {"what": "2013-04-01"}, DAY, resolver)["what"]


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("day", "2020-11-31", "not a day of the calendar"),
        ("day", "9 November 2020", "not a day of the form"),
        ("day", "", "not a day of the form"),
        ("integer", "two", "not a whole number"),
        ("integer", "--2", "not a whole number"),
        ("integer", "\u0663", "not a whole number"),
        ("integer", "9" * 5000, "not a whole number"),
        ("class", "Duty", "no class of the ontology"),
        ("class", "", "no class of the ontology"),
        ("boolean", "yes", "neither true nor false"),
        ("concept", "aspect/scrutiny", "not the slug of a concept"),
        ("concept", "asp:scrutiny", "not the slug of a concept"),
        ("concept", "no such", "not the slug of a concept"),
        ("concept", "", "not the slug of a concept"),
        ("concept", "commissioning", "has no concept"),
        ("text", "a\x07b", "characters that are no text"),
    ],
)
def test_what_is_of_another_type_is_refused(kind: ParameterType, text: str, sentence: str) -> None:
    more = {"scheme": "function"} if kind == "concept" else {}
    with pytest.raises(InvalidParameter, match=sentence) as caught:
        term(kind, text, **more)
    assert caught.value.parameter == "what"
    assert "\n" not in str(caught.value)


def test_unknown_and_missing_parameters() -> None:
    with pytest.raises(InvalidParameter, match="no parameter 'boddy'") as caught:
        bind(query_with("text"), {"boddy": "x"}, DAY, resolver)
    assert caught.value.hint == "It has: what."
    with pytest.raises(InvalidParameter, match="needs the parameter what: What is asked for"):
        bind(query_with("text"), {}, DAY, resolver)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "kind", ["organisation", "area", "entity", "source", "concept", "class", "day", "integer", "boolean"]
)
def test_attacks_on_typed_parameters_are_refused(kind: ParameterType, attack: str) -> None:
    more = {"scheme": "function"} if kind == "concept" else {}
    with pytest.raises((InvalidParameter, NotFound)):
        term(kind, attack, **more)


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_on_a_text_stay_a_text(attack: str) -> None:
    query = query_with("text")
    try:
        bound = bind(query, {"what": attack}, DAY, resolver)
    except InvalidParameter:
        assert any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in attack)
        return
    store = Store()
    store.load(b'<urn:s> <urn:p> "kept" .', format=RdfFormat.N_TRIPLES)
    found = store.query(put_terms(query.text, bound))
    assert isinstance(found, QuerySolutions)
    assert list(found) == []
    assert len(store) == 1


SHIPPED: Mapping[str, str] = {
    "members-of-a-body": "body",
    "bodies-of-a-place": "place",
    "accountability-chain": "body",
    "evidence-of-a-relation": "relation",
    "bodies-with-code": "code",
    "responsible-for-a-function": "function",
    "changes-on-a-day": "day",
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(("name", "parameter"), SHIPPED.items())
def test_attacks_on_shipped_queries(name: str, parameter: str, attack: str) -> None:
    """With the real resolver: one clear refusal, or (a code is any text) an answer without rows."""
    try:
        found = rows(name, {"on": "2020-11-09", parameter: attack})
    except (InvalidParameter, NotFound):
        return
    assert name == "bodies-with-code"
    assert found == []


def test_names_codes_and_acronyms_mean_bodies() -> None:
    query = QUERIES["accountability-chain"]
    view = view_of(query, "2020-11-09")
    wirral = {"body": f"<{ID}org/nhs-wirral-ccg>"}
    for text in ("nhs-wirral-ccg", "org/nhs-wirral-ccg", "NHS Wirral CCG", "12F", f"{ID}org/nhs-wirral-ccg"):
        assert substitutions(query, {"body": text}, view) == wirral
    with pytest.raises(Ambiguous):
        substitutions(query, {"body": "ICP"}, view)
    with pytest.raises(NotFound):
        substitutions(QUERIES["members-of-a-body"], {"body": "sefton"}, view)
