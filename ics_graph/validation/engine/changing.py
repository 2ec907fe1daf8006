"""A data graph of which a part changes between evaluations: what stays is loaded once.

The days of our own graph are such a graph: some thirty thousand triples stand on every day, a few dozen come or go from
one day to the next. A shape is evaluated again only where something that it reads has changed
(:mod:`ics_graph.validation.engine.reads`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyoxigraph as ox

from ics_graph.loading.rows import Row, document
from ics_graph.loading.texts import is_literal
from ics_graph.validation.engine import model
from ics_graph.validation.engine.evaluation import Evaluation, Outcome
from ics_graph.validation.engine.filling import FilledStore, put_text
from ics_graph.validation.engine.graph import PredicateTable
from ics_graph.validation.engine.literal_forms import LiteralForms
from ics_graph.validation.engine.reads import Changes, Reads, concerned, reached, reads_of
from ics_graph.validation.engine.report import Report
from ics_graph.validation.engine.runtime import bounded_depth, no_cycle_collection
from ics_graph.validation.engine.sparql_evaluation import SparqlEvaluator, sparql_constraints, visible_to
from ics_graph.validation.engine.statements import Statements, load_graph
from ics_graph.validation.engine.terms import TermTable

_Triple = tuple[int, int, int]


class ChangingGraph:
    """Data that stay, triples that stand beside them for a time, and the outcomes of shapes as far as they hold."""

    def __init__(
        self,
        data: Statements,
        shapes: model.ShapeSet,
        terms: TermTable,
        chosen: Sequence[model.Shape],
    ) -> None:
        self._shapes, self._terms, self._chosen = shapes, terms, chosen
        within = {shape.node: shape for each in chosen for shape in reached(shapes, each.node)}.values()
        queried = any(True for _ in sparql_constraints(shapes, within))
        visible = visible_to(shapes, within) if queried else None
        store = FilledStore() if queried else None
        self._base = load_graph(data, terms, store, visible)
        self._graph = self._base
        self._sparql = None if store is None else SparqlEvaluator(self._base, store, visible, shapes)
        self._added: frozenset[Row] = frozenset()
        self._extra: dict[int, dict[tuple[int, int], None]] = {}
        self._reads: dict[model.Node, Reads] = {}
        self._outcomes: dict[model.Node, Outcome] = {}
        self._base_forms = LiteralForms(self._base)
        self._forms = False

    def report(self, beside: Iterable[Row] = (), without: frozenset[model.Node] = frozenset()) -> Report:
        """Validate the data with the triples ``beside`` them, and no others; shapes ``without`` are left out.

        Findings stand in the order of their shapes. Raises
        :class:`~ics_graph.validation.engine.refusal.ShapeRefused` where a query cannot be evaluated exactly.
        """
        with no_cycle_collection(), bounded_depth():
            self._put(frozenset(beside), without)
            evaluation = Evaluation(self._graph, self._shapes, self._sparql)
            outcomes = []
            for shape in self._chosen:
                if shape.node not in without:
                    if shape.node not in self._outcomes:
                        self._outcomes[shape.node] = evaluation.outcome(shape)
                    outcomes.append(self._outcomes[shape.node])
        return Report(
            findings=tuple(finding for outcome in outcomes for finding in outcome.findings),
            shapes=len(outcomes),
            foci=frozenset[int]().union(*(outcome.foci for outcome in outcomes)),
            triples=len(self._graph),
            notes=self._shapes.notes,
        )

    def texts(self, numbers: Iterable[int]) -> Iterator[str]:
        """The N-Triples text of terms."""
        return map(self._terms.texts.__getitem__, numbers)

    # --- changes ------------------------------------------------------------------------------------------

    def _put(self, beside: frozenset[Row], without: frozenset[model.Node]) -> None:
        gone = [triple for triple in map(self._numbers, self._added - beside) if not self._stays(triple)]
        come = [triple for triple in map(self._numbers, beside - self._added) if not self._stays(triple)]
        self._added = beside
        if not gone and not come:
            return
        for predicate, subject, value in gone:
            del self._extra[predicate][subject, value]
        for predicate, subject, value in come:
            self._extra.setdefault(predicate, {})[subject, value] = None
        changed = {triple[0] for triple in (*gone, *come)}
        empty = PredicateTable()
        tables = {
            predicate: self._base.tables.get(predicate, empty).with_pairs(pairs)
            for predicate, pairs in self._extra.items()
            if predicate in changed
        }
        self._graph = self._graph.with_tables(tables)
        if self._sparql is not None:
            self._change_store(self._sparql, gone, come)
            self._sparql.turn_to(self._graph)
        if self._outcomes:
            self._forget(gone, come, without)

    def _numbers(self, row: Row) -> _Triple:
        subject, predicate, value = row
        number = self._terms.__getitem__
        return number(predicate), number(subject), number(value)

    def _stays(self, triple: _Triple) -> bool:
        """Whether a triple is one of those that stand always."""
        predicate, subject, value = triple
        table = self._base.table(predicate)
        # Most have an object, or a predicate, that none of those has: no index of them by subject has to be made.
        return table is not None and value in table.object_set and value in table.forward.get(subject, ())

    def _change_store(self, sparql: SparqlEvaluator, gone: Sequence[_Triple], come: Sequence[_Triple]) -> None:
        store = sparql.store
        for predicate, subject, value in gone:
            if sparql.sees(predicate, value):
                store.remove(self._quad(predicate, subject, value))
        # The store keeps literals by value, so one that is gone may have taken another form of it along.
        texts = self._terms.texts
        kept: Iterator[_Triple] = (
            (predicate, subject, other)
            for predicate, subject, value in gone
            if is_literal(texts[value])
            for other in self._graph.objects(subject, predicate)
        )
        put_text(
            store,
            document(
                (texts[subject], texts[predicate], texts[value])
                for predicate, subject, value in (*kept, *come)
                if sparql.sees(predicate, value)
            ),
        )

    def _quad(self, predicate: int, subject: int, value: int) -> ox.Quad:
        name, node = self._terms.term(predicate), self._terms.term(subject)
        assert isinstance(name, ox.NamedNode)  # noqa: S101 - it was one in the triple
        assert isinstance(node, ox.NamedNode | ox.BlankNode)  # noqa: S101 - a triple term is refused on loading
        return ox.Quad(node, name, self._terms.term(value))

    def _forget(self, gone: Sequence[_Triple], come: Sequence[_Triple], without: frozenset[model.Node]) -> None:
        """Drop the outcomes that changes can touch, and those not asked for: to find out what they read is not free."""
        for node in without & self._outcomes.keys():
            del self._outcomes[node]
        texts = self._terms.texts
        pairs = frozenset((texts[predicate], texts[value]) for predicate, _, value in (*gone, *come))
        # Once a literal has come that the store rewrites, no outcome of a query is kept any more.
        literals = {value for _, _, value in gone} | {value for extra in self._extra.values() for _, value in extra}
        self._forms = self._forms or any(map(self._rewritten, literals))
        changes = Changes(pairs, self._forms)
        for node in list(self._outcomes):
            reads = self._reads.get(node)
            if reads is None:
                reads = self._reads[node] = reads_of(self._shapes, node)
            if concerned(reads, changes, self._graph):
                del self._outcomes[node]

    def _rewritten(self, number: int) -> bool:
        text = self._terms.texts[number]
        if not is_literal(text) or not text.endswith(">"):
            return False
        return text in self._base_forms.originals or self._base_forms.rewrites(number)
