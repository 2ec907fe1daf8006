"""The written form of literals that pyoxigraph's store rewrites.

The store keeps numbers, dates and booleans by value: ``"01"^^xsd:integer`` comes back as ``1``, ``"5"^^xsd:byte`` as an
integer. A finding shows what is written, so values of solutions are translated back. A query whose result depends on
the written form (STR, REGEX, DATATYPE, ...) of such a literal would be answered wrongly, so it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import pyoxigraph as ox

from ics_graph.loading.texts import lexical_form, parse_term, text_of
from ics_graph.validation.engine import model
from ics_graph.validation.engine.graph import IndexedGraph, PredicateTable
from ics_graph.validation.engine.namespace import XSD, named
from ics_graph.validation.engine.refusal import ShapeRefused
from ics_graph.validation.engine.sparql_query import ConstraintQuery

# Literals known to come back unchanged; all others with a datatype are sent through a store to see.
_UNCHANGED = re.compile(
    rf'"(?:-?[1-9][0-9]{{0,17}}|0)"\^\^<{re.escape(XSD)}integer>'
    rf'|"(?:true|false)"\^\^<{re.escape(XSD)}boolean>'
    rf'|"[12][0-9]{{3}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"\^\^<{re.escape(XSD)}date>'
    rf'|.*"\^\^<{re.escape(XSD)}anyURI>',
    re.DOTALL,
)


class LiteralForms:
    """Knows which literals of a data graph the store rewrites."""

    def __init__(self, data: IndexedGraph, like: LiteralForms | None = None) -> None:
        self.data = data
        self._originals: dict[str, list[int]] | None = None
        # How a term is rewritten does not depend on the graph: graphs with one table of terms share it.
        self._judged: int = like._judged if like is not None else 0
        self._changed: dict[int, str] = like._changed if like is not None else {}
        # Most tables are those of the graph before.
        known: dict[PredicateTable, list[int]] = like._changed_in if like is not None else {}
        self._changed_in: dict[PredicateTable, list[int]] = {
            table: known[table] for table in data.tables.values() if table in known
        }

    @property
    def originals(self) -> dict[str, list[int]]:
        """The literals of the data that are rewritten, by the text they become."""
        if self._originals is None:
            found = {each for table in self.data.tables.values() for each in self._rewritten_in(table)}
            self._originals = {}
            for number, text in self._rewritten(found):
                self._originals.setdefault(text, []).append(number)
        return self._originals

    def rewrites(self, number: int) -> bool:
        """Whether the store rewrites a literal."""
        return bool(self._rewritten([number]))

    def _rewritten(self, numbers: Collection[int]) -> list[tuple[int, str]]:
        typed = self.data.terms.typed
        if self._judged < len(typed):
            self._judge(typed[self._judged :])
            self._judged = len(typed)
        # Few literals are rewritten, and mostly none. In the order of their texts, which no order of lines changes.
        texts = self.data.terms.texts
        return [
            (number, self._changed[number]) for number in sorted(self._changed.keys() & numbers, key=texts.__getitem__)
        ]

    def _rewritten_in(self, table: PredicateTable) -> list[int]:
        """The objects of a table that the store rewrites."""
        if table not in self._changed_in:
            self._changed_in[table] = [number for number, _ in self._rewritten(table.objects)]
        return self._changed_in[table]

    def _judge(self, numbers: Iterable[int]) -> None:
        texts = self.data.terms.texts
        suspects = [number for number in numbers if not _UNCHANGED.fullmatch(texts[number])]
        if not suspects:
            return
        store = ox.Store()
        node = ox.NamedNode("urn:x-ics-graph:literal")
        store.extend(
            ox.Quad(ox.NamedNode(f"{node.value}:{number}"), node, parse_term(texts[number])) for number in suspects
        )
        for quad in store:
            number = int(str(quad.subject)[1:-1].rpartition(":")[2])
            text = text_of(quad.object)
            if text != texts[number]:
                self._changed[number] = text

    def written(self, value: ox.Literal, focus: int) -> list[ox.Literal]:
        """The forms in which a literal of a solution is written at the focus node, else anywhere in the data.

        A value that the query computed is given back as it is.
        """
        text = text_of(value)
        if not text.endswith(">") or not self.originals.get(text):
            return [value]
        candidates = list(self.originals[text])
        if text in self.data.terms:
            candidates.append(self.data.terms[text])
        at_focus = [
            number
            for number in candidates
            if any(number in table.forward.get(focus, ()) for table in self.data.tables.values())
        ]
        terms = [parse_term(self.data.terms.texts[number]) for number in at_focus or candidates[:1]]
        return [term for term in terms if isinstance(term, ox.Literal)]

    def check(self, shape: model.Shape, query: ConstraintQuery, nodes: Collection[int]) -> None:
        """Refuse a query that looks at written forms where a literal it can see is rewritten."""
        if not query.reads_written_form and not query.reads_datatype:
            return
        visible = {number for number, _ in self._rewritten(nodes)}
        predicates = (
            self.data.tables
            if query.visible is None
            else [self.data.terms.get(named(iri), -1) for iri in query.visible]
        )
        for predicate in predicates:
            table = self.data.table(predicate)
            if table is not None:
                visible.update(self._rewritten_in(table))
        for number, text in self._rewritten(visible):
            original = self.data.terms.texts[number]
            if query.reads_datatype or lexical_form(original) != lexical_form(text):
                raise ShapeRefused(
                    shape.node,
                    f"Shape {shape.node}: its query looks at how literals are written, and the query engine does not "
                    f"keep {original}.",
                    hint="Write the literal in canonical form, or use the reference engine.",
                )
