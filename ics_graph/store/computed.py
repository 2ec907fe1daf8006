"""The whole computed graph in memory: what a build writes, and what rules run on.

This stands apart from the build so that a validation, which writes no snapshot, imports nothing that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ics_graph.loading.rows import Row
from ics_graph.store.expansion import expand
from ics_graph.store.meaning import SUBCLASS_OF, SUBPROPERTY_OF, Meaning
from ics_graph.store.nodes import NameRow, NodeRow, dated_rows, name_rows, own_names
from ics_graph.store.shortcuts import DayTriples, change_days, day_triples
from ics_graph.store.subjects import SubjectIndex, date_text
from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE
from ics_graph.temporal.lives import ComputedDays, bounded_days, own_days
from ics_graph.temporal.rule import FourDays
from ics_graph.temporal.segments import SegmentTree
from ics_graph.vocabulary import ICS

_OF_MEANING = frozenset((f"<{SUBCLASS_OF}>", f"<{SUBPROPERTY_OF}>"))
_FOUR_DAYS_TWICE = (
    *(ICS + name for name in ("earliestStart", "latestStart", "earliestEnd", "latestEnd")),
    *(ICS + name for name in ("statedEarliestStart", "statedLatestStart", "statedEarliestEnd", "statedLatestEnd")),
)
_FIRST_ATTESTED, _LAST_ATTESTED = ICS + "firstAttested", ICS + "lastAttested"


class Graph(NamedTuple):
    """A graph in memory between reading and writing: the base triples, dated nodes, names, days and shortcuts."""

    base: SubjectIndex
    origins: Mapping[str, tuple[str, ...]]
    rows: Sequence[NodeRow]
    computed: ComputedDays
    shortcuts: DayTriples

    def tree(self) -> SegmentTree:
        """The tree over all days on which something changes."""
        return change_days(self.shortcuts, self.computed)

    @property
    def names(self) -> Sequence[NameRow]:
        """All names, which only a build writes down."""
        return name_rows(self.base)


def make_graph(data: Iterable[Row], ontology: Iterable[Row]) -> Graph:
    """The whole computed graph of what was read. Raises InvalidData where they cannot be made into one."""
    ontology = list(ontology)
    # Nine in ten triples of the ontology define concepts, and say nothing that the expansion needs.
    meaning = Meaning.of(SubjectIndex.of(row for row in ontology if row[1] in _OF_MEANING))
    expansion = expand([*data, *ontology], meaning)
    base = expansion.graph
    rows = dated_rows(base)
    nodes = {row.node.id: row.node for row in rows}
    own = own_days(nodes.values())
    computed = ComputedDays(nodes, bounded_days(nodes, own))
    shortcuts = day_triples(base, rows, own_names(base), computed)
    _write_days(base, rows, computed, own)
    return Graph(base, expansion.origins, rows, computed, shortcuts)


def _write_days(
    base: SubjectIndex, rows: Iterable[NodeRow], computed: ComputedDays, own: Mapping[str, FourDays]
) -> None:
    """Write the four days of every dated node, as computed and as stated by itself alone, where they are bounded."""
    for row in rows:
        subject = row.node.id
        found = [
            (predicate, date_text(day))
            for predicate, day in zip(_FOUR_DAYS_TWICE, computed.days[subject] + own[subject], strict=True)
            if day != UNBOUNDED_BEFORE and day != UNBOUNDED_AFTER  # noqa: PLR1714 - a set would be made each time
        ]
        attested = row.node.facts.attested()
        if attested:
            found += (_FIRST_ATTESTED, date_text(attested[0])), (_LAST_ATTESTED, date_text(attested[-1]))
        base.add_all(subject, found)
