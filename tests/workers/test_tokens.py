"""The scan tells tokens apart as the terminals of SPARQL 1.1 do, in time linear in the text."""

from __future__ import annotations

from time import process_time

import pytest

from ics_graph.errors import BadQuery
from ics_graph.workers.tokens import line_and_column, scan, shortened


def kinds(query: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in scan(query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("<urn:a><urn:b>", [("iri", "<urn:a>"), ("iri", "<urn:b>")]),
        ("?a<?b", [("variable", "?a"), ("mark", "<"), ("variable", "?b")]),
        ("?a<<urn:b>", [("variable", "?a"), ("mark", "<"), ("iri", "<urn:b>")]),
        ("<<( ?a )>>", [("mark", "<<("), ("variable", "?a"), ("mark", ")>>")]),
        ("<\\u0075rn:a>", [("iri", "<\\u0075rn:a>")]),
        ("'''a''b\n'''", [("string", "'''a''b\n'''")]),
        ("'' 'a'", [("string", "''"), ("string", "'a'")]),
        ('"a\\"b"@en-GB', [("string", '"a\\"b"'), ("language", "@en-GB")]),
        ("1.5e3.SERVICE", [("number", "1.5e3"), ("mark", "."), ("word", "SERVICE")]),
        ("true.FILTER", [("word", "true"), ("mark", "."), ("word", "FILTER")]),
        ("ex:a\\'b.c.", [("prefixed", "ex:a\\'b.c"), ("mark", ".")]),
        ("a.b:c", [("prefixed", "a.b:c")]),
        (":x :", [("prefixed", ":x"), ("prefixed", ":")]),
        ("_:b.1.", [("blank", "_:b.1"), ("mark", ".")]),
        ("a # b\rc # <d>\nd", [("word", "a"), ("comment", "# b"), ("word", "c"), ("comment", "# <d>"), ("word", "d")]),
        ("<a#b> # c", [("iri", "<a#b>"), ("comment", "# c")]),
        ("été:ville ?été", [("prefixed", "été:ville"), ("variable", "?été")]),
    ],
)
def test_tokens(query: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(query) == expected


@pytest.mark.parametrize(
    ("query", "line", "column", "part"),
    [
        ("SELECT *\n {?s ?p 'never}", 2, 9, "never closed"),
        ("\\u0053ERVICE", 1, 1, "backslash"),
        ("SELECT “a”", 1, 8, "U+201C"),
        ("SELECT\u00a0*", 1, 7, "U+00A0"),
        ("→", 1, 1, "U+2192"),
        ("a \x00", 1, 3, "U+0000"),
    ],
)
def test_what_begins_no_token_is_named_with_its_place(query: str, line: int, column: int, part: str) -> None:
    with pytest.raises(BadQuery) as caught:
        kinds(query)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert part in caught.value.message


def test_columns_count_code_points_from_one() -> None:
    assert line_and_column("é😀x\ny", 2) == (1, 3)
    assert line_and_column("é😀x\ny", 4) == (2, 1)


def test_a_piece_for_a_message_is_short_and_printable() -> None:
    assert shortened("a\x1b[31m\n" + "b" * 100, 10) == "a [31m bb…"


@pytest.mark.parametrize(
    "piece", ["a.", "a", "<a", "?", '"', "<<", ":a.", "_:a.", "@a-", "1e", "a:\\'", "'''a''", "{", "<\\u0041", "!", "."]
)
def test_no_text_takes_more_than_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        started = process_time()
        try:
            for _ in scan(piece * (length // len(piece))):
                pass
        except BadQuery:
            pass
        return process_time() - started

    # Quadratic time would make sixteen times of four times the text; what is far below a second is noise.
    assert seconds(256 << 10) < 10 * seconds(64 << 10) + 0.5
