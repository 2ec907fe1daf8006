"""Which triple a result is about: the one to look at, for each constraint component.

SHACL names a focus node, a path and a value; a reader wants the triple. Where no triple is to be blamed because one is
missing, nothing is given here and the focus node itself is the place. ``docs/validation.md`` has the same as a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ics_graph.loading.rows import Row, quads_of
from ics_graph.loading.texts import text_of
from ics_graph.store.subjects import SubjectIndex, key_of_node
from ics_graph.validation.findings import RawFinding, Term
from ics_graph.validation.rules import SH
from ics_graph.validation.shape_paths import Step, Steps, path_of, steps_of

_MISSING: Final = frozenset(SH + f"{name}ConstraintComponent" for name in ("MinCount", "HasValue", "QualifiedMinCount"))
_MAX_COUNT, _UNIQUE_LANG, _QUALIFIED_MAX, _EQUALS = (
    SH + f"{name}ConstraintComponent" for name in ("MaxCount", "UniqueLang", "QualifiedMaxCount", "Equals")
)
_WITHOUT_VALUE: Final = frozenset((_MAX_COUNT, _UNIQUE_LANG, _QUALIFIED_MAX))
_REACHED = 10_000
"""Nodes that a path is followed through for one finding; past that its last step is not looked for."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A triple a result may be about. ``at_subject``: the value is its subject (the last step is inverse)."""

    subject: NamedNode | BlankNode
    predicate: NamedNode
    object: Term
    at_subject: bool = False


class OffendingTriples:
    """Finds the triples that results are about. The data are gone through once, and only if some result needs it."""

    def __init__(
        self,
        rows: Collection[Row],
        shapes: SubjectIndex,
        written_as: Callable[[Term | None], Iterable[Term]],
    ) -> None:
        self._rows, self._shapes, self._written_as = rows, shapes, written_as
        self._by_subject: dict[Term | Triple, list[Triple]] = defaultdict(list)
        self._by_object: dict[Term | Triple, list[Triple]] = defaultdict(list)

    def prepare(self, findings: Sequence[RawFinding]) -> None:
        """Collect the triples that these results need to be placed."""
        subjects: set[str] = set()
        objects: set[str] = set()
        predicates: set[str] = set()
        for finding in findings:
            if finding.component in _MISSING:
                continue
            if finding.component in _WITHOUT_VALUE and finding.path is not None:
                subjects.update(map(text_of, self._written_as(finding.focus_node)))
            elif finding.path is None and finding.value is not None and finding.value != finding.focus_node:
                predicates.update(str(step.predicate) for step in steps_of(path_of(self._shapes, finding.shape)).every)
                subjects.update(map(text_of, self._written_as(finding.focus_node)))
            elif finding.path is None:
                objects.update(map(text_of, self._written_as(finding.focus_node)))
        if not subjects and not objects and not predicates:
            return
        asked = (row for row in self._rows if row[0] in subjects or row[1] in predicates or row[2] in objects)
        for quad in quads_of(asked):
            subject, predicate, value = str(quad.subject), str(quad.predicate), text_of(quad.object)
            if subject in subjects or predicate in predicates:
                self._by_subject[quad.subject].append(quad.triple)
            if value in objects or predicate in predicates:
                self._by_object[quad.object].append(quad.triple)

    def of(self, finding: RawFinding) -> Iterator[Meant]:
        """The triples a result may be about, the likeliest first; none where one is missing."""
        if finding.component in _MISSING:
            return
        subjects = [term for term in self._written_as(finding.focus_node) if not isinstance(term, Literal)]
        values = list(self._written_as(finding.value))
        if finding.path is not None:
            path = finding.path
            yield from (Meant(subject, path, value) for subject in subjects for value in values)
            if finding.component == _EQUALS:
                # The value is missing at the path: it stands at the other property.
                for other in self._shapes.objects(key_of_node(finding.shape), SH + "equals"):
                    if isinstance(other, NamedNode):
                        yield from (Meant(subject, other, value) for subject in subjects for value in values)
            if finding.component in _WITHOUT_VALUE:
                for subject in subjects:
                    yield from self._surplus(finding, subject, path)
        elif values and finding.value != finding.focus_node:
            for subject in subjects:
                for value in values:
                    yield from self._last_step(finding, subject, value)

    def leading_to(self, finding: RawFinding) -> Iterator[Meant]:
        """The triples whose object is the focus node: for one that is nobody's subject, a literal say."""
        for node in self._written_as(finding.focus_node):
            yield from (_meant(triple) for triple in self._by_object.get(node, ()))

    def _surplus(self, finding: RawFinding, subject: Term, path: NamedNode) -> Iterator[Meant]:
        triples = list(dict.fromkeys(each for each in self._by_subject.get(subject, ()) if each.predicate == path))
        if finding.component == _MAX_COUNT:
            most = self._shapes.text(key_of_node(finding.shape), SH + "maxCount") or "0"
            triples = triples[int(most) :] if most.isdecimal() else triples
        elif finding.component == _UNIQUE_LANG:
            triples = list(_repeating_a_language(triples))
        yield from (_meant(triple) for triple in triples)

    def _last_step(self, finding: RawFinding, subject: Term, value: Term) -> Iterator[Meant]:
        steps = steps_of(path_of(self._shapes, finding.shape))
        if not steps.every:
            # A query gave a value and no path: any triple of the focus node with that value.
            yield from (_meant(each) for each in self._by_subject.get(subject, ()) if each.object == value)
            return
        reached = self._reached(subject, steps)
        for triple in self._by_object.get(value, ()):
            if Step(triple.predicate, False) in steps.last and triple.subject in reached:
                yield _meant(triple)
        for triple in self._by_subject.get(value, ()):
            if Step(triple.predicate, True) in steps.last and triple.object in reached:
                yield _meant(triple, at_subject=True)

    def _reached(self, start: Term, steps: Steps) -> set[Term | Triple]:
        reached: set[Term | Triple] = {start}
        queue: list[Term | Triple] = [start]
        while queue and len(reached) < _REACHED:
            node = queue.pop()
            if isinstance(node, Triple):
                continue
            ahead = [each.object for each in self._by_subject.get(node, ()) if (each.predicate, False) in steps.every]
            back = [each.subject for each in self._by_object.get(node, ()) if (each.predicate, True) in steps.every]
            for following in (*ahead, *back):
                if following not in reached:
                    reached.add(following)
                    queue.append(following)
        return reached


def _meant(triple: Triple, *, at_subject: bool = False) -> Meant:
    subject, value = triple.subject, triple.object
    if isinstance(subject, Triple) or isinstance(value, Triple):
        return Meant(BlankNode(), triple.predicate, Literal(""))
    return Meant(subject, triple.predicate, value, at_subject)


def _repeating_a_language(triples: Iterable[Triple]) -> Iterator[Triple]:
    seen: set[str] = set()
    for triple in triples:
        language = triple.object.language if isinstance(triple.object, Literal) else None
        if language and language.lower() in seen:
            yield triple
        elif language:
            seen.add(language.lower())
