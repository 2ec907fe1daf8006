"""One English sentence for each kind of constraint, for shapes without a ``sh:message``; and message templates."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyoxigraph as ox

from ics_graph.loading.texts import Term
from ics_graph.validation.engine import model

_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")
_SIGNS = {"<": "greater than", "<=": "at least", ">": "less than", ">=": "at most"}
_RELATIONS = {
    "equals": "Values must be the same as those of {}.",
    "disjoint": "Values must differ from those of {}.",
    "lessThan": "Values must be less than those of {}.",
    "lessThanOrEquals": "Values must not be greater than those of {}.",
}


def default_message(constraint: model.Constraint) -> str:  # noqa: PLR0912 - one branch a kind
    """What a constraint asks for, as one sentence."""
    match constraint:
        case model.ClassConstraint():
            return f"Value must be an instance of {constraint.class_node}."
        case model.DatatypeConstraint():
            return f"Value must be a well-typed literal of {constraint.datatype}."
        case model.NodeKindConstraint():
            return f"Value must be of node kind {constraint.kind}."
        case model.CountConstraint(minimum=None):
            return f"More than {constraint.maximum} value{_plural(constraint.maximum)}."
        case model.CountConstraint():
            return f"Fewer than {constraint.minimum} value{_plural(constraint.minimum)}."
        case model.RangeConstraint():
            return f"Value must be {_SIGNS[constraint.sign]} {constraint.limit}."
        case model.LengthConstraint(minimum=None):
            return f"Value must have at most {constraint.maximum} character{_plural(constraint.maximum)}."
        case model.LengthConstraint():
            return f"Value must have at least {constraint.minimum} character{_plural(constraint.minimum)}."
        case model.PatternConstraint():
            return f"Value must match the pattern {constraint.pattern!r}."
        case model.LanguageInConstraint():
            return f"Value must be in one of the languages {', '.join(constraint.languages)}."
        case model.UniqueLangConstraint():
            return "A language must not be used more than once."
        case model.PairConstraint():
            return _RELATIONS[constraint.relation].format(constraint.predicate)
        case model.ClosedConstraint():
            return "The predicate is not allowed: the shape is closed."
        case model.HasValueConstraint():
            return f"The value {constraint.value} is missing."
        case model.InConstraint():
            return f"Value must be one of {', '.join(map(str, constraint.values))}."
        case _:
            return _shape_message(constraint)


def _shape_message(constraint: model.Constraint) -> str:
    match constraint:
        case model.NodeConstraint():
            return f"Value does not conform to the shape {constraint.shape}."
        case model.LogicalConstraint():
            words = {"not": "must not conform to the shape", "and": "must conform to all of"}
            words |= {"or": "must conform to at least one of", "xone": "must conform to exactly one of"}
            named = ", ".join(map(str, constraint.shapes))
            return f"Value {words[constraint.operator]} {named}."
        case model.QualifiedConstraint(minimum=None):
            return f"More than {constraint.maximum} values conform to the shape {constraint.shape}."
        case model.QualifiedConstraint():
            return f"Fewer than {constraint.minimum} values conform to the shape {constraint.shape}."
        case _:
            return f"The constraint {constraint.component} does not hold."


def _plural(count: int | None) -> str:
    return "" if count == 1 else "s"


def fill(message: ox.Literal, bindings: Mapping[str, Term]) -> ox.Literal:
    """A message with ``{?name}`` and ``{$name}`` replaced by the bindings; the language tag is kept.

    SHACL sections 5.3.2 and 6.2.2; a name without a binding stays as it stands.
    """

    def replace(match: re.Match[str]) -> str:
        term = bindings.get(match[1])
        if term is None:
            return match[0]
        return term.value if isinstance(term, ox.Literal | ox.NamedNode) else str(term)

    text = _PLACEHOLDER.sub(replace, message.value)
    if text == message.value:
        return message
    return ox.Literal(text, language=message.language) if message.language else ox.Literal(text)
