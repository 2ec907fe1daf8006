"""Constraints on single value nodes: which of a set of terms break them (SHACL sections 4.1, 4.3, 4.4, 4.8).

Each function takes the constraint and distinct term numbers and gives those that are wrong, so that a value shared by
many focus nodes is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ics_graph.loading.texts import (
    XSD_STRING,
    datatype_of,
    is_blank,
    is_iri,
    is_literal,
    language_of,
    lexical_form,
    string_value,
    text_of,
)
from ics_graph.validation.engine import model
from ics_graph.validation.engine.datatypes import is_well_typed
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.ordering import comparable_value, compare
from ics_graph.validation.engine.patterns import compile_pattern

Check = Callable[[IndexedGraph, Any, frozenset[int]], set[int]]

_KIND_TESTS: dict[str, tuple[Callable[[str], bool], ...]] = {
    "BlankNode": (is_blank,),
    "IRI": (is_iri,),
    "Literal": (is_literal,),
    "BlankNodeOrIRI": (is_blank, is_iri),
    "BlankNodeOrLiteral": (is_blank, is_literal),
    "IRIOrLiteral": (is_iri, is_literal),
}
# Which results of comparing the limit with the value satisfy the sign.
_ACCEPTED = {"<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {0, 1}}


def check_class(graph: IndexedGraph, constraint: model.ClassConstraint, values: frozenset[int]) -> set[int]:
    """Values that are no instances of the class."""
    return set(values - graph.instances(graph.terms.number(constraint.class_node)))


def check_datatype(graph: IndexedGraph, constraint: model.DatatypeConstraint, values: frozenset[int]) -> set[int]:
    """Values that are no well-typed literals of the datatype."""
    datatype = constraint.datatype.value
    texts = graph.terms.texts
    if datatype == XSD_STRING:
        return {value for value in values if texts[value][0] != '"' or texts[value][-1] != '"'}
    suffix = f'"^^<{datatype}>'
    wrong: set[int] = set()
    for value in values:
        text = texts[value]
        if text.endswith(suffix) and text[0] == '"':
            lexical = text[1 : -len(suffix)]
            right = is_well_typed(lexical if "\\" not in lexical else lexical_form(text), datatype)
        else:
            right = bool(text[0] == '"' and language_of(text) and datatype_of(text) == datatype)
        if not right:
            wrong.add(value)
    return wrong


def check_node_kind(graph: IndexedGraph, constraint: model.NodeKindConstraint, values: frozenset[int]) -> set[int]:
    """Values of another kind."""
    texts = graph.terms.texts
    tests = _KIND_TESTS[constraint.kind]
    return {value for value in values if not any(test(texts[value]) for test in tests)}


def check_range(graph: IndexedGraph, constraint: model.RangeConstraint, values: frozenset[int]) -> set[int]:
    """Values outside the range, or not comparable with its limit."""
    texts = graph.terms.texts
    limit = comparable_value(text_of(constraint.limit))
    accepted = _ACCEPTED[constraint.sign]
    return {value for value in values if compare(limit, comparable_value(texts[value])) not in accepted}


def _strings(graph: IndexedGraph, values: Iterable[int]) -> Iterable[tuple[int, str | None]]:
    texts = graph.terms.texts
    return ((value, string_value(texts[value])) for value in values)


def check_length(graph: IndexedGraph, constraint: model.LengthConstraint, values: frozenset[int]) -> set[int]:
    """Values that are too short or too long; blank nodes always."""
    low = constraint.minimum or 0
    high = constraint.maximum
    return {
        value
        for value, text in _strings(graph, values)
        if text is None or len(text) < low or (high is not None and len(text) > high)
    }


def check_pattern(graph: IndexedGraph, constraint: model.PatternConstraint, values: frozenset[int]) -> set[int]:
    """Values that do not match; blank nodes always."""
    search = compile_pattern(constraint.pattern, constraint.flags).search
    return {value for value, text in _strings(graph, values) if text is None or search(text) is None}


def check_language_in(graph: IndexedGraph, constraint: model.LanguageInConstraint, values: frozenset[int]) -> set[int]:
    """Values without a language tag that matches one of the ranges (SPARQL's langMatches)."""
    ranges = [language.lower() for language in constraint.languages]
    texts = graph.terms.texts
    accepted: dict[str, bool] = {}
    wrong: set[int] = set()
    for value in values:
        text = texts[value]
        tag = language_of(text).lower() if is_literal(text) else ""
        if tag not in accepted:
            accepted[tag] = bool(tag) and any(each in {"*", tag} or tag.startswith(each + "-") for each in ranges)
        if not accepted[tag]:
            wrong.add(value)
    return wrong


def check_in(graph: IndexedGraph, constraint: model.InConstraint, values: frozenset[int]) -> set[int]:
    """Values that are not listed, compared as terms."""
    return set(values - {graph.terms.number(term) for term in constraint.values})


CHECKS: dict[type[model.Constraint], Check] = {
    model.ClassConstraint: check_class,
    model.DatatypeConstraint: check_datatype,
    model.NodeKindConstraint: check_node_kind,
    model.RangeConstraint: check_range,
    model.LengthConstraint: check_length,
    model.PatternConstraint: check_pattern,
    model.LanguageInConstraint: check_language_in,
    model.InConstraint: check_in,
}
