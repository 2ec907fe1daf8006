"""Value nodes of many focus nodes at once: evaluation of property paths (SHACL section 2.3.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress

from ics_graph.validation.engine import paths
from ics_graph.validation.engine.graph import IndexedGraph

Step = Callable[[int], Iterable[int]]


class ValueNodes:
    """The distinct (focus node, value node) pairs of a shape, as two columns of term numbers.

    A focus node without values is in ``foci`` only.
    """

    __slots__ = ("_distinct", "_having", "foci", "focus_column", "value_column")

    def __init__(
        self,
        foci: frozenset[int],
        focus_column: Sequence[int],
        value_column: Sequence[int],
        having: frozenset[int] | None = None,
        distinct: frozenset[int] | None = None,
    ) -> None:
        self.foci = foci
        self.focus_column = focus_column
        self.value_column = value_column
        self._having = having
        self._distinct = distinct

    @property
    def having(self) -> frozenset[int]:
        """The focus nodes that have a value."""
        if self._having is None:
            self._having = frozenset(self.focus_column)
        return self._having

    @property
    def distinct(self) -> frozenset[int]:
        """The distinct value nodes."""
        if self._distinct is None:
            self._distinct = frozenset(self.value_column)
        return self._distinct

    def pairs(self) -> Iterable[tuple[int, int]]:
        """The pairs of focus node and value node."""
        return zip(self.focus_column, self.value_column, strict=True)

    def pairs_with(self, values: frozenset[int] | set[int]) -> list[tuple[int, int]]:
        """The pairs whose value node is among ``values``."""
        if not values:
            return []
        return [pair for pair in self.pairs() if pair[1] in values]

    def by_focus(self) -> dict[int, list[int]]:
        """The value nodes of each focus node, empty where there are none."""
        groups: dict[int, list[int]] = {focus: [] for focus in self.foci}
        for focus, value in self.pairs():
            groups[focus].append(value)
        return groups


class PathEvaluator:
    """Evaluates property paths on one graph."""

    def __init__(self, graph: IndexedGraph) -> None:
        self.graph = graph

    def value_nodes(self, path: paths.Path | None, foci: frozenset[int]) -> ValueNodes:
        """The value nodes of focus nodes; without a path, each focus node is its own value node."""
        if path is None:
            nodes = list(foci)
            return ValueNodes(foci, nodes, nodes, foci, foci)
        inverse = isinstance(path, paths.Inverse)
        inner = path.path if isinstance(path, paths.Inverse) else path
        if isinstance(inner, paths.Predicate):
            return self._of_predicate(inner, inverse, foci)
        step = self.step(path)
        focus_column: list[int] = []
        value_column: list[int] = []
        for focus in foci:
            values = dict.fromkeys(step(focus))
            focus_column.extend([focus] * len(values))
            value_column.extend(values)
        return ValueNodes(foci, focus_column, value_column)

    def _of_predicate(self, path: paths.Predicate, inverse: bool, foci: frozenset[int]) -> ValueNodes:
        table = self.graph.table(self.graph.terms.number(path.iri))
        if table is None:
            return ValueNodes(foci, [], [])
        if len(foci) * 8 < len(table):
            index = table.inverse if inverse else table.forward
            focus_column: list[int] = []
            value_column: list[int] = []
            for focus in foci:
                values = index.get(focus)
                if values:
                    focus_column.extend([focus] * len(values))
                    value_column.extend(values)
            return ValueNodes(foci, focus_column, value_column)
        keys, others = (table.objects, table.subjects) if inverse else (table.subjects, table.objects)
        if not inverse and table.subject_set <= foci:
            return ValueNodes(foci, keys, others, table.subject_set, table.object_set)
        chosen = list(map(foci.__contains__, keys))
        return ValueNodes(foci, list(compress(keys, chosen)), list(compress(others, chosen)))

    def step(self, path: paths.Path, inverse: bool = False) -> Step:
        """A function from a node to the nodes at the other end of the path; it may repeat nodes."""
        match path:
            case paths.Predicate(iri):
                number = self.graph.terms.number(iri)
                return _lookup(self.graph.inverse(number) if inverse else self.graph.forward(number))
            case paths.Inverse(inner):
                return self.step(inner, not inverse)
            case paths.Alternative(members):
                return _alternative([self.step(member, inverse) for member in members])
            case paths.Sequence(members):
                ordered = reversed(members) if inverse else members
                return _sequence([self.step(member, inverse) for member in ordered])
            case paths.Repeated(inner, sign):
                return _repeated(self.step(inner, inverse), sign)


def _lookup(index: Mapping[int, Sequence[int]]) -> Step:
    return lambda node: index.get(node, ())


def _alternative(steps: list[Step]) -> Step:
    return lambda node: [value for step in steps for value in step(node)]


def _sequence(steps: list[Step]) -> Step:
    def walk(node: int) -> Iterable[int]:
        current: Iterable[int] = (node,)
        for step in steps:
            current = dict.fromkeys(value for each in current for value in step(each))
        return current

    return walk


def _repeated(step: Step, sign: str) -> Step:
    if sign == "?":
        return lambda node: (node, *step(node))

    def walk(node: int) -> Iterable[int]:
        reached: dict[int, None] = {} if sign == "+" else {node: None}
        frontier = [node]
        while frontier:
            fresh = dict.fromkeys(value for each in frontier for value in step(each))
            frontier = [value for value in fresh if value not in reached]
            reached.update(dict.fromkeys(frontier))
        return reached

    return walk
