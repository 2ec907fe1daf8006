"""Evaluating one query in a worker: dataset, engine, limits of the answer, and the engine's errors in our words."""

from __future__ import annotations

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

_LONGEST_NAME: Final = 1 + max(map(len, PREFIXES))
_LAST_NAME: Final = re.compile(r"[\w.\-]*\Z")
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


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
        self._present: OrderedDict[tuple[str, ...], list[Graph]] = OrderedDict()

    def evaluate(self, payload: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Evaluate a query job (:meth:`~ics_graph.workers.messages.QueryJob.payload`, with ``rows`` and ``bytes``).

        Gives ``media_type`` and ``rows``, and the answer's bytes. Raises BadQuery, InvalidParameter or TooLarge.
        """
        solutions, graphs = _solutions_form(payload["solutions"]), _graphs_form(payload["graphs"])
        text: str = payload["query"]
        ours = payload["prefixes"] == OUR_PREFIXES
        prefixes: Mapping[str, str] = PREFIXES if ours else payload["prefixes"]
        used = _used(text) if ours else prefixes
        bound = bind(text, payload["substitutions"])
        store, default_graphs, named_graphs = self._dataset(payload)
        body = _BoundedBody(payload["bytes"])
        try:
            results = store.query(
                bound + PADDING,
                base_iri=payload["base"],
                prefixes=dict(used),
                default_graph=default_graphs,
                named_graphs=named_graphs,
            )
            if isinstance(results, QueryTriples):
                triples = list(islice(results, payload["rows"] + 1))
                _check_rows(len(triples), payload["rows"], "triples")
                pyoxigraph.serialize(triples, body, graphs, prefixes=dict(prefixes) or None)
                return {"media_type": payload["graphs"], "rows": len(triples)}, body.getvalue()
            results.serialize(body, solutions)
        except _BodyFullError:
            self._overflow(body, payload, solutions)
        except SyntaxError as error:
            raise self._misread(text, bound, used, payload["base"], str(error)) from None
        except (ValueError, RuntimeError, OSError) as error:
            raise BadQuery(_sentence(error)) from None
        answer = body.getvalue()
        rows = 1 if isinstance(results, QueryBoolean) else count_rows(answer, solutions)
        _check_rows(rows, payload["rows"], "rows")
        return {"media_type": payload["solutions"], "rows": rows}, answer

    def _overflow(self, body: _BoundedBody, payload: Mapping[str, Any], form: QueryResultsFormat) -> NoReturn:
        _check_rows(count_rows(body.getvalue(), form), payload["rows"], "rows")
        raise TooLarge(
            f"The answer has more than {payload['bytes']:,} bytes.",
            setting="query_bytes",
            hint="Select fewer columns, or page with ORDER BY, LIMIT and OFFSET.",
        )

    def _misread(self, text: str, bound: str, prefixes: Mapping[str, str], base: str | None, report: str) -> BadQuery:
        if bound == text:
            return syntax_error(text, report)
        try:
            pyoxigraph.Store().query(text + PADDING, base_iri=base, prefixes=dict(prefixes))
        except SyntaxError as error:
            return syntax_error(text, str(error))
        return BadQuery("A parameter has a value that cannot stand where the query uses it, such as text for an IRI.")

    def _dataset(
        self, payload: Mapping[str, Any]
    ) -> tuple[pyoxigraph.Store, list[Graph] | None, list[NamedNode | BlankNode] | None]:
        default: list[str] | None = payload["default_graphs"]
        named: list[str] | None = payload["named_graphs"]
        store = self.store
        default_graphs = None
        if default is not None:
            key = tuple(default)
            if key in self._joined or (payload["joined"] and len(default) > 1):
                store, default_graphs = self._join(key)
            else:
                default_graphs = self._those_there(key)
        named_graphs: list[NamedNode | BlankNode] | None
        if named is None:
            # Copies of our own are no graphs of the dataset.
            named_graphs = [graph for graph in store.named_graphs() if not _is_joined(graph)] if self._joined else None
        else:
            named_graphs = [graph for graph in _graphs(named) if not isinstance(graph, DefaultGraph)]
        return store, default_graphs, named_graphs

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


def _used(text: str) -> Mapping[str, str]:
    """Those of our prefixes that a text may use: the engine reads all it is given anew for each query, which takes as
    long as a small query itself."""
    if "\\" in text:
        return PREFIXES
    used = {}
    for piece in text.split(":")[:-1]:
        found = _LAST_NAME.search(piece, max(len(piece) - _LONGEST_NAME, 0))
        if found is not None and found[0] in PREFIXES:
            used[found[0]] = PREFIXES[found[0]]
    return used


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
