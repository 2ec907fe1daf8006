"""Reads files of RDF: one, several, or bytes that came another way, with the places of their triples."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from pyoxigraph import Quad, RdfFormat

from ics_graph.loading.guards import NESTING_LIMIT
from ics_graph.loading.parsing import parse_source, rows_of_source
from ics_graph.loading.rows import Row, quads_of, rows_of
from ics_graph.loading.sources import SourceFile, open_source, source_from_bytes

if TYPE_CHECKING:
    from ics_graph.loading.positions import Locator


class ParsedFile:
    """A file and its statements, in the order of the parser; blank nodes are named after the file's number.

    Without ``quads`` all of them stand in the default graph.
    """

    def __init__(self, source: SourceFile, rows: Sequence[Row], quads: tuple[Quad, ...] | None = None) -> None:
        self.source = source
        self.rows = rows
        self._quads = quads

    @cached_property
    def quads(self) -> tuple[Quad, ...]:
        """The statements as the parser's terms, with the graphs they stand in."""
        return tuple(quads_of(self.rows)) if self._quads is None else self._quads

    @cached_property
    def predicates(self) -> frozenset[str]:
        """The predicates of the statements, as N-Triples text."""
        return frozenset([predicate for _, predicate, _ in self.rows])

    def locator(self) -> Locator:
        """Finds the places of triples in this file."""
        return _locator((self.source,))


@dataclass(frozen=True, slots=True)
class ParsedInput:
    """Several files read together."""

    files: tuple[ParsedFile, ...]

    @property
    def quads(self) -> Iterator[Quad]:
        """The quads of all files, file by file; one that stands in two files comes twice."""
        for file in self.files:
            yield from file.quads

    @property
    def rows(self) -> Iterator[Row]:
        """The statements of all files as rows, whatever graph they stand in."""
        return chain.from_iterable(file.rows for file in self.files)

    def __len__(self) -> int:
        return sum(len(file.rows) for file in self.files)

    def locator(self) -> Locator:
        """Finds the places of triples in these files."""
        return _locator(file.source for file in self.files)


def _locator(sources: Iterable[SourceFile]) -> Locator:
    # Most of what is read is right, and a right file needs no places.
    from ics_graph.loading.positions import Locator  # noqa: PLC0415 - see above

    return Locator(sources)


def parsed(source: SourceFile, *, nesting_limit: int = NESTING_LIMIT) -> ParsedFile:
    """Parse a source. Raises InvalidData with the place of the first fault."""
    rows = rows_of_source(source, nesting_limit=nesting_limit)
    if rows is not None:
        return ParsedFile(source, rows)
    quads = tuple(parse_source(source, nesting_limit=nesting_limit))
    return ParsedFile(source, list(rows_of(quads)), quads)


def read_file(
    path: str | os.PathLike[str],
    *,
    number: int = 0,
    syntax: RdfFormat | None = None,
    base_iri: str | None = None,
    size_limit: int | None = None,
    nesting_limit: int = NESTING_LIMIT,
) -> ParsedFile:
    """Read one file; ``syntax`` comes before what its suffix says, ``size_limit`` is in bytes.

    Raises :class:`~ics_graph.errors.MissingData` (no such file), :class:`~ics_graph.errors.InvalidData`
    (unreadable, unknown suffix, not UTF-8, ill-formed, nested too deep; with the place where there is one)
    and :class:`~ics_graph.errors.TooLarge`.
    """
    source = open_source(path, number=number, syntax=syntax, base_iri=base_iri, size_limit=size_limit)
    return parsed(source, nesting_limit=nesting_limit)


def read_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    first_number: int = 0,
    base_iri: str | None = None,
    size_limit: int | None = None,
    nesting_limit: int = NESTING_LIMIT,
) -> ParsedInput:
    """Read files in the order given, each with its own number: equal labels in two files are two nodes.

    ``first_number`` keeps the blank nodes of two inputs apart (data and shapes). Raises as :func:`read_file`.
    """
    return ParsedInput(
        tuple(
            read_file(path, number=number, base_iri=base_iri, size_limit=size_limit, nesting_limit=nesting_limit)
            for number, path in enumerate(paths, first_number)
        )
    )


def read_bytes(
    content: bytes,
    syntax: RdfFormat,
    *,
    name: str = "<stdin>",
    number: int = 0,
    base_iri: str | None = None,
    size_limit: int | None = None,
    nesting_limit: int = NESTING_LIMIT,
) -> ParsedFile:
    """Read bytes that came another way; ``name`` is for positions. Raises as :func:`read_file`."""
    source = source_from_bytes(
        content, syntax=syntax, name=name, number=number, base_iri=base_iri, size_limit=size_limit
    )
    return parsed(source, nesting_limit=nesting_limit)
