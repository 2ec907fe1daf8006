"""Dumps of the graph: the files of the snapshot as they are, and as Turtle made from them piece by piece.

The snapshot keeps compressed N-Quads in order of their subjects. N-Quads of the default graph are N-Triples too, and
a client that takes gzip gets the file itself; Turtle is written from some thousand statements at a time, so that a
dump of millions takes no more memory than a page.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import Quad, RdfFormat, Triple, parse, serialize

from ics_graph.service.negotiation import N_QUADS, N_TRIPLES, TRIG, TURTLE, Form
from ics_graph.store.layout import BASE, NAMED, SEGMENTS
from ics_graph.store.snapshot import Snapshot
from ics_graph.vocabulary import PREFIXES

_PIECE: Final = 1 << 16
_STATEMENTS: Final = 5_000
"""Statements that are made Turtle at a time: some 10 ms of work."""


@dataclass(frozen=True, slots=True)
class DumpFile:
    """One form of a dump."""

    media_type: str
    href: str


@dataclass(frozen=True, slots=True)
class Dump:
    """A part of the dataset that can be downloaded as a whole; ``statements`` is how many it has."""

    id: str
    title: str
    statements: int
    files: tuple[DumpFile, ...]


@dataclass(frozen=True, slots=True)
class DumpSource:
    """Where a dump comes from, and the forms it is given in; the first is the default."""

    file: str
    title: str
    forms: tuple[Form, ...]


DUMPS: Final = {
    "base": DumpSource(
        BASE, "The graph with the days that the build computed: the default graph", (N_TRIPLES, N_QUADS, TURTLE)
    ),
    "named": DumpSource(NAMED, "The named graphs that authors keep", (N_QUADS, TRIG)),
    "segments": DumpSource(
        SEGMENTS, "The plain triples of the days, in named graphs by status and span of days", (N_QUADS, TRIG)
    ),
}
"""The dumps by their ids."""


def dumps(snapshot: Snapshot) -> list[Dump]:
    """What can be downloaded of a snapshot."""
    manifest = snapshot.manifest
    counts = {
        "base": manifest.triples,
        "named": sum(snapshot.graphs.named.values()),
        "segments": manifest.segment_quads,
    }
    return [
        Dump(
            name,
            source.title,
            counts[name],
            tuple(DumpFile(form.media_type, f"/data/{name}.{form.suffix}") for form in source.forms),
        )
        for name, source in sorted(DUMPS.items())
        if (snapshot.folder / source.file).is_file()
    ]


def compressed(path: Path) -> Iterator[bytes]:
    """The file as it is, which is gzip. The file is opened before the first piece is asked for."""
    return _pieces(path.open("rb"))


def lines(path: Path) -> Iterator[bytes]:
    """The statements as they stand in the file: N-Quads."""
    return _pieces(gzip.open(path, "rb"))


def _pieces(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def pretty(path: Path, form: Form) -> Iterator[bytes]:
    """The statements as Turtle or TriG, with prefixes."""
    return _written(gzip.open(path, "rb"), form)


def _written(file: IO[bytes] | gzip.GzipFile, form: Form) -> Iterator[bytes]:
    head = "".join(f"@prefix {prefix}: <{name}> .\n" for prefix, name in PREFIXES.items()).encode()
    syntax = RdfFormat.TURTLE if form is TURTLE else RdfFormat.TRIG
    with file:
        yield head
        statements = parse(cast("IO[bytes]", file), format=RdfFormat.N_QUADS)
        while some := list(islice(statements, _STATEMENTS)):
            given: list[Triple] | list[Quad] = [quad.triple for quad in some] if form is TURTLE else some
            written = serialize(given, format=syntax, prefixes=dict(PREFIXES))
            assert written is not None  # noqa: S101 - it is, where no file is given to write to
            # Each piece would declare all prefixes anew: they stand at the head once.
            yield b"\n".join(line for line in written.split(b"\n") if not line.startswith(b"@prefix ")) + b"\n"
