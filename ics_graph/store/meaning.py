"""What the ontology says that the build needs: the closures of subclasses and of the properties for ends.

The words are read from ``ontology/``, not repeated here: a relation class that a researcher adds there, with its
end properties declared below ``ics:from`` and ``ics:to``, is built and asked like the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from ics_graph.store.subjects import SubjectIndex, key_of
from ics_graph.vocabulary import ICS, ORG, RDFS

SUBCLASS_OF = RDFS + "subClassOf"
SUBPROPERTY_OF = RDFS + "subPropertyOf"

ORGANIZATION = ORG + "Organization"
POST = ORG + "Post"


class Meaning:
    """Closures over one ontology. All sets hold IRIs and contain the class or property itself."""

    def __init__(
        self, superclasses: Mapping[str, frozenset[str]], superproperties: Mapping[str, frozenset[str]]
    ) -> None:
        self.superclasses = superclasses
        self.superproperties = superproperties

    @classmethod
    def of(cls, ontology: SubjectIndex) -> Meaning:
        """The meaning of an ontology that has been read; classes without a superclass are not listed."""
        return cls(_closure(ontology, SUBCLASS_OF), _closure(ontology, SUBPROPERTY_OF))

    def classes(self, types: set[str]) -> set[str]:
        """The given classes with all their superclasses."""
        found = set(types)
        for name in types:
            found |= self.superclasses.get(name, frozenset())
        return found

    @cached_property
    def from_properties(self) -> frozenset[str]:
        """The properties for the ``from`` end."""
        return self._below(ICS + "from")

    @cached_property
    def to_properties(self) -> frozenset[str]:
        """The properties for the ``to`` end."""
        return self._below(ICS + "to")

    def _below(self, name: str) -> frozenset[str]:
        return frozenset(prop for prop, above in self.superproperties.items() if name in above) | {name}


def _closure(ontology: SubjectIndex, predicate: str) -> dict[str, frozenset[str]]:
    direct: dict[str, set[str]] = defaultdict(set)
    for subject, value in ontology.subjects_of(predicate):
        direct[subject].add(key_of(value))
    closed: dict[str, frozenset[str]] = {}
    for name in list(direct):
        seen = {name}
        queue = [name]
        while queue:
            for above in direct.get(queue.pop(), ()):
                if above not in seen:
                    seen.add(above)
                    queue.append(above)
        closed[name] = frozenset(seen)
    return closed
