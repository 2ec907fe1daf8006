"""A graph indexed for set-based checks: one table of (subject, object) numbers for each predicate.

Constraints ask about one predicate at a time for many focus nodes, so a column pair per predicate with indexes
built on first use is all they need, at a fraction of the memory of a general store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ics_graph.validation.engine.namespace import RDF_TYPE, RDFS_SUBCLASS_OF, named
from ics_graph.validation.engine.terms import TermTable

_EMPTY: Mapping[int, Sequence[int]] = {}


class PredicateTable:
    """The triples of one predicate: two columns of term numbers, each triple once."""

    __slots__ = ("_forward", "_inverse", "_object_set", "_subject_set", "objects", "subjects")

    def __init__(self) -> None:
        self.subjects: list[int] = []
        self.objects: list[int] = []
        self._subject_set: frozenset[int] | None = None
        self._object_set: frozenset[int] | None = None
        self._forward: Mapping[int, Sequence[int]] | None = None
        self._inverse: Mapping[int, Sequence[int]] | None = None

    def __len__(self) -> int:
        return len(self.subjects)

    def with_pairs(self, pairs: Iterable[tuple[int, int]]) -> PredicateTable:
        """A copy with more (subject, object) pairs, none of them there already."""
        added = list(pairs)
        subjects, objects = [subject for subject, _ in added], [value for _, value in added]
        table = PredicateTable()
        table.subjects, table.objects = self.subjects + subjects, self.objects + objects
        # What is indexed once need not be for each copy.
        if self._forward is not None:
            table._forward = _merged(self._forward, group(subjects, objects))
        if self._inverse is not None:
            table._inverse = _merged(self._inverse, group(objects, subjects))
        return table

    def remove_duplicates(self) -> None:
        """Keep each triple once: a graph is a set, and a file may state a triple twice."""
        if len(dict(zip(self.subjects, self.objects, strict=True))) == len(self.subjects):
            return
        pairs = dict.fromkeys(zip(self.subjects, self.objects, strict=True))
        if len(pairs) != len(self.subjects):
            self.subjects = [subject for subject, _ in pairs]
            self.objects = [value for _, value in pairs]

    @property
    def subject_set(self) -> frozenset[int]:
        """The distinct subjects."""
        if self._subject_set is None:
            self._subject_set = frozenset(self.subjects)
        return self._subject_set

    @property
    def object_set(self) -> frozenset[int]:
        """The distinct objects."""
        if self._object_set is None:
            self._object_set = frozenset(self.objects)
        return self._object_set

    @property
    def forward(self) -> Mapping[int, Sequence[int]]:
        """The objects of each subject."""
        if self._forward is None:
            self._forward = group(self.subjects, self.objects)
        return self._forward

    @property
    def inverse(self) -> Mapping[int, Sequence[int]]:
        """The subjects of each object."""
        if self._inverse is None:
            self._inverse = group(self.objects, self.subjects)
        return self._inverse


def group(keys: Sequence[int], values: Sequence[int]) -> Mapping[int, Sequence[int]]:
    """The values of each key, in the order given."""
    # Most keys of most tables have one value, and then no step of this is taken in Python.
    single = dict(zip(keys, zip(values, strict=True), strict=True))
    if len(single) == len(keys):
        return single
    groups: dict[int, list[int]] = defaultdict(list)
    for key, value in zip(keys, values, strict=True):
        groups[key].append(value)
    return dict(groups)


def _merged(index: Mapping[int, Sequence[int]], more: Mapping[int, Sequence[int]]) -> Mapping[int, Sequence[int]]:
    merged = dict(index)
    for key, values in more.items():
        merged[key] = [*merged.get(key, ()), *values]
    return merged


class IndexedGraph:
    """A set of triples over a :class:`~ics_graph.validation.engine.terms.TermTable`.

    Quads of all graphs of a dataset count as one graph. Build it with ``statements.load_graph``.
    """

    def __init__(self, terms: TermTable) -> None:
        self.terms = terms
        self.tables: dict[int, PredicateTable] = {}
        self._superclass_of: Mapping[int, Sequence[int]] | None = None
        self._instances: dict[int, frozenset[int]] = {}
        self._by_subject: dict[int, dict[int, list[int]]] | None = None

    def __len__(self) -> int:
        return sum(len(table) for table in self.tables.values())

    def with_tables(self, tables: Mapping[int, PredicateTable]) -> IndexedGraph:
        """This graph with other tables for some predicates; all others are shared with it."""
        graph = IndexedGraph(self.terms)
        graph.tables = {**self.tables, **tables}
        return graph

    def table(self, predicate: int) -> PredicateTable | None:
        """The triples of a predicate, None if there are none."""
        return self.tables.get(predicate)

    def forward(self, predicate: int) -> Mapping[int, Sequence[int]]:
        """The objects of each subject of a predicate."""
        table = self.tables.get(predicate)
        return _EMPTY if table is None else table.forward

    def inverse(self, predicate: int) -> Mapping[int, Sequence[int]]:
        """The subjects of each object of a predicate."""
        table = self.tables.get(predicate)
        return _EMPTY if table is None else table.inverse

    def objects(self, subject: int, predicate: int) -> Sequence[int]:
        """The objects of one subject and predicate."""
        return self.forward(predicate).get(subject, ())

    def instances(self, class_number: int) -> frozenset[int]:
        """The SHACL instances of a class: typed with it or with a subclass (SHACL section 1.1, terminology)."""
        found = self._instances.get(class_number)
        if found is None:
            subclasses = self.inverse(self.terms[named(RDFS_SUBCLASS_OF)])
            by_class = self.inverse(self.terms[named(RDF_TYPE)])
            seen = {class_number}
            stack = [class_number]
            members: set[int] = set()
            while stack:
                current = stack.pop()
                members.update(by_class.get(current, ()))
                fresh = [child for child in subclasses.get(current, ()) if child not in seen]
                seen.update(fresh)
                stack.extend(fresh)
            found = self._instances[class_number] = frozenset(members)
        return found

    def properties(self, subject: int) -> Mapping[int, Sequence[int]]:
        """The objects of each predicate of one subject; meant for small graphs (the shapes)."""
        if self._by_subject is None:
            self._by_subject = {}
            for predicate, table in self.tables.items():
                for node, value in zip(table.subjects, table.objects, strict=True):
                    self._by_subject.setdefault(node, {}).setdefault(predicate, []).append(value)
        return self._by_subject.get(subject, {})

    def nodes_without_triples(self, nodes: Iterable[int]) -> set[int]:
        """Those of ``nodes`` that are neither subject nor object of a triple."""
        outside = set(nodes)
        for table in self.tables.values():
            if not outside:
                break
            outside.difference_update(table.subject_set)
            outside.difference_update(table.objects)
        return outside
