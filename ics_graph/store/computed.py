"""The whole computed graph in memory: what a build writes, and what rules run on.

This stands apart from the build so that a validation, which writes no snapshot, imports nothing that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad

from ics_graph.store.expansion import expand
from ics_graph.store.meaning import SUBCLASS_OF, SUBPROPERTY_OF, Meaning
from ics_graph.store.nodes import NameRow, NodeRow, dated_rows, name_rows
from ics_graph.store.shortcuts import DayTriples, change_days, day_triples
from ics_graph.store.subjects import SubjectIndex, date_literal
from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE
from ics_graph.temporal.lives import ComputedDays, compute_days
from ics_graph.temporal.rule import stated_days
from ics_graph.temporal.segments import SegmentTree
from ics_graph.vocabulary import ICS

_OF_MEANING = frozenset((NamedNode(SUBCLASS_OF), NamedNode(SUBPROPERTY_OF)))
_AS_COMPUTED = tuple(ICS + name for name in ("earliestStart", "latestStart", "earliestEnd", "latestEnd"))
_AS_STATED = tuple(
    ICS + name for name in ("statedEarliestStart", "statedLatestStart", "statedEarliestEnd", "statedLatestEnd")
)


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph in memory between reading and writing: the base triples, dated nodes, names, days and shortcuts."""

    base: SubjectIndex
    origins: Mapping[str, tuple[str, ...]]
    rows: Sequence[NodeRow]
    names: Sequence[NameRow]
    computed: ComputedDays
    shortcuts: DayTriples
    tree: SegmentTree


def make_graph(data: Iterable[Quad], ontology: Iterable[Quad]) -> Graph:
    """The whole computed graph of parsed quads. Raises InvalidData where they cannot be made into one."""
    ontology = list(ontology)
    # Nine in ten triples of the ontology define concepts, and say nothing that the expansion needs.
    meaning = Meaning.of(SubjectIndex.of(quad for quad in ontology if quad.predicate in _OF_MEANING))
    expansion = expand([*data, *ontology], meaning)
    base = expansion.graph
    rows = dated_rows(base)
    names = name_rows(base)
    computed = compute_days(row.node for row in rows)
    shortcuts = day_triples(base, rows, names, computed)
    _write_days(base, rows, computed)
    return Graph(base, expansion.origins, rows, names, computed, shortcuts, change_days(shortcuts, computed))


def _write_days(base: SubjectIndex, rows: Iterable[NodeRow], computed: ComputedDays) -> None:
    """Write the four days of every dated node, as computed and as stated by itself alone, where they are bounded."""
    for row in rows:
        subject, facts = row.node.id, row.node.facts
        days = computed.days[subject]
        stated = stated_days(facts, personal=row.node.personal)
        for predicates, four in ((_AS_COMPUTED, days), (_AS_STATED, stated)):
            for predicate, day in zip(predicates, (four.s1, four.s2, four.e1, four.e2), strict=True):
                if day != UNBOUNDED_BEFORE and day != UNBOUNDED_AFTER:  # noqa: PLR1714 - a set would be made each time
                    base.add(subject, predicate, date_literal(day))
        attested = facts.attested()
        if attested:
            base.add(subject, ICS + "firstAttested", date_literal(attested[0]))
            base.add(subject, ICS + "lastAttested", date_literal(attested[-1]))
