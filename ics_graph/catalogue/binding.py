"""Binding parameters: from a user's text to RDF terms, by the types that a stored query declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode

from ics_graph.catalogue.stored import Parameter, StoredQuery
from ics_graph.errors import InvalidParameter, NotFound
from ics_graph.store.snapshot import View
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import XSD, concept

Resolver = Callable[[str, tuple[str, ...]], str]
"""From what a user writes, and the kinds of entities meant, to an IRI; raises NotFound or Ambiguous."""

_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "organisation": ("org",),
    "area": ("area",),
    "entity": ("org", "area", "post", "person", "constituency", "electorate", "instrument", "rel", "event", "source"),
}
_SLUG: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}\Z")
# What no IRI holds (RFC 3987): such a text is refused here, before anything takes it for one.
_NOT_IN_IRI: Final = re.compile(r'[\x00-\x20<>"{}|\\^`]')
# Control characters, and the lone surrogates that stand for bytes of a command line that are no UTF-8.
_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def bind(query: StoredQuery, given: Mapping[str, str], view: View, resolver: Resolver) -> dict[str, str]:
    """The substitutions of a query: variable name to a term in N-Triples syntax.

    Raises :class:`~ics_graph.errors.InvalidParameter` for a parameter that is unknown, missing or of another type,
    and what ``resolver`` raises for a name that means nothing or several things.
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
    name = parameter.name
    if _NO_TEXT.search(text):
        raise InvalidParameter(name, f"{name}: {text!r} has characters that are no text.")
    if parameter.type in _KINDS:
        if text.strip().startswith(("http://", "https://")) and _NOT_IN_IRI.search(text.strip()):
            raise InvalidParameter(name, f"{name}: {text!r} is not an IRI.")
        return NamedNode(resolver(text, _KINDS[parameter.type]))
    if parameter.type == "concept":
        return _concept(parameter, text, resolver)
    if parameter.type == "day":
        day = view.on if text == "on" else day_parameter(name, text)
        return Literal(day.isoformat(), datatype=NamedNode(XSD + "date"))
    if parameter.type == "integer":
        if not _INTEGER.match(text):
            raise InvalidParameter(name, f"{name}: {text!r} is not a whole number.")
        return Literal(str(int(text)), datatype=NamedNode(XSD + "integer"))
    return Literal(text)


def _concept(parameter: Parameter, text: str, resolver: Resolver) -> NamedNode:
    """The concept of a slug; one that the scheme does not have would silently be an answer without rows."""
    name, scheme = parameter.name, parameter.scheme or ""
    if not _SLUG.match(text):
        raise InvalidParameter(name, f"{name}: {text!r} is not the slug of a concept.")
    try:
        return NamedNode(resolver(concept(scheme, text), ("concept",)))
    except NotFound:
        raise InvalidParameter(
            name,
            f"{name}: the scheme {scheme} has no concept {text!r}.",
            hint="docs/ontology.md lists the concepts of each scheme.",
        ) from None
