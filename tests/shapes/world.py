"""One small world in order: a system with one Place, its council, boards, group, partnership and their duties.

The examples of :mod:`tests.shapes.governance_cases` and :mod:`tests.shapes.duty_cases` spoil one statement of it each.
Nothing here is a fact about a real body.
"""

from __future__ import annotations

from typing import Final

from tests.shapes.cases import EVIDENCE, LAW, body, end, post, relation, start

BEFORE: Final = "2020-11-09"
AFTER: Final = "2023-01-01"
JULY: Final = start("2022-07-01")
APRIL: Final = start("2013-04-01")
GROUP_LIFE: Final = APRIL + end("2022-07-01")


def required(text: str) -> str:
    """The same node as law demands it."""
    return text.replace("st:in-force", "st:required")


def area(slug: str, kind: str, whole: str = "") -> str:
    """An area."""
    part = f"ics:partOfArea area:{whole} ; " if whole else ""
    return f'area:{slug} a ics:{kind} ; rdfs:label "The {slug}"@en ; {part}{EVIDENCE} .\n'


def in_law(slug: str, actor: str, forum: str, more: str) -> str:
    """An accountability by statute."""
    return relation(
        slug,
        "Accountability",
        f"ics:actor {actor} ; ics:forum {forum}",
        f"ics:accountabilityKind ak:statutory ; ics:basis leg:2012\\/7 ; {more}",
        LAW,
    )


def covering(slug: str, covered: str, more: str) -> str:
    """A body covers an area."""
    return relation(
        f"{slug}-covers",
        "Coverage",
        f"ics:coveringBody b:{slug} ; ics:coveredArea area:{covered}",
        f"ics:extent val:whole ; {more}",
        LAW,
    )


def jointly(partner: str, partners: str, more: str) -> str:
    """What the council does together with a commissioner: needs assessment and wellbeing strategy."""
    return "".join(
        relation(
            f"X-{partner}-{name}",
            "Responsibility",
            f"ics:responsibleBody {partners} ; ics:responsibilityFunction fn:{function}",
            more,
            LAW,
        )
        for name, function in (
            ("needs", "joint-strategic-needs-assessment"),
            ("wellbeing", "joint-local-health-and-wellbeing-strategy"),
        )
    )


def hwb_seat(name: str, party: str, more: str) -> str:
    """A seat on the Health and Wellbeing Board that the Act demands."""
    ends = f"ics:memberParty {party} ; ics:memberOfBody b:X-hwb"
    return required(relation(f"X-hwb-{name}", "Membership", ends, more + APRIL, LAW))


def constituency(slug: str) -> str:
    """A constituency."""
    return f'con:{slug} a ics:Constituency ; rdfs:label "{slug}"@en ; {LAW} .\n'


PLACE: Final = "".join(
    (
        area("X-system", "System"),
        area("X-place", "Place", "X-system"),
        body("X-council", "LocalAuthority", APRIL, LAW),
        covering("X-council", "X-place", APRIL),
        f'elec:X-voters a ics:Electorate ; rdfs:label "X-voters"@en ; {EVIDENCE} .\n',
        relation(
            "X-elected",
            "Accountability",
            "ics:actor b:X-council ; ics:forum elec:X-voters",
            "ics:accountabilityKind ak:democratic ; " + APRIL,
            LAW,
        ),
        body("X-hwb", "HealthAndWellbeingBoard", APRIL, LAW),
        covering("X-hwb", "X-place", APRIL),
        relation("X-hwb-part", "PartOf", "ics:part b:X-hwb ; ics:whole b:X-council", APRIL, LAW),
        body("X-ccg", "CCG", GROUP_LIFE, LAW),
        covering("X-ccg", "X-place", GROUP_LIFE),
        in_law("X-ccg-answers", "b:X-ccg", "b:nhs-england", APRIL),
        required(
            relation("X-ccg-seat", "Membership", "ics:memberParty b:X-ccg ; ics:memberOfBody b:X-hwb", APRIL, LAW)
        ),
        constituency("X-councillors"),
        constituency("X-directors"),
        body("X-healthwatch", "Healthwatch", APRIL, LAW),
        hwb_seat("councillor", "con:X-councillors", "org:role ro:elected-member ; "),
        hwb_seat("directors", "con:X-directors", "ics:seats 3 ; "),
        hwb_seat("healthwatch", "b:X-healthwatch", "org:role ro:healthwatch-representative ; "),
        required(
            relation(
                "X-healthwatch-contract",
                "Commissioning",
                "ics:commissioner b:X-council ; ics:provider b:X-healthwatch",
                APRIL,
                LAW,
            )
        ),
        required(
            relation(
                "X-hwb-consulted",
                "Advice",
                "ics:adviser b:X-hwb ; ics:advised b:nhs-england",
                "ics:matter fn:assessing-ccgs, fn:assessing-icbs ; " + APRIL,
                LAW,
            )
        ),
        relation(
            "X-scrutiny",
            "Responsibility",
            "ics:responsibleBody b:X-council ; ics:responsibilityFunction fn:health-scrutiny",
            APRIL,
            LAW,
        ),
        jointly("ccg", "b:X-council, b:X-ccg", GROUP_LIFE),
    )
)
"""A Place with what the law gives it until June 2022."""


def seat(name: str, party: str, role: str) -> str:
    """A seat on the board that the Act demands."""
    return required(
        relation(
            f"X-seat-{name}",
            "Membership",
            f"ics:memberParty {party} ; ics:memberOfBody b:X-board ; org:role ro:{role}",
            JULY,
            LAW,
        )
    )


BOARD: Final = "".join(
    (
        body("X-icb", "ICB", JULY, LAW),
        covering("X-icb", "X-system", JULY),
        in_law("X-icb-answers", "b:X-icb", "b:nhs-england", JULY),
        required(body("X-board", "GoverningBody", JULY, LAW)),
        required(relation("X-board-part", "PartOf", "ics:part b:X-board ; ics:whole b:X-icb", JULY, LAW)),
        post("X-chair", JULY, LAW),
        post("X-chief", JULY, LAW),
        *(constituency(f"X-{name}") for name in ("trusts", "care", "councils")),
        seat("chair", "post:X-chair", "chair"),
        seat("chief", "post:X-chief", "chief-executive"),
        *(seat(name, f"con:X-{name}", "ordinary-member") for name in ("trusts", "care", "councils")),
        required(body("X-icp", "JointCommittee", JULY, LAW)),
        required(relation("X-icp-part", "PartOf", "ics:part b:X-icp ; ics:whole b:X-icb, b:X-council", JULY, LAW)),
        required(relation("X-icp-icb", "Membership", "ics:memberParty b:X-icb ; ics:memberOfBody b:X-icp", JULY, LAW)),
        required(
            relation("X-icp-council", "Membership", "ics:memberParty b:X-council ; ics:memberOfBody b:X-icp", JULY, LAW)
        ),
        required(relation("X-icb-seat", "Membership", "ics:memberParty b:X-icb ; ics:memberOfBody b:X-hwb", JULY, LAW)),
        jointly("icb", "b:X-council, b:X-icb", JULY),
        required(
            relation(
                "X-icp-strategy",
                "Responsibility",
                "ics:responsibleBody b:X-icp ; ics:responsibilityFunction fn:integrated-care-strategy",
                JULY,
                LAW,
            )
        ),
        *(
            relation(
                f"X-{name}-regards",
                "DutyOfRegard",
                f"ics:dutyHolder b:X-{name} ; ics:regardFor fn:integrated-care-strategy",
                JULY,
                LAW,
            )
            for name in ("icb", "council")
        ),
        *(
            relation(f"X-{name}", kind, ends, JULY, LAW)
            for name, kind, ends in (
                ("chair-appointed", "Appointment", "ics:appointer b:nhs-england ; ics:appointee post:X-chair"),
                ("chair-approved", "Approval", "ics:approver post:minister ; ics:approvalOf post:X-chair"),
                ("chief-appointed", "Appointment", "ics:appointer post:X-chair ; ics:appointee post:X-chief"),
                ("chief-approved", "Approval", "ics:approver b:nhs-england ; ics:approvalOf post:X-chief"),
            )
        ),
    )
)
"""The board of the system and the statutory partnership."""
WORLD: Final = PLACE + BOARD
