"""The tree of a SPARQL query: what :mod:`ics_graph.validation.engine.sparql_syntax` reads out of its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ics_graph.validation.engine.sparql_tokens import Token


class Expression:
    """An expression: the variables it names outside EXISTS, and its EXISTS groups."""

    __slots__ = ("aggregate", "exists", "variables")

    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.exists: list[Group] = []
        self.aggregate = False

    def mentions(self, name: str) -> bool:
        """Whether the variable is named here or inside EXISTS."""
        return name in self.variables or any(group.mentions(name) for group in self.exists)


class Pattern(NamedTuple):
    """A triple pattern: names of variables or None, the IRIs of its path, and an IRI as object if there is one.

    ``simple`` says that the path is one predicate; ``variable`` is the name of the one that stands for a predicate.
    """

    subject: str | None
    predicates: tuple[Token, ...]
    target: str | None
    constant: Token | None
    simple: bool
    variable: str | None


class Triples:
    """Neighbouring triple patterns."""

    __slots__ = ("open_predicate", "patterns", "variables", "zero_length")

    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.patterns: list[Pattern] = []
        self.open_predicate = False  # a variable or a negated property set as predicate
        self.zero_length = False  # a path that may have no step


class Filter(NamedTuple):
    """``FILTER``; ``absent`` is the group when it is just NOT EXISTS with a group."""

    expression: Expression
    start: int
    end: int
    absent: Group | None


class Bind(NamedTuple):
    """``BIND (expression AS ?target)``."""

    expression: Expression
    target: str


class Nested(NamedTuple):
    """Groups within a group: ``kind`` is ``group``, ``union``, ``optional`` or ``graph``."""

    kind: str
    groups: list[Group]
    graph: Token | None = None


@dataclass(slots=True, eq=False)
class Select:
    """A SELECT with its projection: variables as tokens, expressions as (alias, expression)."""

    start: int
    star: bool
    variables: list[Token]
    expressions: list[tuple[str, Expression]]
    where: Group
    modifiers: Expression
    group_by: set[str] | None
    sorting: list[Token]  # variables standing alone in GROUP BY or ORDER BY
    limited: bool
    distinct: bool

    @property
    def aggregate(self) -> bool:
        """Whether solutions are grouped."""
        return (
            self.group_by is not None
            or self.modifiers.aggregate
            or any(expression.aggregate for _, expression in self.expressions)
        )


Element: TypeAlias = Triples | Filter | Bind | Nested | Select


class Group(NamedTuple):
    """A group graph pattern: ``start`` is the offset after its ``{``, ``end`` that of its ``}``."""

    start: int
    end: int
    elements: list[Element]

    def mentions(self, name: str) -> bool:
        """Whether the variable is named anywhere inside."""
        for element in self.elements:
            match element:
                case Triples():
                    found = name in element.variables
                case Filter():
                    found = element.expression.mentions(name)
                case Bind():
                    found = element.target == name or element.expression.mentions(name)
                case Nested():
                    found = any(group.mentions(name) for group in element.groups)
                    found = found or (element.graph is not None and element.graph.text[1:] == name)
                case Select():
                    found = element.where.mentions(name) or any(token.name == name for token in element.variables)
            if found:
                return True
        return False

    def walk(self) -> Iterator[Group]:
        """This group and all groups inside, those of EXISTS and of subqueries included."""
        yield self
        for element in self.elements:
            inside: list[Group] = []
            match element:
                case Nested():
                    inside = element.groups
                case Filter() | Bind():
                    inside = element.expression.exists
                case Select():
                    inside = [element.where, *element.modifiers.exists]
                    inside += [group for _, expression in element.expressions for group in expression.exists]
                case Triples():
                    pass
            for group in inside:
                yield from group.walk()


class Query(NamedTuple):
    """A parsed query: ``form`` is SELECT or ASK; an ASK is kept as a SELECT without projection."""

    form: str
    prefixes: dict[str, str]
    has_base: bool
    select: Select
    tokens: list[Token]
