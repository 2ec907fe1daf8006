"""RDF terms as N-Triples text, as the parser's own serialiser writes it.

Two terms are the same RDF term if and only if their texts are equal, lexical forms included (RDF 1.1 Concepts, section
3.3). Text costs a fraction of what term objects do where most of the work is comparing and passing on.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

import pyoxigraph as ox

from ics_graph.loading.terms import RDF, XSD

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

XSD_STRING: Final = XSD + "string"
RDF_LANG_STRING: Final = RDF + "langString"
RDF_DIR_LANG_STRING: Final = RDF + "dirLangString"
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_SHORT_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def text_of(term: Term) -> str:
    """The N-Triples text of a pyoxigraph term."""
    return f"<<( {term} )>>" if isinstance(term, ox.Triple) else str(term)


def is_iri(text: str) -> bool:
    """Whether the term is an IRI."""
    return text[0] == "<" and text[:3] != "<<("


def is_blank(text: str) -> bool:
    """Whether the term is a blank node."""
    return text[0] == "_"


def is_literal(text: str) -> bool:
    """Whether the term is a literal."""
    return text[0] == '"'


def unescape(text: str) -> str:
    """The characters meant by an N-Triples string without its quotes."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] in "uU":
        return chr(int(code[1:], 16))
    return _SHORT_ESCAPES.get(code, code)


def lexical_form(text: str) -> str:
    """The lexical form of a literal."""
    return unescape(text[1 : text.rindex('"')])


def datatype_of(text: str) -> str:
    """The datatype IRI of a literal."""
    if text.endswith('"'):
        return XSD_STRING
    if text.endswith(">"):
        return text[text.rindex('"') + 4 : -1]
    return RDF_DIR_LANG_STRING if "--" in text[text.rindex('"') :] else RDF_LANG_STRING


def language_of(text: str) -> str:
    """The language tag of a literal, empty if it has none."""
    if text.endswith(('"', ">")):
        return ""
    return text[text.rindex('"') + 2 :].partition("--")[0]


def string_value(text: str) -> str | None:
    """What SPARQL's STR gives: the IRI or the lexical form; None for a blank node or a triple term."""
    if is_literal(text):
        return lexical_form(text)
    return text[1:-1] if is_iri(text) else None


def parse_term(text: str) -> Term:
    """The pyoxigraph term written as ``text``, lexical form untouched."""
    if is_literal(text):
        end = text.rindex('"')
        value = unescape(text[1:end])
        suffix = text[end + 1 :]
        if not suffix:
            return ox.Literal(value)
        if suffix.startswith("^^"):
            return ox.Literal(value, datatype=ox.NamedNode(suffix[3:-1]))
        language, _, direction = suffix[1:].partition("--")
        if direction:
            return ox.Literal(value, language=language, direction=ox.BaseDirection(direction))
        return ox.Literal(value, language=language)
    if is_blank(text):
        return ox.BlankNode(text[2:])
    if is_iri(text):
        return ox.NamedNode(text[1:-1])
    line = f"<urn:x:s> <urn:x:p> {text} .".encode()
    (quad,) = ox.parse(line, format=ox.RdfFormat.N_TRIPLES)
    term: Term = quad.object
    return term
