"""Statements as rows of text, which is what a graph is read into: subject, predicate and object in N-Triples.

The parser makes its terms and the serialiser their text in one native pass each; a row of the result takes half the
memory of a statement of the parser, and comparing, sorting and joining rows is Python's own fast path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias, cast

from pyoxigraph import Quad, RdfFormat, Triple, parse, serialize

from ics_graph.loading.blank_nodes import Renaming

Row: TypeAlias = tuple[str, str, str]
"""Subject, predicate and object of a statement as N-Triples text; the graph it stands in is no part of it."""

# Large enough to spread the cost of a call, small enough to keep the text of a chunk in the processor's cache.
CHUNK: Final = 4096
_END: Final = " .\n"


def rows_of(statements: Iterable[Quad | Triple]) -> Iterator[Row]:
    """The rows of statements of the parser, whatever graph they stand in; all are quads, or all are triples."""
    iterator = iter(statements)
    while chunk := list(islice(iterator, CHUNK)):
        for line in lines_of(chunk)[1]:
            subject, predicate, value = line.split(" ", 2)
            yield subject, predicate, value


def lines_of(chunk: Sequence[Quad | Triple]) -> tuple[Sequence[Quad | Triple], list[str]]:
    """Statements, put into the default graph, and their lines of N-Triples without the ends."""
    try:
        return chunk, _lines(chunk)
    except ValueError:  # a named graph, which N-Triples cannot hold
        chunk = [Quad(item.subject, item.predicate, item.object) for item in chunk]
        return chunk, _lines(chunk)


def document(rows: Iterable[Iterable[str]]) -> str:
    """Rows as a document of N-Triples, or of N-Quads."""
    return _END.join((*map(" ".join, rows), ""))


def quads_of(rows: Iterable[Row]) -> Iterator[Quad]:
    """Rows as quads of the default graph; blank nodes keep their names."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        # These terms have been checked when they were made; checking them again is half of the time.
        yield from parse(document(chunk), format=RdfFormat.N_TRIPLES, lenient=True)


def read_rows(quads: Iterable[Quad], renaming: Renaming | None) -> list[Row] | None:
    """The rows of what a parser gives, blank nodes renamed; ``None`` where they need more than their text.

    That is where quads stand in named graphs, or hold triple terms. Raises what the parser does.
    """
    rows: list[Row] = []
    iterator = iter(quads)
    # One text for all: its hash is computed once.
    predicates: dict[str, str] = {}
    last = node = ""
    name = None if renaming is None else renaming.name
    while True:
        try:
            lines = _lines(islice(iterator, CHUNK))
        except ValueError:
            return None
        if not lines:
            return rows
        for line in lines:
            subject, predicate, value = line.split(" ", 2)
            if subject != last:
                last = node = subject
                if name is not None and subject[0] == "_":
                    node = name(subject)
            if name is not None and value[0] == "_":
                value = name(value)
            elif value[:2] == "<<":
                return None
            rows.append((node, predicates.setdefault(predicate, predicate), value))


def _lines(chunk: Iterable[Quad | Triple]) -> list[str]:
    text = serialize(cast("Iterable[Quad]", chunk), format=RdfFormat.N_TRIPLES)
    return text[: -len(_END)].decode().split(_END) if text else []
