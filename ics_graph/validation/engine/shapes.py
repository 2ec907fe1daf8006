"""From a shapes graph to checked shapes (SHACL sections 2 and 3.4).

Whatever is ill-formed is an error that names the shape, and so is what the engine cannot do: recursion, SHACL-AF and
SHACL-JS, a word of the SHACL namespace that does not exist. Nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from ics_graph.loading.texts import is_blank, is_iri, is_literal
from ics_graph.validation.engine import model
from ics_graph.validation.engine.core_components import (
    LIST_OF_SHAPES,
    PARAMETERS,
    SHAPE_EXPECTING,
    core_constraints,
)
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.namespace import NON_VALIDATING, OTHER_ROLES, RDFS_CLASS, SH, TARGETS
from ics_graph.validation.engine.reader import ShapesReader
from ics_graph.validation.engine.sparql_components import (
    component_constraints,
    find_components,
    sparql_constraints,
)

_KNOWN = (
    frozenset(SH + name for name in (*PARAMETERS, *TARGETS, "path", "severity", "message", "deactivated", "sparql"))
    | NON_VALIDATING
    | OTHER_ROLES
)
_REFERRING = (*SHAPE_EXPECTING, *LIST_OF_SHAPES)
_REFUSED_ANYWHERE = ("entailment", "rule", "target", "js", "expression")


def parse_shapes(graph: IndexedGraph) -> model.ShapeSet:
    """The shapes of a shapes graph.

    Raises :class:`~ics_graph.validation.engine.refusal.ShapeRefused`, naming the shape, if one is ill-formed,
    recursive or uses what is not supported.
    """
    return _ShapesParser(graph).parse()


class _ShapesParser:
    def __init__(self, graph: IndexedGraph) -> None:
        self.reader = ShapesReader(graph)
        self.components = find_components(self.reader)
        self.shapes: dict[int, model.Shape] = {}

    def parse(self) -> model.ShapeSet:
        reader = self.reader
        for name in _REFUSED_ANYWHERE:
            for node in reader.subjects(name):
                reader.fail(node, f"sh:{name} is not supported.")
        pending = list(dict.fromkeys(self._declared()))
        while pending:
            node = pending.pop()
            if node not in self.shapes:
                self.shapes[node] = self._shape(node)
                pending.extend(self._references(node))
        self._refuse_recursion()
        ordered = dict(sorted(self.shapes.items()))
        return model.ShapeSet(
            {shape.node: shape for shape in ordered.values()}, reader.graph, tuple(dict.fromkeys(reader.notes))
        )

    def _declared(self) -> Iterator[int]:
        """What counts as a shape (SHACL section 2.1), apart from references."""
        reader = self.reader
        for name in ("NodeShape", "PropertyShape"):
            yield from sorted(reader.graph.instances(reader.sh(name)))
        for name in (*TARGETS, *PARAMETERS, "sparql"):
            yield from reader.subjects(name)
        parameters = {parameter.predicate for each in self.components for parameter in each.mandatory}
        for predicate in parameters:
            yield from reader.graph.forward(predicate)

    def _references(self, node: int) -> Iterator[int]:
        if not self.reader.present(node, _REFERRING):
            return
        for name in SHAPE_EXPECTING:
            yield from self.reader.values(node, name)
        for name in LIST_OF_SHAPES:
            for head in self.reader.values(node, name):
                yield from self.reader.members(node, name, head)

    # --- one shape ----------------------------------------------------------------------------------------

    def _shape(self, node: int) -> model.Shape:
        reader = self.reader
        if is_literal(reader.text(node)):
            reader.fail(node, "a literal stands where a shape is needed.")
        self._check_vocabulary(node)
        path_value = reader.at_most_one(node, "path")
        is_property = path_value is not None
        if is_property and node in reader.graph.instances(reader.sh("NodeShape")):
            reader.fail(node, "a sh:NodeShape cannot have a sh:path.")
        if not is_property:
            needs_path = node in reader.graph.instances(reader.sh("PropertyShape"))
            if needs_path or reader.graph.inverse(reader.sh("property")).get(node):
                reader.fail(node, "a property shape needs a sh:path.")
        path = None if path_value is None else reader.path(node, path_value)
        if not reader.graph.properties(node):
            reader.note(node, "it is referred to and nowhere described.")
        constraints = core_constraints(reader, node, is_property)
        constraints += sparql_constraints(reader, node, path)
        constraints += component_constraints(reader, node, path, self.components)
        severity = reader.at_most_one(node, "severity")
        term = reader.term(node)
        assert isinstance(term, ox.NamedNode | ox.BlankNode)  # noqa: S101 - literals were refused above
        return model.Shape(
            node=term,
            path=path,
            targets=tuple(self._targets(node)),
            constraints=tuple(constraints),
            severity=ox.NamedNode(SH + "Violation") if severity is None else reader.iri(node, "severity", severity),
            messages=reader.messages(node, node),
            deactivated=reader.switch(node, "deactivated", node),
        )

    def _check_vocabulary(self, node: int) -> None:
        for predicate in self.reader.graph.properties(node):
            iri = self.reader.text(predicate)[1:-1]
            if iri.startswith(SH) and iri not in _KNOWN:
                self.reader.fail(node, f"sh:{iri.removeprefix(SH)} is not supported.")

    def _targets(self, node: int) -> Iterator[model.Target]:
        reader = self.reader
        for kind in TARGETS if reader.present(node, TARGETS) else ():
            for value in reader.values(node, kind):
                if kind == "targetNode":
                    if is_blank(reader.text(value)):
                        reader.fail(node, "sh:targetNode must be an IRI or a literal, not a blank node.")
                    yield model.Target(kind, reader.term(value))
                else:
                    yield model.Target(kind, reader.iri(node, kind, value))
        if reader.is_instance(node, RDFS_CLASS):
            if not is_iri(reader.text(node)):
                reader.fail(node, "a shape that is also a class must be an IRI.")
            yield model.Target("targetClass", reader.term(node))

    # --- recursion ----------------------------------------------------------------------------------------

    def _refuse_recursion(self) -> None:
        """A shape that refers to itself has no defined meaning (SHACL section 3.4.3): refused by name."""
        done: set[int] = set()
        for start in self.shapes:
            path: list[int] = []
            stack: list[tuple[int, Iterator[int]]] = [(start, self._references(start))]
            on_path = {start}
            path.append(start)
            while stack:
                node, references = stack[-1]
                following = next((each for each in references if each not in done), None)
                if following is None:
                    stack.pop()
                    path.pop()
                    on_path.discard(node)
                    done.add(node)
                elif following in on_path:
                    names = [self.reader.describe(each) for each in [*path[path.index(following) :], following]]
                    self.reader.fail(following, f"recursive shapes are not supported: {' -> '.join(names)}.")
                else:
                    on_path.add(following)
                    path.append(following)
                    stack.append((following, self._references(following)))
