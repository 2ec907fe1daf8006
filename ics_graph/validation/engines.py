"""What a run of validation asks of an engine, and the reference library seen that way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from ics_graph.loading.rows import Row
from ics_graph.store.subjects import SubjectIndex
from ics_graph.validation.engine.statements import Statements, Texts, triples
from ics_graph.validation.findings import RawReport
from ics_graph.validation.rules import Rule, shapes_for

Validating = Callable[[Iterable[Row], Sequence[Rule]], RawReport]
"""Validates data given before, with some triples beside them, against rules."""


class Engine(Protocol):
    """An engine with the shapes and rules of one run, as which it is made."""

    def __init__(self, shapes: SubjectIndex, rules: Sequence[Rule]) -> None: ...

    def over(self, data: Statements, rules: Sequence[Rule]) -> Validating:
        """Take data that ``rules``, and no others, are to be checked on; shapes that are no rules go along."""
        ...


class ReferenceEngine:
    """pySHACL, which begins from nothing each time."""

    def __init__(self, shapes: SubjectIndex, rules: Sequence[Rule]) -> None:  # noqa: ARG002 - shapes tell all
        self._shapes = shapes

    def over(self, data: Statements, rules: Sequence[Rule]) -> Validating:  # noqa: ARG002 - given again later
        """Keep the data. What it gives raises as validate_with_pyshacl does."""
        from ics_graph.validation.pyshacl_engine import validate_with_pyshacl  # noqa: PLC0415 - not in a fast run

        always = list(triples(data))

        def validating(beside: Iterable[Row], binding: Sequence[Rule]) -> RawReport:
            return validate_with_pyshacl([*always, *triples(Texts(beside))], shapes_for(self._shapes, binding))

        return validating
