"""What is refused before a query runs, and what is told of one that is let through.

The check reads tokens (:mod:`ics_graph.workers.tokens`) and no grammar: whether a query is well formed is the engine's
to say. It refuses what must not reach an engine: updates, SERVICE, datasets other than the graph's own, and texts so
long or so deeply nested that a parser which recurses would die of them. The workers hold without it: this check gives
the clear sentence, and is the first of two walls.

Engines differ in how they read on: the embedded one takes "trueSERVICE<x>{}" for "true SERVICE <x> {}", and
"?a<?b#>" in an expression for a comparison with a comment behind it. Where readings differ, the check refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import urljoin

from ics_graph.errors import BadQuery, TooLarge, UpdateRefused
from ics_graph.settings import Settings
from ics_graph.vocabulary import AS_OF
from ics_graph.workers.tokens import Token, bad_query, line_and_column, scan, shortened

QueryForm = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

CHAIN_FACTOR: Final = 20
"""A chain (operators on one level, elements of one group) may be this many times as long as brackets may be deep.

Chains are trees that lean to one side for the engine, and it recurses over them: with the stack that a worker has,
3,000 elements of any kind passed and 10,000 of some killed the process. Rows of VALUES, lists of IN, triples and
arguments of functions are no chains and have no limit but the length of the query.
"""

_FORMS: Final[Mapping[str, QueryForm]] = {
    "SELECT": "SELECT",
    "ASK": "ASK",
    "CONSTRUCT": "CONSTRUCT",
    "DESCRIBE": "DESCRIBE",
}
_UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH", "USING"}
)
_VOLATILE: Final = ("NOW", "RAND", "UUID", "BNODE")
_OPENING: Final = frozenset({"(", "{", "[", "<<", "<<(", "{|"})
_CLOSING: Final = frozenset({")", "}", "]", ">>", ")>>", "|}"})
_CHAIN_MARKS: Final = frozenset({"||", "&&", "+", "-", "*", "/", "|", "^", "!", "=", "!=", "<", ">", "<=", ">="})
_CHAIN_WORDS: Final = frozenset({"UNION", "OPTIONAL", "MINUS", "FILTER", "BIND", "GRAPH", "LATERAL", "EXISTS"})
_OPERAND_KINDS: Final = frozenset({"iri", "variable", "prefixed", "string", "number", "language"})
_CODEPOINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_ENDING_CHARACTERS: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset("\"'\\\r\n"),
    "comment": frozenset("\r\n"),
    "iri": frozenset('<>"{}|^`\\' + "".join(map(chr, range(0x21)))),
}
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_READ_WHOLE: Final = ("SERVICE", "FROM", *_VOLATILE, '"""', "'''", "<<", ">>", "\\")
_ADDRESS: Final = r'<[A-Za-z][A-Za-z0-9+.\-]*+://[^\x00-\x20<>"{}|^`\\]*+>'
_PLAIN: Final = re.compile(
    rf"""
    (?: [ \t\r\n]++ | PREFIX[ \t\r\n]++ (?:[A-Za-z][A-Za-z0-9_\-]*+)?+ : [ \t\r\n]*+ {_ADDRESS} )*+
    (SELECT|ASK|CONSTRUCT|DESCRIBE) (?=[ \t\r\n{{(*?$<])
    (?: [ \t\r\n]++
      | {_ADDRESS}
      | [?$][A-Za-z0-9_]++
      | "[^"\\\r\n]*+" | '[^'\\\r\n]*+'
      | [A-Za-z][A-Za-z0-9_\-]*+ (?: :[A-Za-z0-9_] [A-Za-z0-9_\-]*+ )?+
      | @[A-Za-z]++(?:-[A-Za-z0-9]++)*+
      | [0-9]++(?:\.[0-9]++)?+
      | \^\^ | && | \|\| | != | >= | [\[\](){{}}.,;*/|^?!=>+\-]
    )*+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WEB_ADDRESS: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")


class CheckedQuery(NamedTuple):
    """A query that may run.

    ``from_graphs`` and ``from_named`` are the IRIs after FROM and FROM NAMED in their order; ``as_of`` is the text D
    of ``FROM <https://w3id.org/ics-graph/as-of/D>``, not yet read as a day, which the caller turns into the graphs of
    that day. ``cacheable`` is false where the same query may have another answer the next time (NOW, RAND, UUID,
    STRUUID, BNODE).
    """

    text: str
    form: QueryForm
    cacheable: bool
    from_graphs: tuple[str, ...] = ()
    from_named: tuple[str, ...] = ()
    as_of: str | None = None


def precheck(
    query: str,
    settings: Settings,
    *,
    allowed_graphs: Collection[str] | Callable[[str], bool] = (),
    base: str | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> CheckedQuery:
    """Check a query before it runs.

    ``allowed_graphs`` are the IRIs that may stand after FROM and FROM NAMED besides the form for a day, as a
    collection or as a test; ``base`` and ``prefixes`` are those that the query is to be read with. Raises
    :class:`~ics_graph.errors.UpdateRefused`, :class:`~ics_graph.errors.BadQuery` (with line and column) or
    :class:`~ics_graph.errors.TooLarge` naming ``query_length`` or ``query_nesting``.
    """
    _check_length(query, settings.query_length)
    plain = _plain_form(query, settings.query_nesting)
    if plain is not None:
        return CheckedQuery(query, plain, cacheable=True)
    allowed = allowed_graphs if callable(allowed_graphs) else frozenset(allowed_graphs).__contains__
    return _Check(query, settings.query_nesting, allowed, base, prefixes or {}).run()


def _check_length(query: str, longest: int) -> None:
    if query.isascii() and len(query) <= longest:
        return
    try:
        size = len(query.encode())
    except UnicodeEncodeError as error:
        raise bad_query(
            query, error.start, "The query holds half of a surrogate pair, which is no character."
        ) from None
    if size > longest:
        raise TooLarge(
            f"The query has {size:,} bytes; {longest:,} are allowed.",
            setting="query_length",
            hint="Ask for less at once, or bind the values of a list in several queries.",
        )


def _plain_form(query: str, nesting: int) -> QueryForm | None:
    """The form of a query of which one look shows that the whole check would let it through, else ``None``.

    Most queries are such, and the whole check takes as long as their evaluation. They are short, in ASCII, without
    comments and escapes, hold none of the words that the check asks after, not even in a string, and no ``<`` but that
    of a whole web address: so there is one way to read them.
    """
    if len(query) > CHAIN_FACTOR * nesting or not query.isascii():
        return None
    upper = query.upper()
    for word in _READ_WHOLE:
        if word in upper:
            return None
    if query.count("(") + query.count("{") + query.count("[") > nesting or query.count("!") > nesting:
        return None
    found = _PLAIN.fullmatch(query)
    return None if found is None else _FORMS[found[1].upper()]


class _Check:
    """The state of one pass over the tokens of a query."""

    def __init__(
        self,
        query: str,
        nesting: int,
        allowed: Callable[[str], bool],
        base: str | None,
        prefixes: Mapping[str, str],
    ) -> None:
        self.query = query
        self.nesting = nesting
        self.allowed = allowed
        self.base = base
        self.prefixes = dict(prefixes)
        self.form: QueryForm | None = None
        self.cacheable = True
        self.from_graphs: list[str] = []
        self.from_named: list[str] = []
        self.as_of: str | None = None
        # One frame for each open bracket: the bracket, and how long the chain on its level has become.
        self.brackets: list[str] = [""]
        self.chains: list[int] = [0]
        self.negations = 0

    def run(self) -> CheckedQuery:
        tokens = self._significant()
        before = Token("", "", 0)
        token = next(tokens, None)
        while token is not None:
            following = next(tokens, None)
            if token.kind == "mark":
                self._mark(token)
            elif token.kind == "word":
                self._word(token, following)
            elif token.kind == "prefixed":
                self._prefixed(token, before, following)
            elif token.kind == "iri":
                self._iri(token, before)
            if token.text != "!":
                self.negations = 0
            self._dataset_or_prologue(token, before, following)
            before, token = token, following
        if self.form is None:
            raise BadQuery("There is no query here.", line=1, column=1, hint=_FORM_HINT)
        return CheckedQuery(
            self.query, self.form, self.cacheable, tuple(self.from_graphs), tuple(self.from_named), self.as_of
        )

    def _significant(self) -> Iterator[Token]:
        for token in scan(self.query):
            if "\\" in token.text:
                self._escapes(token)
            if token.kind != "comment":
                yield token

    def _escapes(self, token: Token) -> None:
        """Refuse escapes that end their token for a reader which, as the standard says, decodes them first."""
        ending = _ENDING_CHARACTERS.get(token.kind)
        if ending is None:
            return
        for found in _CODEPOINT.finditer(token.text):
            code = int(found[1] or found[2], 16)
            if code < 0x80 and chr(code) in ending:
                raise bad_query(
                    self.query,
                    token.start + found.start(),
                    f"The escape {found.group()} stands for a character that would end what it stands in.",
                    "In a string write the character behind one backslash; leave it out elsewhere.",
                )

    def _mark(self, token: Token) -> None:
        text = token.text
        if text in _OPENING:
            # Rows of VALUES and items of collections are taken one by one; groups and projected expressions are not.
            if text == "{" or (text == "(" and len(self.brackets) == 1):
                self._lengthen(token)
            self.brackets.append(text)
            self.chains.append(0)
            if len(self.brackets) - 1 > self.nesting:
                raise self._too_deep(token, "Brackets are nested")
        elif text in _CLOSING:
            if len(self.brackets) > 1:
                self.brackets.pop()
                self.chains.pop()
        elif text == "," and self.brackets[-1] == "(":
            self.chains[-1] = 0
        elif text in _CHAIN_MARKS:
            # In a group these are paths or signs of numbers; a list of negative numbers is no chain.
            if self.brackets[-1] == "(":
                self._lengthen(token)
            if text == "!":
                self.negations += 1
                if self.negations > self.nesting:
                    raise self._too_deep(token, "Negations stand in a row")

    def _lengthen(self, token: Token) -> None:
        self.chains[-1] += 1
        if self.chains[-1] > CHAIN_FACTOR * self.nesting:
            line, column = line_and_column(self.query, token.start)
            raise TooLarge(
                f"More than {CHAIN_FACTOR * self.nesting:,} operators or groups follow one another on one level "
                f"(line {line}, column {column}).",
                setting="query_nesting",
                hint="Write alternatives as VALUES or IN (...), not as a chain of || or UNION.",
            )

    def _too_deep(self, token: Token, what: str) -> TooLarge:
        line, column = line_and_column(self.query, token.start)
        return TooLarge(
            f"{what} deeper than {self.nesting} (line {line}, column {column}).",
            setting="query_nesting",
            hint="Write the query with fewer brackets inside one another.",
        )

    def _word(self, token: Token, following: Token | None) -> None:
        word = token.text.upper()
        if "SERVICE" in word:
            raise self._service(token)
        if word in _CHAIN_WORDS:
            self._lengthen(token)
        if following is not None and following.text == "(" and word.endswith(_VOLATILE):
            self.cacheable = False
        if self.form is None:
            if word in _FORMS:
                self.form = _FORMS[word]
            elif word in _UPDATES:
                line, column = line_and_column(self.query, token.start)
                raise UpdateRefused(
                    f"{word} changes a graph; this one is changed by editing its files and building it anew.",
                    line=line,
                    column=column,
                    hint="Only queries are answered: SELECT, ASK, CONSTRUCT, DESCRIBE.",
                )
            elif word not in {"PREFIX", "BASE", "VERSION"}:
                raise bad_query(self.query, token.start, f"No query begins with {shortened(token.text)!r}.", _FORM_HINT)

    def _prefixed(self, token: Token, before: Token, following: Token | None) -> None:
        # "SERVICEex:x {" is SERVICE ex:x { to a parser that asks for no space between a keyword and a name.
        prefix = token.text.partition(":")[0].upper()
        if "SERVICE" in prefix and following is not None and following.text == "{" and before.text.upper() != "GRAPH":
            raise self._service(token)
        called = following is not None and following.text == "("
        if prefix.startswith("FROM") and self.form is not None and len(self.brackets) == 1 and not called:
            raise bad_query(self.query, token.start, "Write a space between FROM and the name of the graph.")

    def _iri(self, token: Token, before: Token) -> None:
        if (
            "#" in token.text
            and self.brackets[-1] == "("
            and (before.kind in _OPERAND_KINDS or before.text == ")")
            and not _WEB_ADDRESS.match(token.text)
        ):
            raise bad_query(
                self.query,
                token.start,
                "This may be an IRI, or a comparison with a comment behind it.",
                "Write a space behind < where a comparison is meant, and the whole IRI where one is.",
            )

    def _service(self, token: Token) -> BadQuery:
        return bad_query(
            self.query,
            token.start,
            "SERVICE is not allowed: a query is answered from this graph alone.",
            "Query the other endpoint from your own machine and join the results there.",
        )

    def _dataset_or_prologue(self, token: Token, before: Token, following: Token | None) -> None:
        """Take note of BASE, PREFIX and FROM, of which the IRI is the ``following`` token."""
        if len(self.brackets) > 1:
            return
        word = token.text.upper() if token.kind == "word" else ""
        previous = before.text.upper() if before.kind == "word" else ""
        if self.form is None:
            if token.kind == "iri" and previous == "BASE":
                self.base = self._resolve(token)
            elif token.kind == "prefixed" and previous == "PREFIX" and following is not None:
                self.prefixes[token.text[:-1]] = self._resolve(following)
        elif previous.startswith("FROM") and previous != "FROM":
            raise bad_query(self.query, before.start, "Write a space behind FROM.")
        elif previous == "FROM" and word != "NAMED":
            self._dataset(token, named=False)
        elif previous == "NAMED":
            self._dataset(token, named=True)

    def _dataset(self, token: Token, *, named: bool) -> None:
        iri = self._resolve(token)
        if not named and iri.startswith(AS_OF):
            day = iri[len(AS_OF) :]
            if self.as_of not in {None, day}:
                raise bad_query(
                    self.query, token.start, "FROM names two days; a query is answered as of one.", _FROM_HINT
                )
            self.as_of = day
        elif self.allowed(iri):
            (self.from_named if named else self.from_graphs).append(iri)
        else:
            clause = "FROM NAMED" if named else "FROM"
            raise bad_query(
                self.query, token.start, f"{clause} {shortened(token.text)} is no graph of this dataset.", _FROM_HINT
            )

    def _resolve(self, token: Token) -> str:
        """The IRI of a token, with escapes read, prefix and base put before it. Unreadable ones stay as they are."""
        if token.kind == "prefixed":
            prefix, _, local = token.text.partition(":")
            return self.prefixes.get(prefix, prefix + ":") + re.sub(r"\\(.)", r"\1", local)
        if token.kind != "iri":
            return token.text
        iri = _CODEPOINT.sub(lambda found: chr(min(int(found[1] or found[2], 16), 0x10FFFF)), token.text[1:-1])
        return iri if self.base is None or _SCHEME.match(iri) else urljoin(self.base, iri)


_FORM_HINT: Final = "A query is SELECT, ASK, CONSTRUCT or DESCRIBE, after any BASE and PREFIX."
_FROM_HINT: Final = f"To ask as of a day, write FROM <{AS_OF}2022-07-01>, or leave FROM out and give on=."
