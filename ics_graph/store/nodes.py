"""Reading what the base graph states about time: from triples to :class:`~ics_graph.temporal.facts.DatedNode`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from pyoxigraph import Literal

from ics_graph.store.meaning import ORGANIZATION, POST
from ics_graph.store.subjects import SubjectIndex
from ics_graph.temporal.dates import Precision, day_after_period, first_of_period
from ics_graph.temporal.facts import EVERYTHING, DatedCitation, DatedFacts, DatedNode, NodeKind, Supported
from ics_graph.vocabulary import ADMS, CONCEPT, FOAF, ICS, RDFS, RELATION_CLASSES, SKOS

EVIDENCE = ICS + "evidence"
FROM, TO = ICS + "from", ICS + "to"
START, STARTED_ON_OR_BEFORE = ICS + "start", ICS + "startedOnOrBefore"
END, ENDED_ON_OR_BEFORE, END_UNKNOWN = ICS + "end", ICS + "endedOnOrBefore", ICS + "endUnknown"
_DATES = (START, STARTED_ON_OR_BEFORE, END, ENDED_ON_OR_BEFORE, END_UNKNOWN)
_PRECISIONS = {"day", "month", "year"}


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A dated node with what accountability questions ask of every edge."""

    node: DatedNode
    kinds: tuple[str, ...] = ()
    collective: bool = False
    forum_unstated: bool = False


def slug(iri: str) -> str:
    """The last part of an IRI."""
    return iri.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def concept_slug(graph: SubjectIndex, subject: str, prop: str) -> str | None:
    """The slug of the first concept under a property."""
    iri = graph.one_iri(subject, ICS + prop)
    return None if iri is None else slug(iri)


def dated_rows(graph: SubjectIndex) -> list[NodeRow]:
    """Every node of the graph that has a time: bodies, posts, dated areas and instruments, relations, events."""
    return list(_rows(graph))


def _rows(graph: SubjectIndex) -> Iterator[NodeRow]:
    citations: dict[str, DatedCitation] = {}
    for subject in sorted(graph):
        types = graph.types(subject)
        kind = _kind(graph, subject, types)
        if kind is None:
            continue
        from_ends = tuple(sorted(graph.iris(subject, FROM)))
        yield NodeRow(
            DatedNode(
                id=subject,
                kind=kind,
                facts=dated_facts(graph, subject, citations),
                from_ends=from_ends,
                to_ends=tuple(sorted(graph.iris(subject, TO))),
                personal=any(FOAF + "Person" in graph.types(end) for end in from_ends),
                relation_class=_relation_class(types),
            ),
            kinds=tuple(sorted(slug(iri) for iri in graph.iris(subject, ICS + "accountabilityKind"))),
            collective=graph.flag(subject, ICS + "collective"),
            forum_unstated=graph.text(subject, ICS + "forumStated") in {"false", "0"},
        )


# In this order: an arrangement is a relation too.
_KINDS: tuple[tuple[str, NodeKind], ...] = (
    (ICS + "JointArrangement", "arrangement"),
    (ICS + "Relation", "relation"),
    (ICS + "Event", "event"),
    (ORGANIZATION, "life"),
    (POST, "life"),
)
_DATED_IF_STATED = frozenset((ICS + "Area", ICS + "Instrument"))
_DATED = _DATED_IF_STATED.union(name for name, _ in _KINDS)
_RELATION_CLASSES = tuple((ICS + name, name) for name in sorted(RELATION_CLASSES))


def _kind(graph: SubjectIndex, subject: str, types: set[str]) -> NodeKind | None:
    # Most nodes are citations and concepts.
    if _DATED.isdisjoint(types):
        return None
    for name, kind in _KINDS:
        if name in types:
            return kind
    return "life" if any(date in graph.predicates(subject) for date in _DATES) else None


def _relation_class(types: set[str]) -> str | None:
    return next((name for iri, name in _RELATION_CLASSES if iri in types), None)


def dated_facts(graph: SubjectIndex, subject: str, known: dict[str, DatedCitation] | None = None) -> DatedFacts:
    """What ``subject`` states of its time, with its citations; ``known`` keeps those that several nodes share."""
    known = {} if known is None else known
    for iri in (cited := sorted(graph.iris(subject, EVIDENCE))):
        if iri not in known:
            known[iri] = _citation(graph, iri)
    start_precision, end_precision = _precision(graph, subject, "start"), _precision(graph, subject, "end")
    start, end = graph.day(subject, START), graph.day(subject, END)
    return DatedFacts(
        start=start and first_of_period(start, start_precision),
        start_precision=start_precision,
        started_on_or_before=graph.day(subject, STARTED_ON_OR_BEFORE),
        end=end and first_of_period(end, end_precision),
        end_precision=end_precision,
        ended_on_or_before=graph.day(subject, ENDED_ON_OR_BEFORE),
        end_unknown=graph.flag(subject, END_UNKNOWN),
        status=concept_slug(graph, subject, "status"),
        outcome=concept_slug(graph, subject, "outcome"),
        citations=tuple(known[iri] for iri in cited),
    )


def _precision(graph: SubjectIndex, subject: str, which: str) -> Precision:
    for term in graph.objects(subject, f"{ICS}{which}Precision"):
        text = term.value if isinstance(term, Literal) else slug(str(getattr(term, "value", "")))
        if text in _PRECISIONS:
            return cast("Precision", text)
    return "day"


def _citation(graph: SubjectIndex, iri: str) -> DatedCitation:
    supports = frozenset(slug(value) for value in graph.iris(iri, ICS + "supports")) & EVERYTHING
    return DatedCitation(
        written_from=graph.day(iri, ICS + "statedFrom"),
        written_until=graph.day(iri, ICS + "statedUntil"),
        attests=None if graph.flag(iri, ICS + "attestsNone") else graph.day(iri, ICS + "attests"),
        supports=cast("frozenset[Supported]", supports) or EVERYTHING,
    )


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name, acronym or code of an entity. ``kind`` is a name kind, ``code`` or ``label``; dates are half open."""

    entity: str
    text: str
    kind: str
    scheme: str | None
    start: str | None
    end: str | None


def name_rows(graph: SubjectIndex) -> list[NameRow]:
    """Every name, label and identifier by which a user may ask for an entity."""
    rows: list[NameRow] = []
    for entity, value in graph.subjects_of(ICS + "name"):
        node = str(getattr(value, "value", ""))
        for term in graph.objects(node, ICS + "text"):
            if isinstance(term, Literal):
                kind = concept_slug(graph, node, "nameKind") or "as-printed"
                rows.append(NameRow(entity, term.value, kind, None, *_validity(graph, node)))
    for entity, value in graph.subjects_of(ADMS + "identifier"):
        node = str(getattr(value, "value", ""))
        notation = graph.text(node, "http://www.w3.org/2004/02/skos/core#notation")
        if notation is not None:
            scheme = concept_slug(graph, node, "identifierScheme")
            rows.append(NameRow(entity, notation, "code", scheme, *_validity(graph, node)))
    for labelling in (RDFS + "label", SKOS + "altLabel"):  # posts, people, instruments and groups have no ics:name
        for entity, label in graph.subjects_of(labelling):
            if isinstance(label, Literal) and not entity.startswith((ICS, CONCEPT)) and graph.types(entity) & _LABELLED:
                rows.append(NameRow(entity, label.value, "label", None, None, None))
    return sorted(rows, key=lambda row: (row.entity, row.kind, row.text, row.start or ""))


_LABELLED = {
    POST,
    FOAF + "Person",
    *(ICS + name for name in ("Area", "Constituency", "Electorate", "Instrument", "Event")),
}


def _validity(graph: SubjectIndex, node: str) -> tuple[str | None, str | None]:
    start = graph.day(node, START) or graph.day(node, STARTED_ON_OR_BEFORE)
    end = graph.day(node, END)
    if end is not None and (precision := _precision(graph, node, "end")) != "day":
        # Certainly over only after the whole of its last month or year.
        end = day_after_period(first_of_period(end, precision), precision)
    end = end or graph.day(node, ENDED_ON_OR_BEFORE)
    return (start.isoformat() if start else None), (end.isoformat() if end else None)
