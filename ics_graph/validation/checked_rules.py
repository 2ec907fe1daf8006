"""The rules that ran, as a report lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, overload

from ics_graph.store.subjects import SubjectIndex, node_of
from ics_graph.validation.findings import CheckedRule
from ics_graph.validation.rules import SH, Rule

if TYPE_CHECKING:
    from ics_graph.loading.positions import Locator

RDFS_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"


class RulesThatRan(Sequence[CheckedRule]):
    """The rules that ran. Where each is defined is looked up for the few forms of a report that say so."""

    def __init__(self, rules: Sequence[Rule], index: SubjectIndex, shapes: Callable[[], Locator]) -> None:
        self._rules, self._index, self._shapes = rules, index, shapes

    @cached_property
    def _described(self) -> tuple[CheckedRule, ...]:
        shapes = self._shapes()
        return tuple(self._describe(rule, shapes) for rule in self._rules)

    def _describe(self, rule: Rule, shapes: Locator) -> CheckedRule:
        written = shapes.subject(node_of(rule.shape))
        label = self._index.text(rule.shape, RDFS_LABEL) or self._index.text(rule.shape, SH + "name")
        file, line = (written.position.file, written.position.line) if written else (None, None)
        return CheckedRule(rule.shape, label, rule.reason, rule.remedy, file, line)

    def __len__(self) -> int:
        return len(self._rules)

    @overload
    def __getitem__(self, index: int) -> CheckedRule: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[CheckedRule, ...]: ...
    def __getitem__(self, index: int | slice) -> CheckedRule | tuple[CheckedRule, ...]:
        return self._described[index]
