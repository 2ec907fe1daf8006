"""Parses one statement of Turtle, TriG, N-Triples or N-Quads with the place of each term.

It gives the triples in the order in which the parser (pyoxigraph) gives them, so that the n-th anonymous
blank node of a file is the same node for both; tests compare the two on random documents. It is slow (about
10 microseconds a token) and is meant for the statements somebody asks about.

Rules: Turtle 1.1 section 6.5, TriG 1.1 section 4.5, and of RDF 1.2 triple terms, reifiers and annotations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from typing import TypeAlias

from pyoxigraph import BaseDirection, BlankNode, DefaultGraph, Literal, NamedNode

from ics_graph.loading.iris import unescape
from ics_graph.loading.naming import Anonymous, Emitted, Span, Term, TripleTerm, UnknownStatement
from ics_graph.loading.statements import Directives
from ics_graph.loading.terms import (
    RDF_FIRST,
    RDF_NIL,
    RDF_REIFIES,
    RDF_REST,
    RDF_TYPE,
    XSD,
    GraphName,
)
from ics_graph.loading.tokens import one_token

DEEPEST = 128
"""Deepest nesting that is parsed here: the methods below call one another."""

_NUMBER_TYPES = {kind: NamedNode(XSD + kind) for kind in ("integer", "decimal", "double")}
_BOOLEAN = NamedNode(XSD + "boolean")
_DIRECTIONS = {"ltr": BaseDirection.LTR, "rtl": BaseDirection.RTL}


Link: TypeAlias = Callable[[Term, Span], None]


class StatementParser:
    """Parser of the statements of one text; ``name_label`` gives the blank node that a label stands for."""

    def __init__(self, text: str, directives: Directives, name_label: Callable[[str], BlankNode]) -> None:
        self._text = text
        self._directives = directives
        self._name_label = name_label
        self._next_token = one_token().match
        self._emitted: list[tuple[int, int, Emitted]] = []
        self._consumed = 0
        self._waiting_string = -1
        self._ahead = False
        self._end = 0
        self._kind = ""
        self._token = Span(0, 0)
        self._last_end = 0
        self._depth = 0

    def parse(self, start: int, end: int) -> list[Emitted]:
        """The triples of the statement at these offsets (without its dot).

        Raises :class:`UnknownStatement` where the text is none, or is nested deeper than :data:`DEEPEST`.
        """
        self._emitted = []
        self._consumed = 0
        self._waiting_string = -1
        self._ahead = False
        self._end = end
        self._depth = 0
        self._token = Span(start, start)
        self._advance()
        alone = self._peek("[") or self._peek("<<")
        subject, span = self._subject()
        if not (alone and self._kind == ""):
            self._predicate_objects(subject, span)
        graph = self._fourth_term()
        if self._kind:
            raise UnknownStatement
        self._emitted.sort(key=itemgetter(0, 1))
        emitted = [triple for _, _, triple in self._emitted]
        return emitted if graph is None else [replace(triple, graph=graph) for triple in emitted]

    def parse_label(self, start: int, end: int) -> GraphName | Anonymous:
        """The graph that a TriG block's label (with or without GRAPH, or empty) names."""
        self._end = end
        self._token = Span(start, start)
        self._advance()
        if self._kind == "keyword" and self._written().lower() == "graph":
            self._advance()
        if not self._kind:
            return DefaultGraph()
        if self._accept("["):
            self._expect("]")
            return Anonymous()
        term = self._simple_term()
        if not isinstance(term, NamedNode | BlankNode):
            raise UnknownStatement
        return term

    # Tokens

    def _advance(self) -> None:
        self._last_end = self._token.end
        self._consumed += 1
        match = self._next_token(self._text, self._token.end, self._end)
        if match is None or match.lastgroup is None:
            self._kind = ""
            self._token = Span(self._end, self._end)
        else:
            self._kind = match.lastgroup
            self._token = Span(*match.span(match.lastgroup))

    def _written(self) -> str:
        return self._text[self._token.start : self._token.end]

    def _peek(self, mark: str) -> bool:
        return self._kind == "mark" and self._written() == mark

    def _accept(self, mark: str) -> bool:
        if self._peek(mark):
            self._advance()
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._accept(mark):
            raise UnknownStatement

    # Statements

    def _emit(
        self,
        subject: tuple[Term, Span],
        predicate: tuple[NamedNode, Span],
        value: tuple[Term, Span],
    ) -> None:
        """Note a triple with the number of the token at which the parser gives it.

        For a string without datatype and language that is the token after it, which the parser must see
        first; it gives what that token brings before the string's own triple.
        """
        waits = self._waiting_string == self._consumed and not self._ahead
        order = (self._consumed + (self._ahead or waits), int(waits))
        self._emitted.append(
            (*order, Emitted(subject[0], predicate[0], value[0], None, subject[1], predicate[1], value[1]))
        )

    def _subject(self) -> tuple[Term, Span]:
        found: list[tuple[Term, Span]] = []
        if self._peek("<<"):
            span = Span(self._token.start, self._token.end)
            reifier = self._reified_triple(None)
            span.end = self._last_end
            return reifier, span
        self._object(lambda term, span: found.append((term, span)))
        return found[0]

    def _predicate_objects(self, subject: Term, subject_span: Span) -> None:
        while True:
            predicate = self._predicate()
            while True:
                self._object_with_annotations((subject, subject_span), predicate)
                if not self._accept(","):
                    break
            if not self._peek(";"):
                return
            while self._accept(";"):
                pass
            if self._kind == "" or self._peek("]") or self._peek("|}"):
                return

    def _predicate(self) -> tuple[NamedNode, Span]:
        span = self._token
        if self._kind == "keyword" and self._written() == "a":
            self._advance()
            return RDF_TYPE, span
        term = self._simple_term()
        if not isinstance(term, NamedNode):
            raise UnknownStatement
        return term, span

    def _object_with_annotations(self, subject: tuple[Term, Span], predicate: tuple[NamedNode, Span]) -> None:
        linked: list[tuple[Term, Span]] = []

        def link(term: Term, span: Span) -> None:
            linked.append((term, span))
            self._emit(subject, predicate, (term, span))

        self._object(link)
        if not (self._peek("~") or self._peek("{|")):
            return
        triple = TripleTerm(subject[0], predicate[0], linked[0][0])
        named: tuple[Term, Span] | None = None
        while True:
            if self._peek("~"):
                named = self._reifier()
                self._emit(named, (RDF_REIFIES, named[1]), (triple, linked[0][1]))
            elif self._peek("{|"):
                span = Span(self._token.start, self._token.end)
                self._advance()
                reifier = named
                if reifier is None:
                    reifier = (Anonymous(), span)
                    self._emit(reifier, (RDF_REIFIES, span), (triple, linked[0][1]))
                self._nested(reifier[0], reifier[1], "|}")
            else:
                return

    def _reifier(self) -> tuple[Term, Span]:
        span = self._token
        self._expect("~")
        if self._kind not in ("iri", "name", "blank"):
            return Anonymous(), span
        place = self._token
        return self._simple_term(), place

    def _nested(self, subject: Term, span: Span, closing: str) -> None:
        self._enter()
        self._predicate_objects(subject, span)
        self._expect(closing)
        self._depth -= 1

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnknownStatement

    def _fourth_term(self) -> GraphName | None:
        if self._kind not in ("iri", "name", "blank"):
            return None
        term = self._simple_term()
        return term if isinstance(term, NamedNode | BlankNode) else None

    # Terms

    def _object(self, link: Link) -> None:
        """Parse one object and hand it to ``link`` at the moment at which the parser gives its triple."""
        span = Span(self._token.start, self._token.end)
        if self._accept("["):
            node = Anonymous()
            if not self._accept("]"):
                self._nested(node, span, "]")
            span.end = self._last_end
            link(node, span)
        elif self._accept("("):
            self._collection(span, link)
        elif self._accept("<<("):
            triple = self._triple_term()
            span.end = self._last_end
            link(triple, span)
        elif self._peek("<<"):
            self._reified_triple(link)
        else:
            term = self._simple_term()
            span.end = self._last_end
            link(term, span)

    def _collection(self, span: Span, link: Link) -> None:
        if self._accept(")"):
            span.end = self._last_end
            link(RDF_NIL, span)
            return
        self._enter()
        node: tuple[Term, Span] = (Anonymous(), span)
        self._item(node, lambda: link(*node))
        while not self._peek(")"):
            node = self._further_item(node)
        closing = self._token
        self._expect(")")
        self._emit(node, (RDF_REST, closing), (RDF_NIL, closing))
        span.end = self._last_end
        self._depth -= 1

    def _further_item(self, before: tuple[Term, Span]) -> tuple[Term, Span]:
        span = Span(self._token.start, self._token.end)
        node: tuple[Term, Span] = (Anonymous(), span)
        self._item(node, lambda: self._emit(before, (RDF_REST, span), node))
        span.end = self._last_end
        return node

    def _item(self, node: tuple[Term, Span], lead: Callable[[], None]) -> None:
        """An item and its ``rdf:first``; ``lead`` gives the triple that leads to ``node``.

        The parser gives that triple once it has dealt with the item's first token: after ``rdf:first`` where
        the token is the whole item, before where more tokens follow (a string waits for its datatype or
        language).
        """
        whole = self._kind in ("iri", "name", "blank", "number", "keyword")
        if not whole:
            self._ahead = True
            lead()
            self._ahead = False
        self._object(lambda term, span: self._emit(node, (RDF_FIRST, span), (term, span)))
        if whole:
            lead()

    def _triple_term(self) -> TripleTerm:
        self._enter()
        subject = self._simple_term()
        predicate, _ = self._predicate()
        value = self._triple_term() if self._accept("<<(") else self._simple_term()
        self._expect(")>>")
        self._depth -= 1
        return TripleTerm(subject, predicate, value)

    def _reified_triple(self, link: Link | None) -> Term:
        """``<< s p o ~ r >>``.

        As a subject (no ``link``) its triple comes before its use, as an object after it.
        """
        self._enter()
        span = Span(self._token.start, self._token.end)
        self._expect("<<")
        subject = self._reified_part()
        predicate, _ = self._predicate()
        value = self._reified_part()
        reifier, _ = self._reifier() if self._peek("~") else (Anonymous(), span)
        self._expect(">>")
        span.end = self._last_end
        self._depth -= 1
        if link is not None:
            link(reifier, span)
        self._emit((reifier, span), (RDF_REIFIES, span), (TripleTerm(subject, predicate, value), span))
        return reifier

    def _reified_part(self) -> Term:
        if self._peek("<<"):
            return self._reified_triple(None)
        return self._triple_term() if self._accept("<<(") else self._simple_term()

    def _simple_term(self) -> Term:
        kind, text, offset = self._kind, self._written(), self._token.start
        self._advance()
        if kind in ("name", "iri"):
            return self._iri(text, offset)
        if kind == "blank":
            return self._name_label(text[2:])
        if kind == "string":
            return self._literal(text)
        if kind == "number":
            return Literal(text, datatype=_NUMBER_TYPES[_number_type(text)])
        if kind == "keyword" and text in ("true", "false"):
            return Literal(text, datatype=_BOOLEAN)
        if kind == "mark" and text == "[" and self._accept("]"):
            return Anonymous()
        raise UnknownStatement

    def _iri(self, text: str, offset: int) -> NamedNode:
        expand = self._directives.expand_iri if text.startswith("<") else self._directives.expand_name
        iri = expand(text, offset)
        if iri is None:
            raise UnknownStatement
        return NamedNode(iri)

    def _literal(self, text: str) -> Literal:
        quotes = 3 if text.startswith(('"""', "'''")) and len(text) >= 6 else 1
        value = unescape(text[quotes:-quotes])
        if self._kind == "language":
            language, _, direction = self._written()[1:].partition("--")
            self._advance()
            if direction:
                return Literal(value, language=language, direction=_DIRECTIONS[direction])
            return Literal(value, language=language)
        if self._accept("^^"):
            datatype = self._simple_term()
            if not isinstance(datatype, NamedNode):
                raise UnknownStatement
            return Literal(value, datatype=datatype)
        self._waiting_string = self._consumed
        return Literal(value)


def _number_type(text: str) -> str:
    if "e" in text or "E" in text:
        return "double"
    return "decimal" if "." in text else "integer"
