"""SPARQL-based constraints and constraint components, from a shapes graph (SHACL sections 5 and 6)."""

from __future__ import annotations

import re
from typing import NamedTuple

import pyoxigraph as ox

from ics_graph.loading.texts import XSD_STRING, Term, datatype_of, is_blank, is_iri, is_literal, lexical_form
from ics_graph.validation.engine import model
from ics_graph.validation.engine.namespace import OWL_IMPORTS, SH, XSD_ANY_URI, named
from ics_graph.validation.engine.paths import Path, to_sparql
from ics_graph.validation.engine.reader import ShapesReader
from ics_graph.validation.engine.sparql_query import ConstraintQuery, prepare

_VARIABLE = re.compile(r"[^\W]\w*")
_RESERVED = frozenset({"this", "shapesGraph", "currentShape", "path", "PATH", "value"})
SPARQL_COMPONENT = ox.NamedNode(SH + "SPARQLConstraintComponent")


class Parameter(NamedTuple):
    """A parameter of a component: its predicate, and the local name that is its variable."""

    predicate: int
    name: str
    optional: bool


class Component(NamedTuple):
    """A custom constraint component, not yet checked beyond its parameters."""

    node: int
    parameters: tuple[Parameter, ...]

    @property
    def mandatory(self) -> tuple[Parameter, ...]:
        """The parameters a shape must have for the component to apply."""
        return tuple(parameter for parameter in self.parameters if not parameter.optional)


def declared_prefixes(reader: ShapesReader, owner: int, node: int) -> dict[str, str]:
    """The prefixes of ``sh:prefixes``: those declared there and where its owl:imports lead (SHACL section 5.2.1).

    Nothing is fetched: an import counts if the imported graph is part of the shapes graph.
    """
    imports = reader.terms[named(OWL_IMPORTS)]
    prefixes: dict[str, str] = {}
    stack = list(reader.values(node, "prefixes"))
    seen = set(stack)
    while stack:
        ontology = stack.pop()
        for declaration in reader.values(ontology, "declare"):
            prefix, namespace = _declaration(reader, owner, declaration)
            if prefixes.setdefault(prefix, namespace) != namespace:
                reader.fail(owner, f"the prefix {prefix!r} is declared for two namespaces.")
        fresh = [value for value in reader.graph.objects(ontology, imports) if value not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return prefixes


def _declaration(reader: ShapesReader, owner: int, declaration: int) -> tuple[str, str]:
    prefixes, namespaces = reader.values(declaration, "prefix"), reader.values(declaration, "namespace")
    if len(prefixes) != 1 or len(namespaces) != 1:
        reader.fail(owner, "each sh:declare needs exactly one sh:prefix and one sh:namespace.")
    prefix = reader.string(owner, "prefix", prefixes[0])
    text = reader.text(namespaces[0])
    if not is_literal(text) or datatype_of(text) not in {XSD_ANY_URI, XSD_STRING}:
        reader.fail(owner, f"sh:namespace must be an xsd:anyURI, not {text}.")
    namespace = lexical_form(text)
    if re.search(r'[<>"{}|^`\\\x00-\x20]', namespace):
        reader.fail(owner, f"sh:namespace {namespace!r} is no IRI.")
    return prefix, namespace


def sparql_constraints(reader: ShapesReader, shape: int, path: Path | None) -> list[model.Constraint]:
    """The constraints of ``sh:sparql``; deactivated ones are left out."""
    found: list[model.Constraint] = []
    for value in reader.values(shape, "sparql"):
        node = reader.node(shape, "sparql", value)
        query = _query(reader, shape, value, "select", frozenset(), path)
        messages = reader.messages(value, shape)
        if not reader.switch(value, "deactivated", shape):
            found.append(model.SparqlConstraint(SPARQL_COMPONENT, node, query, (), messages))
    return found


def _query(
    reader: ShapesReader, shape: int, node: int, name: str, constants: frozenset[str], path: Path | None
) -> ConstraintQuery:
    values = reader.values(node, name)
    if len(values) != 1:
        reader.fail(shape, f"a SPARQL-based constraint needs exactly one sh:{name}, not {len(values)}.")
    text = reader.string(shape, name, values[0])
    prefixes = declared_prefixes(reader, shape, node)
    try:
        return prepare(text, prefixes, name.upper(), constants, None if path is None else to_sparql(path))
    except ValueError as error:
        reader.fail(shape, f"sh:{name}: {error}.")


# --- constraint components --------------------------------------------------------------------------------


def find_components(reader: ShapesReader) -> list[Component]:
    """The custom components declared in the shapes graph; those of SHACL itself are built in."""
    components: list[Component] = []
    for node in sorted(reader.graph.instances(reader.sh("ConstraintComponent"))):
        if reader.text(node).startswith("<" + SH):
            continue
        parameters = tuple(_parameter(reader, node, value) for value in reader.values(node, "parameter"))
        if not parameters or all(parameter.optional for parameter in parameters):
            reader.fail(node, "a constraint component needs a sh:parameter that is not optional.")
        if is_blank(reader.text(node)):
            reader.fail(node, "a constraint component must be an IRI.")
        if len({parameter.name for parameter in parameters}) < len(parameters):
            reader.fail(node, "two parameters of the constraint component have the same local name.")
        components.append(Component(node, parameters))
    return components


def _parameter(reader: ShapesReader, component: int, node: int) -> Parameter:
    paths = reader.values(node, "path")
    if len(paths) != 1 or not is_iri(reader.text(paths[0])):
        reader.fail(component, "each sh:parameter needs exactly one sh:path that is an IRI.")
    optional = reader.at_most_one(node, "optional")
    iri = reader.text(paths[0])[1:-1]
    # The local name starts after the last character that cannot be in one (SHACL section 6.2.1).
    match = re.search(r"([^\W\d][\w-]*)$", iri)
    name = match.group(1) if match else ""
    if not _VARIABLE.fullmatch(name) or name in _RESERVED:
        reader.fail(component, f"the local name of the parameter <{iri}> cannot be a variable of a query.")
    return Parameter(paths[0], name, optional is not None and reader.boolean(component, "optional", optional))


def component_constraints(
    reader: ShapesReader, shape: int, path: Path | None, components: list[Component]
) -> list[model.Constraint]:
    """The constraints that custom components make of a shape's parameter values."""
    found: list[model.Constraint] = []
    for component in components:
        present = reader.graph.properties(shape)
        if all(parameter.predicate in present for parameter in component.mandatory):
            found.extend(_applied(reader, shape, path, component))
    return found


def _applied(reader: ShapesReader, shape: int, path: Path | None, component: Component) -> list[model.Constraint]:
    values = reader.graph.properties(shape)
    given = {each.name: values[each.predicate] for each in component.parameters if each.predicate in values}
    single = len(component.parameters) == 1
    for name, terms in given.items():
        if len(terms) > 1 and not single:
            reader.fail(shape, f"the parameter {name!r} of {reader.text(component.node)} has several values.")
    choices = [{name: term} for name, terms in given.items() for term in terms] if single else [
        {name: terms[0] for name, terms in given.items()}
    ]  # fmt: skip
    constants = frozenset(each.name for each in component.parameters)
    query, messages = _validator(reader, shape, path, component.node, constants)
    iri = ox.NamedNode(reader.text(component.node)[1:-1])
    found: list[model.Constraint] = []
    for choice in choices:
        parameters: list[tuple[str, Term]] = []
        for name, number in sorted(choice.items()):
            if is_blank(reader.text(number)) and name in query.constants:
                reader.fail(shape, f"a blank node as value of the parameter {name!r} is not supported.")
            parameters.append((name, reader.term(number)))
        found.append(model.SparqlConstraint(iri, None, query, tuple(parameters), messages))
    return found


def _validator(
    reader: ShapesReader, shape: int, path: Path | None, component: int, constants: frozenset[str]
) -> tuple[ConstraintQuery, tuple[ox.Literal, ...]]:
    """The validator to use (SHACL section 6.2.3): the special one for the kind of shape, else the general one."""
    special = "nodeValidator" if path is None else "propertyValidator"
    candidates = reader.values(component, special) or reader.values(component, "validator")
    if not candidates:
        reader.fail(shape, f"{reader.text(component)} has no validator for this kind of shape.")
    usable = [node for node in candidates if reader.values(node, "ask") or reader.values(node, "select")]
    if not usable:
        reader.fail(shape, f"the validators of {reader.text(component)} are not SPARQL, and others are not supported.")
    node = usable[0]
    name = "ask" if reader.values(node, "ask") else "select"
    # $PATH is known to the SELECT validators of property shapes only (SHACL section 6.2.3.1).
    query = _query(reader, shape, node, name, constants, path if name == "select" else None)
    return query, reader.messages(node, shape) or reader.messages(component, shape)
