"""The structure of a SPARQL query: groups, triple patterns, filters and subqueries, with their place in the text.

Oxigraph checks the grammar; this reader finds what SHACL's pre-binding depends on, and refuses what it does not
know rather than guessing.
"""

from __future__ import annotations

from functools import lru_cache

from ics_graph.validation.engine.sparql_tokens import Token, excerpt, tokenize
from ics_graph.validation.engine.sparql_tree import (
    Bind,
    Element,
    Expression,
    Filter,
    Group,
    Nested,
    Pattern,
    Query,
    Select,
    Triples,
)

AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_TERMS = frozenset({"iri", "prefixed", "var", "blank", "string", "number"})
_MODIFIERS = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET"})
# Brackets, and signs in a row: the parser of the query engine recurses, and dies some thousand levels down.
_MAXIMUM_DEPTH = 100


@lru_cache(maxsize=256)
def parse_query(text: str) -> Query:
    """The structure of a SELECT or ASK query, which nobody changes. Raises ``ValueError`` for anything else."""
    return _Parser(text).query()


def _check_depth(tokens: list[Token]) -> None:
    depth = signs = 0
    for token in tokens:
        depth += 1 if token.text in {"(", "{", "["} else -1 if token.text in {")", "}", "]"} else 0
        signs = signs + 1 if token.text in {"!", "+", "-", "^"} else 0
        if max(depth, signs) > _MAXIMUM_DEPTH:
            raise ValueError("the query is nested too deeply")


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokenize(text))
        self.at = 0
        _check_depth(self.tokens)
        # As many ends as anything looks ahead.
        end = Token("end", "", len(text), len(text), "")
        self._ahead = [*self.tokens, end, end]

    # --- tokens -------------------------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> Token:
        return self._ahead[self.at + ahead]

    def take(self, text: str | None = None) -> Token:
        token = self.peek()
        if token.kind == "end" or (text is not None and token.upper != text):
            wanted = f" where {text} was expected" if text else ""
            found = "the query ends" if token.kind == "end" else f"found {excerpt(self.text, token.start)!r}"
            raise ValueError(f"{found}{wanted}")
        self.at += 1
        return token

    def accept(self, *texts: str) -> bool:
        if self.peek().upper in texts:
            self.at += 1
            return True
        return False

    # --- query --------------------------------------------------------------------------------------------

    def query(self) -> Query:
        prefixes: dict[str, str] = {}
        has_base = False
        while self.peek().upper in {"PREFIX", "BASE"}:
            if self.take().upper == "BASE":
                has_base = True
                self.take()
            else:
                name = self.take().text
                prefixes[name[:-1]] = self.take().text[1:-1]
        form = self.peek().upper
        if form == "SELECT":
            select = self.select(top=True)
        elif form == "ASK":
            start = self.take().start
            self.accept("WHERE")
            where = self.group()
            select = self.modifiers(Select(start, False, [], [], where, Expression(), None, [], False, False))
        else:
            raise ValueError(f"the query must be a SELECT or an ASK, not {excerpt(self.text, self.peek().start)!r}")
        if self.peek().upper == "VALUES":
            raise ValueError("VALUES is not allowed in a constraint (SHACL section 5.2.1)")
        if self.peek().kind != "end":
            raise ValueError(f"{excerpt(self.text, self.peek().start)!r} after the end of the query is not supported")
        return Query(form, prefixes, has_base, select, self.tokens)

    def select(self, top: bool = False) -> Select:
        start = self.take("SELECT").start
        distinct = self.peek().upper in {"DISTINCT", "REDUCED"} and bool(self.take())
        variables: list[Token] = []
        expressions: list[tuple[str, Expression]] = []
        star = self.accept("*")
        while not star and self.peek().upper not in {"WHERE", "{", "FROM"}:
            if self.peek().kind == "var":
                variables.append(self.take())
                continue
            self.take("(")
            expression = Expression()
            while self.peek().upper != "AS":
                self.expression_part(expression)
            self.take("AS")
            expressions.append((self.take().name, expression))
            self.take(")")
        if self.peek().upper == "FROM":
            raise ValueError("FROM is not supported: a constraint asks the data graph")
        self.accept("WHERE")
        where = self.group()
        select = Select(start, star, variables, expressions, where, Expression(), None, [], False, distinct)
        return self.modifiers(select, top)

    def modifiers(self, select: Select, top: bool = True) -> Select:
        clause = ""
        depth = 0
        while self.peek().kind != "end" and not (not top and depth == 0 and self.peek().text == "}"):
            token = self.peek()
            if depth == 0 and token.upper in _MODIFIERS:
                clause = self.take().upper
                select.limited |= clause in {"LIMIT", "OFFSET"}
                if clause in {"GROUP", "ORDER"}:
                    self.take("BY")
                if clause == "GROUP":
                    select.group_by = set()
                continue
            if not clause:
                break
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth == 0 and token.kind == "var":
                select.sorting.append(token)
                if clause == "GROUP" and select.group_by is not None:
                    select.group_by.add(token.name)
            if token.upper == "AS":
                self.take()
                select.expressions.append((self.take().name, Expression()))
                continue
            if token.upper == "VALUES":
                break
            self.expression_part(select.modifiers)
        return select

    # --- groups -------------------------------------------------------------------------------------------

    def group(self) -> Group:
        start = self.take("{").end
        elements: list[Element] = []
        if self.peek().upper == "SELECT":
            elements.append(self.select())
        else:
            while self.peek().text != "}":
                element = self.element()
                if element is not None:
                    elements.append(element)
        return Group(start, self.take("}").start, elements)

    def element(self) -> Element | None:
        word = self.peek().upper
        if word in {"MINUS", "VALUES", "SERVICE"}:
            raise ValueError(f"{word} is not allowed in a constraint (SHACL section 5.2.1)")
        if self.accept("."):
            return None
        if word == "{":
            groups = [self.group()]
            while self.accept("UNION"):
                groups.append(self.group())
            return Nested("union" if len(groups) > 1 else "group", groups)
        if self.accept("OPTIONAL"):
            return Nested("optional", [self.group()])
        if self.accept("GRAPH"):
            name = self.take()
            return Nested("graph", [self.group()], name)
        if word == "FILTER":
            return self.filter()
        if self.accept("BIND"):
            self.take("(")
            expression = Expression()
            while self.peek().upper != "AS":
                self.expression_part(expression)
            self.take("AS")
            target = self.take().name
            self.take(")")
            return Bind(expression, target)
        return self.triples()

    def filter(self) -> Filter:
        start = self.take("FILTER").start
        expression = Expression()
        negated = self.peek().upper == "NOT"
        if self.peek(negated).upper == "EXISTS":
            self.at += 1 + negated
            group = self.group()
            expression.exists.append(group)
            return Filter(expression, start, self.peek(-1).end, group if negated else None)
        if self.peek().text != "(":
            self.expression_part(expression)  # the name of a function; its arguments follow
        self.bracketed(expression)
        return Filter(expression, start, self.peek(-1).end, None)

    def bracketed(self, expression: Expression) -> None:
        self.take("(")
        while self.peek().text != ")":
            if self.peek().text == "(":
                self.bracketed(expression)
            else:
                self.expression_part(expression)
        self.take(")")

    def expression_part(self, expression: Expression) -> None:
        """One token of an expression, or an EXISTS with its group."""
        token = self.take()
        if token.kind == "var":
            expression.variables.add(token.name)
        elif token.upper == "EXISTS":
            expression.exists.append(self.group())
        elif token.upper in AGGREGATES and self.peek().text == "(":
            expression.aggregate = True
        elif token.text in {"{", "}", "<<", ">>"} or token.upper in {"SELECT", "AS"}:
            raise ValueError(f"found {excerpt(self.text, token.start)!r} inside an expression")

    # --- triple patterns ----------------------------------------------------------------------------------

    def triples(self) -> Triples:
        block = Triples()
        while True:
            complex_subject = self.peek().text in {"[", "("}
            subject = self.node(block)
            if not (complex_subject and self.peek().text in {".", "}"}):
                self.property_list(block, subject)
            if not self.accept("."):
                return block
            following = self.peek()
            starts = following.kind in _TERMS or following.text in {"[", "("} or following.upper in {"TRUE", "FALSE"}
            if not starts:
                return block

    def node(self, block: Triples) -> str | None:
        """A subject or object; gives a variable's name, None for everything else."""
        token = self.take()
        if token.kind == "var":
            block.variables.add(token.name)
            return token.name
        if token.text == "[":
            if self.peek().text != "]":
                self.property_list(block, None)
            self.take("]")
        elif token.text == "(":
            block.open_predicate = True  # a list stands for rdf:first and rdf:rest triples
            while self.peek().text != ")":
                self.node(block)
            self.take(")")
        elif token.kind == "string":
            if self.peek().kind == "lang" or self.accept("^^"):
                self.take()
        elif token.text in {"+", "-"}:
            self.take()
        elif token.kind not in _TERMS and token.upper not in {"TRUE", "FALSE"}:
            raise ValueError(f"found {excerpt(self.text, token.start)!r} where a triple pattern was expected")
        return None

    def property_list(self, block: Triples, subject: str | None) -> None:
        while True:
            predicates: list[Token] = []
            variable: str | None = None
            before = self.at
            if self.peek().kind == "var":
                block.open_predicate = True
                variable = self.take().name
                block.variables.add(variable)
            else:
                self.path(block, predicates)
            simple = self.at - before == 1
            while True:
                following = self.peek()
                constant = following if following.kind in {"iri", "prefixed"} else None
                target = self.node(block)
                block.patterns.append(Pattern(subject, tuple(predicates), target, constant, simple, variable))
                if not self.accept(","):
                    break
            if not self.accept(";"):
                return
            while self.accept(";"):
                pass
            if self.peek().text in {".", "}", "]"}:
                return

    def path(self, block: Triples, predicates: list[Token]) -> None:
        self.path_step(block, predicates)
        while self.accept("/", "|"):
            self.path_step(block, predicates)

    def path_step(self, block: Triples, predicates: list[Token]) -> None:
        self.accept("^")
        token = self.take()
        if token.text == "!":
            block.open_predicate = True
            self.path_step(block, predicates)
        elif token.text == "(":
            self.path(block, predicates)
            self.take(")")
        elif token.kind in {"iri", "prefixed"} or token.text == "a":
            predicates.append(token)
        else:
            raise ValueError(f"found {excerpt(self.text, token.start)!r} where a predicate was expected")
        if self.peek().text in {"*", "?", "+"}:
            block.zero_length |= self.take().text != "+"
