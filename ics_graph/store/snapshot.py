"""An opened snapshot: what every answer starts from. Nothing in it changes after opening, so threads may share it."""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from threading import Lock

from ics_graph.errors import InvalidData, InvalidParameter, MissingData
from ics_graph.store.engine import EmbeddedEngine, Engine
from ics_graph.store.graphs import GraphSizes, read_sizes
from ics_graph.store.layout import (
    BASE,
    FORMAT,
    GRAPHS,
    MANIFEST,
    NAMED,
    NAMES,
    SEGMENTS,
    TABLE,
    Manifest,
    fingerprint,
    marks_folder,
)
from ics_graph.store.names import NameIndex
from ics_graph.store.nodes import NodeRow
from ics_graph.store.shortcuts import BODY_GROUP, SHOWN_STATUSES, path_graphs
from ics_graph.store.table import read_table
from ics_graph.temporal.lives import ComputedDays, compute_days
from ics_graph.temporal.segments import SegmentTree
from ics_graph.vocabulary import STATUSES

DEFAULT_STATUSES = SHOWN_STATUSES
KNOWN_KEPT = 8
DAY_GRAPHS_KEPT = 256


@dataclass(frozen=True, slots=True)
class View:
    """What is asked of the graph's time: the day, the day of knowledge, the statuses, and whether doubt is shown."""

    on: date
    known: date | None = None
    statuses: tuple[str, ...] = DEFAULT_STATUSES
    include_unknown: bool = False

    def __post_init__(self) -> None:
        """Refuse a status that the model does not have."""
        for status in self.statuses:
            if status not in STATUSES:
                raise InvalidParameter(
                    "status",
                    f"status: {status!r} is none of {', '.join(STATUSES)}.",
                    hint="Separate several by commas.",
                )
        if not self.statuses:
            raise InvalidParameter("status", "status: name at least one status.")


@dataclass(frozen=True)
class DayGraph:
    """The named graphs whose union with the base graph is a day's default graph.

    ``joined`` is true where the same triple may stand in two of them, so that duplicates have to be merged.
    """

    graphs: tuple[str, ...]
    joined: bool

    @cached_property
    def with_base(self) -> tuple[str, ...]:
        """The same with the base graph, which has no name, before them."""
        return ("", *self.graphs)


class Snapshot:
    """A built graph, opened for reading."""

    def __init__(self, folder: Path) -> None:
        """Open the snapshot in ``folder``.

        Raises :class:`~ics_graph.errors.MissingData` where there is none, and
        :class:`~ics_graph.errors.InvalidData` where it was written by another version of the software.
        """
        self.folder = folder.resolve()
        try:
            content = json.loads((self.folder / MANIFEST).read_text("utf-8"))
            if content.get("format") != FORMAT:
                raise InvalidData(
                    f"The snapshot {folder} has layout {content.get('format')}, not {FORMAT}: build it anew."
                )
            self.manifest = Manifest(**{**content, "files": tuple(content["files"])})
            rows, days, change_days = read_table(self.folder / TABLE)
        except FileNotFoundError:
            raise MissingData(f"There is no snapshot in {folder}.") from None
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            raise InvalidData(f"The snapshot in {folder} is damaged ({type(error).__name__}): build it anew.") from None
        self.rows: Mapping[str, NodeRow] = {row.node.id: row for row in rows}
        self.tree = SegmentTree(change_days)
        self._everything = ComputedDays({row.node.id: row.node for row in rows}, days)
        self._known: OrderedDict[date, ComputedDays] = OrderedDict()
        self._lock = Lock()
        self._day_graphs: dict[View, DayGraph] = {}

    @cached_property
    def engine(self) -> Engine:
        """The base graph; loaded when first asked."""
        return EmbeddedEngine.load(self.folder / BASE)

    @cached_property
    def names(self) -> NameIndex:
        """The name index."""
        return NameIndex(self.folder / NAMES)

    @cached_property
    def by_end(self) -> Mapping[str, tuple[str, ...]]:
        """For each node, the relations that have it under an end, sorted."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows.values():
            for end in row.node.ends:
                found[end].add(row.node.id)
        return {end: tuple(sorted(relations)) for end, relations in found.items()}

    @property
    def query_files(self) -> tuple[Path, ...]:
        """The files that a SPARQL worker loads."""
        return (self.folder / BASE, self.folder / SEGMENTS, self.folder / NAMED)

    @cached_property
    def graphs(self) -> GraphSizes:
        """The named graphs of the input, and how large they and the default graph are."""
        return read_sizes(self.folder / GRAPHS)

    def days(self, known: date | None) -> ComputedDays:
        """The days of all nodes as known by a day (``None``: with everything known). Some answers are kept ready."""
        if known is None:
            return self._everything
        with self._lock:
            if known in self._known:
                self._known.move_to_end(known)
                return self._known[known]
        computed = compute_days((row.node for row in self.rows.values()), known)
        with self._lock:
            self._known[known] = computed
            while len(self._known) > KNOWN_KEPT:
                self._known.popitem(last=False)
        return computed

    def day_graph(self, view: View) -> DayGraph:
        """The graphs of a day for SPARQL. ``known`` has no graphs: it is answered from the table alone."""
        found = self._day_graphs.get(view)
        if found is None:
            found = self._day_graph(view)
            if len(self._day_graphs) >= DAY_GRAPHS_KEPT:
                self._day_graphs.clear()
            self._day_graphs[view] = found
        return found

    def _day_graph(self, view: View) -> DayGraph:
        if view.known is not None:
            raise InvalidParameter(
                "known",
                "known: SPARQL answers with all documents known; ask the routes or commands for an earlier state.",
            )
        if not self.manifest.governed:
            # A stranger's graph is the same on every day.
            return DayGraph((), joined=False)
        groups: list[str] = []
        for group in (BODY_GROUP, *view.statuses):
            groups += [group, f"{group}-unknown"] if view.include_unknown else [group]
        return DayGraph(path_graphs(self.tree, view.on, dict.fromkeys(groups)), joined=len(set(view.statuses)) > 1)


def open_or_build(
    data: Iterable[Path], ontology: Path, cache: Path, *, union: bool = False, base_iri: str | None = None
) -> Snapshot:
    """The snapshot of the files under ``data`` and ``ontology``, built when ``cache`` has none for them as they are.

    ``union`` puts the named graphs of the data into the default graph as well; relative IRIs in the data are resolved
    against ``base_iri``.
    A changed file has another fingerprint, so an answer never comes from data of yesterday.
    """
    folders = tuple(data)
    mark = marks_folder(cache) / fingerprint(folders, ontology, union=union, base_iri=base_iri)
    try:
        kept = cache / mark.read_text("utf-8").strip()
        return Snapshot(kept)
    except (FileNotFoundError, UnicodeDecodeError):
        pass
    except (MissingData, InvalidData):
        # Damaged, by whatever: what can be built again is no loss.
        if kept.parent == cache and kept.is_dir():
            rmtree(kept, ignore_errors=True)
    from ics_graph.store.build import build  # noqa: PLC0415 - the parser is imported only where something is built

    return Snapshot(build(folders, ontology, cache, union=union, base_iri=base_iri))
