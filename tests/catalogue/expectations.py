"""What the stored queries must answer on the shipped graph, each row read off a source and not off an answer.

Beside each expectation stands where it was read: ``report`` is the report of 9 November 2020 to Wirral's Partnerships
Committee, ``page`` the undated page of Warrington Together, ``pack`` the papers of the Cheshire East Health and
Wellbeing Board for 26 January 2021 (with the minutes of 24 November 2020 and the draft memorandum of November 2020);
L is a line of the text, as in the citations of ``data/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Row = Mapping[str, str]


@dataclass(frozen=True)
class Expectation:
    """Rows that a query has among others, rows that it has not, and how many there are where a source fixes it."""

    query: str
    given: Mapping[str, str]
    present: tuple[Row, ...]
    absent: tuple[Row, ...] = field(default=())
    count: int | None = None


PLACES = (
    "cheshire-east", "cheshire-west-and-chester", "halton", "knowsley", "liverpool", "sefton", "st-helens",
    "warrington", "wirral",
)  # fmt: skip
"""The nine Places: report 3.1.1 L33-35."""

EXPECTATIONS = (
    Expectation(
        "accountability-at-place",
        {"on": "2020-11-09", "area": "sefton"},
        (
            # report 3.2.2 L231-233: two CCGs in Sefton; pack, Annex 4 L1519: NHS England assesses each CCG by duty.
            {"actor": "org/nhs-south-sefton-ccg", "forum": "org/nhs-england", "kind": "statutory"},
            {"actor": "org/nhs-southport-and-formby-ccg", "forum": "org/nhs-england", "kind": "statutory"},
            # pack, Partnership Governance L1093: councils are directly accountable to their electorates.
            {"actor": "org/sefton-council", "forum": "electorate/sefton-voters", "kind": "democratic"},
        ),
        # report 3.3.1.2 L313-319 tells of the Boards' duties and of no forum to which they answer.
        ({"actor": "org/sefton-hwb"}, {"actor": "org/nhs-wirral-ccg"}),
    ),
    Expectation(
        "accountability-chain",
        {"on": "2020-11-09", "body": "nhs-wirral-ccg"},
        (
            {"forum": "org/nhs-england"},  # pack, Annex 4 L1519
            # NHS Act 2006 s.13A, 13B (mandate, review of performance).
            {"forum": "post/secretary-of-state-for-health-and-social-care"},
            {"forum": "org/uk-parliament"},  # NHS Act 2006 s.1(3): ministerial responsibility to Parliament
        ),
        # A duty of regard, membership and joint work are no accountability: report 3.3.1.2 L315, 3.3.2.1 L354.
        ({"forum": "org/wirral-hwb"}, {"forum": "org/wirral-council"}),
    ),
    Expectation(
        "accountability-chain",
        {"on": "2022-07-01", "body": "nhs-wirral-ccg"},
        (),
        count=0,  # page L28: CCGs are abolished on that day.
    ),
    Expectation(
        "everyone-below-a-body",
        {"on": "2022-07-01", "body": "nhs-england"},
        ({"actor": "org/cm-icb"},),  # page L52: NHS England is to hold ICBs to account.
        ({"actor": "org/nhs-wirral-ccg"},),  # page L28
    ),
    Expectation(
        "means-of-accountability",
        {"on": "2020-11-09", "body": "nhs-wirral-ccg"},
        (
            # pack, Annex 4 L1519: assesses every year; may intervene where not assured.
            {"forum": "org/nhs-england", "mechanism": "assess"},
            {"forum": "org/nhs-england", "mechanism": "intervene"},
        ),
        ({"forum": "org/wirral-council"},),
    ),
    Expectation(
        "last-confirmed",
        {"on": "2022-07-01"},
        # pack L1093, the draft memorandum, of November 2020 (a month: so its last day).
        ({"actorName": "Wirral Council", "lastAttested": "2020-11-30"},),
        ({"relation": "rel/acc-wirral-ccg-nhse"},),  # page L28
    ),
    Expectation(
        "bodies-of-a-place",
        {"on": "2020-11-09", "place": "sefton"},
        (
            {"body": "org/nhs-south-sefton-ccg", "kind": "clinical commissioning group"},  # report 3.2.2 L231-233
            {"body": "org/nhs-southport-and-formby-ccg", "kind": "clinical commissioning group"},
            # report 3.3.1.1 L310: Boards in all 152 authorities with social care duties.
            {"body": "org/sefton-hwb", "kind": "health and wellbeing board"},
            {"body": "org/sefton-council", "kind": "local authority"},  # report 3.1.1 L33-35; pack, Annex A L1427
        ),
        ({"body": "org/nhs-liverpool-ccg"}, {"body": "org/cm-hcp"}),
    ),
    Expectation(
        "places-without-health-and-wellbeing-board",
        {"on": "2012-06-30"},
        tuple({"place": f"area/{place}"} for place in PLACES),
        count=9,  # report 3.3.1.1 L310: they work from 1 April 2013.
    ),
    Expectation("places-without-health-and-wellbeing-board", {"on": "2013-04-01"}, (), count=0),  # the same line
    Expectation(
        "places-without-a-seat",
        {"on": "2020-11-30", "body": "cm-hcp"},
        # pack, Annex A L1418-1470: the parties are councils, CCGs, providers, PCNs, voluntary sector, Healthwatch.
        tuple({"place": f"area/{place}", "board": f"org/{place}-hwb"} for place in PLACES),
        count=9,
    ),
    Expectation(
        "groups-without-health-and-wellbeing-board-member",
        {"on": "2020-11-30"},
        # pack, Annex 6 L1656-1668: nine sorts of seats, none of a Health and Wellbeing Board.
        ({"body": "org/cm-partnership-board", "members": "9"},),
        ({"body": "org/wirral-hwb"},),
    ),
    Expectation(
        "delegations-of-a-body",
        {"on": "2022-07-01", "body": "cm-icb"},
        (
            # page L70: some functions, and decisions about money, in the Places, through place-based partnerships;
            # L76: the ICB stays accountable for the money. The page looks forward: planned.
            {"delegate": "org/warrington-together", "status": "planned", "accountabilityRetained": "true"},
        ),
    ),
    Expectation(
        "delegations-of-a-body",
        {"on": "2020-11-30", "body": "nhs-wirral-ccg"},
        # pack L1191: the CCGs may, by formal delegation, form a joint committee or committees in common.
        ({"delegate": "org/cm-joint-committee-of-ccgs", "status": "permitted"},),
    ),
    Expectation(
        "members-of-a-body",
        {"on": "2020-11-30", "body": "cm-partnership-board"},
        (
            # pack, Annex 6 L1656-1668
            {"member": "constituency/cm-board-elected-members", "seats": "2", "status": "draft"},
            {"member": "constituency/cm-board-council-chief-executives", "seats": "2", "status": "draft"},
            {"member": "constituency/cm-board-clinical-chairs", "seats": "1", "status": "draft"},
            {"member": "constituency/cm-board-accountable-officers", "seats": "1", "status": "draft"},
            {"member": "constituency/cm-board-primary-care", "seats": "1", "status": "draft"},
            {"member": "constituency/cm-board-public-health-directors", "seats": "1", "status": "draft"},
            {"member": "constituency/cm-board-voluntary-sector", "seats": "1", "status": "draft"},
            {"member": "constituency/cm-board-lay", "seats": "2", "status": "draft"},
            {"member": "constituency/cm-board-executive-team", "represents": "org/cm-partnership-executive"},
        ),
        # L1670: how many of the Executive team is still to be defined.
        ({"member": "constituency/cm-board-executive-team", "seats": "1"},),
        count=9,
    ),
    Expectation(
        "memberships-of-a-body",
        {"on": "2020-11-09", "body": "nhs-wirral-ccg"},
        (
            {"board": "org/wirral-hwb", "how": "itself"},  # report 3.3.1.2 L320-321
            {"board": "org/healthy-wirral-partners-board", "how": "itself"},  # report 3.3.3.3 L450-451
            {"board": "org/wirral-health-and-care-commissioning", "how": "itself"},  # report 3.3.2.1 L354-356
            # report 3.3.2.4 L403-405: being established, of senior officers of both.
            {"board": "org/jhcceg", "how": "represented", "status": "being established"},
        ),
    ),
    Expectation(
        "attendance-at-meetings",
        {"on": "2020-11-24", "body": "cheshire-east-hwb"},
        (
            {"person": "person/clare-watson", "represents": "org/nhs-cheshire-ccg", "voting": "voting"},  # pack L78
            {"person": "person/louise-barry", "represents": "org/healthwatch-cheshire", "voting": "voting"},  # L79
            {"person": "person/lorraine-odonnell", "voting": "non-voting"},  # L83-85
            {"person": "person/peter-crowcroft", "voting": "associate, non-voting"},  # L87-90
            {"person": "person/alan-yates", "represents": "org/cm-hcp", "voting": "in attendance"},  # L94-100
            {"person": "person/patrick-kearns", "apologies": "true"},  # L105
            {"person": "person/jill-rhodes", "apologies": "true"},
        ),
        ({"person": "person/clare-watson", "apologies": "true"},),
        count=23,  # L72-101: 10 voting, 1 non-voting, 4 associates, 6 others; L105: 2 apologies.
    ),
    Expectation(
        "holders-of-posts",
        {"on": "2020-11-09", "body": "cm-hcp"},
        (
            {"post": "post/cm-partnership-chair", "personName": "Alan Yates"},  # report 3.1.1 L36-37
            {"post": "post/cm-partnership-lead-officer", "personName": "Jackie Bene"},  # report 3.1.1 L37
        ),
        count=2,
    ),
    Expectation(
        "shared-chairs",
        {"on": "2020-11-30"},
        (
            # pack L1119, L1125: one Chair for Assembly and Board; L1132: the Board answers to the Assembly.
            {
                "actor": "org/cm-partnership-board",
                "forum": "org/cm-partnership-assembly",
                "post": "post/cm-partnership-chair",
            },
        ),
        # L1151: the Executive answers to the Board, but the Chief Officer chairs it.
        ({"actor": "org/cm-partnership-executive"},),
    ),
    Expectation(
        "changes-on-a-day",
        {"on": "2020-04-01"},
        (
            # report 3.2.2 L228-230: four CCGs merged on that day; pack, Annex A L1434 names them.
            {"change": "happened", "what": "merger", "node": "event/cheshire-merger"},
            {"change": "began", "node": "org/nhs-cheshire-ccg", "status": "in force"},
            {"change": "ended", "node": "org/eastern-cheshire-ccg"},
            {"change": "ended", "node": "org/south-cheshire-ccg"},
            {"change": "ended", "node": "org/vale-royal-ccg"},
            {"change": "ended", "node": "org/west-cheshire-ccg"},
        ),
        ({"node": "org/nhs-wirral-ccg"},),
    ),
    Expectation(
        "changes-on-a-day",
        {"on": "2020-11-09", "day": "2022-07-01"},
        # page L28: the new bodies start and CCGs end; L32-40: the nine.
        (
            {"change": "began", "node": "org/cm-icb"},
            *(
                {"change": "ended", "node": f"org/nhs-{name}-ccg"}
                for name in (
                    "cheshire",
                    "halton",
                    "knowsley",
                    "liverpool",
                    "st-helens",
                    "south-sefton",
                    "southport-and-formby",
                    "warrington",
                    "wirral",
                )
            ),
        ),
    ),
    Expectation(
        "what-became-of-a-body",
        {"on": "2022-07-01", "body": "nhs-cheshire-ccg"},
        (
            # report 3.2.2 L228-230; pack, Annex A L1434
            {"event": "merger", "part": "after", "others": "org/vale-royal-ccg", "start": "2020-04-01"},
            {"event": "merger", "part": "after", "others": "org/eastern-cheshire-ccg", "start": "2020-04-01"},
            {"event": "abolition", "part": "before", "status": "in force", "start": "2022-07-01"},  # page L28
            # page L48: the ICB takes on the CCGs' commissioning.
            {"event": "transfer of functions", "part": "gave functions", "others": "org/cm-icb", "status": "in force"},
            # report 3.2.4 L264-267: one CCG for the system by April 2022; page L32-40: in 2022 there were still nine.
            {"event": "merger", "part": "before", "others": "org/cm-single-ccg", "outcome": "unrealised"},
        ),
    ),
    Expectation(
        "bodies-that-only-advise",
        {"on": "2020-11-09"},
        (
            # report 3.3.2.4 L409-412: no powers of its own to decide; advises the Council's and the CCG's committees.
            {"body": "org/jhcceg", "advised": "org/nhs-wirral-ccg-governing-body"},
            {"body": "org/jhcceg", "advised": "org/wirral-adult-social-care-or-health-committee"},
            {"body": "org/jhcceg", "advised": "org/wirral-children-young-people-and-education-committee"},
        ),
        # report 3.3.1.2 L317: few formal powers, which is not none.
        ({"body": "org/wirral-hwb"},),
    ),
    Expectation(
        "responsible-for-a-function",
        {"on": "2022-07-01", "function": "integrated-care-strategy"},
        # page L58-60: the joint committee is given the strategy; the Act demands it: required.
        ({"responsible": "org/cm-statutory-icp", "area": "area/cheshire-and-merseyside", "status": "required"},),
        ({"responsible": "org/wirral-hwb"},),
    ),
    Expectation(
        "joint-arrangements-of-a-body",
        {"on": "2020-11-09", "body": "nhs-wirral-ccg"},
        (
            {"kind": "integrated commissioning", "partner": "org/wirral-council"},  # report 3.3.2.1 L354-356
            {"kind": "pooled budget", "partner": "org/wirral-council"},  # report 3.3.2.3 L396-397
        ),
        ({"partner": "org/nhs-wirral-ccg"},),
    ),
    Expectation(
        "where-documents-disagree",
        {"on": "2020-11-30"},
        (
            {"about": "org/cm-hcp", "aspect": "number of CCGs", "value": "12", "locator": "3.1.2"},  # report L40
            {"about": "org/cm-hcp", "aspect": "number of CCGs", "value": "9", "locator": "3.2.2"},  # report L238
            {"about": "org/cm-hcp", "aspect": "number of NHS providers", "value": "18"},  # report 3.1.2 L41
            {"about": "org/cm-hcp", "aspect": "number of NHS providers", "value": "19"},  # pack L1195; page L5
            {"about": "area/cheshire-and-merseyside", "aspect": "population", "value": "2.5"},  # report 3.1.2 L42
            {"about": "area/cheshire-and-merseyside", "aspect": "population", "value": "2.6"},  # page L5
        ),
        # Page L5 alone counts 51 networks: nothing disagrees.
        ({"aspect": "number of PCNs", "value": "51"},),
    ),
    Expectation(
        "plans-and-what-came-of-them",
        {"on": "2022-07-01", "status": "planned"},
        # report 3.2.4 L264-266: committees in common or a joint committee by March 2021; no document shows it.
        (
            {
                "what": "membership",
                "from": "org/nhs-wirral-ccg",
                "to": "org/cm-joint-committee-of-ccgs",
                "outcome": "unknown",
            },
        ),
        ({"from": "org/nhs-wirral-ccg", "to": "org/nhs-england"},),
    ),
    Expectation(
        "evidence-of-a-relation",
        {"on": "2020-11-30", "relation": "rel/acc-cm-board-assembly"},
        # pack L1111, L1132: both sides of the relation are printed, in the parts on the Assembly and on the Board.
        ({"locator": "Partnership Assembly", "line": "1111"}, {"locator": "Partnership Board", "line": "1132"}),
    ),
    Expectation(
        "bodies-with-code",
        {"on": "2022-07-01", "code": "QYG"},
        # NHS ODS and ONS: the code of the STP of 2016, then of the ICB, live from 1 July 2022 (page L28).
        ({"entity": "org/cm-icb", "start": "2022-07-01"}, {"entity": "org/cm-hcp", "endedOnOrBefore": "2022-07-01"}),
        count=2,
    ),
)
