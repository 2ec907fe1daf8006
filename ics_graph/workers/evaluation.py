"""Evaluating one query in a worker: dataset, engine, limits of the answer, and the engine's errors in our words."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
)

from ics_graph.errors import BadQuery, InvalidParameter, TooLarge
from ics_graph.vocabulary import PREFIXES
from ics_graph.workers.binding import bind
from ics_graph.workers.messages import DEFAULT_GRAPH, OUR_PREFIXES
from ics_graph.workers.syntax import PADDING, syntax_error
from ics_graph.workers.tokens import shortened

if TYPE_CHECKING:
    from typing_extensions import Buffer

Graph = NamedNode | BlankNode | DefaultGraph

JOINED: Final = "urn:ics-graph:joined:"
JOINED_KEPT: Final = 4
"""How many joined day graphs a worker keeps: a researcher compares few days at a time."""
JOINED_MOST: Final = 250_000
"""Most triples of a day that are copied ahead of its being asked for: it takes a second or two."""
PRESENT_KEPT: Final = 64
"""How many lists of graphs a worker keeps with those of them that there are."""

_OUR_PREFIXES: Final = dict(PREFIXES)
_LONGEST_PREFIX: Final = max(map(len, PREFIXES))
_LETTERS_AT_END: Final = re.compile(r"[a-z]*\Z")
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


Dataset = tuple[pyoxigraph.Store, list[Graph] | None, list[NamedNode | BlankNode] | None]
"""A store, the graphs that are merged to the default graph, and the named ones; ``None`` is whatever the store has."""


class Common:
    """The circumstances of queries (:meth:`~ics_graph.workers.messages.Circumstances.payload`), read once for all."""

    __slots__ = (
        "base", "dataset", "default_graphs", "graphs", "joined", "made_at", "named_graphs", "ours", "prefixes",
        "solutions", "substitutions",
    )  # fmt: skip

    def __init__(self, payload: Mapping[str, Any]) -> None:
        """Raises InvalidParameter for a form that there is not, and for what is no name of a graph."""
        self.solutions, self.graphs = _solutions_form(payload["solutions"]), _graphs_form(payload["graphs"])
        self.ours = payload["prefixes"] == OUR_PREFIXES
        self.prefixes: dict[str, str] = _OUR_PREFIXES if self.ours else payload["prefixes"]
        self.substitutions: Mapping[str, str] = payload["substitutions"]
        self.base: str | None = payload["base"]
        default, named = payload["default_graphs"], payload["named_graphs"]
        self.default_graphs: tuple[str, ...] | None = None if default is None else tuple(default)
        self.named_graphs: list[NamedNode | BlankNode] | None = None
        if named is not None:
            self.named_graphs = [graph for graph in _graphs(named) if not isinstance(graph, DefaultGraph)]
        self.joined: bool = payload["joined"]
        self.dataset: Dataset | None = None
        """Kept by the evaluator until it joins graphs again; ``made_at`` is how often it had done so."""
        self.made_at = -1


@lru_cache(maxsize=64)
def read_common(encoded: bytes) -> Common:
    """The circumstances of queries as they come from a line of jobs. Raises as :class:`Common`."""
    return Common(json.loads(encoded))


class _BodyFullError(Exception):
    """The answer has outgrown its limit of bytes; raised through the engine's serialiser."""


class _BoundedBody(BytesIO):
    """A file that keeps what is written, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def write(self, piece: Buffer, /) -> int:
        """Keep a piece; raises :class:`_BodyFullError` where it is too much."""
        written = super().write(piece)
        if self.tell() > self.most:
            raise _BodyFullError
        return written


class QueryEvaluator:
    """A store and the joined graphs made in it."""

    def __init__(self, store: pyoxigraph.Store, *, writable: bool) -> None:
        """``writable`` says whether joined graphs can be put into ``store``, which a store on disk does not allow."""
        self.store = store
        self._writable = writable
        self._joined: OrderedDict[tuple[str, ...], tuple[pyoxigraph.Store, list[Graph]]] = OrderedDict()
        self._number = 0
        self._changes = 0
        self._present: OrderedDict[tuple[str, ...], list[Graph]] = OrderedDict()

    def evaluate(self, payload: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Evaluate a query job (:meth:`~ics_graph.workers.messages.QueryJob.payload`, with ``rows`` and ``bytes``).

        Gives ``media_type`` and ``rows``, and the answer's bytes. Raises BadQuery, InvalidParameter or TooLarge.
        """
        body, rows, triples = self.answer(payload["query"], Common(payload), payload["rows"], payload["bytes"])
        return {"media_type": payload["graphs" if triples else "solutions"], "rows": rows}, body

    def answer(self, query: str, common: Common, most_rows: int, most_bytes: int) -> tuple[bytes, int, bool]:
        """The answer to a query: its bytes, how many rows or triples it has, and whether it is triples.

        Raises as :meth:`evaluate`.
        """
        prefixes = _used(query) if common.ours else common.prefixes
        bound = bind(query, common.substitutions) if common.substitutions else query
        dataset = common.dataset
        if dataset is None or common.made_at != self._changes or len(self._joined) > 1:
            # (Of several joined graphs the one that is not used for the longest time is given up.)
            dataset = self._dataset(common)
        body = _BoundedBody(most_bytes)
        try:
            results = dataset[0].query(
                bound + PADDING,
                base_iri=common.base,
                prefixes=prefixes,
                default_graph=dataset[1],
                named_graphs=dataset[2],
            )
            if isinstance(results, QueryTriples):
                triples = list(islice(results, most_rows + 1))
                _check_rows(len(triples), most_rows, "triples")
                pyoxigraph.serialize(triples, body, common.graphs, prefixes=common.prefixes or None)
                return body.getvalue(), len(triples), True
            results.serialize(body, common.solutions)
        except _BodyFullError:
            self._overflow(body, most_rows, common.solutions)
        except SyntaxError as error:
            raise self._misread(query, bound, prefixes, common.base, str(error)) from None
        except (ValueError, RuntimeError, OSError) as error:
            raise BadQuery(_sentence(error)) from None
        answer = body.getvalue()
        rows = 1 if isinstance(results, QueryBoolean) else count_rows(answer, common.solutions)
        _check_rows(rows, most_rows, "rows")
        return answer, rows, False

    def _overflow(self, body: _BoundedBody, most_rows: int, form: QueryResultsFormat) -> NoReturn:
        _check_rows(count_rows(body.getvalue(), form), most_rows, "rows")
        raise TooLarge(
            f"The answer has more than {body.most:,} bytes.",
            setting="query_bytes",
            hint="Select fewer columns, or page with ORDER BY, LIMIT and OFFSET.",
        )

    def _misread(self, text: str, bound: str, prefixes: dict[str, str], base: str | None, report: str) -> BadQuery:
        if bound == text:
            return syntax_error(text, report)
        try:
            pyoxigraph.Store().query(text + PADDING, base_iri=base, prefixes=prefixes)
        except SyntaxError as error:
            return syntax_error(text, str(error))
        return BadQuery("A parameter has a value that cannot stand where the query uses it, such as text for an IRI.")

    def _dataset(self, common: Common) -> Dataset:
        """The dataset of queries with these circumstances, as long as no graph is joined and none given up."""
        store, default, named = self.store, common.default_graphs, common.named_graphs
        default_graphs = None
        if default is not None:
            if default in self._joined or (common.joined and len(default) > 1):
                store, default_graphs = self._join(default)
            else:
                default_graphs = self._those_there(default)
        if named is None and self._joined:
            # Copies of our own are no graphs of the dataset.
            named = [graph for graph in store.named_graphs() if not _is_joined(graph)]
        common.dataset, common.made_at = (store, default_graphs, named), self._changes
        return common.dataset

    def _those_there(self, names: tuple[str, ...]) -> list[Graph]:
        """The graphs of these names that the store has: each costs a look-up for each pattern of a query."""
        found = self._present.get(names)
        if found is None:
            found = [graph for graph in _graphs(names) if isinstance(graph, DefaultGraph) or self._has(graph)]
            self._present[names] = found
            while len(self._present) > PRESENT_KEPT:
                self._present.popitem(last=False)
        return found

    def join_ahead(self, names: tuple[str, ...]) -> bool:
        """Join graphs before a query asks for them, for all the workers that are forked from this process.

        Each pattern of a query is looked up in each graph of its dataset: with the twenty of a day that is half of the
        time of a small query. Gives whether it was done.
        """
        others = islice(
            chain.from_iterable(
                self.store.quads_for_pattern(None, None, None, graph) for graph in self._those_there(names)[1:]
            ),
            JOINED_MOST + 1,
        )
        if names in self._joined or sum(1 for _ in others) > JOINED_MOST:
            return False
        self._join(names)
        return True

    def _has(self, graph: NamedNode | BlankNode) -> bool:
        return self.store.contains_named_graph(graph)

    def _join(self, graphs: tuple[str, ...]) -> tuple[pyoxigraph.Store, list[Graph]]:
        """Graphs with the same triples as ``graphs`` in which each triple stands once.

        The engine gives a triple once for each graph of the default graph that has it (0.5.13: three rows for two
        triples, and COUNT(*) counts three). The first graph, in practice the large one, is used as it is; what the
        others have beyond it is copied into one graph of our own.
        """
        if graphs in self._joined:
            self._joined.move_to_end(graphs)
            return self._joined[graphs]
        first, *others = _graphs(dict.fromkeys(graphs))
        self._changes += 1
        copy = NamedNode(f"{JOINED}{self._number}")
        self._number += 1
        target = self.store if self._writable else pyoxigraph.Store()
        quads = {
            Quad(quad.subject, quad.predicate, quad.object, copy)
            for graph in others
            for quad in self.store.quads_for_pattern(None, None, None, graph)
            if Quad(quad.subject, quad.predicate, quad.object, first) not in self.store
        }
        # Not in bulk: that starts threads, and where memory is limited the process was seen to abort with them.
        target.extend(quads)
        if target is not self.store:
            target.extend(self.store.quads_for_pattern(None, None, None, first))
        self._joined[graphs] = target, [first, copy]
        while len(self._joined) > JOINED_KEPT:
            _, (store, (_, old)) = self._joined.popitem(last=False)
            if store is self.store and not isinstance(old, DefaultGraph):
                store.remove_graph(old)
        return self._joined[graphs]


@lru_cache(maxsize=64)
def _solutions_form(media_type: str) -> QueryResultsFormat:
    found = QueryResultsFormat.from_media_type(media_type)
    if found is None:
        raise _unknown_form(media_type)
    return found


@lru_cache(maxsize=64)
def _graphs_form(media_type: str) -> RdfFormat:
    found = RdfFormat.from_media_type(media_type)
    if found is None:
        raise _unknown_form(media_type)
    return found


def _unknown_form(media_type: str) -> InvalidParameter:
    return InvalidParameter("format", f"format: {shortened(media_type)!r} is no form of an answer that the engine has.")


def _used(text: str) -> dict[str, str]:
    """Those of our prefixes that a text may use: the engine reads all it is given anew for each query, which takes as
    long as a small query itself."""
    if "\\" in text:
        return _OUR_PREFIXES
    used = {}
    for piece in text.split(":")[:-1]:
        prefix = _prefix_at_end(piece[-_LONGEST_PREFIX:])
        if prefix is not None:
            used[prefix] = PREFIXES[prefix]
    return used


@lru_cache(maxsize=1024)
def _prefix_at_end(text: str) -> str | None:
    found = _LETTERS_AT_END.search(text)
    return found[0] if found is not None and found[0] in PREFIXES else None


def _graphs(names: Sequence[str] | Mapping[str, None]) -> list[Graph]:
    try:
        return [DefaultGraph() if name == DEFAULT_GRAPH else NamedNode(name) for name in names]
    except ValueError:
        raise InvalidParameter("graphs", "The name of a graph is no absolute IRI.") from None


def _is_joined(graph: NamedNode | BlankNode) -> bool:
    return isinstance(graph, NamedNode) and graph.value.startswith(JOINED)


def _check_rows(rows: int, most: int, what: str) -> None:
    if rows > most:
        raise TooLarge(
            f"The answer has more than {most:,} {what}.",
            setting="query_rows",
            hint="Page with ORDER BY, LIMIT and OFFSET.",
        )


def count_rows(answer: bytes, form: QueryResultsFormat) -> int:
    """How many solutions stand in a serialised answer to SELECT, whole or cut, as the engine writes it."""
    if form == QueryResultsFormat.XML:
        return answer.count(b"<result>")
    if form == QueryResultsFormat.TSV:
        return max(answer.count(b"\n") - 1, 0)
    if form == QueryResultsFormat.CSV:
        # A line end inside of quotes belongs to a value; doubled quotes leave the parity as it is.
        return max(sum(piece.count(b"\r\n") for piece in answer.split(b'"')[::2]) - 1, 0)
    if b'"bindings":[{' not in answer[: answer.find(b"[{") + 2 or None]:
        return 0
    between = answer.count(b"},{")
    # "}},{" between quotation marks is the end of one row and the begin of the next; what else may look like it stands
    # in a string, and then the strings are taken out.
    if between == answer.count(b'"}},{"') and b'\\"}},{"' not in answer:
        return between + 1
    return _STRING.sub(b"", answer).count(b"},{") + 1


def _sentence(error: Exception) -> str:
    text = shortened(" ".join(str(error).split()), 300)
    return f"The engine cannot evaluate this query: {text}{'' if text.endswith('.') else '.'}"
