"""Binding the parameters of a stored query: RDF terms in the place of variables, token by token.

The engine's own substitution is not used: it takes only variables that the query projects, and its planner does not
know of the values - at 200,000 triples a join over a path took 3.5 s with it and 0.3 ms with the term in the query. So
the term is put where the tokens show the variable. It is parsed as RDF and written again before, so nothing but one
term can come out of it; a string never becomes text of the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import pyoxigraph

from ics_graph.errors import BadQuery, InvalidParameter
from ics_graph.workers.tokens import Token, bad_query, scan

_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})


def bind(query: str, substitutions: Mapping[str, str]) -> str:
    """The query with each variable of ``substitutions`` (names without ``?``) replaced by its term.

    Terms are IRIs or literals in N-Triples syntax. A variable that is selected stays a column, with the term on every
    row; ``BOUND`` of it is true. Raises :class:`~ics_graph.errors.InvalidParameter` for what is no such term, and
    :class:`~ics_graph.errors.BadQuery` where the query assigns the variable itself or, in a subselect, would have two
    columns of that name.
    """
    terms = {name: _term(name, text) for name, text in substitutions.items()}
    if not terms:
        return query
    return _Binding(query, terms).run()


def _term(name: str, text: str) -> str:
    try:
        found = list(pyoxigraph.parse(f"<urn:s> <urn:p> {text} .", format=pyoxigraph.RdfFormat.N_TRIPLES))
    except (SyntaxError, ValueError):
        found = []
    if len(found) == 1 and isinstance(found[0].object, pyoxigraph.NamedNode | pyoxigraph.Literal):
        return str(found[0].object)
    raise InvalidParameter(name, f"{name}: this is no IRI or literal in N-Triples syntax.")


class _Binding:
    def __init__(self, query: str, terms: Mapping[str, str]) -> None:
        self.query = query
        self.terms = terms
        # For each open bracket: what stands before it, and the clause that its level is in.
        self.clauses: list[str] = [""]
        self.openers: list[str] = [""]

    def run(self) -> str:
        tokens = [token for token in scan(self.query) if token.kind != "comment"]
        pieces: list[str] = []
        written = 0
        padded = [Token("", "", 0), *tokens, Token("", "", len(self.query))]
        skip_until = 0
        for place, (before, token) in enumerate(pairwise(padded)):
            if not token.kind or token.start < skip_until:
                continue
            if token.kind != "variable" or token.text[1:] not in self.terms:
                if self._is_bound_call(padded, place + 1):
                    closing = padded[place + 4]
                    pieces += [self.query[written : token.start], " true "]
                    written = skip_until = closing.end
                else:
                    self._follow(token, before)
                continue
            pieces += [self.query[written : token.start], " ", self._replacement(token, before), " "]
            written = token.end
        return "".join([*pieces, self.query[written:]])

    def _is_bound_call(self, tokens: list[Token], place: int) -> bool:
        """Whether ``BOUND ( ?parameter )`` stands at this place."""
        word, *rest = tokens[place : place + 4]
        return (
            word.kind == "word"
            and word.text.upper() == "BOUND"
            and [token.text for token in rest[::2]] == ["(", ")"]
            and rest[1].kind == "variable"
            and rest[1].text[1:] in self.terms
        )

    def _follow(self, token: Token, before: Token) -> None:
        if token.text in {"(", "{", "["} and token.kind == "mark":
            self.openers.append(token.text)
            # VALUES (?a ?b) names variables in its brackets; in others they are used.
            self.clauses.append("VALUES" if token.text == "(" and before.text.upper() == "VALUES" else "")
        elif token.text in {")", "}", "]"} and token.kind == "mark":
            if len(self.openers) > 1:
                self.openers.pop()
                self.clauses.pop()
        elif token.kind == "word":
            word = token.text.upper()
            if word in _FORMS or word in {"WHERE", "GROUP", "ORDER", "HAVING", "VALUES", "LIMIT", "OFFSET"}:
                self.clauses[-1] = word
        if token.text == "{" and len(self.clauses) > 1:
            # The projection is over where the body begins.
            self.clauses[-2] = "" if self.clauses[-2] in {"SELECT", "WHERE"} else self.clauses[-2]

    def _replacement(self, token: Token, before: Token) -> str:
        name = token.text[1:]
        term, clause = self.terms[name], self.clauses[-1]
        if before.kind == "word" and before.text.upper() == "AS":
            raise self._assigned(token)
        if clause == "VALUES" and (before.text.upper() == "VALUES" or self.openers[-1] == "("):
            raise self._assigned(token)
        if clause == "SELECT":
            # A column of the same name on every level would be two definitions of one variable.
            if len(self.openers) > 1:
                raise bad_query(
                    self.query,
                    token.start,
                    f"The subselect selects the parameter {token.text}.",
                    "Leave it out there: it is bound inside the subselect as well.",
                )
            return f"({term} AS {token.text})"
        if clause == "GROUP":
            return f"({term} AS ?{name}_given)"
        if clause in {"ORDER", "HAVING"}:
            return f"({term})"
        return term

    def _assigned(self, token: Token) -> BadQuery:
        return bad_query(
            self.query,
            token.start,
            f"The parameter {token.text} is given from outside and cannot be assigned in the query.",
        )
