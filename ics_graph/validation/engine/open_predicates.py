"""Queries with a variable as predicate: what the tables of predicates tell of them before a store is asked.

``$this ?path ?value`` sees every triple, so a store must hold the whole graph for it. Mostly such a query also says
something of the predicate (nothing describes it, or its domain is a class that the node is not of), and then the
tables tell in no time that no focus node has such a predicate. Only what every solution fulfils is looked at, so a
query that is passed over would have had no solution; any other is evaluated as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.namespace import named
from ics_graph.validation.engine.sparql_tokens import Token
from ics_graph.validation.engine.sparql_tree import Filter, Pattern, Query, Triples


class OpenPredicate(NamedTuple):
    """What holds of ``?path`` in each solution of a query with ``$this ?path ?value``; all names are IRIs.

    It has all properties of ``needed``, none of ``absent``, and is none of ``excluded``; for each pair (property,
    other) of ``lacking`` it has a value of ``property`` that ``$this`` does not have as value of ``other``.
    """

    needed: frozenset[str]
    absent: frozenset[str]
    excluded: frozenset[str]
    lacking: frozenset[tuple[str, str]]

    def may_match(self, data: IndexedGraph, foci: frozenset[int]) -> bool:
        """Whether the triples of the focus nodes leave room for a solution."""
        number = data.terms.get
        needed = [data.forward(number(named(iri), -1)) for iri in self.needed]
        absent = [data.forward(number(named(iri), -1)) for iri in self.absent]
        excluded = {number(named(iri)) for iri in self.excluded}
        pairs = [
            (data.forward(number(named(iri), -1)), data.inverse(number(named(other), -1)))
            for iri, other in self.lacking
        ]
        for predicate, table in data.tables.items():
            if predicate in excluded or any(predicate in having for having in absent):
                continue
            if all(predicate in having for having in needed):
                nodes = table.subject_set & foci
                if nodes and all(
                    any(not nodes.issubset(others.get(value, ())) for value in values.get(predicate, ()))
                    for values, others in pairs
                ):
                    return True
        return False


def open_predicate(query: Query, constants: frozenset[str], iri: Callable[[Token], str]) -> OpenPredicate | None:
    """What a SELECT asks of the predicates of its focus nodes; None where it asks nothing that is known here.

    ``constants`` are the variables that have one value throughout; ``iri`` gives the IRI that a token stands for.
    """
    if query.form != "SELECT" or query.has_base:
        return None
    where = query.select.where
    patterns = [each for element in where.elements if isinstance(element, Triples) for each in element.patterns]
    names = {each.variable for each in patterns if each.variable and each.subject == "this"} - {"this"}
    if len(names) != 1:
        return None
    (name,) = names
    described = [(iri(each.predicates[0]), each.target) for each in patterns if _plain(each) and each.subject == name]
    absent: set[str] = set()
    excluded: set[str] = set()
    lacking: set[tuple[str, str]] = set()
    for element in where.elements:
        if not isinstance(element, Filter):
            continue
        excluded.update(map(iri, listed(query, element, name, negated=True)))
        pattern = _only_pattern(element)
        if pattern is None or pattern.target is None:
            continue
        other = iri(pattern.predicates[0])
        if pattern.subject == name and pattern.target not in constants and _occurrences(query, pattern.target) == 1:
            absent.add(other)
        elif pattern.subject == "this":
            lacking.update((of, other) for of, target in described if target == pattern.target)
    if not described and not absent:
        return None
    return OpenPredicate(
        frozenset(of for of, _ in described), frozenset(absent), frozenset(excluded), frozenset(lacking)
    )


def _plain(pattern: Pattern) -> bool:
    """Whether one IRI stands as predicate."""
    return pattern.simple and len(pattern.predicates) == 1


def _only_pattern(element: Filter) -> Pattern | None:
    """The pattern of a NOT EXISTS that has just one."""
    inside = element.absent.elements if element.absent is not None else []
    if len(inside) != 1 or not isinstance(inside[0], Triples) or len(inside[0].patterns) != 1:
        return None
    pattern = inside[0].patterns[0]
    return pattern if _plain(pattern) else None


def _occurrences(query: Query, name: str) -> int:
    return sum(token.kind == "var" and token.name == name for token in query.tokens)


def listed(query: Query, element: Filter, name: str, *, negated: bool = False) -> list[Token]:
    """The IRIs of ``FILTER (?name IN (...))``, or of ``NOT IN``; nothing of any other filter."""
    tokens = [token for token in query.tokens if element.start <= token.start < element.end]
    signs = ["(", *(["NOT"] if negated else []), "IN", "("]
    begin, members, end = tokens[1 : len(signs) + 2], tokens[len(signs) + 2 : -2], tokens[-2:]
    if len(begin) != len(signs) + 1 or begin[1].kind != "var" or begin[1].name != name:
        return []
    found = [token.upper for token in (begin[0], *begin[2:], *members[1::2], *end)]
    if found != [*signs, *([","] * (len(members) // 2)), ")", ")"]:
        return []
    return members[::2] if all(token.kind in {"iri", "prefixed"} for token in members[::2]) else []
