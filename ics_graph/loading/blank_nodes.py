"""Names for blank nodes that are the same on each run and different in each file.

The parser keeps a label as it is written and makes up a random name (128 bits, in hexadecimal) for a node
without one. Here the node ``_:x`` of file 2 becomes ``b2xx`` and the fifth anonymous node of that file
``a2x4``: by the order in which the parser first gives them, which depends on the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, DefaultGraph, Quad, Triple

from ics_graph.loading.terms import ObjectTerm, SubjectTerm

_MADE_UP = re.compile(r"[a-f][0-9a-f]{15,31}")
# A label stands after "_:", in RDF/XML in quotes; the plain text ahead makes the search pass over prose quickly.
_LABEL = re.compile(r"_:([a-f][0-9a-f]{15,31})(?![0-9a-f])")
_XML_LABEL = re.compile(r"[\"']([a-f][0-9a-f]{15,31})[\"']")
_NAME = re.compile(r"(?P<kind>[ab])(?P<file>[0-9]+)x(?P<rest>.*)", re.DOTALL)


def labelled(file: int, label: str) -> BlankNode:
    """The node that ``_:label`` stands for in the file with this number."""
    return BlankNode(_labelled(file, label))


def anonymous(file: int, order: int) -> BlankNode:
    """The ``order``-th (from 0) node without a label in the file with this number."""
    return BlankNode(_anonymous(file, order))


def _labelled(file: int, label: str) -> str:
    return f"b{file}x{label}"


def _anonymous(file: int, order: int) -> str:
    return f"a{file}x{order}"


def label_in(file: int, node: BlankNode) -> str | None:
    """The label by which the file with this number names the node, or None."""
    match = _NAME.fullmatch(node.value)
    return match["rest"] if match and match["kind"] == "b" and int(match["file"]) == file else None


def order_in(file: int, node: BlankNode) -> int | None:
    """The order among the nodes without a label of the file with this number, or None."""
    match = _NAME.fullmatch(node.value)
    if match is None or match["kind"] != "a" or int(match["file"]) != file or not match["rest"].isdecimal():
        return None
    return int(match["rest"])


class Renaming:
    """Renames the blank nodes of one file; its text tells which names are labels."""

    def __init__(self, file: int, text: str) -> None:
        self._file = file
        self._text = text
        self._known: dict[BlankNode, BlankNode] = {}
        self._names: dict[str, str] = {}
        self._anonymous = 0
        self._labels: frozenset[str] | None = None

    def name(self, node: str) -> str:
        """The name of a node, both as N-Triples text; one is given where it is first asked for."""
        known = self._names.get(node)
        if known is None:
            known = self._names[node] = "_:" + self._name(node[2:])
        return known

    def quads(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """The quads with their blank nodes renamed; those without any are given on as they are."""
        known = self._known
        for quad in quads:
            # Each attribute asked for is a new object. The classes are final, and a union would be made anew each time.
            subject, value, graph = quad.subject, quad.object, quad.graph_name
            # Subjects get their names first: places are found by that order.
            if type(subject) is BlankNode:
                subject = known.get(subject) or self._node(subject)
            elif type(subject) is Triple:
                subject = self._triple(subject)
            elif type(value) is not BlankNode and type(value) is not Triple and type(graph) is not BlankNode:
                yield quad
                continue
            if type(value) is BlankNode:
                value = known.get(value) or self._node(value)
            elif type(value) is Triple:
                value = self._triple(value)
            if type(graph) is DefaultGraph:
                # Given the default graph in words, pyoxigraph takes twice as long to make a quad.
                yield Quad(subject, quad.predicate, value)
            else:
                graph = self._node(graph) if isinstance(graph, BlankNode) else graph
                yield Quad(subject, quad.predicate, value, graph)

    def _subject(self, term: SubjectTerm) -> SubjectTerm:
        if isinstance(term, BlankNode):
            return self._node(term)
        return self._triple(term) if isinstance(term, Triple) else term

    def _term(self, term: ObjectTerm) -> ObjectTerm:
        if isinstance(term, BlankNode):
            return self._node(term)
        return self._triple(term) if isinstance(term, Triple) else term

    def _triple(self, triple: Triple) -> Triple:
        subject = self._subject(triple.subject)
        return Triple(subject, triple.predicate, self._term(triple.object))

    def _node(self, node: BlankNode) -> BlankNode:
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = BlankNode(self.name(str(node))[2:])
        return known

    def _name(self, name: str) -> str:
        """The name for a node that the parser names so for the first time."""
        if _MADE_UP.fullmatch(name) and name not in self._written_names():
            self._anonymous += 1
            return _anonymous(self._file, self._anonymous - 1)
        return _labelled(self._file, name)

    def _written_names(self) -> frozenset[str]:
        """Labels that look like made-up names: a file may hold the names of an earlier export."""
        if self._labels is None:
            quoted = _XML_LABEL.findall(self._text) if "nodeID" in self._text else ()
            self._labels = frozenset((*_LABEL.findall(self._text), *quoted))
        return self._labels
