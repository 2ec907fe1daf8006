"""Lists of the shipped graph and of a small one: filters, paging, search, sources, the Python door."""

from __future__ import annotations

import pytest

from ics_graph.errors import Ambiguous, InvalidParameter, NotFound
from ics_graph.governance import lists
from ics_graph.governance.answers import Entity, Page
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.reading import Reading
from ics_graph.store.snapshot import Snapshot
from ics_graph.vocabulary import ID
from tests.support.graphs import build_text, cited, shipped_graph

# Document 000, 3.2.2 (lines 240-248): the nine CCGs of November 2020.
NINE = {
    "nhs-cheshire-ccg", "nhs-halton-ccg", "nhs-knowsley-ccg", "nhs-liverpool-ccg", "nhs-southport-and-formby-ccg",
    "nhs-south-sefton-ccg", "nhs-st-helens-ccg", "nhs-warrington-ccg", "nhs-wirral-ccg",
}  # fmt: skip
# Document 000, 3.2.2 (line 227): twelve in 2013, of which four became NHS Cheshire CCG on 1 April 2020.
FOUR = {"eastern-cheshire-ccg", "south-cheshire-ccg", "vale-royal-ccg", "west-cheshire-ccg"}


def reading(on: str, **options: object) -> Reading:
    return shipped_graph().reading(GovernanceGraph.view(on, **options))  # type: ignore[arg-type]


def ids(page: Page) -> set[str]:
    return {item.id for item in page.items if isinstance(item, Entity)}


def test_the_clinical_commissioning_groups_of_each_year() -> None:
    def groups(on: str) -> set[str]:
        return ids(lists.organisations(reading(on), kind="CCG"))

    assert groups("2020-11-09") == NINE
    assert groups("2013-04-01") == (NINE - {"nhs-cheshire-ccg"}) | FOUR
    assert groups("2020-03-31") == (NINE - {"nhs-cheshire-ccg"}) | FOUR
    assert groups("2013-03-31") == set()
    # Abolished on 1 July 2022 (documents 002, line 28; 2006 Act s.14Z27): the last day is 30 June.
    assert groups("2022-06-30") == NINE
    assert groups("2022-07-01") == set()


def test_ended_bodies_are_added_on_request() -> None:
    assert ids(lists.organisations(reading("2022-07-01"), kind="CCG", include_ended=True)) == NINE | FOUR


def test_sefton_is_one_place_with_two_groups() -> None:
    found = ids(lists.organisations(reading("2020-11-09"), kind="CCG", place="sefton"))
    assert found == {"nhs-southport-and-formby-ccg", "nhs-south-sefton-ccg"}


def test_every_place_has_its_board() -> None:
    found = ids(
        lists.organisations(reading("2021-01-01"), kind="HealthAndWellbeingBoard", system="cheshire-and-merseyside")
    )
    assert len(found) == 9


def test_filters_by_level_text_and_statute() -> None:
    at_system = ids(lists.organisations(reading("2020-11-09"), at_level="system", limit=1000))
    assert "cm-hcp" in at_system
    assert "wirral-hwb" not in at_system
    assert ids(lists.organisations(reading("2020-11-09"), text="wirral health wellbeing")) == {"wirral-hwb"}
    # Document 000, 3.1.1 (line 34): the HCP is non-statutory.
    assert "cm-hcp" in ids(lists.organisations(reading("2020-11-09"), statutory="no", limit=1000))


def test_pages_follow_one_another_without_gap_or_repeat() -> None:
    whole = lists.organisations(reading("2020-11-09"), limit=1000)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        part = lists.organisations(reading("2020-11-09"), limit=7, cursor=cursor)
        assert part.total == whole.total
        seen += [item.id for item in part.items]
        cursor = part.next
        if cursor is None:
            break
    assert seen == [item.id for item in whole.items]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_outside_its_bounds_is_refused(limit: int) -> None:
    with pytest.raises(InvalidParameter, match="limit"):
        lists.organisations(reading("2020-11-09"), limit=limit)


def test_a_foreign_cursor_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="cursor"):
        lists.organisations(reading("2020-11-09"), cursor="not!a!cursor")


def test_an_unknown_area_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="atlantis"):
        lists.organisations(reading("2020-11-09"), place="atlantis")


def test_an_acronym_with_two_senses_finds_both() -> None:
    hits = lists.search(reading("2022-07-01"), "ICP")
    exact = {hit.id for hit in hits if hit.matched == "ICP"}
    # Documents 004 line 1780 (a partnership of a place) and 002 line 58 (a joint committee of a system).
    assert {"cheshire-east-icp", "cm-statutory-icp"} <= exact
    assert {hit.level for hit in hits if hit.id in exact} >= {"place", "system"}
    with pytest.raises(Ambiguous) as caught:
        shipped_graph().find("ICP")
    assert {identifier for identifier, _ in caught.value.candidates} >= {"cheshire-east-icp", "cm-statutory-icp"}


def test_search_knows_the_other_labels_of_what_has_no_names_of_its_own() -> None:
    assert lists.search(reading("2020-11-30"), "MoU")[0].id == "mou-2020"
    assert lists.search(reading("2020-11-09"), "Dr Jackie Bene")[0].id == "jackie-bene"


def test_search_ranks_the_exact_name_first_and_folds_case() -> None:
    assert lists.search(reading("2020-11-09"), "nhs wirral ccg")[0].id == "nhs-wirral-ccg"
    assert lists.search(reading("2020-11-09"), '"*()') == []
    assert all("or" in hit.matched.casefold() for hit in lists.search(reading("2020-11-09"), 'OR "'))


def test_every_source_is_listed_with_what_it_supports() -> None:
    found = {source.id: source for source in lists.sources(reading("2020-11-09"))}
    assert found["draft-mou"].date == "2020-11-01/2020-11-30"
    assert found["wirral-2020-11-09"].date == "2020-11-09"
    assert "nhs-wirral-ccg" in {ref.id for ref in found["wirral-2020-11-09"].supports}
    assert all(source.title and source.publisher for source in found.values())
    assert all(source.licence for source in found.values())


def test_relation_types_are_checked() -> None:
    with pytest.raises(InvalidParameter, match="Friendship"):
        lists.relations(reading("2020-11-09"), ID + "org/cm-hcp", ("Friendship",))


def test_the_python_door() -> None:
    graph = shipped_graph()
    view = graph.view("2020-11-09")
    assert graph.show("12F", view).entity.id == "nhs-wirral-ccg"
    assert graph.organisation("nhs-wirral-ccg", view).entity.lives == "yes"
    assert graph.accountability("nhs-wirral-ccg", view).chains
    assert graph.search("wirral", view).total > 1
    assert graph.find("https://w3id.org/ics-graph/id/org/cm-hcp") == ID + "org/cm-hcp"
    assert graph.find("org/cm-hcp", kinds=("org",)) == ID + "org/cm-hcp"
    for wrong in ("no-such-body", "<script>", ""):
        with pytest.raises(NotFound):
            graph.organisation(wrong, view)
    cut = graph.search("wirral", view, limit=1)
    assert (len(cut.items), cut.total, cut.meta.truncated) == (1, graph.search("wirral", view).total, True)
    with pytest.raises(InvalidParameter, match="limit"):
        graph.search("wirral", view, limit=0)
    with pytest.raises(InvalidParameter):
        graph.view("2020-13-01")
    with pytest.raises(InvalidParameter):
        graph.view("2020-11-09", statuses=["currently"])
    with pytest.raises(InvalidParameter):
        graph.view("2020-11-09", statuses=[])


CODES = (
    "".join(
        f"b:{slug} a org:Organization, ics:OtherBody ; ics:status st:in-force ; {dates} "
        f'ics:name [ a ics:Name ; ics:text "Body {slug}" ; ics:nameKind nk:operational ] ; '
        f'adms:identifier [ a adms:Identifier ; skos:notation "QX1" ; ics:identifierScheme ids:ods ; {dates} '
        f"{cited()} ] ; {cited()} .\n"
        for slug, dates in (
            ("old", 'ics:end "2022-07-01"^^xsd:date ;'),
            ("new", 'ics:start "2022-07-01"^^xsd:date ;'),
        )
    )
    + f"b:renamed a org:Organization, ics:OtherBody ; ics:status st:in-force ; {cited()} ; "
    'ics:name [ a ics:Name ; ics:text "Former Name" ; ics:nameKind nk:operational ; ics:end "2019-10-01"^^xsd:date ] , '
    '[ a ics:Name ; ics:text "Later Name" ; ics:nameKind nk:operational ; ics:start "2019-10-01"^^xsd:date ] , '
    '[ a ics:Name ; ics:text "LN" ; ics:nameKind nk:acronym ] .\n'
)


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build_text(CODES, tmp_path_factory.mktemp("codes"))


def test_a_code_means_the_body_that_bears_it_on_the_day(codes: Snapshot) -> None:
    graph = GovernanceGraph(codes)
    assert graph.find("QX1", graph.view("2022-06-30")) == ID + "org/old"
    assert graph.find("QX1", graph.view("2022-07-01")) == ID + "org/new"


def test_a_renamed_body_is_one_body_with_the_name_of_the_day(codes: Snapshot) -> None:
    graph = GovernanceGraph(codes)
    assert graph.show("Former Name", graph.view("2019-09-30")).entity.name == "Former Name"
    assert graph.show("Former Name", graph.view("2019-10-01")).entity.name == "Later Name"
    assert graph.show("ln", graph.view("2019-10-01")).entity.name == "Later Name"
