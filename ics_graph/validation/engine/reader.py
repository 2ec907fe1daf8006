"""Reading nodes, lists, literals and paths of a shapes graph, with errors that name the shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

import pyoxigraph as ox

from ics_graph.loading.texts import (
    XSD_STRING,
    Term,
    datatype_of,
    is_blank,
    is_iri,
    is_literal,
    language_of,
    lexical_form,
    parse_term,
)
from ics_graph.validation.engine import paths
from ics_graph.validation.engine.datatypes import is_well_typed
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.namespace import (
    RDF_FIRST,
    RDF_NIL,
    RDF_REST,
    RDF_TYPE,
    SH,
    XSD_BOOLEAN,
    XSD_INTEGER,
    named,
)
from ics_graph.validation.engine.refusal import ShapeRefused


class ShapesReader:
    """Access to a shapes graph by term numbers. All ``SH`` names are given as local names."""

    def __init__(self, graph: IndexedGraph) -> None:
        self.graph = graph
        self.terms = graph.terms
        self.nil = self.terms[named(RDF_NIL)]
        self.notes: list[str] = []
        self._words: dict[str, int] = {}
        self._names: dict[tuple[str, ...], dict[int, str]] = {}

    def text(self, number: int) -> str:
        """The N-Triples text of a term."""
        return self.terms.texts[number]

    def term(self, number: int) -> Term:
        """The term as a pyoxigraph term."""
        return parse_term(self.text(number))

    def sh(self, name: str) -> int:
        """The number of a term of the SHACL namespace."""
        number = self._words.get(name)
        if number is None:
            number = self._words[name] = self.terms[named(SH + name)]
        return number

    def names(self, names: tuple[str, ...]) -> Mapping[int, str]:
        """Some terms of the SHACL namespace by their numbers."""
        known = self._names.get(names)
        if known is None:
            known = self._names[names] = {self.sh(name): name for name in names}
        return known

    def values(self, node: int, name: str) -> Sequence[int]:
        """The values of a SHACL property, in the order of the file."""
        return self.graph.properties(node).get(self.sh(name), ())

    def present(self, node: int, names: tuple[str, ...]) -> set[str]:
        """Which of some SHACL properties a node has."""
        known = self.names(names)
        return {known[predicate] for predicate in self.graph.properties(node) if predicate in known}

    def subjects(self, name: str) -> list[int]:
        """The nodes with a SHACL property, in the order of the file."""
        table = self.graph.table(self.sh(name))
        return [] if table is None else list(dict.fromkeys(table.subjects))

    def is_instance(self, node: int, class_iri: str) -> bool:
        """Whether the node is a SHACL instance of the class in the shapes graph."""
        return node in self.graph.instances(self.terms[named(class_iri)])

    def types(self, node: int) -> Sequence[int]:
        """The values of rdf:type."""
        return self.graph.objects(node, self.terms[named(RDF_TYPE)])

    # --- errors -------------------------------------------------------------------------------------------

    def describe(self, node: int) -> str:
        """A shape in words: its IRI, or for a blank node its path and the named shape it belongs to."""
        seen: set[int] = set()
        path = ""
        current = node
        while is_blank(self.text(current)) and current not in seen:
            seen.add(current)
            if not path:
                iris = [text for value in self.values(current, "path") if is_iri(text := self.text(value))]
                path = f" at path {iris[0]}" if iris else ""
            current = next(self._owners(current), current)
        name = self.text(current)
        return f"{name}{path}" if is_iri(name) else f"(blank node {name}){path}"

    def _owners(self, node: int) -> Iterator[int]:
        for table in self.graph.tables.values():
            yield from table.inverse.get(node, ())

    def fail(self, node: int, message: str) -> NoReturn:
        """Raise :class:`~ics_graph.validation.engine.refusal.ShapeRefused` about a shape."""
        term = self.term(node)
        shape = term if isinstance(term, ox.NamedNode | ox.BlankNode) else ox.BlankNode()
        raise ShapeRefused(shape, f"Shape {self.describe(node)}: {message}")

    def note(self, node: int, message: str) -> None:
        """Keep a sentence about what is well-formed and yet hardly meant."""
        self.notes.append(f"Shape {self.describe(node)}: {message}")

    # --- values with a required form ----------------------------------------------------------------------

    def at_most_one(self, node: int, name: str) -> int | None:
        """The only value of a property; refused if there are several."""
        values = self.values(node, name)
        if len(values) > 1:
            self.fail(node, f"sh:{name} has {len(values)} values; at most one is allowed.")
        return values[0] if values else None

    def iri(self, node: int, name: str, value: int) -> ox.NamedNode:
        """A value that must be an IRI."""
        text = self.text(value)
        if not is_iri(text):
            self.fail(node, f"the value of sh:{name} must be an IRI, not {text}.")
        return ox.NamedNode(text[1:-1])

    def node(self, node: int, name: str, value: int) -> ox.NamedNode | ox.BlankNode:
        """A value that must be an IRI or a blank node."""
        term = self.term(value)
        if not isinstance(term, ox.NamedNode | ox.BlankNode):
            self.fail(node, f"the value of sh:{name} must be a shape, not {self.text(value)}.")
        return term

    def literal(self, node: int, name: str, value: int) -> ox.Literal:
        """A value that must be a literal."""
        term = self.term(value)
        if not isinstance(term, ox.Literal):
            self.fail(node, f"the value of sh:{name} must be a literal, not {self.text(value)}.")
        return term

    def _typed(self, node: int, name: str, value: int, datatype: str) -> str:
        text = self.text(value)
        right = is_literal(text) and datatype_of(text) == datatype
        if not right or not is_well_typed(lexical_form(text), datatype):
            short = datatype.rpartition("#")[2]
            self.fail(node, f"the value of sh:{name} must be an xsd:{short}, not {text}.")
        return lexical_form(text)

    def integer(self, node: int, name: str, value: int) -> int:
        """A value that must be a well-typed xsd:integer."""
        lexical = self._typed(node, name, value, XSD_INTEGER)
        if len(lexical) > 18:
            self.fail(node, f"the value of sh:{name} is too large.")
        return int(lexical)

    def string(self, node: int, name: str, value: int) -> str:
        """A value that must be an xsd:string."""
        return self._typed(node, name, value, XSD_STRING)

    def boolean(self, node: int, name: str, value: int) -> bool:
        """A value that must be an xsd:boolean. Only the term ``true`` switches a constraint on.

        SHACL speaks of the term true, and the W3C suite (uniqueLang-002) expects ``"1"^^xsd:boolean`` to be
        well-formed and without effect.
        """
        return self._typed(node, name, value, XSD_BOOLEAN) == "true"

    def switch(self, node: int, name: str, owner: int) -> bool:
        """An optional value that must be the term true or false, as sh:deactivated; ``owner`` is named in an error."""
        value = self.at_most_one(node, name)
        if value is None:
            return False
        on = self.boolean(owner, name, value)
        if not self.text(value).startswith(('"true"', '"false"')):
            self.fail(owner, f"sh:{name} must be true or false, not {self.text(value)}.")
        return on

    def messages(self, node: int, owner: int) -> tuple[ox.Literal, ...]:
        """The values of sh:message of ``node``, language tags kept; ``owner`` is the shape named in an error."""
        found: list[ox.Literal] = []
        for value in self.values(node, "message"):
            text = self.text(value)
            if not is_literal(text) or not (language_of(text) or datatype_of(text) == XSD_STRING):
                self.fail(owner, f"sh:message must be a string, with or without a language tag, not {text}.")
            found.append(self.literal(owner, "message", value))
        return tuple(sorted(found, key=str))

    def members(self, node: int, name: str, head: int) -> list[int]:
        """The members of an RDF list; refused if it is not well-formed (SHACL section 1.1)."""
        first, rest = self.terms[named(RDF_FIRST)], self.terms[named(RDF_REST)]
        members: list[int] = []
        seen: set[int] = set()
        while head != self.nil:
            values, following = self.graph.objects(head, first), self.graph.objects(head, rest)
            if len(values) != 1 or len(following) != 1 or head in seen or is_literal(self.text(head)):
                self.fail(node, f"the value of sh:{name} is not a well-formed list.")
            seen.add(head)
            members.append(values[0])
            head = following[0]
        if self.graph.objects(head, first) or self.graph.objects(head, rest):
            self.fail(node, f"the value of sh:{name} is not a well-formed list: rdf:nil has members.")
        return members

    # --- paths --------------------------------------------------------------------------------------------

    def path(self, node: int, value: int, above: frozenset[int] = frozenset()) -> paths.Path:
        """A property path (SHACL section 2.3.1), ``value`` being the node of the path.

        A node that is a list is read as a sequence even if it also has, say, sh:inversePath: two tests of the
        W3C suite (path-strange-001 and -002) ask for it.
        """
        text = self.text(value)
        if is_iri(text) and value != self.nil:
            return paths.Predicate(ox.NamedNode(text[1:-1]))
        if value in above:
            self.fail(node, "sh:path contains itself.")
        if not is_blank(text):
            self.fail(node, f"sh:path must be an IRI or a path, not {text}.")
        above |= {value}
        if self.graph.objects(value, self.terms[named(RDF_FIRST)]):
            return paths.Sequence(self._path_members(node, "path", value, above))
        names = [name for name in ("alternativePath", *paths.UNARY) if self.values(value, name)]
        if len(names) != 1:
            self.fail(node, "sh:path is not a well-formed path.")
        inner = self.at_most_one(value, names[0])
        if inner is None or len(self.graph.properties(value)) != 1:
            self.fail(node, "sh:path is not a well-formed path.")
        if names[0] == "alternativePath":
            return paths.Alternative(self._path_members(node, names[0], inner, above))
        path = self.path(node, inner, above)
        sign = paths.UNARY[names[0]]
        return paths.Inverse(path) if sign == "^" else paths.Repeated(path, sign)

    def _path_members(self, node: int, name: str, head: int, above: frozenset[int]) -> tuple[paths.Path, ...]:
        members = self.members(node, name, head)
        if len(members) < 2:
            self.fail(node, f"a list of paths (sh:{name}) must have at least two members.")
        return tuple(self.path(node, member, above) for member in members)
