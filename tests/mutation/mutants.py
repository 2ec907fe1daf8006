"""Mutants of the shipped data: one triple dropped, or one date moved; the same sample on every machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from ics_graph.loading.reader import ParsedFile
from ics_graph.loading.rows import Row
from ics_graph.loading.texts import datatype_of, is_literal, lexical_form
from ics_graph.store.subjects import date_text, key_of
from ics_graph.temporal.dates import read_day
from ics_graph.vocabulary import ID, XSD_DATE, local_name

MOVED_BY = timedelta(days=31)


@dataclass(frozen=True)
class Mutant:
    """One change of one file: ``old`` is taken out, ``new`` (None: nothing) stands in its place."""

    file: Path
    old: Row
    new: Row | None

    @property
    def kind(self) -> str:
        """What is changed: the local name of the predicate, with a word for a moved date."""
        name = local_name(key_of(self.old[1]))
        return name if self.new is None else f"{name}, moved"

    def applied(self, rows: Sequence[Row]) -> list[Row]:
        """The statements of the file with the change."""
        changed = [self.new if row == self.old else row for row in rows]
        return [row for row in changed if row is not None]

    def __str__(self) -> str:
        value = self.old[2].replace(ID, "")[:60]
        return f"{self.file.name}: {self.kind}: {self.old[0].replace(ID, '')} {value}"


def mutants(files: Sequence[ParsedFile], each: int) -> Iterator[Mutant]:
    """For each file and predicate ``each`` triples to drop and, of dates, ``each`` to move, chosen by their hash."""
    for file in files:
        by_predicate: dict[str, list[Row]] = defaultdict(list)
        for row in file.rows:
            by_predicate[row[1]].append(row)
        path = Path(file.source.name)
        for predicate in sorted(by_predicate):
            chosen = sorted(by_predicate[predicate], key=lambda row: sha256(" ".join(row).encode()).digest())[:each]
            for row in chosen:
                yield Mutant(path, row, None)
                moved = _moved(row)
                if moved is not None:
                    yield Mutant(path, row, moved)


def _moved(row: Row) -> Row | None:
    subject, predicate, value = row
    if not is_literal(value) or datatype_of(value) != XSD_DATE:
        return None
    return subject, predicate, date_text(read_day(lexical_form(value)) + MOVED_BY)
