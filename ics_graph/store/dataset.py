"""The RDF dataset of a query: what the protocol chooses, else what FROM chooses, else the graph of a day.

SPARQL 1.1 Protocol, 2.1.4: a dataset given with the request takes the place of the one in the query. Several default
graphs are merged (SPARQL 1.1 Query, 13.2.1), so a triple that stands in two of them counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ics_graph.errors import BadQuery, InvalidParameter
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import AS_OF
from ics_graph.workers.messages import DEFAULT_GRAPH
from ics_graph.workers.precheck import CheckedQuery

DEFAULT_PARAMETER, NAMED_PARAMETER = "default-graph-uri", "named-graph-uri"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class DatasetChoice:
    """What a request gives as ``default-graph-uri`` and ``named-graph-uri``, in its order."""

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    @property
    def day(self) -> date | None:
        """The day whose graph is asked for, or ``None``. Raises InvalidParameter where it is none, or two."""
        days = dict.fromkeys(name[len(AS_OF) :] for name in self.default_graphs if name.startswith(AS_OF))
        if len(days) > 1:
            raise InvalidParameter(DEFAULT_PARAMETER, f"{DEFAULT_PARAMETER}: a query is answered as of one day.")
        return day_parameter(DEFAULT_PARAMETER, next(iter(days))) if days else None


@dataclass(frozen=True, slots=True)
class QueryDataset:
    """The graphs of a query as the workers take them; ``None`` is whatever the store holds."""

    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None
    joined: bool


def dataset_of(snapshot: Snapshot, view: View, checked: CheckedQuery, choice: DatasetChoice | None) -> QueryDataset:
    """The dataset of a query that has been checked.

    Raises InvalidParameter for a graph of ``choice`` that the dataset does not have, and what a day raises that
    cannot be asked for. The names after FROM are the check's (see :func:`is_graph`).
    """
    if choice is not None:
        refuse_unknown(snapshot, choice)
        return _chosen(snapshot, view, choice.day, choice.default_graphs, choice.named_graphs)
    if checked.as_of is not None or checked.from_graphs or checked.from_named:
        if checked.as_of is not None and not snapshot.manifest.governed:
            raise BadQuery(NO_DAYS)
        day = None if checked.as_of is None else day_parameter("FROM", checked.as_of)
        return _chosen(snapshot, view, day, checked.from_graphs, checked.from_named)
    if not snapshot.manifest.governed:
        return QueryDataset(None, None, joined=False)
    graph = snapshot.day_graph(view)
    return QueryDataset(graph.with_base, snapshot.graphs.names, joined=graph.joined)


def _chosen(
    snapshot: Snapshot, view: View, day: date | None, default: Iterable[str], named: Iterable[str]
) -> QueryDataset:
    graphs = tuple(dict.fromkeys(name for name in default if not name.startswith(AS_OF)))
    joined = len(graphs) > 1
    if day is not None:
        of_day = snapshot.day_graph(replace(view, on=day))
        joined = of_day.joined or bool(graphs)
        graphs = (DEFAULT_GRAPH, *of_day.graphs, *graphs)
    elif joined:
        # The first graph is used as it is, and the others are copied: the largest comes first.
        graphs = tuple(sorted(graphs, key=lambda name: -snapshot.graphs.named[name]))
    return QueryDataset(graphs, tuple(dict.fromkeys(named)), joined=joined)


NO_DAYS = "This dataset has no statements in the vocabulary of the graph of days: it is the same on every day."


def refuse_unknown(snapshot: Snapshot, choice: DatasetChoice) -> None:
    """Raise InvalidParameter naming the first graph of ``choice`` that is none of the dataset."""
    for parameter, names in ((DEFAULT_PARAMETER, choice.default_graphs), (NAMED_PARAMETER, choice.named_graphs)):
        for name in names:
            if parameter == DEFAULT_PARAMETER and name.startswith(AS_OF):
                if not snapshot.manifest.governed:
                    raise InvalidParameter(parameter, f"{parameter}: {NO_DAYS}")
            elif not is_graph(snapshot, name):
                raise InvalidParameter(
                    parameter, f"{parameter}: {name[:200]!r} is no graph of this dataset.", hint=_offer(snapshot)
                )


def is_graph(snapshot: Snapshot, name: str) -> bool:
    """Whether a name is that of a named graph of the dataset."""
    return name in snapshot.graphs.named


def _offer(snapshot: Snapshot) -> str:
    parts = []
    names = snapshot.graphs.names
    if names:
        more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        parts.append(f"Its named graphs are {', '.join(names[:_SHOWN])}{more}.")
    else:
        parts.append("It has no named graphs.")
    if snapshot.manifest.governed:
        parts.append(f"As default graph there is also that of each day, {AS_OF}2020-11-09.")
    return " ".join(parts)
