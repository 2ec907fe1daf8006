"""Every chain of accountability between two entities on a day, found by networkx."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import cast

from ics_graph.governance.accountability import DEFAULT_DEPTH, MOST_CHAINS, Edge, accountability_answer, adjacency
from ics_graph.governance.answers import Accountability
from ics_graph.governance.reading import Reading


def paths(
    reading: Reading,
    origin: str,
    target: str,
    *,
    depth: int = DEFAULT_DEPTH,
    kinds: Sequence[str] = (),
    collective: bool = False,
) -> Accountability:
    """The simple chains by which ``origin`` answers to ``target``, of at most ``depth`` edges, shortest first.

    At most 1,000 are given; then the answer is marked as truncated, and longer ones are the first left out.
    """
    # Imported here: networkx takes 0.12 s, which no other answer should pay.
    import networkx  # noqa: PLC0415

    graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for edges in adjacency(reading, "up", kinds=kinds, collective=collective).values():
        for edge in edges:
            if edge.target is not None:
                graph.add_edge(edge.origin, edge.target, key=edge.relation)

    def chains() -> Iterator[tuple[Edge, ...]]:
        if origin not in graph or target not in graph or origin == target:
            return
        shortest = networkx.single_source_shortest_path_length(graph, origin).get(target)
        if shortest is None:
            return
        for length in range(shortest, depth + 1):
            # One length after the other, so that the first thousand are the shortest thousand.
            for path in networkx.all_simple_edge_paths(graph, origin, target, cutoff=length):
                # Of a multigraph each step is (node, node, key); the stubs know only plain graphs.
                steps = cast("list[tuple[str, str, str]]", path)
                if len(steps) == length:
                    yield tuple(Edge(relation, actor, forum) for actor, forum, relation in steps)

    found = list(islice(chains(), MOST_CHAINS + 1))
    return accountability_answer(
        reading, origin, "up", found[:MOST_CHAINS], cycles=(), cut=frozenset(), truncated=len(found) > MOST_CHAINS
    )
