"""Triples grouped by subject: the form in which a graph is read and expanded before it becomes a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, KeysView, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from ics_graph.temporal.dates import read_day
from ics_graph.vocabulary import RDF, XSD

Subject: TypeAlias = NamedNode | BlankNode
Term: TypeAlias = NamedNode | BlankNode | Literal | Triple
Description: TypeAlias = Mapping[str, list[Term]]
About: TypeAlias = Mapping[str, Mapping[Term, None]]
"""What is said of one subject: for each predicate its objects, in the order they were read."""

RDF_TYPE = RDF + "type"
_NOTHING: Mapping[str, dict[Term, None]] = {}
XSD_DATE = XSD + "date"


class SubjectIndex:
    """A set of triples, by subject IRI and predicate IRI; blank nodes are keyed as ``_:label``."""

    def __init__(self) -> None:
        self._subjects: dict[str, dict[str, dict[Term, None]]] = defaultdict(dict)

    @classmethod
    def of(cls, quads: Iterable[Quad | Triple]) -> SubjectIndex:
        """The index of all triples of ``quads``, whatever graph they stand in."""
        index = cls()
        subjects = index._subjects
        last: Term | None = None
        description: dict[str, dict[Term, None]] = {}
        for quad in quads:
            # Triples of a subject mostly stand together: it is looked up once.
            if (subject := quad.subject) != last:
                last, description = subject, subjects[key_of(subject)]
            predicate = quad.predicate.value
            values = description.get(predicate)
            if values is None:
                values = description[predicate] = {}
            values[quad.object] = None
        return index

    def add(self, subject: Term | str, predicate: str, value: Term) -> None:
        """Add one triple; adding it again changes nothing."""
        description = self._subjects[subject if isinstance(subject, str) else key_of(subject)]
        values = description.get(predicate)
        if values is None:
            description[predicate] = {value: None}
        else:
            values[value] = None

    def add_all(self, subject: str, values: Iterable[tuple[str, Term]]) -> None:
        """Add triples of one subject, given as predicate and object."""
        description = self._subjects[subject]
        for predicate, value in values:
            known = description.get(predicate)
            if known is None:
                description[predicate] = {value: None}
            else:
                known[value] = None

    def rename(self, names: Mapping[str, NamedNode], uses: Iterable[tuple[str, str]]) -> None:
        """Put IRIs in the place of blank nodes; nodes of one IRI become one.

        ``uses`` are the subjects and predicates with a blank node as an object.
        """
        subjects = self._subjects
        for subject, predicate in uses:
            values = subjects[subject][predicate]
            subjects[subject][predicate] = {
                names.get(str(each), each) if type(each) is BlankNode else each: None for each in values
            }
        self._subjects = defaultdict(dict)
        for subject, description in subjects.items():
            target = names[subject].value if subject in names else subject
            if target not in self._subjects:
                self._subjects[target] = description
                continue
            for predicate, values in description.items():
                self._subjects[target].setdefault(predicate, {}).update(values)

    def __contains__(self, subject: object) -> bool:
        return subject in self._subjects

    def __iter__(self) -> Iterator[str]:
        return iter(self._subjects)

    def objects(self, subject: str, predicate: str) -> list[Term]:
        """All objects of a subject and predicate, in the order they were read."""
        return list(self._objects(subject, predicate))

    def _objects(self, subject: str, predicate: str) -> Iterable[Term]:
        """All objects, not copied."""
        description = self._subjects.get(subject, _NOTHING)
        return description.get(predicate, ())

    def predicates(self, subject: str) -> KeysView[str]:
        """The predicates of a subject."""
        return self._subjects.get(subject, {}).keys()

    def description(self, subject: str) -> dict[str, list[Term]]:
        """All predicates of a subject with their objects."""
        return {predicate: list(values) for predicate, values in self._subjects.get(subject, {}).items()}

    def about(self, subject: str) -> About:
        """All predicates of a subject with their objects, not copied: to read, not to add to meanwhile."""
        return self._subjects.get(subject, _NOTHING)

    def all_about(self) -> Iterable[tuple[str, About]]:
        """Every subject with what :meth:`about` gives for it."""
        return self._subjects.items()

    def iris(self, subject: str, predicate: str) -> list[str]:
        """The objects that are nodes, as keys."""
        return iris(self.about(subject), predicate)

    def one_iri(self, subject: str, predicate: str) -> str | None:
        """The first object that is a node, or ``None``."""
        return one_iri(self.about(subject), predicate)

    def text(self, subject: str, predicate: str) -> str | None:
        """The lexical form of the first literal object, or ``None``."""
        return text(self.about(subject), predicate)

    def flag(self, subject: str, predicate: str) -> bool:
        """Whether an xsd:boolean object is true."""
        return flag(self.about(subject), predicate)

    def day(self, subject: str, predicate: str) -> date | None:
        """The first object as a day; a value that is none is left to the shapes and counts as not stated."""
        return day(self.about(subject), predicate)

    def types(self, subject: str) -> set[str]:
        """The classes of a subject."""
        return set(self.iris(subject, RDF_TYPE))

    def subjects_of(self, predicate: str) -> Iterator[tuple[str, Term]]:
        """Every (subject, object) of a predicate."""
        for subject, description in self._subjects.items():
            if predicate in description:
                for value in description[predicate]:
                    yield subject, value

    def triples(self) -> Iterator[Triple]:
        """All triples, grouped by subject."""
        predicates: dict[str, NamedNode] = {}
        for subject, description in self._subjects.items():
            node = node_of(subject)
            for predicate, values in description.items():
                term = predicates.get(predicate)
                if term is None:
                    term = predicates[predicate] = NamedNode(predicate)
                for value in values:
                    yield Triple(node, term, value)

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """All triples with their terms as N-Triples text: cheaper by half than terms where text will do."""
        predicates: dict[str, str] = {}
        for subject, description in self._subjects.items():
            node = subject if is_blank(subject) else f"<{subject}>"
            for predicate, values in description.items():
                # One string for all: its hash is computed once.
                term = predicates.get(predicate)
                if term is None:
                    term = predicates[predicate] = f"<{predicate}>"
                for value in values:
                    yield node, term, f"<<( {value} )>>" if type(value) is Triple else str(value)


# Who asks several things of one subject looks it up once (:meth:`SubjectIndex.about`) and asks these.


def iris(about: About, predicate: str) -> list[str]:
    """The objects that are nodes, as keys."""
    return [key_of(term) for term in about[predicate] if type(term) is not Literal] if predicate in about else []


def one_iri(about: About, predicate: str) -> str | None:
    """The first object that is a node, or ``None``."""
    if predicate in about:
        for term in about[predicate]:
            if type(term) is not Literal:
                return key_of(term)
    return None


def text(about: About, predicate: str) -> str | None:
    """The lexical form of the first literal object, or ``None``."""
    if predicate in about:
        for term in about[predicate]:
            if type(term) is Literal:
                return term.value
    return None


def flag(about: About, predicate: str) -> bool:
    """Whether an xsd:boolean object is true."""
    return predicate in about and text(about, predicate) in {"true", "1"}


def day(about: About, predicate: str) -> date | None:
    """The first object as a day; a value that is none is left to the shapes and counts as not stated."""
    if predicate not in about:  # most of what is asked for is not stated
        return None
    written = text(about, predicate)
    return None if written is None else _day(written)


def key_of(term: Term) -> str:
    """The key of a node: its IRI, or ``_:label``."""
    return term.value if type(term) is NamedNode else str(term)


def node_of(key: str) -> Subject:
    """The term of a key."""
    return BlankNode(key[2:]) if key.startswith("_:") else NamedNode(key)


def is_blank(key: str) -> bool:
    """Whether a key is that of a blank node."""
    return key.startswith("_:")


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    """A day, or ``None`` for a text that is none; the same few hundred days are read thousands of times."""
    try:
        return read_day(text)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def date_literal(day: date) -> Literal:
    """A day as an xsd:date literal."""
    return Literal(day.isoformat(), datatype=NamedNode(XSD_DATE))
