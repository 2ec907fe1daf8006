"""Examples for the rules on duties in law, on trusts and on what the Acts leave to agreements.

The small world of :mod:`tests.shapes.world` is in order; each case spoils one statement of it. Nothing here
is a fact about a real body.
"""

# ruff: noqa: E501 - the examples are Turtle, one statement a line
from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.shapes.cases import BASE, EVIDENCE, LAW, TWO, Case, body, end, relation, start
from tests.shapes.world import AFTER, APRIL, BEFORE, JULY, WORLD, constituency, covering, in_law

REVIEWED_ON: Final = "2023-06-01"


def board_cases() -> Iterator[Case]:
    """What the Act gives a Health and Wellbeing Board."""
    seats = "HealthAndWellbeingBoardHasItsSeats"
    for day in (BEFORE, AFTER):
        yield Case(seats, WORLD, "ro:elected-member", "ro:observer", day, message="for a councillor")
        yield Case(seats, WORLD, "ro:healthwatch-representative", "ro:observer", day, message="Local Healthwatch")
        yield Case(seats, WORLD, "ics:seats 3", "ics:seats 2", day, message="three directors")
    directors = "r:X-hwb-directors a ics:Membership ; ics:memberParty con:X-directors ; ics:memberOfBody b:X-hwb ; ics:status st:required ; ics:seats 3 ; "
    yield Case(seats, WORLD, directors, directors + end("2020-01-01"), message="three directors")
    adults, health = "ro:director-of-adult-social-services", "ro:director-of-public-health"
    named = WORLD.replace(directors, directors.replace("ics:seats 3", f"org:role {adults}"), 1) + "".join(
        relation(
            f"X-hwb-{name}",
            "Membership",
            f"ics:memberParty con:X-directors ; ics:memberOfBody b:X-hwb ; org:role {role}",
            APRIL,
            LAW,
        )
        for name, role in (("children", "ro:director-of-childrens-services"), ("health", health))
    )
    yield Case(seats, named, health, "ro:observer", message="three directors")
    consulted = "ics:advised b:nhs-england ; ics:status st:required"
    yield Case(
        "HealthAndWellbeingBoardIsConsulted",
        WORLD,
        consulted,
        consulted.replace("required", "planned"),
        severity="warning",
    )
    board = body("healthwatch-england", "Healthwatch", evidence=LAW) + relation(
        "part-healthwatch-england",
        "PartOf",
        "ics:part b:healthwatch-england ; ics:whole b:care-quality-commission",
        evidence=LAW,
    )
    whole = "ics:part b:healthwatch-england ; ics:whole b:care-quality-commission"
    yield Case(
        "HealthwatchEnglandIsACommitteeOfTheCommission",
        BASE + board,
        whole,
        whole.replace("care-quality-commission", "nhs-england"),
        alone=True,
    )


def council_cases() -> Iterator[Case]:
    """What councils must do."""
    for day in (BEFORE, AFTER):
        yield Case("CouncilContractsForHealthwatch", WORLD, "ics:provider b:X-healthwatch", "ics:provider b:X-hwb", day)
        yield Case("CouncilScrutinisesHealth", WORLD, "fn:health-scrutiny", "fn:public-health", day)
    for function in ("joint-strategic-needs-assessment", "joint-local-health-and-wellbeing-strategy"):
        old = f"ics:responsibilityFunction fn:{function}"
        shared = f"ics:responsibleBody b:X-council, b:X-ccg ; {old}"
        yield Case(
            "CouncilAndGroupsShareAssessmentAndStrategy", WORLD, shared, f"ics:responsibleBody b:X-council ; {old}"
        )
        later = shared.replace("X-ccg", "X-icb")
        yield Case(
            "CouncilAndBoardShareAssessmentAndStrategy", WORLD, later, f"ics:responsibleBody b:X-icb ; {old}", AFTER
        )


def system_cases() -> Iterator[Case]:
    """What the integrated care board and the partnership must do, and who appoints."""
    prepares = "ics:responsibilityFunction fn:integrated-care-strategy ; ics:status st:required"
    yield Case("PartnershipPreparesTheStrategy", WORLD, prepares, prepares.replace("required", "planned"), AFTER)
    for holder in ("icb", "council"):
        regard = f"ics:dutyHolder b:X-{holder} ; ics:regardFor fn:integrated-care-strategy"
        yield Case(
            "StrategyIsRegarded", WORLD, regard, regard.replace("integrated-care-strategy", "public-health"), AFTER
        )
    answers = WORLD + in_law("X-answers", "b:X-council", "b:X-icp", f"ics:collective true ; {JULY}").replace(
        "ak:statutory", "ak:financial"
    )
    yield Case("RegardIsNoAccountabilityToThePartnership", answers, "ics:collective true ; ", "")
    appointed = "BoardsChairAndChiefExecutiveAreAppointed"
    for old, new, told in (
        ("ics:appointer b:nhs-england", "ics:appointer post:minister", "NHS England appoints"),
        ("ics:approver post:minister", "ics:approver post:X-chief", "the minister approves"),
        ("ics:appointer post:X-chair", "ics:appointer b:nhs-england", "appoints the chief executive"),
        ("ics:approver b:nhs-england", "ics:approver post:minister", "NHS England approves"),
    ):
        yield Case(appointed, WORLD, old, new, AFTER, message=told)
    since = start("2023-04-01")
    reviewed = WORLD + "".join(
        in_law(f"X-{name}-reviewed", f"b:X-{name}", "b:care-quality-commission", since) for name in ("icb", "council")
    )
    for name in ("icb", "council"):
        edge = f"ics:actor b:X-{name} ; ics:forum b:care-quality-commission"
        other = edge.replace("b:care-quality-commission", "post:minister")
        yield Case("CommissionReviewsBoardsAndCouncils", reviewed, edge, other, REVIEWED_ON)


def trust_cases() -> Iterator[Case]:
    """Rules of shapes/trusts.ttl."""
    foundation = "".join(
        (
            body("X-trust", "FoundationTrust", APRIL, LAW),
            in_law("X-to-monitor", "b:X-trust", "b:monitor", APRIL),
            in_law(
                "X-to-nhse",
                "b:X-trust",
                "b:nhs-england",
                "ics:mechanism me:license ; ics:basis leg:2006\\/41 ; " + JULY,
            ),
            body("X-governors", "GoverningBody", APRIL, LAW),
            relation("X-part", "PartOf", "ics:part b:X-governors ; ics:whole b:X-trust", APRIL, LAW),
            constituency("X-directors"),
            in_law("X-to-governors", "con:X-directors", "b:X-governors", APRIL),
        )
    )
    monitor, authority = "ics:forum b:monitor", "ics:forum b:nhs-trust-development-authority"
    answered = "FoundationTrustAnsweredToMonitor"
    yield Case(answered, foundation, monitor, "ics:forum post:minister", severity="warning")
    england = "ics:forum b:nhs-england"
    yield Case("TrustAnswersToNHSEngland", foundation, england, "ics:forum post:minister", AFTER)
    directed = "FoundationTrustIsNotDirectedLikeAnNHSTrust"
    yield Case(directed, foundation, "me:license", "me:direct")
    yield Case(directed, foundation, monitor, authority, also=(answered,))
    whole = "ics:whole b:X-trust"
    yield Case("FoundationTrustHasGovernors", foundation, whole, "ics:whole b:monitor", AFTER, severity="warning")
    trust = "".join(
        (
            body("X-trust", "NHSTrust", APRIL, LAW),
            in_law("X-to-authority", "b:X-trust", "b:nhs-trust-development-authority", APRIL),
            in_law("X-to-nhse", "b:X-trust", "b:nhs-england", JULY),
        )
    )
    yield Case("NHSTrustAnsweredToTheAuthority", trust, authority, monitor, severity="warning")
    yield Case("TrustAnswersToNHSEngland", trust, england, "ics:forum post:minister", AFTER)
    life = f"b:monitor a ics:Regulator ; ics:status st:in-force ; {start('2013-04-01')}"
    ending = "MonitorAndAuthorityEndByJuly2022"
    yield Case(ending, BASE, life + end("2022-07-01"), life + end("2022-08-01"), alone=True)
    yield Case(ending, BASE, life + end("2022-07-01"), life, alone=True)


def form_cases() -> Iterator[Case]:
    """What is no legal person, no statutory body and no Place."""
    for kind in ("PCN", "Partnership", "ProviderCollaborative", "JointCommittee"):
        alliance = body("X-one", kind).replace(f"a ics:{kind}", f"a org:OrganizationalCollaboration, ics:{kind}")
        yield Case("AllianceIsNoLegalPerson", alliance, "a org:OrganizationalCollaboration", "a org:FormalOrganization")
    network = body("X-one", "PCN", start("2019-07-01"), LAW)
    yield Case("NetworkNotBeforeItsContract", network, "2019-07-01", "2019-06-01")
    collaborative = body("X-one", "ProviderCollaborative") + relation(
        "X-trait",
        "Characteristic",
        "ics:characterised b:X-one ; ics:aspect asp:statutory ; ics:characteristicValue val:no",
    )
    yield Case(
        "PlacePartnershipHasNoStatutoryBasis", collaborative, "val:no", "val:yes", message="provider collaborative"
    )
    location = (
        (
            f'area:X-sub a ics:SubICBLocation ; rdfs:label "X-sub"@en ; {JULY}{LAW} .\n'
            f'area:X-group a ics:AreaGroup ; rdfs:label "X-group"@en ; {EVIDENCE} .\n'
        )
        + TWO
        + covering("X-one", "X-group", "")
    )
    sub_location = "SubLocationIsAnAreaOfRecords"
    yield Case(sub_location, location, "2022-07-01", "2022-06-01")
    yield Case(sub_location, location, "ics:coveredArea area:X-group", "ics:coveredArea area:X-sub")


def cases() -> tuple[Case, ...]:
    """The examples of this module."""
    return (*board_cases(), *council_cases(), *system_cases(), *trust_cases(), *form_cases())
