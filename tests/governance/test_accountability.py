"""Accountability on small graphs whose answers are plain to see: chains, circles, limits, silence, collective edges."""

from __future__ import annotations

from datetime import date

import pytest

from ics_graph.governance import lists
from ics_graph.governance.accountability import Edge as GraphEdge
from ics_graph.governance.accountability import accountability, walk
from ics_graph.governance.answers import Accountability
from ics_graph.governance.paths import paths
from ics_graph.governance.reading import Reading
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.vocabulary import ID
from tests.support.graphs import build_text, cited

ON = date(2021, 1, 1)


def body(slug: str, kind: str = "OtherBody", more: str = "") -> str:
    return (
        f"b:{slug} a org:FormalOrganization, ics:{kind} ; ics:status st:in-force ; {more} "
        f'ics:name [ a ics:Name ; ics:text "{slug.title()}" ; ics:nameKind nk:operational ] ; {cited()} .\n'
    )


def edge(slug: str, actor: str, forum: str | None, more: str = "ics:status st:in-force") -> str:
    end = f"ics:forum {forum}" if forum else "ics:forumStated false"
    return (
        f"r:{slug} a ics:Accountability ; ics:actor {actor} ; {end} ; "
        f"ics:accountabilityKind ak:statutory ; {more} ; {cited()} .\n"
    )


GRAPH = (
    "".join(body(slug) for slug in ("a", "b", "c", "d", "lonely"))
    + body("parliament", "Parliament")
    + f'post:minister a org:Post ; rdfs:label "Minister"@en ; ics:status st:in-force ; {cited()} .\n'
    + f'elec:voters a ics:Electorate ; rdfs:label "Voters"@en ; {cited()} .\n'
    + edge("a-b", "b:a", "b:b")
    + edge("b-c", "b:b", "b:c")
    + edge("c-a", "b:c", "b:a")
    + edge("b-minister", "b:b", "post:minister")
    + edge("minister-parliament", "post:minister", "b:parliament")
    + edge("parliament-voters", "b:parliament", "elec:voters")
    + edge("d-unstated", "b:d", None)
    + edge("d-draft", "b:d", "b:c", "ics:status st:draft")
    + edge("a-collective", "b:a", "b:d", "ics:status st:in-force ; ics:collective true")
    + f"r:delegates a ics:Delegation ; ics:delegator b:b ; ics:delegate b:d ; ics:function fn:nhs-commissioning ; "
    f"ics:accountabilityRetained true ; ics:status st:in-force ; {cited()} .\n"
    + f"r:delegates-on a ics:Delegation ; ics:delegator b:d ; ics:delegate b:c ; ics:function fn:nhs-commissioning ; "
    f"ics:status st:in-force ; {cited()} .\n"
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build_text(GRAPH, tmp_path_factory.mktemp("small"))


def ask(snapshot: Snapshot, slug: str, **options: object) -> Accountability:
    view = View(ON, statuses=options.pop("statuses", ("in-force",)))  # type: ignore[arg-type]
    return accountability(Reading(snapshot, view), f"{ID}org/{slug}", **options)  # type: ignore[arg-type]


def test_chains_go_to_the_roots_shortest_first_and_name_the_circle(snapshot: Snapshot) -> None:
    answer = ask(snapshot, "a")
    assert answer.chains == (("a-b", "b-c"), ("a-b", "b-minister", "minister-parliament", "parliament-voters"))
    assert [(end.id, end.kind) for end in answer.ends_in] == [("c", "none"), ("voters", "electorate")]
    assert [set(cycle) for cycle in answer.cycles] == [{"a", "b", "c"}]
    assert not answer.meta.truncated


def test_downwards_the_same_edges_are_walked_from_the_forum(snapshot: Snapshot) -> None:
    answer = ask(snapshot, "parliament", direction="down", depth=1)
    assert answer.chains == (("minister-parliament",),)
    assert answer.meta.truncated
    assert {node.id for node in answer.nodes} == {"parliament", "minister"}


def test_a_forum_that_no_source_names_ends_the_chain_as_unstated(snapshot: Snapshot) -> None:
    answer = ask(snapshot, "d")
    assert answer.chains == (("d-unstated",),)
    assert [(end.id, end.kind) for end in answer.ends_in] == [(None, "unstated")]
    assert answer.edges[0].to == ()


def test_a_draft_is_shown_only_when_asked_for(snapshot: Snapshot) -> None:
    assert "d-draft" in {step for chain in ask(snapshot, "d", statuses=("draft",)).chains for step in chain}
    assert "d-unstated" not in {step for chain in ask(snapshot, "d", statuses=("draft",)).chains for step in chain}


def test_collective_edges_stay_out_unless_asked_for(snapshot: Snapshot) -> None:
    def steps(answer: Accountability) -> set[str]:
        return {step for chain in answer.chains for step in chain}

    assert "a-collective" not in steps(ask(snapshot, "a"))
    assert "a-collective" in steps(ask(snapshot, "a", collective=True))


def test_kinds_limit_the_edges(snapshot: Snapshot) -> None:
    assert ask(snapshot, "a", kinds=("democratic",)).chains == ()


def test_depth_marks_the_answer_as_truncated(snapshot: Snapshot) -> None:
    answer = ask(snapshot, "a", depth=2)
    assert answer.chains == (("a-b", "b-c"), ("a-b", "b-minister"))
    assert answer.meta.truncated


def test_nothing_is_inferred_for_a_body_without_edges(snapshot: Snapshot) -> None:
    answer = ask(snapshot, "lonely")
    assert (answer.chains, answer.edges, answer.ends_in) == ((), (), ())


def test_paths_between_two_bodies(snapshot: Snapshot) -> None:
    reading = Reading(snapshot, View(ON))
    answer = paths(reading, ID + "org/a", ID + "org/parliament")
    assert answer.chains == (("a-b", "b-minister", "minister-parliament"),)
    assert answer.ends_in[0].kind == "parliament"
    assert paths(reading, ID + "org/lonely", ID + "org/parliament").chains == ()
    assert paths(reading, ID + "org/a", ID + "org/parliament", depth=2).chains == ()


def test_delegations_say_who_stays_accountable_and_to_whom(snapshot: Snapshot) -> None:
    reading = Reading(snapshot, View(ON))
    found = {item.relation.id: item for item in lists.delegations(reading, ID + "org/d")}
    kept = found["delegates"]
    assert (kept.accountability, kept.accountable.id if kept.accountable else None) == ("retained", "b")
    assert {forum.id for forum in kept.accountable_to} == {"c", "minister"}
    assert (found["delegates-on"].accountability, found["delegates-on"].accountable) == ("unstated", None)


def test_a_walk_over_a_dense_graph_stops_at_its_limit() -> None:
    nodes = [f"n{number}" for number in range(12)]
    edges = {
        one: [GraphEdge(f"{one}-{two}", one, two) for two in nodes if two != one] for one in nodes
    }  # ten million simple chains
    found = walk("n0", edges, depth=12, most=1000)
    assert found.truncated
    assert 0 < len(found.chains) <= 1000
