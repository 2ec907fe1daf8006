"""Stored queries on the shipped graph, evaluated in this process: what a worker does, without its limits."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    Variable,
    parse,
)

from ics_graph.catalogue.binding import bind
from ics_graph.catalogue.stored import StoredQuery, read_catalogue
from ics_graph.governance.resolving import resolve
from ics_graph.store.snapshot import View
from ics_graph.vocabulary import CONCEPT, ID
from ics_graph.workers.binding import bind as put_terms
from tests.support.graphs import PROJECT, shipped_graph

QUERIES = read_catalogue(PROJECT / "queries")

Row = dict[str, str]


@lru_cache(maxsize=1)
def shipped_store() -> Store:
    """The files of the shipped snapshot that a worker loads."""
    store = Store()
    for path in shipped_graph().snapshot.query_files:
        store.bulk_load(input=gzip.decompress(path.read_bytes()), format=RdfFormat.N_QUADS)
    return store


def view_of(query: StoredQuery, on: str) -> View:
    """The view on which a stored query runs unless a user asks for another."""
    return View(date.fromisoformat(on), None, query.statuses, query.include_unknown)


def substitutions(query: StoredQuery, given: Mapping[str, str], view: View) -> dict[str, str]:
    """The parameters as terms in N-Triples syntax, names resolved on the shipped graph."""
    reading = shipped_graph().reading(view)
    return bind(query, given, view, lambda text, kinds: resolve(reading, text, kinds))


def rows(name: str, given: Mapping[str, str], *, by_engine: bool = False) -> list[Row]:
    """The rows of a stored query; ``given`` has its parameters and ``on``.

    IRIs of the graph are without their namespace (``org/nhs-england``, ``concept`` slugs with their scheme), literals
    are their text, what is unbound is left out. ``by_engine``: the engine's own substitution of variables, instead of
    the terms put in the place of the variables as the workers do.
    """
    result = _solutions(name, given, by_engine=by_engine)
    names = [variable.value for variable in result.variables]
    return [{key: _short(value) for key in names if (value := solution[key]) is not None} for solution in result]


def columns(name: str) -> set[str]:
    """The columns of a stored query's answer."""
    return {variable.value for variable in _solutions(name, QUERIES[name].example).variables}


def _solutions(name: str, given: Mapping[str, str], *, by_engine: bool = False) -> QuerySolutions:
    query = QUERIES[name]
    parameters = {key: value for key, value in given.items() if key != "on"}
    view = view_of(query, given["on"])
    terms = substitutions(query, parameters, view)
    graphs = _dataset(shipped_graph().snapshot.day_graph(view).graphs)
    if by_engine:
        bound: dict[Variable, NamedNode | BlankNode | Literal | Triple] = {
            Variable(key): _term(text) for key, text in terms.items()
        }
        result = shipped_store().query(query.text, default_graph=graphs, substitutions=bound)
    else:
        result = shipped_store().query(put_terms(query.text, terms), default_graph=graphs)
    assert isinstance(result, QuerySolutions)
    return result


def _dataset(names: tuple[str, ...]) -> list[NamedNode | BlankNode | DefaultGraph]:
    """The base graph and the graphs of a day that have triples: of seven statuses most have none on a path."""
    filled = _filled_graphs(shipped_store())
    return [DefaultGraph(), *(NamedNode(name) for name in names if name in filled)]


@lru_cache(maxsize=4)
def _filled_graphs(store: Store) -> frozenset[str]:
    return frozenset(graph.value for graph in store.named_graphs())


def _term(text: str) -> NamedNode | Literal:
    quad = next(iter(parse(f"<urn:s> <urn:p> {text} .", format=RdfFormat.N_TRIPLES)))
    assert isinstance(quad.object, NamedNode | Literal)
    return quad.object


def _short(term: object) -> str:
    assert isinstance(term, NamedNode | Literal)
    return term.value.removeprefix(ID).removeprefix(CONCEPT)
