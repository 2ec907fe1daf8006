"""Triples grouped by subject: the form in which a graph is read and expanded before it becomes a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, KeysView, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from pyoxigraph import BlankNode, NamedNode, Triple

from ics_graph.loading.rows import Row, quads_of
from ics_graph.loading.texts import Term, is_blank, is_literal, lexical_form, parse_term
from ics_graph.temporal.dates import read_day
from ics_graph.vocabulary import RDF, XSD

Subject: TypeAlias = NamedNode | BlankNode
Description: TypeAlias = Mapping[str, list[Term]]
About: TypeAlias = Mapping[str, Mapping[str, None]]
"""What is said of one subject: for each predicate its objects as N-Triples text, in the order they were read."""

RDF_TYPE = RDF + "type"
_NOTHING: Mapping[str, dict[str, None]] = {}
XSD_DATE = XSD + "date"


class SubjectIndex:
    """A set of triples, by subject IRI and predicate IRI; blank nodes are keyed as ``_:label``.

    Objects are kept as their N-Triples text: they are compared and passed on far more often than looked into.
    """

    def __init__(self) -> None:
        self._subjects: dict[str, dict[str, dict[str, None]]] = defaultdict(dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> SubjectIndex:
        """The index of all rows."""
        index = cls()
        subjects = index._subjects
        predicates = _Keys()
        last = ""
        description: dict[str, dict[str, None]] = {}
        for subject, predicate, value in rows:
            # Triples of a subject mostly stand together: it is looked up once.
            if subject != last:
                last, description = subject, subjects[key_of(subject)]
            key = predicates[predicate]
            values = description.get(key)
            if values is None:
                description[key] = {value: None}
            else:
                values[value] = None
        return index

    def add(self, subject: str, predicate: str, value: str) -> None:
        """Add one triple, its object as text; adding it again changes nothing."""
        description = self._subjects[subject]
        values = description.get(predicate)
        if values is None:
            description[predicate] = {value: None}
        else:
            values[value] = None

    def add_all(self, subject: str, values: Iterable[tuple[str, str]]) -> None:
        """Add triples of one subject, given as predicate and object."""
        description = self._subjects[subject]
        for predicate, value in values:
            known = description.get(predicate)
            if known is None:
                description[predicate] = {value: None}
            else:
                known[value] = None

    def rename(self, names: Mapping[str, str], uses: Iterable[tuple[str, str]]) -> None:
        """Put IRIs in the place of blank nodes; nodes of one IRI become one.

        ``uses`` are the subjects and predicates with a blank node as an object.
        """
        subjects = self._subjects
        texts = {node: f"<{iri}>" for node, iri in names.items()}
        for subject, predicate in uses:
            values = subjects[subject][predicate]
            subjects[subject][predicate] = {texts.get(each, each): None for each in values}
        self._subjects = defaultdict(dict)
        for subject, description in subjects.items():
            target = names.get(subject, subject)
            if target not in self._subjects:
                self._subjects[target] = description
                continue
            for predicate, values in description.items():
                self._subjects[target].setdefault(predicate, {}).update(values)

    def __contains__(self, subject: object) -> bool:
        return subject in self._subjects

    def __iter__(self) -> Iterator[str]:
        return iter(self._subjects)

    def has(self, subject: str, predicate: str) -> bool:
        """Whether anything is said of a subject under a predicate."""
        return predicate in self._subjects.get(subject, _NOTHING)

    def objects(self, subject: str, predicate: str) -> list[Term]:
        """All objects of a subject and predicate as terms, in the order they were read."""
        return [parse_term(value) for value in self._subjects.get(subject, _NOTHING).get(predicate, ())]

    def predicates(self, subject: str) -> KeysView[str]:
        """The predicates of a subject."""
        return self._subjects.get(subject, {}).keys()

    def description(self, subject: str) -> dict[str, list[Term]]:
        """All predicates of a subject with their objects as terms."""
        return {
            predicate: [parse_term(value) for value in values]
            for predicate, values in self._subjects.get(subject, {}).items()
        }

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

    def subjects_of(self, predicate: str) -> Iterator[tuple[str, str]]:
        """Every subject of a predicate with the text of an object."""
        for subject, description in self._subjects.items():
            if predicate in description:
                for value in description[predicate]:
                    yield subject, value

    def rows(self) -> Iterator[Row]:
        """All triples as rows, grouped by subject."""
        predicates: dict[str, str] = {}
        for subject, description in self._subjects.items():
            node = text_of_key(subject)
            for predicate, values in description.items():
                # One string for all: its hash is computed once.
                term = predicates.get(predicate)
                if term is None:
                    term = predicates[predicate] = f"<{predicate}>"
                for value in values:
                    yield node, term, value

    def described(self) -> Iterator[tuple[str, About]]:
        """Each subject as N-Triples text, with what :meth:`about` gives for it."""
        return ((text_of_key(subject), about) for subject, about in self._subjects.items())

    def triples(self) -> Iterator[Triple]:
        """All triples as terms, grouped by subject."""
        return (quad.triple for quad in quads_of(self.rows()))


# Who asks several things of one subject looks it up once (:meth:`SubjectIndex.about`) and asks these.


def iris(about: About, predicate: str) -> list[str]:
    """The objects that are nodes, as keys."""
    return [key_of(value) for value in about[predicate] if value[0] != '"'] if predicate in about else []


def one_iri(about: About, predicate: str) -> str | None:
    """The first object that is a node, or ``None``."""
    if predicate in about:
        for value in about[predicate]:
            if not is_literal(value):
                return key_of(value)
    return None


def text(about: About, predicate: str) -> str | None:
    """The lexical form of the first literal object, or ``None``."""
    if predicate in about:
        for value in about[predicate]:
            if is_literal(value):
                return lexical_form(value)
    return None


def flag(about: About, predicate: str) -> bool:
    """Whether an xsd:boolean object is true."""
    return predicate in about and text(about, predicate) in {"true", "1"}


def day(about: About, predicate: str) -> date | None:
    """The first object as a day; a value that is none is left to the shapes and counts as not stated."""
    if predicate not in about:  # most of what is asked for is not stated
        return None
    for value in about[predicate]:
        if value[0] == '"':
            return _day(value)
    return None


def key_of(value: str) -> str:
    """The key of a node that is given as text: its IRI, or ``_:label``."""
    return value[1:-1] if value[0] == "<" and value[1] != "<" else value


def text_of_key(key: str) -> str:
    """The N-Triples text of a key."""
    return key if is_blank(key) else f"<{key}>"


def node_of(key: str) -> Subject:
    """The term of a key."""
    return BlankNode(key[2:]) if key.startswith("_:") else NamedNode(key)


def key_of_node(node: Term) -> str:
    """The key of a node that is given as a term."""
    return node.value if type(node) is NamedNode else str(node)


class _Keys(dict[str, str]):
    """Keys of predicates by their texts, one string for each: its hash is computed once."""

    def __missing__(self, text: str) -> str:
        key = self[text] = key_of(text)
        return key


@lru_cache(maxsize=4096)
def _day(literal: str) -> date | None:
    """A day, or ``None`` for a literal that is none; the same few hundred days are read thousands of times."""
    try:
        return read_day(lexical_form(literal))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def date_text(day: date) -> str:
    """The text of a day as an xsd:date literal."""
    return f'"{day.isoformat()}"^^<{XSD_DATE}>'
