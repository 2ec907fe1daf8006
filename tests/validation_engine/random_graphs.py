"""Random small data graphs and shapes, as Turtle, for comparison with another engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[str]], str]

PREDICATES = ("ex:p", "ex:q", "ex:r")
CLASSES = ("ex:C", "ex:D", "ex:E")
NODES = tuple(f"ex:n{number}" for number in range(5))
NUMBERS_AND_STRINGS = ("1", "2", "3", "1.5", "2.5", '"a"', '"ab"', '"abc"')
ALL_LITERALS = (
    *NUMBERS_AND_STRINGS,
    '"a"@en', '"b"@en', '"a"@de', "true", "false", '"2020-01-01"^^xsd:date', '"2021-05-01"^^xsd:date',
    '"2020-01-01T00:00:00"^^xsd:dateTime', '"5"^^xsd:byte', '"2020"^^xsd:gYear',
)  # fmt: skip
DATATYPES = ("xsd:integer", "xsd:string", "xsd:decimal", "xsd:boolean", "xsd:date", "xsd:byte", "rdf:langString")
ONCE = frozenset(
    {"datatype", "nodeKind", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "minLength", "maxLength"}
    | {"pattern", "languageIn", "in", "minCount", "maxCount", "uniqueLang", "qualifiedValueShape", "closed"}
)


@dataclass(frozen=True)
class Domain:
    """What a comparison draws from: the literals, and whether constraints that order values are among them."""

    literals: tuple[str, ...]
    ordering: bool


ORDERED = Domain(NUMBERS_AND_STRINGS, ordering=True)
MIXED = Domain(ALL_LITERALS, ordering=False)


@st.composite
def graphs(draw: Draw, domain: Domain) -> str:
    """A data graph of at most fourteen triples."""
    lines: list[str] = []
    for _ in range(int(draw(st.integers(1, 14).map(str)))):
        subject = draw(st.sampled_from(NODES))
        if draw(st.sampled_from("abc")) == "a":
            lines.append(f"{subject} a {draw(st.sampled_from(CLASSES))} .")
        else:
            predicate = draw(st.sampled_from(PREDICATES))
            lines.append(f"{subject} {predicate} {draw(st.sampled_from((*NODES, *domain.literals)))} .")
    if draw(st.sampled_from("ab")) == "a":
        lines.append("ex:D rdfs:subClassOf ex:C .")
    return "\n".join(lines)


@st.composite
def shapes_graphs(draw: Draw, domain: Domain) -> str:
    """One or two shapes with targets."""
    maker = _ShapeMaker(draw, domain)
    return "\n".join(maker.top(number) for number in range(int(draw(st.sampled_from("12")))))


class _ShapeMaker:
    def __init__(self, draw: Draw, domain: Domain) -> None:
        self.draw = draw
        self.domain = domain

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def top(self, number: int) -> str:
        target = self.pick(
            "sh:targetClass ex:C", "sh:targetSubjectsOf ex:p", "sh:targetObjectsOf ex:q", "sh:targetNode ex:n0, 'a'"
        )
        is_property = self.pick("abc") == "a"
        path = f"sh:path {self.path(0)} ; " if is_property else ""
        return f"ex:s{number} {target} ; {path}{self.body(is_property, 0)} ."

    def path(self, depth: int) -> str:
        kind = self.pick("plain", "plain", "plain", "inverse", "sequence", "alternative", "repeated")
        if depth > 1 or kind == "plain":
            return self.pick(*PREDICATES)
        if kind == "inverse":
            # pySHACL walks the inverse of a sequence in the wrong order, so none is drawn here.
            plain = self.pick(*PREDICATES)
            inner = self.pick(plain, f"[ sh:oneOrMorePath {plain} ]", f"[ sh:alternativePath ( {plain} ex:r ) ]")
            return f"[ sh:inversePath {inner} ]"
        first = self.path(depth + 1)
        if kind == "repeated":
            return f"[ sh:{self.pick('zeroOrMorePath', 'oneOrMorePath', 'zeroOrOnePath')} {first} ]"
        members = f"( {first} {self.path(depth + 1)} )"
        return members if kind == "sequence" else f"[ sh:alternativePath {members} ]"

    def shape(self, depth: int, kind: str = "any") -> str:
        is_property = kind == "property" or (kind == "any" and self.pick("ab") == "a")
        path = f"sh:path {self.path(0)} ; " if is_property else ""
        return f"[ {path}{self.body(is_property, depth)} ]"

    def body(self, is_property: bool, depth: int) -> str:
        constraints: dict[str, str] = {}
        for number in range(int(self.pick("1", "2", "3"))):
            text = self.constraint(is_property, depth)
            name = text.split()[0].removeprefix("sh:")
            constraints.setdefault(name if name in ONCE else f"{name}{number}", text)
        return " ; ".join(constraints.values())

    def constraint(self, is_property: bool, depth: int) -> str:
        kinds = ["class", "datatype", "nodeKind", "length", "pattern", "languageIn", "equals", "disjoint", "hasValue"]
        kinds += ["in"]
        if depth < 2:
            kinds += ["not", "node", "and", "or", "xone", "property"]
        if depth == 0:
            kinds += ["closed"]
        if is_property:
            kinds += ["minCount", "maxCount", "uniqueLang"] + (["qualified"] if depth < 2 else [])
        if self.domain.ordering:
            kinds += ["range"]
        return self.of_kind(self.pick(*kinds), depth)

    def of_kind(self, kind: str, depth: int) -> str:
        pick = self.pick
        node_kinds = ("BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
        ranges = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")
        every = (*NODES, *self.domain.literals)
        makers: dict[str, Callable[[], str]] = {
            "class": lambda: f"sh:class {pick(*CLASSES)}",
            "datatype": lambda: f"sh:datatype {pick(*DATATYPES)}",
            "nodeKind": lambda: f"sh:nodeKind sh:{pick(*node_kinds)}",
            "length": lambda: f"sh:{pick('minLength', 'maxLength')} {pick('0', '1', '2', '3', '21')}",
            "pattern": lambda: f'sh:pattern "{pick("^a", "b$", "[0-9]", "^.$")}"',
            "languageIn": lambda: 'sh:languageIn ( "en" )',
            "hasValue": lambda: f"sh:hasValue {pick(*every)}",
            "in": lambda: f"sh:in ( {pick(*every)} {pick(*every)} {pick(*every)} )",
            "minCount": lambda: f"sh:minCount {pick('0', '1', '2', '3')}",
            "maxCount": lambda: f"sh:maxCount {pick('0', '1', '2')}",
            "uniqueLang": lambda: "sh:uniqueLang true",
            "range": lambda: f"sh:{pick(*ranges)} {pick(*self.domain.literals)}",
            "closed": lambda: f"sh:closed true ; sh:ignoredProperties ( rdf:type {pick(*PREDICATES)} )",
            "not": lambda: f"sh:not {self.shape(depth + 1)}",
            "node": lambda: f"sh:node {self.shape(depth + 1, 'node')}",
            "property": lambda: f"sh:property {self.shape(depth + 1, 'property')}",
            "qualified": lambda: (
                f"sh:qualifiedValueShape {self.shape(depth + 1)} ; "
                f"sh:{pick('qualifiedMinCount', 'qualifiedMaxCount')} {pick('0', '1', '2')}"
            ),
        }
        if kind in {"and", "or", "xone"}:
            return f"sh:{kind} ( {self.shape(depth + 1)} {self.shape(depth + 1)} )"
        if kind in makers:
            return makers[kind]()
        return f"sh:{kind} {pick(*PREDICATES)}"
