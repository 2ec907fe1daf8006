"""The Python door: an opened graph that answers typed questions as of a day.

>>> from ics_graph.governance.graph import GovernanceGraph
>>> graph = GovernanceGraph.open()                                               # doctest: +SKIP
>>> graph.accountability("NHS Wirral CCG", graph.view(on="2020-11-09")).chains   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ics_graph.errors import NotFound
from ics_graph.governance import lists
from ics_graph.governance.accountability import DEFAULT_DEPTH, Direction, accountability
from ics_graph.governance.answers import Accountability, EntityAnswer, Page
from ics_graph.governance.entities import entity
from ics_graph.governance.prepared import prepared_of
from ics_graph.governance.reading import Reading
from ics_graph.governance.resolving import resolve
from ics_graph.settings import Settings
from ics_graph.store.snapshot import DEFAULT_STATUSES, Snapshot, View, open_or_build
from ics_graph.temporal.dates import day_parameter, today
from ics_graph.vocabulary import ID


class GovernanceGraph:
    """A snapshot with the questions that can be put to it. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @classmethod
    def open(cls, settings: Settings | None = None, data: Sequence[Path] = ()) -> GovernanceGraph:
        """The graph of ``data``, else of the settings' data; built if the cache has no snapshot of these files."""
        chosen = settings or Settings.from_environment()
        folders = data or [chosen.data]
        return cls(
            open_or_build(
                folders,
                chosen.ontology,
                chosen.cache,
                union=chosen.union_default_graph,
                base_iri=chosen.base_iri or None,
            )
        )

    @staticmethod
    def view(
        on: str | date | None = None,
        *,
        known: str | date | None = None,
        statuses: Sequence[str] = DEFAULT_STATUSES,
        include_unknown: bool = False,
    ) -> View:
        """The view of a day (default: today in London). Days are dates or ``YYYY-MM-DD``."""
        return View(
            on=_day("on", on) or today(),
            known=_day("known", known),
            statuses=tuple(statuses),
            include_unknown=include_unknown,
        )

    def reading(self, view: View | None = None, *, prepared: bool = False) -> Reading:
        """A reading of the graph: what the questions below are made of.

        ``prepared`` readings share what they look up with those before them, as a service wants it.
        """
        return Reading(self.snapshot, view or self.view(), prepared_of(self.snapshot) if prepared else None)

    def find(self, text: str, view: View | None = None, kinds: Sequence[str] | None = None) -> str:
        """The IRI of what ``text`` means; see :func:`ics_graph.governance.resolving.resolve`."""
        reading = self.reading(view)
        return resolve(reading, text) if kinds is None else resolve(reading, text, kinds)

    def show(self, text: str, view: View | None = None) -> EntityAnswer:
        """An entity with its relations on the day, of every status, each marked."""
        reading = self.reading(view)
        iri = resolve(reading, text)
        return _with_relations(reading, iri)

    def organisation(self, identifier: str, view: View | None = None) -> EntityAnswer:
        """One body by its id, with its relations of every status that hold on the day. Raises NotFound."""
        reading = self.reading(view)
        iri = organisation_iri(reading, identifier)
        return _with_relations(reading, iri)

    def accountability(
        self,
        text: str,
        view: View | None = None,
        *,
        direction: Direction = "up",
        depth: int = DEFAULT_DEPTH,
        kinds: Sequence[str] = (),
        collective: bool = False,
    ) -> Accountability:
        """To whom an entity answers (or who answers to it), up to the roots."""
        reading = self.reading(view)
        iri = resolve(reading, text)
        return accountability(reading, iri, direction=direction, depth=depth, kinds=kinds, collective=collective)

    def search(self, text: str, view: View | None = None, *, limit: int = 20) -> Page:
        """Entities by names, former names, acronyms and codes."""
        return lists.search_page(self.reading(view), text, limit=limit)


def _with_relations(reading: Reading, iri: str) -> EntityAnswer:
    relations = lists.relations(reading, iri, every_status=True)
    return EntityAnswer(entity(reading, iri), tuple(relations), reading.meta())


def organisation_iri(reading: Reading, identifier: str) -> str:
    """The IRI of a body by its id; raises NotFound with a hint where the id is none."""
    iri = f"{ID}org/{identifier}"
    if not reading.is_body(iri):
        raise NotFound(f"There is no organisation with the id {identifier!r}.", hint="Look for it with /search?q=.")
    return iri


def _day(name: str, value: str | date | None) -> date | None:
    return day_parameter(name, value) if isinstance(value, str) else value
