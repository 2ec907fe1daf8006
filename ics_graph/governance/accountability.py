"""Who answers to whom: the accountability graph of a day, its chains to the roots, and its circles.

An edge is an ``ics:Accountability`` of the graph and never inferred (Bovens: actor, forum, consequences; see
docs/model.md). Collective edges (mutual accountability of the parties of one arrangement) stay out unless asked.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ics_graph.errors import InvalidParameter
from ics_graph.governance.answers import Accountability, ChainEnd, Relation
from ics_graph.governance.reading import Reading, local_id
from ics_graph.store.nodes import NodeRow
from ics_graph.vocabulary import AccountabilityKind

Direction = Literal["up", "down", "both"]
MOST_CHAINS = 1000
"""Chains in one answer; a hub of a national graph has millions, and no reader wants them."""
DEFAULT_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Edge:
    """One accountability from ``origin`` (the end asked from) to ``target``; ``None`` is a forum no source names."""

    relation: str
    origin: str
    target: str | None


Adjacency = Mapping[str, Sequence[Edge]]


@dataclass(frozen=True, slots=True)
class Walk:
    """The chains found from one root: each a tuple of edges, shortest first."""

    chains: tuple[tuple[Edge, ...], ...]
    cycles: tuple[tuple[str, ...], ...]
    cut: frozenset[tuple[Edge, ...]]
    truncated: bool


def adjacency(
    reading: Reading, direction: Literal["up", "down"], *, kinds: Sequence[str], collective: bool
) -> Adjacency:
    """The accountability edges that the view shows, by the end from which they are walked.

    Made once for a segment of days, what is known, and the statuses; see :mod:`ics_graph.governance.prepared`.
    """
    view = reading.view
    asked = (direction, frozenset(kinds), collective)
    key = ("adjacency", asked, frozenset(view.statuses), view.include_unknown)
    made: Adjacency = reading.moment.tables.get(
        key, lambda: _adjacency(reading, direction, kinds=kinds, collective=collective)
    )
    return made


def _adjacency(
    reading: Reading, direction: Literal["up", "down"], *, kinds: Sequence[str], collective: bool
) -> Adjacency:
    edges: dict[str, list[Edge]] = defaultdict(list)
    wanted = set(kinds)
    known = [str(kind) for kind in AccountabilityKind]
    for kind in kinds:
        if kind not in known:
            raise InvalidParameter("kind", f"kind: {kind!r} is none of {', '.join(known)}.")
    rows = reading.snapshot.rows
    for iri in (
        rows if reading.prepared is None else reading.prepared.relations_of_class(reading.snapshot, "Accountability")
    ):
        row = rows[iri]
        if row.node.relation_class != "Accountability" or not _wanted(row, wanted, collective=collective):
            continue
        if not reading.admitted(iri):
            continue
        for actor in row.node.from_ends:
            for forum in row.node.to_ends or (None,):
                if direction == "up":
                    edges[actor].append(Edge(iri, actor, forum))
                elif forum is not None:
                    edges[forum].append(Edge(iri, forum, actor))
    return {
        origin: sorted(found, key=lambda edge: (edge.target or "", edge.relation)) for origin, found in edges.items()
    }


def _wanted(row: NodeRow, kinds: set[str], *, collective: bool) -> bool:
    return (collective or not row.collective) and (not kinds or bool(kinds & set(row.kinds)))


def walk(root: str, edges: Adjacency, depth: int, most: int = MOST_CHAINS) -> Walk:
    """Every simple chain from ``root`` to where it ends, breadth first.

    A chain ends at a node without further edges, at an unnamed forum, where every further edge would close a circle,
    or at ``depth`` edges (then ``truncated``). Partial chains beyond ``most`` are dropped, which also marks the walk
    as truncated: each would have given at least one chain more.
    """
    chains: list[tuple[Edge, ...]] = []
    cycles: dict[frozenset[str], tuple[str, ...]] = {}
    truncated = False
    cut: set[tuple[Edge, ...]] = set()
    queue: deque[tuple[Edge, ...]] = deque()
    queue.append(())
    while queue and len(chains) < most:
        chain = queue.popleft()
        here = chain[-1].target if chain else root
        onward: list[Edge] = []
        for edge in edges.get(here, ()) if here is not None else ():
            visited = [root, *(step.target for step in chain)]
            if edge.target is not None and edge.target in visited:
                circle = tuple(node for node in visited[visited.index(edge.target) :] if node is not None)
                cycles.setdefault(frozenset(circle), circle)
            else:
                onward.append(edge)
        if not onward:
            if chain:
                chains.append(chain)
        elif len(chain) >= depth:
            chains.append(chain)
            cut.add(chain)
        else:
            room = most - len(queue) - len(chains)
            truncated = truncated or len(onward) > room
            queue.extend((*chain, edge) for edge in onward[: max(room, 0)])
    return Walk(tuple(chains), tuple(cycles.values()), frozenset(cut), truncated or bool(queue) or bool(cut))


def accountability(
    reading: Reading,
    root: str,
    *,
    direction: Direction = "up",
    depth: int = DEFAULT_DEPTH,
    kinds: Sequence[str] = (),
    collective: bool = False,
) -> Accountability:
    """The accountability of one entity on the day of the view, with chains and evidence.

    ``kinds`` limits the edges to some kinds of accountability, ``depth`` the length of the chains. Chains of
    ``direction`` *both* are those upwards, then those downwards.
    """
    directions: tuple[Literal["up", "down"], ...] = ("up", "down") if direction == "both" else (direction,)
    walks = [walk(root, adjacency(reading, way, kinds=kinds, collective=collective), depth) for way in directions]
    return accountability_answer(
        reading,
        root,
        direction,
        sorted((chain for found in walks for chain in found.chains), key=len)[:MOST_CHAINS],
        cycles=[cycle for found in walks for cycle in found.cycles],
        cut=frozenset().union(*(found.cut for found in walks)),
        truncated=any(found.truncated for found in walks),
    )


def accountability_answer(
    reading: Reading,
    root: str,
    direction: Direction,
    chains: Sequence[tuple[Edge, ...]],
    *,
    cycles: Sequence[tuple[str, ...]],
    cut: frozenset[tuple[Edge, ...]],
    truncated: bool,
) -> Accountability:
    """Chains of edges as an answer: its nodes, its edges with their evidence, and what the chains end in.

    What a chain that was ``cut`` at the depth would end in is not known, and not told.
    """
    edges: dict[str, Relation] = {}
    nodes: dict[str, None] = {root: None}
    ends: dict[ChainEnd, None] = {}
    for chain in chains:
        for edge in chain:
            if edge.relation not in edges:
                edges[edge.relation] = reading.relation(edge.relation)
            nodes.update(dict.fromkeys(node for node in (edge.origin, edge.target) if node is not None))
        if chain not in cut:
            ends.setdefault(chain_end(reading, chain[-1].target), None)
    return Accountability(
        root=reading.reference(root),
        direction=direction,
        nodes=tuple(reading.reference(node) for node in nodes),
        edges=tuple(edges.values()),
        chains=tuple(tuple(local_id(edge.relation) for edge in chain) for chain in chains),
        ends_in=tuple(ends),
        cycles=tuple(tuple(local_id(node) for node in cycle) for cycle in cycles),
        meta=reading.meta(truncated=truncated),
    )


def chain_end(reading: Reading, node: str | None) -> ChainEnd:
    """What a chain that ends at ``node`` ends in."""
    if node is None:
        return ChainEnd(None, "unstated")
    kind = reading.kind(node)
    if kind == "Parliament":
        return ChainEnd(local_id(node), "parliament")
    if kind == "Electorate":
        return ChainEnd(local_id(node), "electorate")
    return ChainEnd(local_id(node), "none")
