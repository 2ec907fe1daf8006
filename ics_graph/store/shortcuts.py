"""The plain triples of a day (docs/model.md, "Shortcuts for simple queries"), and the segment graphs they go into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise

from pyoxigraph import Literal

from ics_graph.loading.rows import Row
from ics_graph.loading.texts import is_literal, language_of, lexical_form, text_of
from ics_graph.store.meaning import ORGANIZATION
from ics_graph.store.nodes import NameRow, NodeRow, slug
from ics_graph.store.subjects import RDF_TYPE, SubjectIndex, key_of, text_of_key
from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE, read_day
from ics_graph.temporal.lives import ComputedDays
from ics_graph.temporal.rule import FourDays, Interval
from ics_graph.temporal.segments import SegmentTree, join, subtract
from ics_graph.vocabulary import AREA_LEVELS, ICS, RELATION_CLASSES, SEGMENT, SKOS, concept

BODY_GROUP = "body"
"""The group of graphs about bodies themselves; it belongs to every day graph, whatever statuses are asked for."""

SHOWN_STATUSES = ("in-force",)
"""The statuses whose relations a day graph has unless others are asked for."""

NAME_PREFERENCE = ("operational", "legal", "as-printed", "short", "misprint")
"""Which name a body is shown by: never an acronym (docs/model.md)."""

LEVEL_ORDER = ("nation", "region", "system", "place", "neighbourhood")


class Validity:
    """When one triple of one group certainly and when it possibly holds."""

    __slots__ = ("certain", "uncertain")

    def __init__(self) -> None:
        self.certain: list[Interval] = []
        self.uncertain: list[Interval] = []

    def add(self, certain: Interval | None, uncertain: Iterable[Interval]) -> None:
        """Add the days of one reason for the triple."""
        if certain is not None:
            self.certain.append(certain)
        self.uncertain.extend(uncertain)

    def add_within(self, days: FourDays, within: Interval) -> None:
        """Add the days of one reason for the triple, inside ``within``."""
        certain = days.certain()
        if certain is not None:
            self.certain.extend(_clip(certain, within))
        for part in days.uncertain():
            self.uncertain.extend(_clip(part, within))


DayTriples = Mapping[tuple[str, Row], Validity]


def day_triples(
    graph: SubjectIndex, rows: Iterable[NodeRow], names: Iterable[NameRow], computed: ComputedDays
) -> DayTriples:
    """Every plain triple with its group (a status, or ``body``) and the days on which it holds."""
    found: dict[tuple[str, Row], Validity] = defaultdict(Validity)
    rows = list(rows)
    areas = _areas_above(graph)
    for row in rows:
        status = row.node.facts.status
        if row.node.kind in {"relation", "arrangement"} and status is not None:
            days = computed.days[row.node.id]
            certain, uncertain = days.certain(), days.uncertain()
            for triple in _relation_triples(graph, row, areas):
                found[status, triple].add(certain, uncertain)
    names_of: dict[str, list[NameRow]] = defaultdict(list)
    for name in names:
        if name.kind in NAME_PREFERENCE:
            names_of[name.entity].append(name)
    levels = _covered_levels(graph, rows, computed, certain=True)
    possible = _covered_levels(graph, rows, computed, certain=False)
    for row in rows:
        body = row.node.id
        if row.node.kind == "life" and ORGANIZATION in graph.types(body) and row.node.facts.outcome != "unrealised":
            life = computed.days[body]
            for triple, within in _body_triples(graph, body, names_of[body]):
                found[BODY_GROUP, triple].add_within(life, within)
            if not graph.has(body, ICS + "level"):
                for level, span in levels.get(body, ()):
                    found[BODY_GROUP, _level(body, level)].add_within(life, span)
                for level, span in possible.get(body, ()):
                    found[BODY_GROUP, _level(body, level)].uncertain.extend(_clip((life.s1, life.e2), span))
    return found


def _relation_triples(graph: SubjectIndex, row: NodeRow, areas: Mapping[str, frozenset[str]]) -> Iterator[Row]:
    node = row.node
    yield _row(node.id, RDF_TYPE, ICS + "Holding")
    if node.relation_class is None or row.collective:
        return
    relation = RELATION_CLASSES[node.relation_class]
    for first in node.from_ends:
        for second in node.to_ends:
            if relation.shortcut is not None:
                yield _row(first, ICS + relation.shortcut, second)
            if relation.inverse_shortcut is not None:
                yield _row(second, ICS + relation.inverse_shortcut, first)
            if node.relation_class == "Coverage":
                for area in sorted(areas.get(second, frozenset()) | {second}):
                    yield _row(first, ICS + "within", area)
            if node.relation_class == "Characteristic":
                aspect = graph.one_iri(node.id, ICS + "aspect")
                if aspect is not None:
                    yield _row(first, ICS + slug(aspect), second)


def _body_triples(graph: SubjectIndex, body: str, names: list[NameRow]) -> Iterator[tuple[Row, Interval]]:
    always = (UNBOUNDED_BEFORE, UNBOUNDED_AFTER)
    yield _row(body, RDF_TYPE, ICS + "Existing"), always
    for text, within in preferred_names(names):
        language = _language(graph, body, text)
        label = Literal(text, language=language) if language else Literal(text)
        yield (f"<{body}>", f"<{SKOS}prefLabel>", text_of(label)), within


def _level(body: str, level: str) -> Row:
    return _row(body, ICS + "level", concept("level", level))


def _language(graph: SubjectIndex, body: str, text: str) -> str | None:
    for name in graph.iris(body, ICS + "name"):
        for value in graph.about(name).get(ICS + "text", ()):
            if is_literal(value) and lexical_form(value) == text:
                return language_of(value) or None
    return None


def preferred_names(names: Iterable[NameRow]) -> list[tuple[str, Interval]]:
    """The name to show, for each span of days: operational, else legal, else as printed; never an acronym.

    A name without dates counts throughout; a day that no dated name covers takes the best name of any day.
    """
    ranked = sorted(
        (name for name in names if name.kind in NAME_PREFERENCE),
        key=lambda name: (
            NAME_PREFERENCE.index(name.kind),
            name.start is None and name.end is None,
            name.text,
        ),
    )
    if not ranked:
        return []
    spans = [(name, _span(name)) for name in ranked]
    bounds = sorted({day for _, span in spans for day in span} | {UNBOUNDED_BEFORE, UNBOUNDED_AFTER})
    pieces: dict[str, list[Interval]] = defaultdict(list)
    for first, after in pairwise(bounds):
        covering = [name for name, span in spans if span[0] <= first and after <= span[1]]
        pieces[(covering or ranked)[0].text].append((first, after))
    return [(text, span) for text, parts in pieces.items() for span in join(parts)]


def _span(name: NameRow) -> Interval:
    return (
        read_day(name.start) if name.start else UNBOUNDED_BEFORE,
        read_day(name.end) if name.end else UNBOUNDED_AFTER,
    )


def _areas_above(graph: SubjectIndex) -> dict[str, frozenset[str]]:
    """For each area, all areas that it is part of."""
    direct: dict[str, set[str]] = defaultdict(set)
    for area, whole in graph.subjects_of(ICS + "partOfArea"):
        direct[area].add(key_of(whole))
    above: dict[str, frozenset[str]] = {}
    for area, wholes in direct.items():
        seen: set[str] = set()
        queue = list(wholes)
        while queue:
            higher = queue.pop()
            if higher not in seen:
                seen.add(higher)
                queue.extend(direct.get(higher, ()))
        above[area] = frozenset(seen - {area})
    return above


def area_level(graph: SubjectIndex, area: str) -> str | None:
    """The level of an area, from its class."""
    types = graph.types(area)
    return next((level for name, level in AREA_LEVELS.items() if ICS + name in types), None)


def _covered_levels(
    graph: SubjectIndex, rows: Iterable[NodeRow], computed: ComputedDays, *, certain: bool
) -> dict[str, list[tuple[str, Interval]]]:
    """For each body, its level over time: the widest level of the areas that it covers (or may cover) on a day.

    A coverage counts that is in force, or of the status of its body: what is proposed lifts no body that exists.
    """
    spans: dict[str, dict[str, list[Interval]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.node.relation_class == "Coverage":
            days = computed.days[row.node.id]
            span = days.certain() if certain else (days.s1, days.e2)
            for area in row.node.to_ends:
                level = area_level(graph, area)
                if level is not None and span is not None and span[0] < span[1]:
                    for body in row.node.from_ends:
                        own = computed.nodes[body].facts.status if body in computed.nodes else None
                        if row.node.facts.status in {"in-force", own}:
                            spans[body][level].append(span)
    result: dict[str, list[tuple[str, Interval]]] = {}
    for body, by_level in spans.items():
        taken: list[Interval] = []
        pieces: list[tuple[str, Interval]] = []
        for level in LEVEL_ORDER:
            free = subtract(by_level.get(level, []), taken)
            pieces.extend((level, span) for span in free)
            taken.extend(free)
        result[body] = pieces
    return result


def segment_lines(triples: DayTriples, tree: SegmentTree) -> Iterator[str]:
    """The triples in the graphs of the tree, as lines of N-Quads.

    A triple stands in one graph of a path at most (yes before unknown).
    """
    for (group, row), validity in triples.items():
        statement = " ".join(row)
        certain = join(validity.certain)
        uncertain = subtract(validity.uncertain, certain)
        for name, intervals in ((group, certain), (f"{group}-unknown", uncertain)):
            for interval in intervals:
                for number in tree.nodes(interval):
                    yield f"{statement} <{SEGMENT}{name}/{number}> .\n"


def change_days(triples: DayTriples, computed: ComputedDays) -> SegmentTree:
    """The tree over every day on which a triple, a life or a relation changes its answer."""
    intervals: list[Interval] = []
    for validity in triples.values():
        intervals += validity.certain + validity.uncertain
    for days in computed.days.values():
        certain = days.certain()
        intervals += [certain] if certain else []
        intervals += days.uncertain()
    return SegmentTree.over(intervals)


def _clip(interval: Interval, within: Interval) -> list[Interval]:
    first, after = max(interval[0], within[0]), min(interval[1], within[1])
    return [(first, after)] if first < after else []


def _row(subject: str, predicate: str, value: str) -> Row:
    return text_of_key(subject), f"<{predicate}>", text_of_key(value)


def path_graphs(tree: SegmentTree, on: date, groups: Iterable[str]) -> tuple[str, ...]:
    """The graphs of the given groups over one day, root first."""
    path = tree.path(on)
    return tuple(f"{SEGMENT}{group}/{number}" for group in groups for number in path)
