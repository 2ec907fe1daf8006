"""Fingerprints of findings: the same when lines move, another when the finding is another.

Made of shape, constraint component, focus node, path and lexical value, as code scanners track findings; neither file
nor line is part of it. Blank nodes have no name that outlives an edit, so they are named here by what leads to them:
a label as written, else the predicate and the node they hang on, else what is said of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property
from hashlib import sha256

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ics_graph.loading.blank_nodes import label_in, order_in
from ics_graph.loading.rows import Row
from ics_graph.loading.texts import is_blank
from ics_graph.store.subjects import key_of
from ics_graph.validation.findings import Finding, RawFinding, Term
from ics_graph.validation.rules import SH

_SPARQL = SH + "SPARQLConstraintComponent"
_DEPTH = 8
"""Steps that are followed from a blank node; deeper nesting is cut off, which only makes two names equal."""


class StableNames:
    """Names for the nodes of one input that do not depend on lines, files or the order of statements."""

    def __init__(self, rows: Collection[Row]) -> None:
        self._rows = rows
        self._names: dict[tuple[str, int], str] = {}
        self._contents: dict[tuple[str, int], str] = {}

    def of(self, term: Term | Triple | None) -> str:
        """The name of a node, the lexical form of a literal, or empty text for nothing."""
        if term is None:
            return ""
        if isinstance(term, Literal | NamedNode):
            return term.value
        if not isinstance(term, BlankNode):
            return str(term)
        return self._blank(str(term), _DEPTH)

    def _blank(self, node: str, depth: int) -> str:
        label = _label(node)
        if label is not None:
            return f"_:{label}"
        if depth == 0:
            return "[]"
        known = self._names.get((node, depth))
        if known is None:
            known = self._names[node, depth] = self._described(node, depth)
        return known

    def _described(self, node: str, depth: int) -> str:
        parents = self._incoming.get(node)
        if not parents:
            return f"[{self._content(node, depth)}]"
        names = []
        for subject, predicate in parents:
            owner = self._blank(subject, depth - 1) if is_blank(subject) else subject
            siblings = self._siblings[subject, predicate]
            content = self._content(node, depth) if siblings > 1 else ""
            names.append(f"{owner} {predicate} [{content}]")
        return min(names)

    def _content(self, node: str, depth: int) -> str:
        """A hash of what is said of a node."""
        known = self._contents.get((node, depth))
        if known is not None:
            return known
        lines = []
        for predicate, value in self._outgoing.get(node, ()):
            if not is_blank(value):
                name = value
            elif (label := _label(value)) is not None:
                name = f"_:{label}"
            else:
                name = f"[{self._content(value, depth - 1)}]" if depth > 1 else "[]"
            lines.append(f"{predicate} {name}")
        known = self._contents[node, depth] = sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
        return known

    @cached_property
    def _outgoing(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for subject, predicate, value in self._rows:
            if subject[0] == "_":
                found[subject].append((key_of(predicate), value))
        return found

    @cached_property
    def _incoming(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for subject, predicate, value in self._rows:
            if value[0] == "_":
                found[value].append((subject, key_of(predicate)))
        return found

    @cached_property
    def _siblings(self) -> Counter[tuple[str, str]]:
        """How many nodes without a label hang on a node by a predicate."""
        return Counter(
            pair for node, pairs in self._incoming.items() if _label(node) is None for pair in dict.fromkeys(pairs)
        )


def fingerprint(raw: RawFinding, shape: str, path: str | None, data: StableNames, shapes: StableNames) -> str:
    """The fingerprint of a result: 32 hexadecimal digits. ``shape`` is the rule that the shape of it belongs to.

    A query may find several things about one focus node without a value to tell them apart: there the message counts
    too, in which the query's variables stand.
    """
    parts = (
        shape if not shape.startswith("_:") else shapes.of(BlankNode(shape[2:])),
        raw.component,
        data.of(raw.focus_node),
        path or "",
        data.of(raw.value),
        *((raw.message,) if raw.component == _SPARQL else ()),
    )
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def numbered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings with equal fingerprints told apart by a number: the second of them ends in ``:2``."""
    seen: Counter[str] = Counter()
    result = []
    for finding in findings:
        seen[finding.fingerprint] += 1
        count = seen[finding.fingerprint]
        result.append(finding._replace(fingerprint=f"{finding.fingerprint}:{count}"))
    return tuple(result)


def _label(text: str) -> str | None:
    """The label of a node as its file writes it; None for a node without one."""
    node = BlankNode(text[2:])
    digits = node.value[1:].split("x", 1)[0]
    if not digits.isdecimal():
        return node.value
    if order_in(int(digits), node) is not None:
        return None
    return label_in(int(digits), node) or node.value
