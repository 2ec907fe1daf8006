r"""A fuzz target for the check of queries: texts made of pieces of SPARQL, and of what is nearly SPARQL.

Whatever the text, the check answers with an error of ours or lets it through; and what it lets through is, to the
engine, a query of the form that the check says, without SERVICE and without a dataset that the check has not named.

A short run is part of the suite. A long one, with other texts each time::

    FUZZ_EXAMPLES=200000 pytest tests/workers/test_fuzz_precheck.py

A text that it finds belongs into ``FOUND`` below.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, Store

from ics_graph.errors import BadQuery, TooLarge
from ics_graph.settings import Settings
from ics_graph.workers import precheck as checking
from ics_graph.workers.precheck import CheckedQuery, precheck

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "0"))
SETTINGS: Final = Settings(query_nesting=20, query_length=20_000)
NOWHERE: Final = "http://127.0.0.1:9/"
"""A port that the engine opens no connection to: should a SERVICE come so far, it fails at once."""

_PIECES: Final = {
    "words": (
        "SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "WHERE", "PREFIX", "BASE", "VERSION", "FROM", "NAMED", "GRAPH",
        "SERVICE", "SILENT", "service", "SeRvIcE", "from", "From", "OPTIONAL", "UNION", "MINUS", "FILTER", "BIND",
        "VALUES", "EXISTS", "NOT", "IN", "AS", "LIMIT", "ORDER BY", "GROUP BY", "DISTINCT", "REDUCED", "LATERAL",
        "INSERT", "DELETE", "LOAD", "DROP", "CLEAR", "WITH", "USING", "DATA", "true", "a", "UNDEF", "COUNT", "IRI",
        "NOW", "RAND", "UUID", "BNODE", "STR", "trueSERVICE", "SERVICEe:x", "FROMe:x", "SERVICESILENT", "1SERVICE",
        "FROMNAMED", "ASKFROM", "aSERVICE",
    ),
    "iris": (
        f"<{NOWHERE}>", "<urn:a>", "<urn:secret>", "<urn:a#b>", "<#>", "<x>", "<a\\u003E", "<\\u0075rn:a>", "<",
        "<urn:a b>", "e:x", "e:", ":x", "e:SERVICE", "SERVICE:x", "FROM:x", "e:\\'", "e:%20", "_:SERVICE", "_:b.",
        "<https://w3id.org/ics-graph/as-of/2020-11-09>",
    ),
    "texts": (
        "'a'", '"a"', "'''a'''", '"""a"""', "'", '"', "'''", '"""', "'\\''", '"\\""', "'\\", "'a\\u0027", '"\\u0022"',
        "'''a'''b'''", "''''", "'SERVICE'", "'a'@en", "'a'@SERVICE", "'a'@en--ltr", "'a'^^<urn:a>", "'FROM'", "@", "^^",
    ),
    "comments": ("#", "# SERVICE\n", "#'\n", "#\r", "#\\u000A", "# <\n", "#}\n", "\n", "\r", "\r\n"),
    "brackets": ("(", ")", "{", "}", "[", "]", "<<", ">>", "<<(", ")>>", "{|", "|}", "{}", "()", "[]", "}}", "{{"),
    "marks": (
        ".", ",", ";", "*", "/", "|", "^", "!", "=", "!=", "<", ">", "<=", ">=", "+", "-", "&&", "||", "?", "$", "~",
        "::", "..", "%", "\\", "\\u0053ERVICE", "\\U00000053ERVICE", "\\u0046ROM", "S\\u0045RVICE",
    ),
    "terms": (
        "?s ?p ?o", "?x", "$x", "1", "-1", "1.", ".5", "1e0", "1e", "?SERVICE", "?s<?o", "?s<?o#>", "?a<<urn:b>", "?é",
    ),
    "spaces": (" ", "  ", "\t", "\x0b", "\x0c", "\u00a0", "\u2028", "\u200b", "\ufeff", "\x85", "\x00", "\u0301"),
    "characters": ("ſ", "K", "ＳＥＲＶＩＣＥ", "İ", "SERVİCE", "ＦＲＯＭ", "\ud800", "\U0001f600", "\u202e", "ß"),
}  # fmt: skip
_HEADS: Final = (
    "SELECT * { ", "ASK { ", "CONSTRUCT { ?s ?p ?o } WHERE { ", "DESCRIBE ?s { ", "SELECT * ", "SELECT * WHERE { ",
    "PREFIX e: <urn:e:> SELECT * { ", f"PREFIX e: <{NOWHERE}> SELECT * {{ ", "PREFIX SERVICE: <urn:s> ASK { ",
    "SELECT * { ?s ?p ?o FILTER(", "SELECT * { ?s ?p ", f"SELECT * FROM <urn:secret> {{ SERVICE <{NOWHERE}> {{ ", "",
)  # fmt: skip
_ENDS: Final = (" }", "}", ") }", "} }", "", " } LIMIT 1", "\n}", "} #")

piece = st.sampled_from([one for pieces in _PIECES.values() for one in pieces])
ways_out = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["SERVICE", "service", "FROM", "from", "FROM NAMED", "SERVICE SILENT", "trueSERVICE", "1.SERVICE"]),
    st.sampled_from(["", " ", "#\n", "\t", "# '\n", "\r", "\x0b", "e:x"]),
    st.sampled_from([f"<{NOWHERE}>", "<urn:secret>", "e:x", "?x", "<x>"]),
    st.sampled_from(["", " ", "#'\n"]),
    st.sampled_from(["{}", "{ ?s ?p ?o }", "", "{ ?s ?p '"]),
)
disguised = st.builds(
    str.__add__,
    st.sampled_from(["", "", "?s ?p ", "?s ?p 1 . "]),
    ways_out
    | st.sampled_from(
        [f"SERVICE <{NOWHERE}> {{}}", f"trueSERVICE<{NOWHERE}>{{}}", "SERVICEe:x{}", "FROM <urn:secret>"]
    ),
)
hidden = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["'", '"', "'''", '"""', "#", "<", "?s<", "FILTER(?s<?o#>'''\n) ", "<urn:a\\u003E ", "'a\\u0027 "]),
    disguised,
    st.sampled_from(["'", '"', "'''", '"""', "\n", ">", " #'", "#'''\n", " #>", "\\'"]),
    st.sampled_from(["", " . ", "\n", " }"]),
)
middle = st.lists(st.one_of(piece, piece, piece, disguised, hidden, st.text(max_size=3)), max_size=25)


sound = st.sampled_from(
    [
        "?s ?p ?o .", "?s ?p 'SERVICE <x> {}' .", '?s ?p "FROM" .', '?s ?p """SERVICE \n {}""" .', "# SERVICE\n",
        "#'\n",
        "?s <urn:SERVICE> ?from .", "?service ?p ?o .", "FILTER(?s < ?o)", "FILTER(?s<?o)", "FILTER(?o != 'a\\'b')",
        "OPTIONAL { ?s ?p ?o }", "{ ?s ?p ?o } UNION { ?o ?p ?s }", "BIND(1 AS ?v)", "VALUES ?w { 1 <urn:a> }",
        "FILTER EXISTS { ?s ?p ?o }", "?s <urn:a>/<urn:b>* ?o .", "?s ?p [ ?p ?o ] .", "?s ?p ( 1 'a' ) .",
        "?s ?p true.", "?s ?p 1.5.", "GRAPH ?g { ?s ?p ?o }", "MINUS { ?s ?p ?o }", "?s ?p 'x'@service .",
        "?s ?p <<( ?s ?p ?o )>> .", "_:service ?p ?o .", "SERVICE:x ?p FROM:x .", "?s ?p e:SERVICE .", "{}", " ",
    ]
)  # fmt: skip
_DATASETS: Final = (
    "",
    " ",
    " FROM <urn:secret> ",
    " FROM NAMED <urn:secret> ",
    "FROMe:x",
    " WHERE ",
    " from<urn:secret>",
)


@st.composite
def nearly_sound(draw: st.DrawFn) -> str:
    """A query that the engine takes, with one or two pieces in it that may make it another."""
    parts = draw(st.lists(sound, max_size=6))
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), draw(st.one_of(disguised, hidden, piece)))
    prefixes = "PREFIX e: <urn:e:> PREFIX SERVICE: <urn:s:> PREFIX FROM: <urn:f:> "
    form = draw(st.sampled_from(["SELECT *", "ASK", "CONSTRUCT { ?s ?p ?o } WHERE", "DESCRIBE ?s", "SELECT ?s"]))
    joint = draw(st.sampled_from([" ", " ", "\n", ""]))
    return prefixes + form + draw(st.sampled_from(_DATASETS)) + "{ " + joint.join(parts) + draw(st.sampled_from(_ENDS))


@st.composite
def wild(draw: st.DrawFn) -> str:
    """Pieces between a head and an end, joined with a space or with none."""
    joint = draw(st.sampled_from([" ", "", " ", "\n"]))
    return draw(st.sampled_from(_HEADS)) + joint.join(draw(middle)) + draw(st.sampled_from(_ENDS))


queries = st.one_of(nearly_sound(), nearly_sound(), wild())

FOUND: Final[tuple[str, ...]] = (
    f"SELECT * {{ ?s ?p trueSERVICE<{NOWHERE}>{{}} }}",
    f"SELECT * {{ ?s ?p ?o FILTER(?s<?o#>'''\n) SERVICE <{NOWHERE}> {{}} #'''\n}}",
    f"SELECT * {{ ?s ?p 'a\\u0027 . SERVICE <{NOWHERE}> {{}} #' }}",
    f"PREFIX e: <{NOWHERE}> SELECT * {{ SERVICEe:x{{?s ?p ?o}} }}",
    "SELECT * FROM<urn:secret>{ ?s ?p ?o }",
    "SELECT * { ?s ?p ?o } NAMED }",
    "PREFIX e: <urn:> SELECT * FROMe:secret { ?s ?p ?o }",
)
"""Texts that once came through, or nearly."""


def checked(query: str, **more: Any) -> CheckedQuery | None:
    """What the check says, or ``None`` where it refuses. Any other error than ours is a fault of the check."""
    error: BadQuery | TooLarge
    try:
        return precheck(query, SETTINGS, **more)
    except (BadQuery, TooLarge) as refusal:
        error = refusal
    assert error.message
    if isinstance(error, TooLarge):
        assert error.setting in {"query_nesting", "query_length"}
    elif error.line is not None and error.column is not None:
        assert 1 <= error.line <= query.count("\n") + 1
        assert 1 <= error.column <= len(query) + 1
    return None


def store() -> Store:
    """A graph with a secret in a named graph that no query may choose."""
    made = Store()
    made.add(Quad(NamedNode("urn:s"), NamedNode("urn:p"), Literal("open")))
    made.add(Quad(NamedNode("urn:s"), NamedNode("urn:p"), Literal("secret"), NamedNode("urn:secret")))
    return made


def parsed(query: str) -> object | None:
    """The engine's answer, as yet unread, or ``None`` where the text is no query to it."""
    try:
        return store().query(query)
    except SyntaxError:
        return None


def fuzzed(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test on many texts: always the same in the suite, other ones in a long run."""
    for query in FOUND:
        test = example(query)(test)
    profile = settings(
        max_examples=EXAMPLES or 600,
        derandomize=not EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return profile(given(queries)(test))


@fuzzed
def test_whatever_the_text_is_the_check_answers(query: str) -> None:
    checked(query)
    checked(query, allowed_graphs={"urn:secret"}, base=NOWHERE, prefixes={"e": NOWHERE})


@fuzzed
def test_what_comes_through_is_what_the_check_says(query: str) -> None:
    found = checked(query)
    if found is None:
        return
    assert found.text == query
    with pytest.raises(SyntaxError):
        Store().update(query)
    answer = parsed(query)
    if answer is None:
        return
    form = {"SELECT": QuerySolutions, "ASK": QueryBoolean, "CONSTRUCT": QueryTriples, "DESCRIBE": QueryTriples}
    assert isinstance(answer, form[found.form]), found.form


@fuzzed
def test_no_service_and_no_dataset_come_through(query: str) -> None:
    """A word is a keyword to the engine if the query is none any more once the word is written otherwise.

    In strings, comments, variables and names, which are written otherwise all at once, it does not matter.
    """
    found = checked(query)
    if found is None or parsed(query) is None:
        return
    assert parsed(re.sub("service", "servixe", query, flags=re.IGNORECASE)) is not None, "SERVICE came through"
    if found.as_of is None:
        assert not found.from_graphs + found.from_named
        if "FROM" in query.upper():
            assert parsed(re.sub("from", "frxm", query, flags=re.IGNORECASE)) is not None, "FROM came through"


@fuzzed
def test_the_fast_way_through_lets_nothing_through_that_the_whole_check_refuses(query: str) -> None:
    try:
        query.encode()
    except UnicodeEncodeError:
        return
    form = checking._plain_form(query, SETTINGS.query_nesting)
    if form is None:
        return
    try:
        whole = checking._Check(query, SETTINGS.query_nesting, frozenset().__contains__, None, {}).run()
    except BadQuery:
        # NAMED without FROM, say: either has a sentence for it, if the engine refuses it as well.
        assert parsed(query) is None
        return
    assert (whole.form, whole.cacheable, whole.from_graphs, whole.from_named, whole.as_of) == (form, True, (), (), None)


def steps(query: str) -> int:
    """How many functions are called to check a text: what takes time besides the expressions.

    (Those are possessive; ``test_tokens.py`` holds them to linear time.)
    """
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    generous = Settings(query_nesting=1_000_000, query_length=1 << 22)
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        precheck(query, generous)
    except (BadQuery, TooLarge):
        pass
    finally:
        sys.setprofile(before)
    return counted


@settings(max_examples=EXAMPLES or 60, derandomize=not EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(_HEADS), st.lists(st.one_of(piece, disguised, hidden), min_size=1, max_size=6))
def test_twice_the_text_takes_twice_the_steps(head: str, pieces: list[str]) -> None:
    body = " ".join(pieces) + " "
    short, long = steps(head + body * 50), steps(head + body * 100)
    assert long <= 2.2 * short + 100
