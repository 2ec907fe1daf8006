"""The constraint components of SHACL Core: from the parameters on a shape to constraints (SHACL section 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyoxigraph as ox

from ics_graph.validation.engine import model
from ics_graph.validation.engine.namespace import SH
from ics_graph.validation.engine.patterns import compile_pattern
from ics_graph.validation.engine.reader import ShapesReader

Builder = Callable[[ShapesReader, int], Iterable[model.Constraint]]

NODE_KINDS = ("BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
# Parameters that only say something about a path, or modify another parameter.
PROPERTY_ONLY = frozenset({"minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape"})
SHAPE_EXPECTING = ("property", "node", "not", "qualifiedValueShape")
LIST_OF_SHAPES = ("and", "or", "xone")
_RANGES = {"minExclusive": "<", "minInclusive": "<=", "maxExclusive": ">", "maxInclusive": ">="}


def component(name: str) -> ox.NamedNode:
    """The IRI of a core component, by the name of its parameter."""
    return ox.NamedNode(f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent")


def _class(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    for value in reader.values(node, "class"):
        yield model.ClassConstraint(component("class"), reader.iri(node, "class", value))


def _datatype(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    value = reader.at_most_one(node, "datatype")
    if value is not None:
        yield model.DatatypeConstraint(component("datatype"), reader.iri(node, "datatype", value))


def _node_kind(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    value = reader.at_most_one(node, "nodeKind")
    if value is not None:
        iri = reader.iri(node, "nodeKind", value).value
        if iri not in {SH + kind for kind in NODE_KINDS}:
            reader.fail(node, f"sh:nodeKind must be one of {', '.join('sh:' + kind for kind in NODE_KINDS)}.")
        yield model.NodeKindConstraint(component("nodeKind"), iri.removeprefix(SH))


def _bound(make: type[model.CountConstraint] | type[model.LengthConstraint], name: str, minimum: bool) -> Builder:
    def build(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
        value = reader.at_most_one(node, name)
        if value is not None:
            count = reader.integer(node, name, value)
            yield make(component(name), count if minimum else None, None if minimum else count)

    return build


def _range(name: str, sign: str) -> Builder:
    def build(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
        value = reader.at_most_one(node, name)
        if value is not None:
            yield model.RangeConstraint(component(name), reader.literal(node, name, value), sign)

    return build


def _pattern(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    value, flags_value = reader.at_most_one(node, "pattern"), reader.at_most_one(node, "flags")
    flags = "" if flags_value is None else reader.string(node, "flags", flags_value)
    if value is None and flags_value is not None:
        reader.note(node, "sh:flags has no effect without a sh:pattern.")
    if value is not None:
        pattern = reader.string(node, "pattern", value)
        try:
            compile_pattern(pattern, flags)
        except ValueError as error:
            reader.fail(node, f"sh:pattern {pattern!r} is no regular expression: {error}.")
        yield model.PatternConstraint(component("pattern"), pattern, flags)


def _language_in(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    value = reader.at_most_one(node, "languageIn")
    if value is not None:
        members = reader.members(node, "languageIn", value)
        tags = tuple(reader.string(node, "languageIn", member) for member in members)
        yield model.LanguageInConstraint(component("languageIn"), tags)


def _unique_lang(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    value = reader.at_most_one(node, "uniqueLang")
    if value is not None and reader.boolean(node, "uniqueLang", value):
        yield model.UniqueLangConstraint(component("uniqueLang"))


def _pair(name: str) -> Builder:
    def build(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
        for value in reader.values(node, name):
            yield model.PairConstraint(component(name), name, reader.iri(node, name, value))

    return build


def _not(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    for value in reader.values(node, "not"):
        yield model.LogicalConstraint(component("not"), "not", (reader.node(node, "not", value),))


def _logical(name: str) -> Builder:
    def build(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
        for value in reader.values(node, name):
            members = reader.members(node, name, value)
            shapes = tuple(reader.node(node, name, member) for member in members)
            yield model.LogicalConstraint(component(name), name, shapes)

    return build


def _node(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    for value in reader.values(node, "node"):
        if reader.values(value, "path"):
            reader.fail(node, "the value of sh:node must be a node shape, and it has a sh:path.")
        yield model.NodeConstraint(component("node"), reader.node(node, "node", value))


def _property(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    for value in reader.values(node, "property"):
        yield model.PropertyConstraint(component("property"), reader.node(node, "property", value))


def _qualified(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    shape = reader.at_most_one(node, "qualifiedValueShape")
    disjoint_value = reader.at_most_one(node, "qualifiedValueShapesDisjoint")
    disjoint = disjoint_value is not None and reader.boolean(node, "qualifiedValueShapesDisjoint", disjoint_value)
    for name in ("qualifiedMinCount", "qualifiedMaxCount"):
        value = reader.at_most_one(node, name)
        if value is None:
            continue
        count = reader.integer(node, name, value)
        if shape is None:
            reader.note(node, f"sh:{name} has no effect without a sh:qualifiedValueShape.")
            continue
        siblings = _siblings(reader, node, shape) if disjoint else ()
        inner = reader.node(node, "qualifiedValueShape", shape)
        minimum = name == "qualifiedMinCount"
        yield model.QualifiedConstraint(
            component(name), inner, count if minimum else None, None if minimum else count, siblings
        )
    if shape is not None and not any(reader.values(node, f"qualified{end}Count") for end in ("Min", "Max")):
        reader.note(node, "sh:qualifiedValueShape has no effect without sh:qualifiedMinCount or sh:qualifiedMaxCount.")


def _siblings(reader: ShapesReader, node: int, shape: int) -> tuple[model.Node, ...]:
    """The qualified value shapes of the other property shapes of the same parents (SHACL section 4.7.3)."""
    found: dict[int, None] = {}
    for parent in reader.graph.inverse(reader.sh("property")).get(node, ()):
        for neighbour in reader.values(parent, "property"):
            found.update(dict.fromkeys(reader.values(neighbour, "qualifiedValueShape")))
    found.pop(shape, None)
    return tuple(reader.node(node, "qualifiedValueShape", value) for value in found)


def _closed(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    value, ignored = reader.at_most_one(node, "closed"), reader.at_most_one(node, "ignoredProperties")
    allowed: set[ox.NamedNode] = set()
    if ignored is not None:
        members = reader.members(node, "ignoredProperties", ignored)
        allowed.update(reader.iri(node, "ignoredProperties", member) for member in members)
    if value is not None and reader.boolean(node, "closed", value):
        for shape in reader.values(node, "property"):
            for path in reader.values(shape, "path"):
                term = reader.term(path)
                if isinstance(term, ox.NamedNode):
                    allowed.add(term)
        yield model.ClosedConstraint(component("closed"), frozenset(allowed))


def _has_value(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    for value in reader.values(node, "hasValue"):
        yield model.HasValueConstraint(component("hasValue"), reader.term(value))


def _in(reader: ShapesReader, node: int) -> Iterable[model.Constraint]:
    value = reader.at_most_one(node, "in")
    if value is not None:
        members = reader.members(node, "in", value)
        yield model.InConstraint(component("in"), tuple(reader.term(member) for member in members))


_BUILDERS: tuple[tuple[tuple[str, ...], Builder], ...] = (
    (("class",), _class),
    (("datatype",), _datatype),
    (("nodeKind",), _node_kind),
    (("minCount",), _bound(model.CountConstraint, "minCount", minimum=True)),
    (("maxCount",), _bound(model.CountConstraint, "maxCount", minimum=False)),
    *(((name,), _range(name, sign)) for name, sign in _RANGES.items()),
    (("minLength",), _bound(model.LengthConstraint, "minLength", minimum=True)),
    (("maxLength",), _bound(model.LengthConstraint, "maxLength", minimum=False)),
    (("pattern", "flags"), _pattern),
    (("languageIn",), _language_in),
    (("uniqueLang",), _unique_lang),
    *(((name,), _pair(name)) for name in ("equals", "disjoint", "lessThan", "lessThanOrEquals")),
    (("not",), _not),
    *(((name,), _logical(name)) for name in LIST_OF_SHAPES),
    (("node",), _node),
    (("property",), _property),
    (
        ("qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint"),
        _qualified,
    ),
    (("closed", "ignoredProperties"), _closed),
    (("hasValue",), _has_value),
    (("in",), _in),
)
PARAMETERS = tuple(name for names, _ in _BUILDERS for name in names)


def core_constraints(reader: ShapesReader, node: int, is_property: bool) -> list[model.Constraint]:
    """The core constraints a shape declares, in a fixed order; ill-formed ones are refused by name."""
    present = reader.present(node, PARAMETERS)
    for name in sorted(present & PROPERTY_ONLY):
        if not is_property:
            reader.fail(node, f"sh:{name} is allowed on property shapes only, and this shape has no sh:path.")
    return [
        constraint
        for names, builder in _BUILDERS
        if not present.isdisjoint(names)
        for constraint in builder(reader, node)
    ]
