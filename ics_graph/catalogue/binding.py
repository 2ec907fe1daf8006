"""Binding parameters: from a user's text to RDF terms, by the types that a stored query declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyoxigraph import Literal, NamedNode

from ics_graph.catalogue.stored import Parameter, StoredQuery
from ics_graph.errors import InvalidParameter
from ics_graph.store.snapshot import View
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import XSD, concept

Resolver = Callable[[str, tuple[str, ...]], str]
"""From what a user writes, and the kinds of entities meant, to an IRI; raises NotFound or Ambiguous."""

_KINDS: Mapping[str, tuple[str, ...]] = {
    "organisation": ("org",),
    "area": ("area",),
    "entity": ("org", "area", "post", "person", "constituency", "electorate", "instrument", "rel", "event", "source"),
}


def bind(query: StoredQuery, given: Mapping[str, str], view: View, resolver: Resolver) -> dict[str, str]:
    """The substitutions of a query: variable name to a term in N-Triples syntax.

    Raises :class:`~ics_graph.errors.InvalidParameter` for a parameter that is unknown, missing or of another type.
    """
    known = {parameter.name for parameter in query.parameters}
    for name in given:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise InvalidParameter(name, f"{query.name} has no parameter {name!r}.", hint=f"It has: {listed}.")
    bound: dict[str, str] = {}
    for parameter in query.parameters:
        text = given.get(parameter.name, parameter.default)
        if text is None:
            raise InvalidParameter(
                parameter.name, f"{query.name} needs the parameter {parameter.name}: {parameter.description}"
            )
        bound[parameter.name] = str(_term(parameter, text, view, resolver))
    return bound


def _term(parameter: Parameter, text: str, view: View, resolver: Resolver) -> NamedNode | Literal:
    if parameter.type in _KINDS:
        return NamedNode(resolver(text, _KINDS[parameter.type]))
    if parameter.type == "concept":
        if not text or not all(character.isalnum() or character in "-_" for character in text):
            raise InvalidParameter(parameter.name, f"{parameter.name}: {text!r} is not the slug of a concept.")
        return NamedNode(concept(parameter.scheme or "", text))
    if parameter.type == "day":
        day = view.on if text == "on" else day_parameter(parameter.name, text)
        return Literal(day.isoformat(), datatype=NamedNode(XSD + "date"))
    if parameter.type == "integer":
        if not text.lstrip("-").isdecimal():
            raise InvalidParameter(parameter.name, f"{parameter.name}: {text!r} is not a whole number.")
        return Literal(str(int(text)), datatype=NamedNode(XSD + "integer"))
    return Literal(text)
