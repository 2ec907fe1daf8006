"""From authored triples to the base graph: IRIs for blank nodes, ends under ``ics:from`` / ``ics:to``, full citations.

Authors write what a person can keep right by hand; everything that follows from it mechanically is written here, so
that a query meets one plain form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from ics_graph.errors import InvalidData
from ics_graph.loading.rows import Row
from ics_graph.loading.texts import is_blank, is_iri
from ics_graph.store.meaning import Meaning
from ics_graph.store.subjects import RDF_TYPE, SubjectIndex, date_text, day, flag, key_of, one_iri, text_of_key
from ics_graph.temporal.dates import previous_day
from ics_graph.vocabulary import ADMS, DCTERMS, ICS, ID, ORG, XSD

EVIDENCE = ICS + "evidence"
SOURCE = DCTERMS + "source"
IS_PART_OF = DCTERMS + "isPartOf"
NAME = ICS + "name"
IDENTIFIER = ADMS + "identifier"
STATED_FROM, STATED_UNTIL = ICS + "statedFrom", ICS + "statedUntil"
ATTESTS, ATTESTS_NONE = ICS + "attests", ICS + "attestsNone"
WRITTEN_BY = ICS + "writtenBy"
ALTERNATIVE_TO = ICS + "alternativeTo"

# Nodes that belong to one parent: two bodies may have names alike in every word, and they are two names.
_OWNED = {NAME: "name", IDENTIFIER: "identifier"}
_DIGITS = 20


class Expansion(NamedTuple):
    """The base graph, and for each IRI made here the blank nodes (``_:label``) that it stands for."""

    graph: SubjectIndex
    origins: Mapping[str, tuple[str, ...]]


def expand(authored: Sequence[Row], ontology: Meaning) -> Expansion:
    """The base graph of authored statements, without the computed days.

    Raises :class:`~ics_graph.errors.InvalidData` where a blank node is used that no triple describes, or blank nodes
    refer to one another in a circle.
    """
    graph = SubjectIndex.of(authored)
    origins = _write_iris(graph, [row for row in authored if row[2][0] == "_"])
    _write_superclasses(graph, ontology)
    _write_ends(graph, ontology)
    _complete_citations(graph)
    for subject, other in list(graph.subjects_of(ALTERNATIVE_TO)):
        graph.add(key_of(other), ALTERNATIVE_TO, text_of_key(subject))
    return Expansion(graph, origins)


def _write_iris(graph: SubjectIndex, uses: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """Give every blank node an IRI, made from what is said of it (and of whom it is said); and what each stands for.

    ``uses`` are the statements whose object is a blank node.
    """
    naming = _Naming(graph, uses)
    names = naming.names()
    graph.rename(names, naming.uses)
    origins: dict[str, list[str]] = defaultdict(list)
    for key, iri in names.items():
        origins[iri].append(key)
    return {iri: tuple(keys) for iri, keys in origins.items()}


class _Naming:
    """The IRIs of blank nodes; ``uses``: what has one as an object. Raises InvalidData where nothing is said of one."""

    def __init__(self, graph: SubjectIndex, uses: Iterable[Row]) -> None:
        self._graph = graph
        self._names: dict[str, str] = {}
        self._owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._evidence: set[str] = set()
        self.uses: dict[tuple[str, str], None] = {}
        for subject, predicate, value in dict.fromkeys(uses):
            use = key_of(subject), key_of(predicate)
            self.uses[use] = None
            self._owned(*use, value)

    def _owned(self, subject: str, predicate: str, key: str) -> None:
        if key not in self._graph:
            raise InvalidData(
                f"The blank node {key} is used as {_short(predicate)} of {_short(subject)}, "
                "but nothing is said of it: define the label in the same file."
            )
        if predicate in _OWNED:
            self._owners[key].append((subject, predicate))
        elif predicate == EVIDENCE:
            self._evidence.add(key)

    def names(self) -> dict[str, str]:
        """The IRI of every blank node. Raises InvalidData for a circle of them."""
        for subject in self._graph:
            if is_blank(subject):
                self._of(subject, ())
        return self._names

    def _of(self, key: str, above: tuple[str, ...]) -> str:
        known = self._names.get(key)
        if known is not None:
            return known
        if key in above:
            raise InvalidData(f"Blank nodes refer to one another in a circle: {' -> '.join((*above, key))}.")
        lines = [
            f"{predicate} {'<' + self._of(value, (*above, key)) + '>' if value[0] == '_' else value}"
            for predicate, values in self._graph.about(key).items()
            for value in values
        ]
        kind = "citation" if key in self._evidence else "node"
        for owner, predicate in sorted(self._owners.get(key, ())):
            kind = _OWNED[predicate]
            lines.append(f"^{predicate} {owner}")
        digest = sha256("\n".join(sorted(lines)).encode()).hexdigest()[:_DIGITS]
        name = self._names[key] = f"{ID}{kind}/{digest}"
        return name


def _write_superclasses(graph: SubjectIndex, ontology: Meaning) -> None:
    """Write each instance's classes of our own and ``org:Organization``: "all relations" is one pattern."""
    known: dict[tuple[str, ...], list[str]] = {}
    for subject, about in graph.all_about():
        if RDF_TYPE not in about:
            continue
        key = tuple(about[RDF_TYPE])
        if key not in known:
            types = graph.types(subject)
            above = sorted(ontology.classes(types) - types)
            known[key] = [f"<{name}>" for name in above if name.startswith((ICS, ORG))]
        for node in known[key]:
            graph.add(subject, RDF_TYPE, node)


def _write_ends(graph: SubjectIndex, ontology: Meaning) -> None:
    targets: dict[str, list[str]] = defaultdict(list)
    for target, properties in ((ICS + "from", ontology.from_properties), (ICS + "to", ontology.to_properties)):
        for prop in properties - {target}:
            targets[prop].append(target)
    # One pass over the graph, not one for each of forty properties.
    names = frozenset(targets)
    found = [(subject, about) for subject, about in graph.all_about() if not names.isdisjoint(about)]
    for subject, about in found:
        for prop in names.intersection(about):
            for target in targets[prop]:
                for value in about[prop]:
                    graph.add(subject, target, value)


def _complete_citations(graph: SubjectIndex) -> None:
    """Give each citation its class, its days of writing (its own or its source's) and the day it attests."""
    citations = frozenset(map(key_of, _nodes_under(graph, EVIDENCE)))
    _nodes_under(graph, ALTERNATIVE_TO)  # a text is refused there too
    kind, true = f"<{ICS}Citation>", f'"true"^^<{XSD}boolean>'
    writing: dict[str, _Writing] = {}
    for citation in sorted(citations):
        about = graph.about(citation)
        source = one_iri(about, SOURCE)
        first, until = day(about, STATED_FROM), day(about, STATED_UNTIL)
        attests, forecast = day(about, ATTESTS), flag(about, ATTESTS_NONE)
        if source is not None:
            whole = writing.get(source)
            if whole is None:
                whole, parts = _written(graph, source)
                # Few sources are cited many times. Of one that is a citation too, more is said here.
                if citations.isdisjoint(parts):
                    writing[source] = whole
            first, until = first or whole.first, until or whole.until
            forecast = forecast or (attests is None and whole.forecast)
        found: list[tuple[str, str]] = [(RDF_TYPE, kind)]
        if first is not None:
            found.append((STATED_FROM, date_text(first)))
        if until is not None:
            found.append((STATED_UNTIL, date_text(until)))
            found.append((WRITTEN_BY, date_text(previous_day(until))))
        if forecast:
            found.append((ATTESTS_NONE, true))
        elif attests is None and until is not None:
            found.append((ATTESTS, date_text(previous_day(until))))
        graph.add_all(citation, found)


def _nodes_under(graph: SubjectIndex, prop: str) -> set[str]:
    """The objects of a property, as text. Raises InvalidData where one is no node."""
    found: set[str] = set()
    for subject, value in graph.subjects_of(prop):
        if not is_iri(value):
            raise InvalidData(f"The {_short(prop)} of {_short(subject)} is a text ({value}) and no node.")
        found.add(value)
    return found


class _Writing(NamedTuple):
    """When a source was written (half open), and whether it only forecasts; what it does not say, its whole does."""

    first: date | None
    until: date | None
    forecast: bool


def _written(graph: SubjectIndex, source: str | None) -> tuple[_Writing, set[str]]:
    """When a source was written, and the sources that say so: itself and those that it is part of."""
    first = until = None
    forecast = False
    seen: set[str] = set()
    while source is not None and source not in seen:
        seen.add(source)
        about = graph.about(source)
        first, until = first or day(about, STATED_FROM), until or day(about, STATED_UNTIL)
        forecast = forecast or flag(about, ATTESTS_NONE)
        source = one_iri(about, IS_PART_OF)
    return _Writing(first, until, forecast), seen


def _short(iri: str) -> str:
    return iri.removeprefix(ID).removeprefix(ICS)
