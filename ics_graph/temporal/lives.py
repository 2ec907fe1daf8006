"""Computing the days of a whole graph: lives, then what relations prove about them, then relations. One pass each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from ics_graph.temporal.facts import DatedNode
from ics_graph.temporal.rule import ALWAYS, FourDays, Interval, attested_span, cut, joint_life, stated_days, widen

POST_OF = "PostOf"


class ComputedDays(NamedTuple):
    """The days of every node that exists as far as is known, and the nodes as known.

    ``days`` holds lives (widened) and relations (cut); ``nodes`` the facts they were computed from. A node that no
    known citation supports is in neither: it answers *no*.
    """

    nodes: Mapping[str, DatedNode]
    days: Mapping[str, FourDays]

    def holds(self, node: str, day: date) -> str:
        """*yes*, *no* or *unknown* for one node on one day."""
        days = self.days.get(node)
        return "no" if days is None else days.holds(day)


def as_known(nodes: Iterable[DatedNode], known: date | None) -> dict[str, DatedNode]:
    """The nodes by id, as the documents written by ``known`` had them (``None``: with everything known)."""
    if known is None:
        return {node.id: node for node in nodes}
    result: dict[str, DatedNode] = {}
    unknown: set[str] = set()
    for node in nodes:
        facts = node.facts.as_known(known)
        if facts is None:
            unknown.add(node.id)
        else:
            result[node.id] = node._replace(facts=facts)
    # What no document of that day names cannot have had relations: they would stand without one of their ends.
    while lost := [node.id for node in result.values() if _misses_an_end(node, unknown)]:
        unknown.update(lost)
        for name in lost:
            del result[name]
    return result


def _misses_an_end(node: DatedNode, unknown: set[str]) -> bool:
    """Whether an end that the node needs is unknown. A joint arrangement stands while two parties are known."""
    if node.kind == "arrangement":
        return bool(unknown.intersection(node.from_ends)) and len(set(node.from_ends) - unknown) < 2
    return node.kind == "relation" and not unknown.isdisjoint(node.ends)


def compute_days(nodes: Iterable[DatedNode], known: date | None = None) -> ComputedDays:
    """The four days of every node, as the documents written by ``known`` had them (``None``: with everything known)."""
    present = as_known(nodes, known)
    return ComputedDays(present, bounded_days(present, own_days(present.values())))


def own_days(nodes: Iterable[DatedNode]) -> dict[str, FourDays]:
    """The days of every node from its own statement alone."""
    return {node.id: stated_days(node.facts, personal=node.personal) for node in nodes}


def bounded_days(nodes: Mapping[str, DatedNode], own: Mapping[str, FourDays]) -> dict[str, FourDays]:
    """The four days of every node, from its ``own_days`` and what the nodes beside it say.

    Order: lives from their own citations; each widened to the days on which a relation of it that is in force
    certainly holds by its own citations; joint arrangements, bounded by the lives of their parties; relations, cut
    by the widened lives of their ends. Each is one pass, so no answer depends on the order of the nodes.
    """
    days: dict[str, FourDays] = {}
    proofs = _proofs(nodes, own)
    for node in nodes.values():
        if node.kind in {"life", "arrangement"}:
            days[node.id] = widen(_of_no_person(node, own), proofs.get(node.id, ()))
    post_bodies = _post_bodies(nodes)
    for node in nodes.values():
        if node.kind == "arrangement":
            # A party without dates is one that always lives.
            parties = [days.get(end, ALWAYS) for end in dict.fromkeys(node.from_ends)]
            bounded = cut(node.facts, (joint_life(parties),), own=_of_no_person(node, own))
            days[node.id] = widen(bounded, proofs.get(node.id, ()))
    for node in nodes.values():
        if node.kind == "relation":
            bounds = [days[end] for end in node.ends if end in days]
            bounds += [hull for end in node.ends if (hull := _body_life(end, post_bodies, days)) is not None]
            days[node.id] = cut(node.facts, bounds, personal=node.personal, own=own[node.id])
        elif node.kind == "event":
            days[node.id] = _of_no_person(node, own)
    return days


def _of_no_person(node: DatedNode, own: Mapping[str, FourDays]) -> FourDays:
    """The own days of what is no relation: that a person takes part does not end it."""
    return stated_days(node.facts) if node.personal else own[node.id]


def _proofs(nodes: Mapping[str, DatedNode], own: Mapping[str, FourDays]) -> dict[str, list[Interval]]:
    proofs: dict[str, list[Interval]] = defaultdict(list)
    for node in nodes.values():
        if node.kind in {"relation", "arrangement"} and node.facts.status == "in-force":
            span = attested_span(node.facts, own[node.id])
            if span is not None:
                for end in node.ends:
                    proofs[end].append(span)
    return proofs


def _post_bodies(present: Mapping[str, DatedNode]) -> dict[str, list[str]]:
    bodies: dict[str, list[str]] = defaultdict(list)
    for node in present.values():
        if node.relation_class == POST_OF:
            for post in node.from_ends:
                bodies[post].extend(node.to_ends)
    return bodies


def _body_life(end: str, post_bodies: Mapping[str, list[str]], days: Mapping[str, FourDays]) -> FourDays | None:
    """The life of the body of a post: of several, from the first that begins to the last that ends."""
    lives = [days[body] for body in post_bodies.get(end, ()) if body in days]
    if not lives:
        return None
    return FourDays(
        min(life.s1 for life in lives),
        min(life.s2 for life in lives),
        max(life.e1 for life in lives),
        max(life.e2 for life in lives),
    )
