"""Reading entities, relations and evidence out of a snapshot, as of a view: the ground under every answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pyoxigraph import Literal, NamedNode

from ics_graph.governance.answers import (
    Basis,
    Bound,
    Certainty,
    EntityRef,
    Evidence,
    Existence,
    Meta,
    Relation,
    SourceRef,
)
from ics_graph.governance.prepared import DESCRIPTIONS_KEPT, Kept, Moment, Prepared
from ics_graph.store.nodes import NameRow, slug
from ics_graph.store.shortcuts import NAME_PREFERENCE, preferred_names
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.store.subjects import Description
from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE, shown
from ics_graph.temporal.facts import DatedFacts, DatedNode
from ics_graph.temporal.rule import ALWAYS, FourDays, stated_days
from ics_graph.vocabulary import (
    ADMS,
    AREA_CLASSES,
    BODY_KINDS,
    CONCEPT,
    DCTERMS,
    EVENT_CLASSES,
    FOAF,
    ICS,
    ID,
    ORG,
    RDF,
    RDFS,
    RELATION_CLASSES,
    SKOS,
)

_KINDS = (*BODY_KINDS, *AREA_CLASSES, *RELATION_CLASSES, *EVENT_CLASSES)
_OTHER_KINDS = ("Constituency", "Electorate", "Instrument", "Claim", "Source", "Event", "Area", "Relation")
_DETAILS = (
    "aspect", "arrangementKind", "extent", "orientation", "element", "marked", "order", "after", "decider",
    "threshold", "majorityOf", "withinDays", "exercisedAt", "dischargedThrough", "apologies", "realises",
    "alternativeTo",
)  # fmt: skip

_UNNAMED = SourceRef("", "no document named", None, "urn:ics-graph:unnamed")


def local_id(iri: str) -> str:
    """The id by which answers name an entity: its slug within its kind, or the IRI where it is not ours."""
    if iri.startswith(ID):
        return iri[len(ID) :].partition("/")[2]
    if iri.startswith(CONCEPT):
        return iri[len(CONCEPT) :]
    return iri


class Reading:
    """A snapshot seen through a view. One object serves one request; it remembers what it has looked up.

    With ``prepared`` it shares that with the readings before and after it, as a service does; a command that asks
    once has nothing to share and does not pay for it.
    """

    def __init__(self, snapshot: Snapshot, view: View, prepared: Prepared | None = None) -> None:
        self.snapshot = snapshot
        self.view = view
        self.computed = snapshot.days(view.known)
        self.prepared = prepared
        self.moment = Moment() if prepared is None else prepared.moment(snapshot, view)
        self._descriptions: Kept[str, Description] = (
            Kept(DESCRIPTIONS_KEPT) if prepared is None else prepared.descriptions
        )

    # -- plain look-ups ------------------------------------------------------------------------------------------

    def describe(self, iri: str) -> Description:
        """What the base graph says of an IRI (empty for an unknown one)."""
        return self._descriptions.get(iri, lambda: self._described(iri))

    def _described(self, iri: str) -> Description:
        try:
            return self.snapshot.engine.describe([iri]).get(iri, {})
        except ValueError:  # no IRI at all (half a surrogate pair, too): the graph says nothing of it
            return {}

    def iris(self, iri: str, prop: str) -> list[str]:
        """The IRIs under a property."""
        return [term.value for term in self.describe(iri).get(prop, ()) if isinstance(term, NamedNode)]

    def text(self, iri: str, prop: str) -> str | None:
        """The first literal under a property."""
        for term in self.describe(iri).get(prop, ()):
            if isinstance(term, Literal):
                return term.value
        return None

    def slugs(self, iri: str, name: str) -> tuple[str, ...]:
        """The slugs of the concepts under one of our properties."""
        return tuple(slug(value) for value in self.iris(iri, ICS + name))

    def slug(self, iri: str, name: str) -> str | None:
        """The slug of the first concept under one of our properties."""
        found = self.slugs(iri, name)
        return found[0] if found else None

    def flag(self, iri: str, name: str) -> bool | None:
        """An xsd:boolean under one of our properties; ``None`` where it is not stated."""
        text = self.text(iri, ICS + name)
        return None if text is None else text in {"true", "1"}

    # -- names and kinds -----------------------------------------------------------------------------------------

    def kind(self, iri: str) -> str:
        """The kind of an entity: its most telling class."""
        return self.moment.kinds.get(iri, lambda: self._kind(iri))

    def _kind(self, iri: str) -> str:
        types = set(self.iris(iri, RDF + "type"))
        for name in (*_KINDS, *_OTHER_KINDS):
            if ICS + name in types:
                return name
        if ORG + "Post" in types:
            return "Post"
        if FOAF + "Person" in types:
            return "Person"
        return "Concept" if SKOS + "Concept" in types else "Organization" if ORG + "Organization" in types else "Thing"

    def is_body(self, iri: str) -> bool:
        """Whether an IRI is a body of the graph."""
        return ORG + "Organization" in self.iris(iri, RDF + "type")

    def name(self, iri: str) -> str:
        """The name to show on the day of the view."""
        return self.moment.names.get(iri, lambda: self._name(iri))

    def _name(self, iri: str) -> str:
        rows: list[NameRow] = []
        if self.prepared is not None or self.describe(iri).get(ICS + "name"):
            rows = [row for row in self.names_of(iri) if row.kind in NAME_PREFERENCE]
        for text, (first, after) in preferred_names(rows):
            if first <= self.view.on < after:
                return text
        for prop in (SKOS + "prefLabel", RDFS + "label", DCTERMS + "title"):
            label = self.text(iri, prop)
            if label is not None:
                return label
        return local_id(iri)

    def reference(self, iri: str) -> EntityRef:
        """An entity as another's answer names it."""
        return EntityRef(local_id(iri), iri, self.name(iri), self.kind(iri))

    def references(self, iris: Iterable[str]) -> tuple[EntityRef, ...]:
        """Several entities, in order of their names."""
        return tuple(sorted((self.reference(iri) for iri in iris), key=lambda ref: (ref.name, ref.iri)))

    # -- time ----------------------------------------------------------------------------------------------------

    def node(self, iri: str) -> DatedNode | None:
        """The dated node as known, ``None`` where it has no time or nothing known supports it."""
        return self.computed.nodes.get(iri)

    def days(self, iri: str) -> FourDays:
        """The four days; unbounded where the entity has no time."""
        return self.computed.days.get(iri, ALWAYS)

    def undated(self, iri: str, name: str) -> str | None:
        """The concept under a property of what has no time; nothing of what no known document names."""
        return None if iri in self.snapshot.rows else self.slug(iri, name)

    def lives(self, iri: str) -> Existence:
        """Whether an entity lives on the day: *no* for what never came about, *unknown* where nothing is stated."""
        node = self.node(iri)
        if node is None:
            return "no" if iri in self.snapshot.rows else "unknown"
        return "no" if node.facts.outcome == "unrealised" else self.days(iri).holds(self.view.on)

    def holds(self, iri: str) -> Existence:
        """Whether a relation holds on the day, whatever its status."""
        return "no" if self.node(iri) is None else self.days(iri).holds(self.view.on)

    def admitted(self, iri: str, *, every_status: bool = False) -> bool:
        """Whether the view shows a relation: its status is asked for, and it holds (or may, if doubt is asked for)."""
        node = self.node(iri)
        if node is None or (not every_status and node.facts.status not in self.view.statuses):
            return False
        answer = self.holds(iri)
        return answer == "yes" or (self.view.include_unknown and answer == "unknown")

    def tells_of(self, relation: str, subject: str) -> bool:
        """Whether a relation tells what its subject is like on the day: in a status asked for, or in the subject's."""
        node, own = self.node(relation), self.node(subject)
        if node is None or not self.admitted(relation, every_status=True):
            return False
        return node.facts.status in self.view.statuses or (own is not None and node.facts.status == own.facts.status)

    def names_of(self, iri: str) -> list[NameRow]:
        """The names, labels and codes of an entity; with ``known``, those that a document of that day supports."""
        if self.prepared is None:
            rows = self.snapshot.names.of_entity(iri)
        else:
            rows = self.prepared.names_by_entity(self.snapshot).get(iri, [])
        if self.view.known is None:
            return rows
        texts: set[str] = set()
        for prop, literal in ((ICS + "name", ICS + "text"), (ADMS + "identifier", SKOS + "notation")):
            for node in self.iris(iri, prop):
                citations = self.iris(node, ICS + "evidence")
                if not citations or any(self.is_known(citation) for citation in citations):
                    texts.add(self.text(node, literal) or "")
        return [row for row in rows if row.kind == "label" or row.text in texts]

    def bounds(self, iri: str) -> tuple[Bound, Bound]:
        """The start and the end of a node, each with how certain it is."""
        node = self.node(iri)
        facts = node.facts if node is not None else DatedFacts()
        days = self.days(iri)
        own = stated_days(facts, personal=node is not None and node.personal)
        start = Bound(_start_certainty(facts, own, days), shown(days.s1), shown(days.s2), facts.start_precision)
        end = Bound(_end_certainty(facts, own, days), shown(days.e1), shown(days.e2), facts.end_precision)
        return start, end

    def attested(self, iri: str) -> tuple[str | None, str | None]:
        """The first and the last attested day."""
        node = self.node(iri)
        days = node.facts.attested() if node is not None else []
        return (days[0].isoformat(), days[-1].isoformat()) if days else (None, None)

    # -- evidence ------------------------------------------------------------------------------------------------

    def evidence(self, iri: str) -> tuple[Evidence, ...]:
        """The citations of a node that were written by the day of knowledge, in order of their documents' dates."""
        found: list[tuple[str, str, str, Evidence]] = []
        for citation in self.iris(iri, ICS + "evidence"):
            if not self.is_known(citation):
                continue
            written = self.text(citation, ICS + "writtenBy")
            sources = self.iris(citation, DCTERMS + "source")
            line = self.text(citation, ICS + "line")
            item = Evidence(
                source=self.source_reference(sources[0]) if sources else _UNNAMED,
                locator=self.text(citation, ICS + "locator"),
                line=int(line) if line is not None and line.isdecimal() else None,
                page=self.text(citation, ICS + "page"),
                paraphrase=self.text(citation, ICS + "paraphrase"),
                attests=None if self.flag(citation, "attestsNone") else self.text(citation, ICS + "attests"),
                supports=tuple(sorted(self.slugs(citation, "supports"))),
                inferred=bool(self.flag(citation, "inferred")),
                iri=citation,
            )
            found.append((written or "", item.source.id, item.locator or "", item))
        return tuple(item for *_, item in sorted(found, key=lambda entry: entry[:3]))

    def is_known(self, citation: str) -> bool:
        """Whether a citation was certainly written by the day of knowledge."""
        if self.view.known is None:
            return True
        written = self.text(citation, ICS + "writtenBy")
        return written is not None and date.fromisoformat(written) <= self.view.known

    def source_reference(self, iri: str) -> SourceRef:
        """A document by its id, title and date."""
        title = self.text(iri, DCTERMS + "title") or local_id(iri)
        return SourceRef(local_id(iri), title, self.source_date(iri), iri)

    def source_date(self, iri: str) -> str | None:
        """The day of a document, or the two days between which it was written."""
        first, until = self.text(iri, ICS + "statedFrom"), self.text(iri, ICS + "statedUntil")
        if first is None or until is None:
            return first
        try:
            last = date.fromordinal(date.fromisoformat(until).toordinal() - 1).isoformat()
        except ValueError:
            return first
        return first if first == last else f"{first}/{last}"

    # -- relations -----------------------------------------------------------------------------------------------

    def relations_of(self, iri: str, types: Sequence[str] | None = None, *, every_status: bool = False) -> list[str]:
        """The relations at whose ends an entity stands, as the view shows them."""
        return [
            relation
            for relation in self.snapshot.by_end.get(iri, ())
            if (types is None or self.snapshot.rows[relation].node.relation_class in types)
            and self.admitted(relation, every_status=every_status)
        ]

    def relation(self, iri: str) -> Relation:
        """A relation as an answer gives it."""
        made: Relation = self.moment.relations.get(iri, lambda: self._relation(iri))
        return made

    def _relation(self, iri: str) -> Relation:
        node = self.snapshot.rows[iri].node
        facts = (self.node(iri) or node).facts
        start, end = self.bounds(iri)
        first, last = self.attested(iri)
        seats = self.text(iri, ICS + "seats")
        return Relation(
            id=local_id(iri),
            iri=iri,
            type=node.relation_class or "Relation",
            from_=self.references(node.from_ends),
            to=self.references(node.to_ends),
            kinds=self.snapshot.rows[iri].kinds,
            status=facts.status,
            outcome=facts.outcome,
            holds=self.holds(iri),
            start=start,
            end=end,
            first_attested=first,
            last_attested=last,
            subject_matter=self.slugs(iri, "subjectMatter") + self.slugs(iri, "matter"),
            mechanisms=self.slugs(iri, "mechanism"),
            functions=self.slugs(iri, "function") + self.slugs(iri, "responsibilityFunction"),
            represents=self.references(self.iris(iri, ICS + "represents")),
            role=tuple(slug(value) for value in self.iris(iri, ORG + "role")),
            voting=self.slug(iri, "voting"),
            seats=int(seats) if seats is not None and seats.isdecimal() else None,
            area=self.references(self.iris(iri, ICS + "inArea")),
            collective=self.snapshot.rows[iri].collective,
            enforceable=self.flag(iri, "enforceable"),
            accountability_retained=self.flag(iri, "accountabilityRetained"),
            basis=tuple(
                Basis(self.name(instrument), instrument, self.slug(instrument, "status"))
                for instrument in sorted(self.iris(iri, ICS + "basis"))
            ),
            details=tuple(self._details(iri)),
            note=self.text(iri, ICS + "note") or self.text(iri, SKOS + "note"),
            evidence=self.evidence(iri),
        )

    def _details(self, iri: str) -> Iterable[tuple[str, str]]:
        for name in _DETAILS:
            for term in self.describe(iri).get(ICS + name, ()):
                if isinstance(term, Literal):
                    yield name, term.value
                elif isinstance(term, NamedNode):
                    named = term.value.startswith(ID) and not term.value.startswith(f"{ID}rel/")
                    yield name, self.name(term.value) if named else slug(term.value)

    # -- about the answer ----------------------------------------------------------------------------------------

    def meta(self, *, truncated: bool = False, include: tuple[str, ...] = ()) -> Meta:
        """The ``meta`` of an answer."""
        asked = (*(("unknown",) if self.view.include_unknown else ()), *include)
        return Meta(
            on=self.view.on.isoformat(),
            known=self.view.known.isoformat() if self.view.known else None,
            statuses=self.view.statuses,
            include=asked,
            dataset=self.snapshot.manifest.dataset,
            licence=self.snapshot.manifest.licence,
            truncated=truncated,
        )


def _start_certainty(facts: DatedFacts, own: FourDays, days: FourDays) -> Certainty:
    if facts.start is not None or facts.started_on_or_before is not None:
        return "stated" if own.s1 in {days.s1, UNBOUNDED_BEFORE} else "derived"
    if days.s2 != UNBOUNDED_AFTER:
        return "attested"
    return "derived" if days.s1 != UNBOUNDED_BEFORE else "unknown"


def _end_certainty(facts: DatedFacts, own: FourDays, days: FourDays) -> Certainty:
    if days.e2 < own.e2:
        return "derived"
    if facts.end is not None or facts.ended_on_or_before is not None:
        return "stated"
    if own.e1 == UNBOUNDED_AFTER:
        return "open" if days.e1 == UNBOUNDED_AFTER else "derived"
    return "attested" if facts.attested() else "unknown"
