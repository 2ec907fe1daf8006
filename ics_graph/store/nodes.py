"""Reading what the base graph states about time: from triples to :class:`~ics_graph.temporal.facts.DatedNode`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple, cast

from ics_graph.loading.texts import is_literal, lexical_form
from ics_graph.store.meaning import ORGANIZATION, POST
from ics_graph.store.subjects import RDF_TYPE, About, SubjectIndex, day, flag, iris, key_of, one_iri, text
from ics_graph.temporal.dates import Precision, day_after_period, first_of_period
from ics_graph.temporal.facts import EVERYTHING, DatedCitation, DatedFacts, DatedNode, NodeKind
from ics_graph.vocabulary import ADMS, CONCEPT, FOAF, ICS, RDFS, RELATION_CLASSES, SKOS

EVIDENCE = ICS + "evidence"
FROM, TO = ICS + "from", ICS + "to"
START, STARTED_ON_OR_BEFORE = ICS + "start", ICS + "startedOnOrBefore"
END, ENDED_ON_OR_BEFORE, END_UNKNOWN = ICS + "end", ICS + "endedOnOrBefore", ICS + "endUnknown"
START_PRECISION, END_PRECISION = ICS + "startPrecision", ICS + "endPrecision"
STATUS, OUTCOME = ICS + "status", ICS + "outcome"
STATED_FROM, STATED_UNTIL = ICS + "statedFrom", ICS + "statedUntil"
ATTESTS, ATTESTS_NONE, SUPPORTS = ICS + "attests", ICS + "attestsNone", ICS + "supports"
_ACCOUNTABILITY_KIND, _COLLECTIVE = ICS + "accountabilityKind", ICS + "collective"
_FORUM_STATED = ICS + "forumStated"
_DATES = (START, STARTED_ON_OR_BEFORE, END, ENDED_ON_OR_BEFORE, END_UNKNOWN)
_PRECISIONS = {"day", "month", "year"}


class NodeRow(NamedTuple):
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
    return _slug_of(graph.about(subject), ICS + prop)


def dated_rows(graph: SubjectIndex) -> list[NodeRow]:
    """Every node of the graph that has a time: bodies, posts, dated areas and instruments, relations, events."""
    return list(_rows(graph))


def _rows(graph: SubjectIndex) -> Iterator[NodeRow]:
    citations: dict[str, DatedCitation] = {}
    # Few classes are those of many nodes; most nodes are citations and concepts.
    sorts: dict[tuple[str, ...], _Sort] = {}
    dated: list[tuple[str, About, _Sort]] = []
    people: set[str] = set()
    for subject, about in graph.all_about():
        types = tuple(about.get(RDF_TYPE, ()))
        sort = sorts.get(types)
        if sort is None:
            sort = sorts[types] = _sort(types)
        if sort.kind is not None or (sort.dated_if_stated and any(date in about for date in _DATES)):
            dated.append((subject, about, sort))
        if sort.person:
            people.add(subject)
    dated.sort(key=itemgetter(0))
    for subject, about, sort in dated:
        from_ends = tuple(sorted(iris(about, FROM)))
        yield NodeRow(
            DatedNode(
                id=subject,
                kind=sort.kind or "life",
                facts=_dated_facts(graph, about, citations),
                from_ends=from_ends,
                to_ends=tuple(sorted(iris(about, TO))),
                personal=not people.isdisjoint(from_ends),
                relation_class=sort.relation_class,
            ),
            kinds=tuple(sorted(map(slug, iris(about, _ACCOUNTABILITY_KIND)))),
            collective=flag(about, _COLLECTIVE),
            forum_unstated=text(about, _FORUM_STATED) in {"false", "0"},
        )


class _Sort(NamedTuple):
    """What the classes of a node say of its time: ``kind`` is ``None`` where they do not say that it has one."""

    kind: NodeKind | None
    dated_if_stated: bool
    relation_class: str | None
    person: bool


def _sort(types: Iterable[str]) -> _Sort:
    names = set(map(key_of, types))
    kind = next((kind for name, kind in _KINDS if name in names), None)
    relation_class = next((name for iri, name in _RELATION_CLASSES if iri in names), None)
    return _Sort(kind, not _DATED_IF_STATED.isdisjoint(names), relation_class, _PERSON in names)


# In this order: an arrangement is a relation too.
_KINDS: tuple[tuple[str, NodeKind], ...] = (
    (ICS + "JointArrangement", "arrangement"),
    (ICS + "Relation", "relation"),
    (ICS + "Event", "event"),
    (ORGANIZATION, "life"),
    (POST, "life"),
)
_DATED_IF_STATED = frozenset((ICS + "Area", ICS + "Instrument"))
_PERSON = FOAF + "Person"
_RELATION_CLASSES = tuple((ICS + name, name) for name in sorted(RELATION_CLASSES))


def _dated_facts(graph: SubjectIndex, about: About, known: dict[str, DatedCitation]) -> DatedFacts:
    """What a node states of its time, with its citations; ``known`` keeps those that several nodes share."""
    citations: list[DatedCitation] = []
    for iri in sorted(iris(about, EVIDENCE)):
        citation = known.get(iri)
        if citation is None:
            citation = known[iri] = _citation(graph.about(iri))
        citations.append(citation)
    start_precision, end_precision = _precision(about, START_PRECISION), _precision(about, END_PRECISION)
    start, end = day(about, START), day(about, END)
    return DatedFacts(
        start=start and first_of_period(start, start_precision),
        start_precision=start_precision,
        started_on_or_before=day(about, STARTED_ON_OR_BEFORE),
        end=end and first_of_period(end, end_precision),
        end_precision=end_precision,
        ended_on_or_before=day(about, ENDED_ON_OR_BEFORE),
        end_unknown=flag(about, END_UNKNOWN),
        status=_slug_of(about, STATUS),
        outcome=_slug_of(about, OUTCOME),
        citations=tuple(citations),
    )


def _slug_of(about: About, predicate: str) -> str | None:
    iri = one_iri(about, predicate)
    return None if iri is None else slug(iri)


def _precision(about: About, predicate: str) -> Precision:
    for value in about.get(predicate, ()):
        written = lexical_form(value) if is_literal(value) else slug(key_of(value))
        if written in _PRECISIONS:
            return cast("Precision", written)
    return "day"


def _citation(about: About) -> DatedCitation:
    # Most support all that they are cited for, and say nothing of it.
    supports = EVERYTHING.intersection(map(slug, iris(about, SUPPORTS))) if SUPPORTS in about else EVERYTHING
    return DatedCitation(
        written_from=day(about, STATED_FROM),
        written_until=day(about, STATED_UNTIL),
        attests=None if flag(about, ATTESTS_NONE) else day(about, ATTESTS),
        supports=supports or EVERYTHING,
    )


class NameRow(NamedTuple):
    """A name, acronym or code of an entity. ``kind`` is a name kind, ``code`` or ``label``; dates are half open."""

    entity: str
    text: str
    kind: str
    scheme: str | None
    start: str | None
    end: str | None


def own_names(graph: SubjectIndex) -> list[NameRow]:
    """The names that bodies state, with their days: what they are shown by."""
    rows: list[NameRow] = []
    for entity, value in graph.subjects_of(ICS + "name"):
        node = key_of(value)
        for name in graph.about(node).get(ICS + "text", ()):
            if is_literal(name):
                kind = concept_slug(graph, node, "nameKind") or "as-printed"
                rows.append(NameRow(entity, lexical_form(name), kind, None, *_validity(graph, node)))
    return sorted(rows, key=_order)


def _order(row: NameRow) -> tuple[str, str, str, str]:
    return row.entity, row.kind, row.text, row.start or ""


def name_rows(graph: SubjectIndex) -> list[NameRow]:
    """Every name, label and identifier by which a user may ask for an entity."""
    rows = own_names(graph)
    for entity, value in graph.subjects_of(ADMS + "identifier"):
        node = key_of(value)
        notation = graph.text(node, "http://www.w3.org/2004/02/skos/core#notation")
        if notation is not None:
            scheme = concept_slug(graph, node, "identifierScheme")
            rows.append(NameRow(entity, notation, "code", scheme, *_validity(graph, node)))
    for labelling in (RDFS + "label", SKOS + "altLabel"):  # posts, people, instruments and groups have no ics:name
        for entity, label in graph.subjects_of(labelling):
            if is_literal(label) and not entity.startswith((ICS, CONCEPT)) and graph.types(entity) & _LABELLED:
                rows.append(NameRow(entity, lexical_form(label), "label", None, None, None))
    return sorted(rows, key=_order)


_LABELLED = {
    POST,
    _PERSON,
    *(ICS + name for name in ("Area", "Constituency", "Electorate", "Instrument", "Event")),
}


def _validity(graph: SubjectIndex, node: str) -> tuple[str | None, str | None]:
    about = graph.about(node)
    start = day(about, START) or day(about, STARTED_ON_OR_BEFORE)
    end = day(about, END)
    if end is not None and (precision := _precision(about, END_PRECISION)) != "day":
        # Certainly over only after the whole of its last month or year.
        end = day_after_period(first_of_period(end, precision), precision)
    end = end or day(about, ENDED_ON_OR_BEFORE)
    return (start.isoformat() if start else None), (end.isoformat() if end else None)
