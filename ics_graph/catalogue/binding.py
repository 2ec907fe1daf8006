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
from ics_graph.vocabulary import CLASSES, CONCEPT_SCHEMES, ICS, XSD, concept

Resolver = Callable[[str, tuple[str, ...]], str]
"""From what a user writes, and the kinds of entities meant, to an IRI; raises NotFound or Ambiguous."""

_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "organisation": ("org",),
    "area": ("area",),
    "person": ("person",),
    "instrument": ("instrument",),
    "source": ("source",),
    "entity": (
        *("org", "area", "post", "person", "constituency", "electorate", "instrument", "rel", "event", "source"),
        *("claim", "concept"),
    ),
}
_SLUG: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}\Z")
# What no IRI holds (RFC 3987): such a text is refused here, before anything takes it for one.
_NOT_IN_IRI: Final = re.compile(r'[\x00-\x20<>"{}|\\^`]')
# Control characters, and the lone surrogates that stand for bytes of a command line that are no UTF-8.
_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def bind(query: StoredQuery, given: Mapping[str, str], view: View, resolver: Resolver) -> dict[str, str]:
    """The substitutions of a query: variable name to a term in N-Triples syntax; none for what is left out.

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
        if text is None and parameter.optional:
            continue
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
        return NamedNode(resolver(_written_out(text) if parameter.type == "entity" else text, _KINDS[parameter.type]))
    if parameter.type == "concept":
        return _concept(parameter, text, resolver)
    if parameter.type == "class":
        return _class(name, text)
    if parameter.type == "day":
        day = view.on if text == "on" else day_parameter(name, text)
        return Literal(day.isoformat(), datatype=NamedNode(XSD + "date"))
    if parameter.type == "integer":
        if not _INTEGER.match(text):
            raise InvalidParameter(name, f"{name}: {text!r} is not a whole number.")
        return Literal(str(int(text)), datatype=NamedNode(XSD + "integer"))
    if parameter.type == "boolean":
        if text not in {"true", "false"}:
            raise InvalidParameter(name, f"{name}: {text!r} is neither true nor false.")
        return Literal(text, datatype=NamedNode(XSD + "boolean"))
    return Literal(text)


def _written_out(text: str) -> str:
    """The IRI of what is written as a concept, ``function/planning``; any other text as it is."""
    scheme, slash, slug = text.strip().partition("/")
    return concept(scheme, slug) if slash and scheme in CONCEPT_SCHEMES.values() and _SLUG.match(slug) else text


def _class(name: str, text: str) -> NamedNode:
    """The class of a name, ``DutyOfRegard`` or ``duty-of-regard``; another would silently be an answer without rows."""
    asked = text.removeprefix("ics:").replace("-", "").lower()
    for local in CLASSES:
        if local.lower() == asked:
            return NamedNode(ICS + local)
    raise InvalidParameter(
        name, f"{name}: {text!r} is no class of the ontology.", hint="docs/ontology.md lists them: Advice, Merger ..."
    )


def _concept(parameter: Parameter, text: str, resolver: Resolver) -> NamedNode:
    """The concept of a slug; one that the scheme does not have would silently be an answer without rows."""
    name, scheme = parameter.name, parameter.scheme or ""
    # As answers show it: scheme/slug, or the slug after the prefix of its scheme.
    for shown in (f"{scheme}/", *(f"{prefix}:" for prefix, long in CONCEPT_SCHEMES.items() if long == scheme)):
        text = text.removeprefix(shown)
    if not _SLUG.match(text):
        raise InvalidParameter(name, f"{name}: {text!r} is not the slug of a concept.")
    try:
        return NamedNode(resolver(concept(scheme, text), ("concept",)))
    except NotFound:
        raise InvalidParameter(
            name,
            f"{name}: the scheme {scheme} has no concept {text!r}.",
            hint=f"Find it by words: ics-graph query concepts-named --param words=... --param scheme={scheme}",
        ) from None
