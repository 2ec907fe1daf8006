"""What several questions share: descriptions, names, and the prepared adjacency and directory of a span of days.

Between two neighbouring days on which anything begins or ends, every answer about what holds is the same. Such a
*segment*, with the day of knowledge, is a :class:`Moment`; the last few are kept, each with what was looked up in it.
All of it is made from the snapshot, dies with it, and is bounded: a service answers from it for months.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from ics_graph.store.nodes import NameRow
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.store.subjects import Description
from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE, read_day
from ics_graph.vocabulary import DCTERMS, ICS, RDF

MOMENTS_KEPT: Final = 8
"""How many segments are kept: readers compare few days at a time, and most ask about today."""
DESCRIPTIONS_KEPT: Final = 20_000
"""Descriptions of subjects kept for all moments, about 3 kB each."""
LOOKED_UP_KEPT: Final = 20_000
"""Names and kinds kept of one moment, each."""
RELATIONS_KEPT: Final = 1_000
"""Relations and entities kept of one moment, each, up to 10 kB."""
TABLES_KEPT: Final = 32
"""Adjacencies and directories kept of one moment, each."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The last values that were made, by key. Threads may share it; a value may be made twice, and then is the same."""

    def __init__(self, most: int) -> None:
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of ``key``, made where it is not kept. Raises what ``make`` raises."""
        try:
            return self._values[key]  # not moved to the end: reading must cost next to nothing
        except KeyError:
            pass
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._values)


@dataclass(frozen=True, eq=False)
class Moment:
    """A segment as known by a day: what was looked up in it, by readings of any statuses."""

    names: Kept[str, str] = field(default_factory=lambda: Kept(LOOKED_UP_KEPT))
    kinds: Kept[str, str] = field(default_factory=lambda: Kept(LOOKED_UP_KEPT))
    relations: Kept[str, Any] = field(default_factory=lambda: Kept(RELATIONS_KEPT))
    entities: Kept[Hashable, Any] = field(default_factory=lambda: Kept(RELATIONS_KEPT))
    tables: Kept[Hashable, Any] = field(default_factory=lambda: Kept(TABLES_KEPT))


class Prepared:
    """What is kept of one snapshot."""

    def __init__(self) -> None:
        # The snapshot is not kept here: the registry below holds it weakly, or it would never be given back.
        self.descriptions: Kept[str, Description] = Kept(DESCRIPTIONS_KEPT)
        self._moments: Kept[tuple[date | None, int], Moment] = Kept(MOMENTS_KEPT)
        self._boundaries: Kept[date | None, Sequence[date]] = Kept(MOMENTS_KEPT)
        self._once: dict[str, Any] = {}
        self._lock = Lock()

    def moment(self, snapshot: Snapshot, view: View) -> Moment:
        """The moment of a view."""
        days = self._boundaries.get(view.known, lambda: _boundaries(snapshot, view.known))
        return self._moments.get((view.known, bisect_right(days, view.on)), Moment)

    def names_by_entity(self, snapshot: Snapshot) -> Mapping[str, list[NameRow]]:
        """Every name, label and code by its entity: one pass over the index, where each look-up were a query."""

        def make() -> Mapping[str, list[NameRow]]:
            found: dict[str, list[NameRow]] = defaultdict(list)
            for row in snapshot.names.texts():
                found[row.entity].append(row)
            return dict(found)

        return self._made_once("names", make)

    def citing(self, snapshot: Snapshot) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """For each document its citations, and for each of these what stands on it; sorted."""

        def make() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
            engine = snapshot.engine
            register = engine.subjects(RDF + "type", ICS + "Source")
            return {
                document: {
                    citation: tuple(engine.subjects(ICS + "evidence", citation))
                    for citation in engine.subjects(DCTERMS + "source", document)
                }
                for document in register
            }

        return self._made_once("citing", make)

    def bodies(self, snapshot: Snapshot, prefix: str) -> Sequence[str]:
        """The IRIs of everything that lives and begins with ``prefix``."""
        return self._made_once(
            f"bodies {prefix}",
            lambda: tuple(
                iri for iri, row in snapshot.rows.items() if row.node.kind == "life" and iri.startswith(prefix)
            ),
        )

    def relations_of_class(self, snapshot: Snapshot, name: str) -> Sequence[str]:
        """The relations of a class, in the order of the table."""

        def make() -> Mapping[str, Sequence[str]]:
            found: dict[str, list[str]] = defaultdict(list)
            for iri, row in snapshot.rows.items():
                if row.node.relation_class is not None:
                    found[row.node.relation_class].append(iri)
            return dict(found)

        return self._made_once("classes", make).get(name, ())

    def _made_once(self, name: str, make: Callable[[], Value]) -> Value:
        if name not in self._once:
            with self._lock:
                if name not in self._once:
                    self._once[name] = make()
        made: Value = self._once[name]
        return made


def _boundaries(snapshot: Snapshot, known: date | None) -> Sequence[date]:
    """The days on which any life, relation or name begins or ends, certainly or possibly."""
    days = {day for four in snapshot.days(known).days.values() for day in (four.s1, four.s2, four.e1, four.e2)}
    for row in snapshot.names.texts():
        days |= {read_day(text) for text in (row.start, row.end) if text is not None}
    return sorted(days - {UNBOUNDED_BEFORE, UNBOUNDED_AFTER})


_PREPARED: WeakKeyDictionary[Snapshot, Prepared] = WeakKeyDictionary()
_LOCK = Lock()


def prepared_of(snapshot: Snapshot) -> Prepared:
    """What is kept of a snapshot; nothing at first."""
    found = _PREPARED.get(snapshot)
    if found is None:
        with _LOCK:
            found = _PREPARED.setdefault(snapshot, Prepared())
    return found


def warm(snapshot: Snapshot, view: View) -> None:
    """Prepare what the first questions about a day would else wait for. Takes up to a second on a national graph."""
    prepared = prepared_of(snapshot)
    prepared.names_by_entity(snapshot)
    prepared.moment(snapshot, view)
    prepared.relations_of_class(snapshot, "Accountability")
    prepared.citing(snapshot)
