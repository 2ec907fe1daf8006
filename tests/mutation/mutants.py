"""Mutants of the shipped data: one triple dropped, or one date moved; the same sample on every machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from ics_graph.loading.reader import ParsedFile
from ics_graph.temporal.dates import read_day
from ics_graph.vocabulary import ID, XSD_DATE, local_name

MOVED_BY = timedelta(days=31)


@dataclass(frozen=True)
class Mutant:
    """One change of one file: ``old`` is taken out, ``new`` (None: nothing) stands in its place."""

    file: Path
    old: Quad
    new: Quad | None

    @property
    def kind(self) -> str:
        """What is changed: the local name of the predicate, with a word for a moved date."""
        name = local_name(self.old.predicate.value)
        return name if self.new is None else f"{name}, moved"

    def applied(self, quads: Sequence[Quad]) -> list[Quad]:
        """The quads of the file with the change."""
        changed = [self.new if quad == self.old else quad for quad in quads]
        return [quad for quad in changed if quad is not None]

    def __str__(self) -> str:
        what = str(self.old.object)
        value = what.replace(ID, "")[:60]
        return f"{self.file.name}: {self.kind}: {str(self.old.subject).replace(ID, '')} {value}"


def mutants(files: Sequence[ParsedFile], each: int) -> Iterator[Mutant]:
    """For each file and predicate ``each`` triples to drop and, of dates, ``each`` to move, chosen by their hash."""
    for file in files:
        by_predicate: dict[str, list[Quad]] = defaultdict(list)
        for quad in file.quads:
            by_predicate[quad.predicate.value].append(quad)
        path = Path(file.source.name)
        for predicate in sorted(by_predicate):
            chosen = sorted(by_predicate[predicate], key=lambda quad: sha256(str(quad).encode()).digest())[:each]
            for quad in chosen:
                yield Mutant(path, quad, None)
                moved = _moved(quad)
                if moved is not None:
                    yield Mutant(path, quad, moved)


def _moved(quad: Quad) -> Quad | None:
    value = quad.object
    if not isinstance(value, Literal) or value.datatype.value != XSD_DATE:
        return None
    later = Literal((read_day(value.value) + MOVED_BY).isoformat(), datatype=NamedNode(XSD_DATE))
    return Quad(quad.subject, quad.predicate, later, quad.graph_name)
