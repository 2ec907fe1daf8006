"""What the general stored queries must answer, read off the sources: see ``expectations`` for how places are cited."""

from __future__ import annotations

from tests.catalogue.expectations import PLACES, Expectation

NINE_CCGS = tuple(
    f"org/nhs-{name}-ccg"
    for name in (
        "cheshire", "halton", "knowsley", "liverpool", "south-sefton", "southport-and-formby", "st-helens",
        "warrington", "wirral",
    )
)  # fmt: skip
"""The nine CCGs: pack, Annex A L1434-1442; page L32-40."""

TICKED = (
    *("vision-principles-values-behaviours", "partnership-aims", "governance"),
    "decision-making-and-dispute-resolution",
)
"""Elements of the memorandum ticked in Healthwatch's column: pack, Annex 1 L1499-1502."""

GENERAL_EXPECTATIONS = (
    Expectation(
        "relations-of",
        {"on": "2020-11-09", "entity": "nhs-wirral-ccg"},
        (
            # pack, Annex 4 L1519; report 3.3.1.2 L320-321; pack L1191
            {"from": "org/nhs-wirral-ccg", "to": "org/nhs-england", "kind": "accountability-kind/statutory"},
            {"from": "org/nhs-wirral-ccg", "to": "org/wirral-hwb"},
            {"to": "org/cm-joint-committee-of-ccgs", "function": "function/nhs-commissioning"},
        ),
        ({"from": "org/nhs-wirral-ccg", "to": "org/cm-icb"},),  # page L28: not before 1 July 2022
    ),
    Expectation(
        "relations-of",
        {"on": "2020-11-09", "entity": "nhs-wirral-ccg", "other": "wirral-hwb"},
        ({"from": "org/nhs-wirral-ccg", "to": "org/wirral-hwb"},),
        ({"to": "org/nhs-england"},),
    ),
    Expectation(
        "relations-of-a-type",
        {"on": "2022-07-01", "type": "DutyOfRegard"},
        # 2007 Act s.116B: councils and boards must have regard to the integrated care strategy.
        (
            {"from": "org/cm-icb", "to": "instrument/cm-integrated-care-strategy", "status": "status/in-force"},
            {"from": "org/wirral-council", "to": "instrument/cm-integrated-care-strategy"},
        ),
        ({"from": "org/nhs-wirral-ccg"},),
    ),
    Expectation(
        "claims-about",
        {"on": "2020-11-30", "about": "cm-hcp", "aspect": "number-of-ccgs"},
        (
            {"value": "12", "source": "source/wirral-2020-11-09", "locator": "3.1.2"},  # report L40
            {"value": "9", "source": "source/wirral-2020-11-09", "locator": "3.2.2"},  # report L238
            {"value": "9", "source": "source/draft-mou"},  # pack, Annex A L1432
        ),
    ),
    Expectation(
        "characteristics-of",
        {"on": "2020-11-09", "body": "cm-hcp"},
        ({"aspect": "aspect/statutory", "value": "value/no"},),  # report 3.1.1 L33
        ({"aspect": "aspect/statutory", "value": "value/yes"},),
    ),
    Expectation(
        "functions-of-a-body",
        {"on": "2022-07-01", "body": "cm-icb"},
        ({"function": "function/integration-within-the-nhs", "status": "status/planned"},),  # page L46
    ),
    Expectation(
        "delegations-of-a-function",
        {"on": "2020-11-30", "function": "nhs-commissioning"},
        # pack L1191: the CCGs may, by formal delegation, set up a joint committee or committees in common.
        tuple(
            {"delegator": ccg, "delegate": "org/cm-joint-committee-of-ccgs", "status": "status/permitted"}
            for ccg in NINE_CCGS
        ),
        ({"delegate": "org/cm-joint-committee-of-ccgs", "status": "status/in-force"},),
    ),
    Expectation(
        "delegations-to-a-body",
        {"on": "2020-11-30", "body": "cm-joint-committee-of-ccgs"},
        tuple({"delegator": ccg, "status": "status/permitted"} for ccg in NINE_CCGS),  # pack L1191
        ({"status": "status/in-force"},),
    ),
    Expectation(
        "who-holds-to-account",
        {"on": "2020-11-09", "actor": "nhs-wirral-ccg"},
        # pack, Annex 4 L1519
        ({"forum": "org/nhs-england", "kind": "accountability-kind/statutory", "mechanism": "mechanism/assess"},),
        ({"forum": "org/wirral-council"}, {"forum": "org/wirral-hwb"}),
    ),
    Expectation(
        "who-is-held-to-account",
        {"on": "2020-11-30", "forum": "cm-partnership-board"},
        ({"actor": "org/cm-partnership-executive", "status": "status/draft"},),  # pack L1131, L1151
        ({"actor": "org/cm-partnership-assembly"},),  # L1132: the other way round
    ),
    Expectation(
        "events-of",
        {"on": "2020-11-09", "entity": "nhs-cheshire-ccg"},
        (
            # report 3.2.2 L228-230; pack, Annex A L1434
            {
                "event": "event/cheshire-merger",
                "start": "2020-04-01",
                "precision": "day",
                "property": "resultingOrganization",
                "other": "org/vale-royal-ccg",
            },
            # page L28
            {"event": "event/ccg-abolition-planned", "start": "2022-07-01", "status": "status/planned"},
        ),
    ),
    Expectation(
        "events-between",
        {"on": "2020-11-09", "from": "2020-01-01", "until": "2020-12-31"},
        (
            {"event": "event/cheshire-merger", "start": "2020-04-01"},
            # report 3.1.9 L115
            {"event": "event/cm-partnership-assembly-2020-09-17", "start": "2020-09-17"},
        ),
        ({"event": "event/ccg-abolition"},),  # page L28: July 2022
    ),
    Expectation(
        "decision-rules-of",
        {"on": "2020-11-30", "body": "cm-partnership-board"},
        # pack L1294: 75 per cent of the eligible members, over capital and transformation funding.
        (
            {
                "threshold": "0.75",
                "majorityOf": "value/eligible-members",
                "matter": "function/capital-and-transformation-funding",
            },
            # L1292: by consensus of the eligible who are present
            {"majorityOf": "value/consensus-of-eligible-members-present", "decider": "org/cm-partnership-board"},
        ),
    ),
    Expectation(
        "elements-that-apply",
        {"on": "2020-11-30", "instrument": "mou-2020", "party": "healthwatch"},
        (
            *({"element": f"mou-element/{element}", "marked": "true"} for element in TICKED),
            {"element": "mou-element/mutual-accountability", "marked": "false"},  # pack L1503: an empty cell
        ),
        count=7,  # L1499-1505: seven rows
    ),
    Expectation(
        "elements-that-apply",
        {"on": "2020-11-30", "instrument": "mou-2020", "party": "healthwatch", "marked": "true"},
        tuple({"element": f"mou-element/{element}"} for element in TICKED),
        count=4,
    ),
    Expectation(
        "constituencies-of-a-body",
        {"on": "2020-11-30", "body": "cm-partnership-board"},
        # pack, Annex 6 L1656-1668
        (
            {"constituency": "constituency/cm-board-elected-members", "seats": "2"},
            {"constituency": "constituency/cm-board-clinical-chairs", "seats": "1"},
            {"constituency": "constituency/cm-board-lay", "seats": "2"},
        ),
    ),
    Expectation(
        "seats-of-a-body",
        {"on": "2020-11-30", "body": "cm-hcp", "kind": "CCG"},
        tuple({"member": ccg, "status": "status/draft"} for ccg in NINE_CCGS),
        count=9,  # pack, Annex A L1434-1442
    ),
    Expectation(
        "parties-to-an-arrangement",
        {"on": "2020-11-30", "instrument": "mou-2020", "kind": "CCG"},
        tuple({"party": ccg, "arrangementKind": "value/mou"} for ccg in NINE_CCGS),
        count=9,
    ),
    Expectation(
        "joint-arrangements-of-a-kind",
        {"on": "2020-11-30", "kind": "mou"},
        tuple({"party": ccg, "basis": "instrument/mou-2020"} for ccg in NINE_CCGS),
        # pack L1478-1482: partners who are no members and no signatories
        ({"party": "org/nhs-england", "basis": "instrument/mou-2020"},),
    ),
    Expectation(
        "names-of",
        {"on": "2020-11-09", "entity": "cm-hcp"},
        (
            # report 3.1.1 L32-33
            {"text": "Cheshire and Merseyside Health and Care Partnership", "kind": "name-kind/operational"},
            {"text": "HCP", "kind": "name-kind/acronym", "source": "source/wirral-2020-11-09"},
        ),
    ),
    Expectation(
        "codes-of",
        {"on": "2020-11-09", "entity": "nhs-wirral-ccg"},
        # NHS ODS (eccg, open date 1 April 2013); page L28 for its end.
        ({"code": "12F", "scheme": "identifier-scheme/ods", "from": "2013-04-01", "until": "2022-07-01"},),
    ),
    Expectation(
        "areas-of-a-body",
        {"on": "2020-11-09", "body": "nhs-cheshire-ccg"},
        # report 3.2.2 L228-232: one CCG for two Places.
        (
            {"area": "area/cheshire-east", "via": "stated"},
            {"area": "area/cheshire-west-and-chester", "via": "stated"},
        ),
        ({"area": "area/wirral"},),
    ),
    Expectation(
        "areas-of-an-area",
        {"on": "2020-11-09", "whole": "cheshire-and-merseyside", "kind": "Place"},
        tuple({"area": f"area/{place}"} for place in PLACES),
        count=9,  # report 3.1.1 L33-35
    ),
    Expectation(
        "bodies-of-a-kind",
        {"on": "2020-04-01", "kind": "CCG"},
        tuple({"body": ccg} for ccg in NINE_CCGS),
        ({"body": "org/vale-royal-ccg"},),  # merged on that day: report 3.2.2 L228-230
        count=9,
    ),
    Expectation(
        "bodies-of-a-kind",
        {"on": "2020-03-31", "kind": "CCG", "area": "cheshire-and-merseyside"},
        ({"body": "org/vale-royal-ccg", "until": "2020-04-01"},),
        count=12,  # the eight others and the four that merged the next day
    ),
    Expectation(
        "chairs-of-a-body",
        {"on": "2020-11-24", "body": "cheshire-east-hwb"},
        ({"post": "post/ce-hwb-chair", "holder": "person/s-corcoran"},),  # pack L72
        count=1,
    ),
    Expectation(
        "posts-of-a-person",
        {"on": "2020-11-09", "person": "alan-yates"},
        ({"post": "post/cm-partnership-chair", "body": "org/cm-hcp"},),  # report 3.1.1 L36-37
    ),
    Expectation(
        "participants-of-a-body",
        {"on": "2020-11-30", "body": "cm-hcp"},
        # pack, Annex A L1478-1488: other partners, not members
        tuple(
            {"participant": f"org/{body}", "status": "status/draft"}
            for body in ("nhs-england", "health-education-england", "public-health-england", "care-quality-commission")
        ),
        ({"participant": "org/nhs-wirral-ccg"},),
    ),
    Expectation(
        "statements-of-a-source",
        {"on": "2020-11-09", "source": "warrington-together", "type": "Delegation"},
        ({"thing": "rel/del-icb-warrington", "line": "70"},),  # page L70
        ({"document": "source/draft-mou"},),
    ),
    Expectation(
        "documents-of",
        {"on": "2020-11-09", "source": "draft-mou"},
        (
            {"property": "expresses", "value": "instrument/mou-2020"},
            {"property": "isPartOf", "value": "source/ce-hwb-pack"},  # item 5 of the pack
            {"property": "statedFrom", "value": "2020-11-01"},  # "November 2020" on its cover
        ),
    ),
    Expectation(
        "facts-of",
        {"on": "2020-11-30", "entity": "event/cheshire-merger"},
        (
            {"property": "start", "value": "2020-04-01"},
            {"property": "originalOrganization", "value": "org/vale-royal-ccg"},
            {"property": "resultingOrganization", "value": "org/nhs-cheshire-ccg"},
        ),
    ),
    Expectation(
        "alternatives-of",
        {"on": "2020-11-30", "entity": "option-1-ics-board"},
        ({"alternative": "org/option-2-ics-body", "status": "status/proposed"},),  # pack L712-714
    ),
    Expectation(
        "concepts-named",
        {"on": "2020-11-30", "words": "dispute", "scheme": "function"},
        ({"concept": "function/dispute-resolution"},),  # pack L1296-1306: the procedure
    ),
    Expectation(
        "mentions-of",
        {"on": "2020-11-30", "entity": "function/dispute-resolution"},
        # pack L1620-1632: the steps
        ({"thing": "rel/rule-cm-dispute-executive", "property": "subjectMatter", "about": "org/cm-hcp"},),
    ),
    Expectation(
        "statements-with-words",
        {"on": "2020-11-30", "words": "quorum|quorate"},
        ({"thing": "rel/rule-cm-board-consensus", "document": "source/draft-mou", "line": "1292"},),  # pack L1292
    ),
    Expectation(  # an event of no narrower class, by a word of its own label; 004 L938
        "statements-with-words",
        {"on": "2020-11-30", "words": "^Legislation that", "source": "draft-mou"},
        ({"thing": "event/cm-legislation-on-partnership-status", "line": "938"},),
    ),
)
