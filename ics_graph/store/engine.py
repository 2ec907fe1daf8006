"""The small interface behind which a triple store answers, and the embedded store.

Two look-ups are enough for every governance answer; SPARQL from outside goes to the workers instead. So a remote
engine has to offer no more than these two and the SPARQL protocol.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from ics_graph.loading.texts import Term
from ics_graph.store.subjects import Description, node_of


class Engine(Protocol):
    """Where the base graph is."""

    def describe(self, subjects: Iterable[str]) -> Mapping[str, Description]:
        """What the base graph says of each subject: predicate IRI to objects. Unknown subjects are left out."""

    def subjects(self, predicate: str, value: str) -> list[str]:
        """The subjects that have an IRI as object of a predicate, sorted."""

    def triple_count(self) -> int:
        """How many triples the base graph has."""


class EmbeddedEngine:
    """The base graph in an in-memory pyoxigraph store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def load(cls, path: Path) -> EmbeddedEngine:
        """Load compressed N-Quads."""
        store = Store()
        store.bulk_load(input=gzip.decompress(path.read_bytes()), format=RdfFormat.N_QUADS)
        return cls(store)

    def describe(self, subjects: Iterable[str]) -> Mapping[str, Description]:
        """See :class:`Engine`."""
        found: dict[str, Description] = {}
        for subject in subjects:
            description: dict[str, list[Term]] = {}
            for quad in self._store.quads_for_pattern(node_of(subject), None, None, DefaultGraph()):
                description.setdefault(quad.predicate.value, []).append(quad.object)
            if description:
                for values in description.values():
                    values.sort(key=str)
                found[subject] = description
        return found

    def subjects(self, predicate: str, value: str) -> list[str]:
        """See :class:`Engine`."""
        pattern = self._store.quads_for_pattern(None, NamedNode(predicate), node_of(value), DefaultGraph())
        return sorted({quad.subject.value for quad in pattern if isinstance(quad.subject, NamedNode)})

    def triple_count(self) -> int:
        """See :class:`Engine`."""
        return len(self._store)
