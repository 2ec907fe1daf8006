"""The graphs that rules run on: the data as written, the whole graph with its days, or one day of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property

from ics_graph.loading.rows import Row
from ics_graph.store.computed import Graph, make_graph
from ics_graph.store.meaning import SUBCLASS_OF
from ics_graph.store.shortcuts import BODY_GROUP, SHOWN_STATUSES, Validity
from ics_graph.store.subjects import date_text
from ics_graph.temporal.rule import Interval
from ics_graph.temporal.segments import SegmentTree
from ics_graph.validation.engine.statements import Described, Statements, Texts
from ics_graph.validation.rules import DAILY, View
from ics_graph.vocabulary import AS_OF, ICS, RDF


class Views:
    """The views of one input. The computed graph is made only when a rule asks for it."""

    def __init__(self, data: Sequence[Row], ontology: Sequence[Row]) -> None:
        self.data = data
        self.ontology = ontology

    @cached_property
    def graph(self) -> Graph:
        """The expanded graph with its days. Raises InvalidData where the input cannot be made into one."""
        return make_graph(self.data, self.ontology)

    @cached_property
    def written(self) -> list[Row]:
        """The data as written, lexical forms kept, with the classes of the ontology beside them."""
        return [*self.data, *self._classes()]

    def hold(self, nodes: set[str]) -> bool:
        """Whether one of these nodes (N-Triples text) is the data's own.

        That is a subject there, or an object that the ontology does not describe. Days, and terms that only the
        ontology speaks of, stand beside the data in every view.
        """
        if any(subject in nodes for subject, _, _ in self.data):
            return True
        if "graph" in self.__dict__:  # else no rule has run on it, and none of its names stands for a blank node
            nodes = nodes.union(*(keys for iri, keys in self.graph.origins.items() if f"<{iri}>" in nodes))
        own = {subject for subject, _, _ in self.data} | {value for _, _, value in self.data}.difference(
            subject for subject, _, _ in self.ontology
        )
        return not nodes.isdisjoint(own)

    def rows(self, view: View, on: date) -> list[Row]:
        """The triples of a view; ``on`` matters for the daily ones."""
        always = self.written if view == "as-written" else self.graph.base.rows()
        return [*always, *self.beside(view, on)]

    def always(self, view: View) -> Statements:
        """What stands in a view whatever the day. All views but that of the data as written share one.

        That is the base graph: ends, full citations, the four days of every node.
        """
        if view == "as-written":
            return Texts(self.written)
        return Described(self.graph.base.described())

    def beside(self, view: View, on: date) -> list[Row]:
        """What a daily view has besides on a day; nothing for other views."""
        return list(self._day(on, include_unknown=view == "may-hold")) if view in DAILY else []

    def _day(self, on: date, *, include_unknown: bool) -> Iterator[Row]:
        groups = {BODY_GROUP, *SHOWN_STATUSES}
        day = f"<{AS_OF}{on.isoformat()}>"
        yield day, f"<{RDF}type>", f"<{ICS}Day>"
        yield day, f"<{ICS}day>", date_text(on)
        for (group, row), validity in self.graph.shortcuts.items():
            if group in groups and holds(validity, on, include_unknown=include_unknown):
                yield row

    def _classes(self) -> Iterator[Row]:
        subclass = f"<{SUBCLASS_OF}>"
        return (row for row in self.ontology if row[1] == subclass)

    @cached_property
    def _tree(self) -> SegmentTree:
        return self.graph.tree()

    def days(self, on: date | None) -> Sequence[date]:
        """The days to check: the day asked, or one of each segment of all dates."""
        return self._tree.change_days if on is None else (on,)

    def span(self, on: date) -> Interval:
        """The days on which the graph is the same as on this one."""
        return self._tree.span(on)


def holds(validity: Validity, on: date, *, include_unknown: bool) -> bool:
    """Whether a plain triple is in the graph of a day."""
    return _inside(validity.certain, on) or (include_unknown and _inside(validity.uncertain, on))


def _inside(intervals: Iterable[Interval], on: date) -> bool:
    for first, after in intervals:  # noqa: SIM110 - asked of every plain triple, and a generator takes twice as long
        if first <= on < after:
            return True
    return False
