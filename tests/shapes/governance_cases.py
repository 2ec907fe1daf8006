"""Examples for the rules on Places, statutory bodies, accountability, delegation and events.

The small world of :mod:`tests.shapes.world` is in order; each case spoils one statement of it. Nothing here is a fact
about a real body.
"""

# ruff: noqa: E501 - the examples are Turtle, one statement a line
from __future__ import annotations

from collections.abc import Iterator

from tests.shapes.cases import ANSWERS, DRAFT, EVIDENCE, LAW, TWO, Case, body, end, relation, start
from tests.shapes.world import AFTER, APRIL, BEFORE, GROUP_LIFE, JULY, WORLD, area, covering, in_law, required


def place_cases() -> Iterator[Case]:
    """Rules of shapes/places.ttl."""
    council = "r:X-council-covers a ics:Coverage ; ics:coveringBody b:X-council ; ics:coveredArea area:X-place ; ics:status st:in-force"
    hwb = council.replace("X-council", "X-hwb")
    group = council.replace("X-council", "X-ccg")
    board = council.replace("X-council", "X-icb").replace("X-place", "X-system")
    committee = "HealthAndWellbeingBoardIsACommitteeOfItsCouncil"
    for day in (BEFORE, AFTER):
        yield Case(
            "PlaceHasHealthAndWellbeingBoard",
            WORLD,
            hwb,
            hwb.replace("in-force", "planned"),
            day,
            message="The Place The ",
        )
        yield Case(
            "PlaceHasCouncil", WORLD, council, council.replace("in-force", "planned"), day, (committee,), "warning"
        )
    yield Case("PlaceHasCommissioningGroup", WORLD, group, group.replace("in-force", "planned"), BEFORE)
    missing = "CommissionerSitsOnTheBoardsOfItsPlaces"
    yield Case("SystemHasIntegratedCareBoard", WORLD, board, board.replace("in-force", "planned"), AFTER)
    second = body("X-second", "ICB", JULY, LAW) + in_law("X-second-answers", "b:X-second", "b:nhs-england", JULY)
    overlap = (
        "IntegratedCareBoardHasItsBoard",
        "StatutoryPartnershipHasBoardAndCouncils",
        "StrategyIsRegarded",
        "CouncilAndBoardShareAssessmentAndStrategy",
        missing,
    )
    yield Case(
        "AreasOfBoardsDoNotOverlap",
        WORLD,
        "area:X-system a",
        f"{second}{covering('X-second', 'X-system', JULY)}area:X-system a",
        AFTER,
        overlap,
    )
    yield Case("PlaceIsInOneSystem", WORLD, "ics:partOfArea area:X-system ; ", "", BEFORE)
    nested = area("X-one", "AreaGroup", "X-two") + area("X-two", "AreaGroup", "X-three") + area("X-three", "AreaGroup")
    yield Case("AreasAreNoCircle", nested, '"The X-three"@en', '"The X-three"@en ; ics:partOfArea area:X-one')


def statutory_cases() -> Iterator[Case]:
    """Rules of shapes/statutory.ttl."""
    yield Case("GroupEndsByJuly2022", WORLD, GROUP_LIFE, APRIL, AFTER)
    yield Case("GroupEndsByJuly2022", WORLD, GROUP_LIFE, APRIL + end("2022-08-01"), AFTER)
    yield Case("GroupStartsNoEarlierThan2013", WORLD, GROUP_LIFE, start("2012-10-01") + end("2022-07-01"))
    board = f"a ics:ICB ; ics:status st:in-force ; {JULY}"
    yield Case("BoardStartsInJuly2022", WORLD, board, board.replace("2022-07", "2022-04"))
    yield Case("BoardStartsInJuly2022", WORLD, board, "a ics:ICB ; ics:status st:in-force ; ", AFTER)
    part = "r:X-board-part a ics:PartOf ; ics:part b:X-board ; ics:whole b:X-icb ; ics:status st:required"
    chamber = "IntegratedCareBoardHasItsBoard"
    yield Case(chamber, WORLD, part, part.replace("required", "planned"), AFTER, message="has no board")
    yield Case(
        chamber,
        WORLD,
        "org:role ro:chair ",
        "org:role ro:ordinary-member ",
        AFTER,
        ("BoardsChairAndChiefExecutiveAreAppointed",),
        message="no seat for a chair",
    )
    yield Case(
        chamber, WORLD, "ro:chief-executive", "ro:ordinary-member", AFTER, message="no seat for a chief executive"
    )
    yield Case(
        chamber, WORLD, "ro:ordinary-member", "ro:lay-member", AFTER, message="fewer than three ordinary members"
    )
    trusts = f"r:X-seat-trusts a ics:Membership ; ics:memberParty con:X-trusts ; ics:memberOfBody b:X-board ; org:role ro:ordinary-member ; ics:status st:required ; {JULY}"
    yield Case(chamber, WORLD, trusts, trusts + end("2022-12-01"), AFTER, message="fewer than three ordinary members")
    early = WORLD + required(
        relation(
            "X-strategy",
            "Responsibility",
            "ics:responsibleBody b:X-icp ; ics:responsibilityFunction fn:public-health",
            start("2021-04-01"),
            LAW,
        )
    ).replace("st:required", "st:planned")
    icp = "StatutoryPartnershipNotBeforeJuly2022"
    yield Case(icp, early, "st:planned", "st:in-force", also=("RelationFitsTheLives",))
    life = f"a ics:JointCommittee ; ics:status st:required ; {JULY}"
    yield Case(icp, WORLD, life, life.replace("2022-07", "2021-07"))
    committee = "StatutoryPartnershipHasBoardAndCouncils"
    yield Case(committee, WORLD, "ics:whole b:X-icb, b:X-council", "ics:whole b:X-icb")
    yield Case(
        committee,
        WORLD,
        "ics:memberParty b:X-council ; ics:memberOfBody b:X-icp",
        "ics:memberParty con:X-councils ; ics:memberOfBody b:X-icp",
    )
    yield Case(committee, WORLD, "a ics:JointCommittee", "a ics:GovernanceGroup")
    place = (
        WORLD
        + body("X-alliance", "Partnership", start("2020-01-01"))
        + covering("X-alliance", "X-place", start("2020-01-01"))
    )
    alliance = "PlacePartnershipHasNoStatutoryBasis"
    trait = relation(
        "X-trait",
        "Characteristic",
        "ics:characterised b:X-alliance ; ics:aspect asp:statutory ; ics:characteristicValue val:no",
    )
    yield Case(alliance, place + trait, "val:no", "val:yes")
    edge = relation(
        "X-edge",
        "Accountability",
        "ics:actor b:X-alliance ; ics:forum b:X-council",
        "ics:accountabilityKind ak:managerial ; ",
    )
    unnamed = ("StatutoryAccountabilityNamesItsLaw",)
    yield Case(alliance, place + edge, "ak:managerial", "ak:statutory", also=unnamed)
    yield Case(alliance, place + edge, "ak:managerial", "ak:managerial ; ics:basis leg:2012\\/7")
    hwb = "r:X-hwb-part a ics:PartOf ; ics:part b:X-hwb ; ics:whole b:X-council ; ics:status st:in-force"
    its_council = "HealthAndWellbeingBoardIsACommitteeOfItsCouncil"
    yield Case(its_council, WORLD, hwb, hwb.replace("in-force", "planned"), message="not part of any")
    covers = "ics:coveringBody b:X-hwb ; ics:coveredArea area:X-group"
    planned = relation("X-more", "Coverage", covers, f"ics:extent val:part ; {APRIL}", LAW).replace(
        "in-force", "planned"
    )
    yield Case(
        its_council,
        WORLD + area("X-group", "AreaGroup") + planned,
        "st:planned",
        "st:in-force",
        message="does not cover",
    )
    sits = "CommissionerSitsOnTheBoardsOfItsPlaces"
    yield Case(
        sits,
        WORLD,
        "ics:memberParty b:X-ccg ; ics:memberOfBody b:X-hwb",
        "ics:memberParty b:X-council ; ics:memberOfBody b:X-hwb",
    )
    yield Case(
        sits,
        WORLD,
        "ics:memberParty b:X-icb ; ics:memberOfBody b:X-hwb",
        "ics:memberParty b:X-council ; ics:memberOfBody b:X-hwb",
    )


def accountability_cases() -> Iterator[Case]:
    """Rules of shapes/accountability.ttl."""
    nobody = "CommissionerIsAccountableInLaw"
    england = "CommissionerAnswersToNHSEngland"
    group = (
        "r:X-ccg-answers a ics:Accountability ; ics:actor b:X-ccg ; ics:forum b:nhs-england ; ics:status st:in-force"
    )
    board = group.replace("ccg", "icb")
    for old, day in ((group, BEFORE), (board, AFTER)):
        yield Case(nobody, WORLD, old, old.replace("in-force", "draft"), day, (england,))
        yield Case(england, WORLD, old, old.replace("b:nhs-england", "post:minister"), day)
    trust = body("X-trust", "NHSTrust", APRIL, LAW) + in_law(
        "X-trust-answers", "b:X-trust", "b:nhs-trust-development-authority", APRIL
    )
    edge = "ics:forum b:nhs-trust-development-authority ; ics:status st:in-force"
    planned = edge.replace("in-force", "planned")
    authority = ("NHSTrustAnsweredToTheAuthority",)
    yield Case("TrustIsAccountableInLaw", trust, edge, planned, also=authority, severity="warning")
    parliament = (
        body("X-parliament", "Parliament", APRIL, LAW)
        + f'elec:X-voters a ics:Electorate ; rdfs:label "X-voters"@en ; {EVIDENCE} .\n'
        + in_law("X-minister", "post:minister", "b:X-parliament", APRIL)
        + in_law("X-elected", "b:X-parliament", "elec:X-voters", APRIL)
    )
    yield Case("MinisterAnswersToParliament", parliament, "ics:actor post:minister", "ics:actor b:nhs-england")
    yield Case("MinisterAnswersToParliament", parliament, "ics:forum elec:X-voters", "ics:forum b:nhs-england")
    yield Case("CouncilAnswersToVoters", WORLD, "ics:forum elec:X-voters", "ics:forum b:nhs-england")
    rests = "InForceRestsOnMoreThanADraft"
    yield Case(rests, ANSWERS, f"ak:managerial ; {EVIDENCE}", f"ak:managerial ; {DRAFT}")
    part = 'src:X-annex a ics:Source ; dcterms:title "Annex"@en ; dcterms:isPartOf src:draft .\n' + ANSWERS.replace(
        f"ak:managerial ; {EVIDENCE}",
        f"ak:managerial ; {EVIDENCE}, {EVIDENCE[13:].replace('src:report', 'src:X-annex')}",
    )
    yield Case(rests, part, f"ak:managerial ; {EVIDENCE}, [", "ak:managerial ; ics:evidence [")
    only_start = f"{EVIDENCE}, {DRAFT[13:]}"
    timed = ANSWERS.replace(f"ak:managerial ; {EVIDENCE}", f"ak:managerial ; {start('2020-01-01')}{only_start}")
    yield Case(rests, timed, 'says that it is so." ], [', 'says that it is so." ; ics:supports sup:start ], [')
    told = ANSWERS.replace(f"ak:managerial ; {EVIDENCE}", f"ak:managerial ; ics:basis leg:2012\\/7 ; {DRAFT}")
    yield Case(rests, told, "ics:basis leg:2012\\/7 ; ", "")
    law = f'ins:X-law a ics:Instrument ; rdfs:label "X-law"@en ; ics:status st:in-force ; {LAW} .\n' + told.replace(
        "leg:2012\\/7", "ins:X-law"
    )
    yield Case(
        "LawIsWitnessedByMoreThanADraft", law, f"st:in-force ; {LAW}", f"st:in-force ; {DRAFT}", severity="warning"
    )
    based = ANSWERS.replace("ics:accountabilityKind", "ics:basis leg:2012\\/7 ; ics:accountabilityKind")
    yield Case("InForceHasBasisInForce", based, "leg:2012\\/7", "ins:draft")
    yield Case("StatutoryAccountabilityNamesItsLaw", ANSWERS, "ak:managerial", "ak:statutory")
    joint = TWO + relation(
        "X-joint", "JointArrangement", "ics:party b:X-one, b:X-two", "ics:arrangementKind val:mou ; "
    )
    mutual = joint + relation(
        "X-mutual",
        "Accountability",
        "ics:actor b:X-one ; ics:forum r:X-joint",
        "ics:collective true ; ics:accountabilityKind ak:mutual ; ",
    )
    collective = "MutualAccountabilityIsCollective"
    yield Case(collective, mutual, "ics:forum r:X-joint", "ics:forum b:X-two")
    chain = "CollectiveStartsNoChain"
    yield Case(chain, mutual, "ics:collective true ; ", "", also=(collective,))
    answers = mutual + relation(
        "X-answers",
        "Accountability",
        "ics:actor b:X-one ; ics:forum b:X-two",
        "ics:accountabilityKind ak:managerial ; ",
    )
    yield Case(chain, answers, "ics:actor b:X-one ; ics:forum b:X-two", "ics:actor r:X-joint ; ics:forum b:X-two")


def delegation_cases() -> Iterator[Case]:
    """Rules of shapes/delegation.ttl."""
    ends = "ics:delegator b:X-one ; ics:delegate b:X-two ; ics:function fn:public-health"
    trait = relation(
        "X-trait",
        "Characteristic",
        "ics:characterised b:X-two ; ics:aspect asp:decisionMaking ; ics:characteristicValue val:decides",
    )
    advising = TWO + trait + relation("X-delegates", "Delegation", ends)
    yield Case("AdviserIsNoDelegate", advising, "val:decides", "val:advises")
    forming = advising.replace("val:decides ; ics:status st:in-force", "val:advises ; ics:status st:proposed")
    yield Case("AdviserIsNoDelegate", forming, "st:proposed", "st:being-established")
    delegating = TWO + relation("X-delegates", "Delegation", ends)
    yield Case("DelegateIsNotTheDelegator", delegating, "ics:delegate b:X-two", "ics:delegate b:X-one")
    england = body("X-two") + relation("X-delegates", "Delegation", ends.replace("b:X-one", "b:nhs-england"))
    kept = "NHSEnglandKeepsItsCoreFunctions"
    yield Case(kept, england, "fn:public-health", "fn:assessing-icbs", AFTER)
    yield Case(kept, england, "fn:public-health", "fn:foundation-trust-applications", AFTER)
    power = f'ins:X-65z5 a ics:Instrument ; rdfs:label "X-65z5"@en ; ics:status st:permitted ; {LAW} .\n'
    new = TWO + power + relation("X-delegates", "Delegation", ends, f"ics:basis ins:X-65z5 ; {JULY}", LAW)
    yield Case("NewPowerNotBeforeJuly2022", new, "2022-07-01", "2021-07-01")
    retained = ANSWERS + relation("X-delegates", "Delegation", ends, "ics:accountabilityRetained true ; ")
    yield Case(
        "RetainedAccountabilityIsSomeones",
        retained,
        "ics:actor b:X-one ; ics:forum b:X-two",
        "ics:actor b:X-two ; ics:forum b:X-one",
        severity="warning",
    )


def event(slug: str, kind: str, more: str) -> str:
    """An event that took place."""
    return f"ev:{slug} a ics:{kind} ; ics:status st:in-force ; {more} ; {LAW} .\n"


def event_cases() -> Iterator[Case]:
    """Rules of shapes/events.ttl."""
    bodies = (
        body("X-old", more=APRIL + end("2020-04-01"), evidence=LAW)
        + body("X-other", more=APRIL + end("2020-04-01"), evidence=LAW)
        + body("X-new", more=start("2020-04-01"), evidence=LAW)
    )
    merger = bodies + event(
        "X-merger",
        "Merger, org:ChangeEvent",
        start("2020-04-01") + "org:originalOrganization b:X-old, b:X-other ; org:resultingOrganization b:X-new",
    )
    fits = "EventFitsTheLives"
    yield Case(fits, merger, 'ics:end "2020-04-01"', 'ics:end "2020-03-31"', message="ends on 2020-03-31")
    yield Case(fits, merger, end("2020-04-01"), "", message="no end is given")
    new = f"ics:GovernanceGroup ; ics:status st:in-force ; {start('2020-04-01')}"
    yield Case(fits, merger, new, new.replace("2020-04-01", "2020-05-01"), message="begins on 2020-05-01")
    yield Case(fits, merger, new, "ics:GovernanceGroup ; ics:status st:in-force ; ", message="no start is given")
    merging = f"org:ChangeEvent ; ics:status st:in-force ; {start('2020-04-01')}"
    yield Case(fits, merger, merging, merging.replace("2020-04-01", "2020-04-02"))
    yield Case("EventThatTookPlaceHasADay", merger, merging, "org:ChangeEvent ; ics:status st:in-force ; ")
    yield Case("ChangeNamesItsBodies", merger, " ; org:resultingOrganization b:X-new", "")
    yield Case("ChangeNamesItsBodies", merger, "org:originalOrganization b:X-old, b:X-other ; ", "")
    renamed = body("X-one", more=APRIL, evidence=LAW).replace(
        "nk:operational ]",
        'nk:operational ; ics:start "2020-04-01"^^xsd:date ], [ a ics:Name ; ics:text "X-was" ; ics:nameKind nk:operational ; ics:end "2020-04-01"^^xsd:date ]',
    ) + event("X-renaming", "Renaming", start("2020-04-01") + "ics:concerns b:X-one")
    yield Case(
        "RenamingChangesAName",
        renamed,
        'ics:start "2020-04-01"',
        'ics:start "2020-04-02"',
        message="begins on that day",
    )
    yield Case(
        "RenamingChangesAName", renamed, 'ics:end "2020-04-01"', 'ics:end "2020-03-31"', message="ends on that day"
    )
    yield Case("ChangeNamesItsBodies", renamed, "ics:concerns b:X-one", 'ics:note "Of one."@en')
    transfer = TWO + event(
        "X-transfer", "TransferOfFunctions", start("2020-04-01") + "ics:transferor b:X-one ; ics:transferee b:X-two"
    )
    yield Case("ChangeNamesItsBodies", transfer, " ; ics:transferee b:X-two", "")
    meeting = (
        TWO
        + event("X-meeting", "Meeting", start("2020-11-09") + "ics:meetingOf b:X-one")
        + relation(
            "X-present",
            "Participation",
            "ics:participant b:X-two ; ics:participatesIn ev:X-meeting",
            'ics:note "In the chair."@en ; ',
        )
    )
    of = "MeetingIsOfABodyOnADay"
    yield Case(of, meeting, " ; ics:meetingOf b:X-one", "")
    yield Case(of, meeting, '"2020-11-09"', '"2020-11-08"')
    yield Case(of, meeting, '"2020-11-09"', '"2020-11-10"', message="before the meeting")


def cases() -> tuple[Case, ...]:
    """The examples of this module."""
    return (*place_cases(), *statutory_cases(), *accountability_cases(), *delegation_cases(), *event_cases())
