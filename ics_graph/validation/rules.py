"""Reading what a shapes graph says about its rules beside SHACL: reason, remedy, days and view.

A rule of ours says on which view of the graph it runs (``ics:runsOn``), from and until when it binds
(``ics:bindsFrom``, ``ics:bindsUntil``: a rule of 2022 does not bind 2020), why it exists (``ics:reason``) and how to
mend a finding (``ics:remedy``). A stranger's shapes say none of that and run on the data as written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Final, Literal, NamedTuple

from pyoxigraph import Triple

from ics_graph.errors import InvalidData
from ics_graph.loading.rows import quads_of
from ics_graph.store.nodes import slug
from ics_graph.store.subjects import About, SubjectIndex, iris, key_of
from ics_graph.vocabulary import CONCEPT, ICS, RDF

View = Literal["as-written", "whole-graph", "may-hold", "certainly-holds"]
VIEWS: Final[tuple[View, ...]] = ("as-written", "whole-graph", "may-hold", "certainly-holds")
DAILY: Final[frozenset[View]] = frozenset(("may-hold", "certainly-holds"))
SH: Final = "http://www.w3.org/ns/shacl#"
_CLASS: Final = "http://www.w3.org/2000/01/rdf-schema#Class"
_SHAPE_CLASSES: Final = frozenset((SH + "NodeShape", SH + "PropertyShape"))
_TARGETS: Final = frozenset(
    SH + name for name in ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "target")
)


class Rule(NamedTuple):
    """One shape with a target. ``shape`` is its IRI, or ``_:label``; ``ours`` tells whether it names its view."""

    shape: str
    view: View
    ours: bool
    binds_from: date | None
    binds_until: date | None
    reason: str | None
    remedy: str | None

    def binds(self, on: date) -> bool:
        """Whether the rule binds on a day."""
        return (self.binds_from is None or self.binds_from <= on) and (
            self.binds_until is None or on < self.binds_until
        )


def _has_target(about: About) -> bool:
    if not _TARGETS.isdisjoint(about):
        return True
    types = set(iris(about, RDF + "type"))
    return _CLASS in types and not types.isdisjoint(_SHAPE_CLASSES)


def read_rules(shapes: SubjectIndex) -> list[Rule]:
    """The rules of a shapes graph: its shapes with a target of their own. Raises InvalidData for an unknown view."""
    rules = []
    for subject in sorted(subject for subject, about in shapes.all_about() if _has_target(about)):
        view = shapes.one_iri(subject, ICS + "runsOn")
        name = slug(view) if view is not None else "as-written"
        if name not in VIEWS or (view is not None and not view.startswith(f"{CONCEPT}view/")):
            raise InvalidData(f"The shape {subject} runs on {view}, which is no view of the graph.")
        rules.append(
            Rule(
                subject,
                name,
                view is not None,
                shapes.day(subject, ICS + "bindsFrom"),
                shapes.day(subject, ICS + "bindsUntil"),
                shapes.text(subject, ICS + "reason"),
                shapes.text(subject, ICS + "remedy"),
            )
        )
    return rules


def shapes_for(shapes: SubjectIndex, rules: Iterable[Rule]) -> list[Triple]:
    """The shapes graph in which only the given rules have their targets: the others stay as parts of them."""
    kept = {rule.shape for rule in rules}
    dropped = {rule.shape for rule in read_rules(shapes)} - kept
    kept_rows = (
        (subject, predicate, value)
        for subject, predicate, value in shapes.rows()
        if not (
            key_of(subject) in dropped
            and (key_of(predicate) in _TARGETS or (key_of(predicate) == RDF + "type" and key_of(value) == _CLASS))
        )
    )
    return [quad.triple for quad in quads_of(kept_rows)]


class Owners:
    """To which rule each shape belongs."""

    def __init__(self, shapes: SubjectIndex, rules: Iterable[Rule]) -> None:
        self._shapes = shapes
        self._rules = frozenset(rule.shape for rule in rules)
        self._known: dict[str, str] = {}

    def of(self, shape: str) -> str:
        """The shape itself if it is a rule, else the rule above it; the shape where there is none."""
        if shape not in self._known:
            self._known[shape] = self._nearest(shape)
        return self._known[shape]

    @cached_property
    def _above(self) -> dict[str, list[str]]:
        above: dict[str, list[str]] = {}
        for subject, _, value in self._shapes.rows():
            above.setdefault(key_of(value), []).append(key_of(subject))
        return above

    def _nearest(self, shape: str) -> str:
        queue, seen = [shape], {shape}
        while queue:
            here = queue.pop(0)
            if here in self._rules:
                return here
            for parent in self._above.get(here, ()):
                if parent not in seen:
                    seen.add(parent)
                    queue.append(parent)
        return shape
