"""For each rule small Turtle texts that are in order, and the one change that spoils them.

``X-`` in a text stands for the name of the example, so that many examples can be checked in one graph. Nothing here
is a fact about a real body.
"""

# ruff: noqa: E501 - the examples are Turtle, one statement a line
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

PREFIXES: Final = """\
@prefix ics: <https://w3id.org/ics-graph/ns#> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix leg: <http://www.legislation.gov.uk/id/ukpga/> .
@prefix b: <https://w3id.org/ics-graph/id/org/> .
@prefix area: <https://w3id.org/ics-graph/id/area/> .
@prefix post: <https://w3id.org/ics-graph/id/post/> .
@prefix pers: <https://w3id.org/ics-graph/id/person/> .
@prefix con: <https://w3id.org/ics-graph/id/constituency/> .
@prefix elec: <https://w3id.org/ics-graph/id/electorate/> .
@prefix ins: <https://w3id.org/ics-graph/id/instrument/> .
@prefix r: <https://w3id.org/ics-graph/id/rel/> .
@prefix ev: <https://w3id.org/ics-graph/id/event/> .
@prefix cl: <https://w3id.org/ics-graph/id/claim/> .
@prefix src: <https://w3id.org/ics-graph/id/source/> .
@prefix st: <https://w3id.org/ics-graph/concept/status/> .
@prefix oc: <https://w3id.org/ics-graph/concept/outcome/> .
@prefix nk: <https://w3id.org/ics-graph/concept/name-kind/> .
@prefix ak: <https://w3id.org/ics-graph/concept/accountability-kind/> .
@prefix me: <https://w3id.org/ics-graph/concept/mechanism/> .
@prefix fn: <https://w3id.org/ics-graph/concept/function/> .
@prefix ro: <https://w3id.org/ics-graph/concept/role/> .
@prefix asp: <https://w3id.org/ics-graph/concept/aspect/> .
@prefix val: <https://w3id.org/ics-graph/concept/value/> .
@prefix sup: <https://w3id.org/ics-graph/concept/supports/> .
@prefix pt: <https://w3id.org/ics-graph/concept/party-type/> .
@prefix el: <https://w3id.org/ics-graph/concept/mou-element/> .
@prefix ids: <https://w3id.org/ics-graph/concept/identifier-scheme/> .
"""

EVIDENCE: Final = (
    'ics:evidence [ dcterms:source src:report ; ics:locator "1" ; ics:paraphrase "The report says that it is so." ]'
)
"""Evidence from a report of 9 November 2020, which attests that day."""
LAW: Final = (
    'ics:evidence [ dcterms:source src:act ; ics:locator "s.1" ; ics:paraphrase "The Act lays it down in full." ]'
)
"""Evidence from an Act, which attests no day."""
DRAFT: Final = (
    'ics:evidence [ dcterms:source src:draft ; ics:locator "1" ; ics:paraphrase "The draft says that it is so." ]'
)

BASE: Final = f"""{PREFIXES}
src:report a ics:Source ; dcterms:title "Report"@en ; dcterms:publisher "A council" ; ics:licenceNote "Not known."@en ;
  ics:statedFrom "2020-11-09"^^xsd:date ; ics:statedUntil "2020-11-10"^^xsd:date ; dcterms:hasFormat src:report-text ; ics:linesIn src:report-text .
src:report-text a foaf:Document ; dcterms:title "Report, as text"@en ; dcterms:isFormatOf src:report ; dcterms:identifier "report.txt" ;
  ics:sha256 "{"0" * 64}" .
src:act a ics:Source ; dcterms:title "Act"@en ; dcterms:publisher "Parliament" ; ics:licenceNote "Open."@en ;
  ics:statedFrom "2012-03-27"^^xsd:date ; ics:statedUntil "2012-03-28"^^xsd:date ; ics:attestsNone true ; ics:expresses leg:2012\\/7 .
src:draft a ics:Source ; dcterms:title "Draft"@en ; dcterms:publisher "A partnership" ; ics:licenceNote "Not known."@en ;
  ics:statedFrom "2020-11-01"^^xsd:date ; ics:statedUntil "2020-12-01"^^xsd:date ; ics:attestsNone true ; ics:expresses ins:draft .
leg:2012\\/7 a ics:Instrument ; rdfs:label "Act"@en ; ics:status st:in-force ; {LAW} .
leg:2006\\/41 a ics:Instrument ; rdfs:label "Older Act"@en ; ics:status st:in-force ; {LAW} .
ins:draft a ics:Instrument ; rdfs:label "Draft"@en ; ics:status st:draft ; {DRAFT} .
b:nhs-england a ics:NationalBody ; ics:status st:in-force ; ics:start "2013-04-01"^^xsd:date ; {LAW} ;
  ics:name [ a ics:Name ; ics:text "NHS England"@en ; ics:nameKind nk:operational ] .
b:care-quality-commission a ics:Regulator ; ics:status st:in-force ; {LAW} ; ics:name [ a ics:Name ; ics:text "Commission"@en ; ics:nameKind nk:operational ] .
b:monitor a ics:Regulator ; ics:status st:in-force ; ics:start "2013-04-01"^^xsd:date ; ics:end "2022-07-01"^^xsd:date ; {LAW} ;
  ics:name [ a ics:Name ; ics:text "Monitor"@en ; ics:nameKind nk:operational ] .
b:nhs-trust-development-authority a ics:NationalBody ; ics:status st:in-force ; ics:start "2013-04-01"^^xsd:date ; ics:end "2022-07-01"^^xsd:date ; {LAW} ;
  ics:name [ a ics:Name ; ics:text "Authority"@en ; ics:nameKind nk:operational ] .
post:minister a org:Post ; rdfs:label "Minister"@en ; ics:status st:in-force ; ics:start "2000-01-01"^^xsd:date ; {LAW} .
r:acc-nhs-england a ics:Accountability ; ics:actor b:nhs-england ; ics:forum post:minister ; ics:accountabilityKind ak:statutory ;
  ics:status st:in-force ; ics:start "2013-04-01"^^xsd:date ; ics:basis leg:2012\\/7 ; {LAW} .
"""

Severity = Literal["violation", "warning", "info"]


@dataclass(frozen=True)
class Case:
    """One example: ``text`` is in order; with ``old`` replaced by ``new`` it breaks ``rule`` (and those of ``also``).

    An example that is ``alone`` is checked in a graph of its own, without :data:`BASE`: its rule is about one body.
    """

    rule: str
    text: str
    old: str
    new: str
    day: str = "2020-11-09"
    also: tuple[str, ...] = ()
    severity: Severity = "violation"
    message: str = ""
    alone: bool = False

    def spoilt(self) -> str:
        """The bad example."""
        if self.text.count(self.old) < 1:
            raise ValueError(f"{self.rule}: {self.old!r} does not stand in the example")
        return self.text.replace(self.old, self.new, 1)


LEGAL_FORM: Final = {
    **dict.fromkeys(("ICB", "CCG", "NHSTrust", "FoundationTrust", "LocalAuthority"), "org:FormalOrganization"),
    "HealthAndWellbeingBoard": "org:OrganizationalUnit",
}


def body(slug: str, kind: str = "GovernanceGroup", more: str = "", evidence: str = EVIDENCE) -> str:
    """A body in force; ``more`` is put before its evidence."""
    form = f" ; a {LEGAL_FORM[kind]}" if kind in LEGAL_FORM else ""
    return (
        f"b:{slug} a ics:{kind} ; ics:status st:in-force ; {more}{evidence} ; "
        f'ics:name [ a ics:Name ; ics:text "{slug}"@en ; ics:nameKind nk:operational ]{form} .\n'
    )


def relation(slug: str, kind: str, ends: str, more: str = "", evidence: str = EVIDENCE) -> str:
    """A relation in force."""
    return f"r:{slug} a ics:{kind} ; {ends} ; ics:status st:in-force ; {more}{evidence} .\n"


def start(day: str) -> str:
    """A start, to be put before the evidence."""
    return f'ics:start "{day}"^^xsd:date ; '


def end(day: str) -> str:
    """An end, to be put before the evidence."""
    return f'ics:end "{day}"^^xsd:date ; '


def post(slug: str, more: str = "", evidence: str = EVIDENCE) -> str:
    """A post in force."""
    return f'post:{slug} a org:Post ; rdfs:label "{slug}"@en ; ics:status st:in-force ; {more}{evidence} .\n'


def person(slug: str) -> str:
    """A person."""
    return f'pers:{slug} a foaf:Person ; rdfs:label "{slug}" ; {EVIDENCE} .\n'


TWO: Final = body("X-one") + body("X-two")
ADVICE: Final = TWO + relation("X-advice", "Advice", "ics:adviser b:X-one ; ics:advised b:X-two")
ANSWERS: Final = TWO + relation(
    "X-answers",
    "Accountability",
    "ics:actor b:X-one ; ics:forum b:X-two",
    "ics:accountabilityKind ak:managerial ; ",
)


def evidence_cases() -> Iterator[Case]:
    """Rules of shapes/evidence.ttl."""
    yield Case(
        "RelationHasEvidence",
        ADVICE,
        f"r:X-advice a ics:Advice ; ics:adviser b:X-one ; ics:advised b:X-two ; ics:status st:in-force ; {EVIDENCE}",
        "r:X-advice a ics:Advice ; ics:adviser b:X-one ; ics:advised b:X-two ; ics:status st:in-force",
    )
    yield Case("EverythingHasEvidence", person("X-she"), f" ; {EVIDENCE}", "")
    for old, new in (
        ('ics:locator "1" ; ', ""),
        ("dcterms:source src:report ; ", ""),
        ('"The report says that it is so."', '"So."'),
        ('ics:locator "1"', 'ics:locator "1" ; ics:line 0'),
    ):
        also = ("CitationHasDaysOfWriting",) if "source" in old else ()
        yield Case("CitationIsComplete", person("X-she"), old, new, also=also)
    labelled = '_:one dcterms:source src:report ; ics:locator "1" ; ics:paraphrase "The report says so." .\n'
    used = person("X-she").replace("ics:evidence [", "ics:evidence _:one, [") + labelled
    yield Case("CitationIsUsed", used, "_:one, ", "", severity="warning")
    only = EVIDENCE.replace(" ]", " ; ics:supports sup:existence, sup:start ]")
    dated = body("X-one", more=start("2019-05-01"), evidence=only)
    yield Case("ExistenceIsSupported", dated, "sup:existence, ", "")
    yield Case("StartIsSupported", dated, ", sup:start", "")
    ended = body("X-one", more=end("2021-05-01"), evidence=only.replace("sup:start", "sup:end"))
    yield Case("EndIsSupported", ended, ", sup:end", "")
    planned = body("X-one").replace("in-force", "planned")
    told = planned.replace(
        EVIDENCE, f"ics:outcome oc:unrealised ; {EVIDENCE}, {EVIDENCE[13:-2]} ; ics:supports sup:outcome ]"
    )
    yield Case("OutcomeIsSupported", told, " ; ics:supports sup:outcome", "")
    yield Case(
        "SourceIsInTheRegister", person("X-she"), "src:report", "src:X-unknown", also=("CitationHasDaysOfWriting",)
    )
    page = (
        'src:X-page a ics:Source ; dcterms:title "Page"@en ; dcterms:publisher "A council" ; ics:licenceNote "Not known."@en ; '
        'ics:statedFrom "2020-01-01"^^xsd:date ; ics:statedUntil "2021-01-01"^^xsd:date .\n'
    )
    cited = page + person("X-she").replace("src:report", "src:X-page")
    yield Case("SourceIsDescribed", cited, 'dcterms:title "Page"@en ; ', "")
    yield Case("SourceIsDescribed", cited, 'dcterms:publisher "A council" ; ', "", severity="warning")
    yield Case("SourceIsDescribed", cited, 'ics:licenceNote "Not known."@en ; ', "", severity="warning")
    yield Case("CitationHasDaysOfWriting", cited, ' ; ics:statedUntil "2021-01-01"^^xsd:date', "")
    yield Case("CitationHasDaysOfWriting", cited, '"2021-01-01"', '"2019-01-01"')
    attesting = person("X-she").replace(" ]", ' ; ics:attests "2020-11-09"^^xsd:date ]')
    yield Case("AttestsNoLaterThanWritten", attesting, '"2020-11-09"', '"2020-11-10"')
    yield Case("AttestsADayOrNone", attesting, "ics:attests ", "ics:attestsNone true ; ics:attests ")
    claim = body("X-one") + (
        f"cl:X-claim a ics:Claim ; ics:about b:X-one ; ics:aspect asp:number-of-nhs-providers ; ics:value 18 ; ics:polarity val:stated ; {EVIDENCE} .\n"
    )
    yield Case("ClaimIsComplete", claim, " ; ics:polarity val:stated", "")
    yield Case("ClaimIsComplete", claim, "ics:value 18 ; ", "")
    thing = claim.replace("ics:value 18", "ics:value b:X-one")
    yield Case("ClaimedThingsAreDescribed", thing, "ics:value b:X-one", "ics:value b:X-nobody")


def date_cases() -> Iterator[Case]:
    """Rules of shapes/dates.ttl."""
    dated = body("X-one", more=start("2019-05-01"))
    for lexical in ("2019-05-01Z", "2019-05-01T00:00:00", "2019-02-29", "01/05/2019"):
        yield Case("DatesAreClean", dated, "2019-05-01", lexical)
    yield Case("DatesAreClean", dated, '"2019-05-01"^^xsd:date', '"2019-05-01"')
    monthly = body("X-one", more='ics:startPrecision "month" ; ' + start("2019-05-01"))
    yield Case("StartPrecisionFits", monthly, "2019-05-01", "2019-05-15")
    yield Case("StartPrecisionFits", monthly, '"month"', '"year"')
    yield Case("StartPrecisionFits", monthly, '"month"', '"decade"')
    ending = body("X-one", more='ics:endPrecision "month" ; ' + end("2021-05-01"))
    yield Case("EndPrecisionFits", ending, "2021-05-01", "2021-05-15")
    yield Case("EndPrecisionFits", ending, '"month"', '"year"')
    by = body("X-one", more='ics:startedOnOrBefore "2019-05-01"^^xsd:date ; ')
    yield Case(
        "StartIsStatedOnce", by, "ics:startedOnOrBefore", 'ics:start "2019-01-01"^^xsd:date ; ics:startedOnOrBefore'
    )
    until = body("X-one", more='ics:endedOnOrBefore "2021-05-01"^^xsd:date ; ')
    yield Case("EndIsStatedOnce", until, "ics:endedOnOrBefore", 'ics:end "2021-01-01"^^xsd:date ; ics:endedOnOrBefore')
    yield Case("EndIsStatedOnce", until, "ics:endedOnOrBefore", "ics:endUnknown true ; ics:endedOnOrBefore")
    short = body("X-one", more=start("2013-04-01") + end("2020-04-01"), evidence=LAW)
    yield Case("EndsAfterItStarts", short, "2020-04-01", "2013-04-01")
    named = short.replace(
        "nk:operational ]", 'nk:operational ; ics:start "2014-01-01"^^xsd:date ; ics:end "2015-01-01"^^xsd:date ]'
    )
    yield Case("NameEndsAfterItStarts", named, '"2015-01-01"', '"2014-01-01"')
    yield Case("NameFitsTheLife", named, '"2014-01-01"', '"2012-01-01"')
    yield Case("NameFitsTheLife", named, '"2015-01-01"', '"2021-01-01"')
    attested = body("X-one", more=start("2019-05-01") + end("2021-05-01"))
    yield Case("AttestedWithinItsDates", attested, "2019-05-01", "2020-12-01")
    yield Case("AttestedWithinItsDates", attested, "2021-05-01", "2020-10-01")
    life = start("2013-04-01") + end("2022-07-01")
    lives = body("X-one", more=life, evidence=LAW) + body("X-two", more=life, evidence=LAW)
    ends = "ics:adviser b:X-one ; ics:advised b:X-two"
    inside = lives + relation("X-advice", "Advice", ends, start("2014-04-01") + end("2021-07-01"), LAW)
    yield Case("RelationFitsTheLives", inside, "2014-04-01", "2010-04-01", message="can have begun")
    yield Case("RelationFitsTheLives", inside, "2021-07-01", "2023-07-01", message="had ended by 2022-07-01")
    yield Case(
        "RelationFitsTheLives",
        inside,
        f"{start('2014-04-01')}{end('2021-07-01')}",
        start("2023-04-01"),
        message="It begins on 2023-04-01",
    )
    later = lives.replace("2022-07-01", "2021-07-01") + relation("X-advice", "Advice", ends)
    yield Case("RelationFitsTheLives", later, "2021-07-01", "2020-07-01", message="A document finds it on 2020-11-09")
    apart = (
        body("X-one", more=life, evidence=LAW)
        + body("X-two", more=start("2021-01-01"), evidence=LAW)
        + relation("X-advice", "Advice", ends, evidence=LAW)
    )
    yield Case("RelationFitsTheLives", apart, "2022-07-01", "2020-07-01", message="never lived on one day")
    of_body = (
        body("X-one", more=life, evidence=LAW)
        + post("X-chair", evidence=LAW)
        + person("X-she")
        + relation("X-of", "PostOf", "ics:post post:X-chair ; ics:postBody b:X-one", evidence=LAW)
        + relation("X-tenure", "Tenure", "ics:holder pers:X-she ; ics:heldPost post:X-chair")
    )
    yield Case("RelationFitsTheLifeOfThePostsBody", of_body, "2013-04-01", "2021-01-01")
    yield Case("RelationFitsTheLifeOfThePostsBody", of_body, "2022-07-01", "2020-07-01")


def status_cases() -> Iterator[Case]:
    """Rules of shapes/status.ttl."""
    yield Case("HasStatus", body("X-one"), "ics:status st:in-force ; ", "")
    yield Case("HasStatus", body("X-one"), "st:in-force", "st:in-force, st:draft")
    outcome = (
        body("X-one")
        .replace("in-force", "planned")
        .replace(EVIDENCE, f"ics:outcome oc:realised ; {EVIDENCE}, {EVIDENCE[13:-2]} ; ics:supports sup:outcome ]")
    )
    yield Case("OutcomeIsOfSomethingForeseen", outcome, "st:planned", "st:in-force")
    realised = body("X-two", more="ics:realises b:X-one ; ") + outcome
    yield Case("RealisedEarlier", realised, "oc:realised", "oc:unrealised")
    plan = ADVICE.replace(
        f"st:in-force ; {EVIDENCE} .",
        f"st:planned ; ics:outcome oc:realised ; {EVIDENCE}, {EVIDENCE[13:-2]} ; ics:supports sup:outcome ] .",
    ) + relation("X-later", "Advice", "ics:adviser b:X-one ; ics:advised b:X-two", "ics:realises r:X-advice ; ")
    yield Case("RealisedHasWhatRealisesIt", plan, "ics:realises r:X-advice ; ", "", severity="warning")
    yield Case("ConceptsAreOfTheirLists", ANSWERS, "ak:managerial", "ak:managing")
    yield Case("ConceptsAreOfTheirLists", ANSWERS, "st:in-force", "st:inforce")
    yield Case("ConceptsAreOfTheirLists", ANSWERS, "ak:managerial", "st:draft")
    of_class = ("PropertiesAreOfTheirClass",)
    yield Case("EverythingHasAClass", ADVICE, "r:X-advice a ics:Advice ; ", "r:X-advice ", also=of_class)
    yield Case("EverythingHasAClass", person("X-she"), "a foaf:Person ; ", "")
    yield Case("EverythingHasAClass", body("X-one"), "[ a ics:Name ; ", "[ ", also=of_class)
    yield Case("PropertiesAreOfTheirClass", ADVICE, "ics:advised b:X-two", "ics:advised b:X-two ; ics:actor b:X-one")
    yield Case("TermsAreKnown", ANSWERS, "ics:accountabilityKind", "ics:enforcable true ; ics:accountabilityKind")
    yield Case(
        "FlagsAndNumbersAreClean",
        ANSWERS.replace("ics:accountabilityKind", "ics:enforceable true ; ics:accountabilityKind"),
        "true",
        '"yes"',
    )


RELATIONS: Final = {
    "Delegation": "ics:delegator b:X-one ; ics:delegate b:X-two ; ics:function fn:public-health",
    "Membership": "ics:memberParty b:X-one ; ics:memberOfBody b:X-two",
    "Participation": "ics:participant b:X-one ; ics:participatesIn b:X-two",
    "PartOf": "ics:part b:X-one ; ics:whole b:X-two",
    "Coverage": "ics:coveringBody b:X-one ; ics:coveredArea area:X-group ; ics:extent val:part",
    "Responsibility": "ics:responsibleBody b:X-one ; ics:responsibilityFunction fn:public-health",
    "DutyOfRegard": "ics:dutyHolder b:X-one ; ics:regardFor fn:public-health",
    "Advice": "ics:adviser b:X-one ; ics:advised b:X-two",
    "Reporting": "ics:reporter b:X-one ; ics:reportedTo b:X-two",
    "Approval": "ics:approver b:X-one ; ics:approvalOf ins:draft",
    "Appointment": "ics:appointer b:X-one ; ics:appointee post:X-chair",
    "Commissioning": "ics:commissioner b:X-one ; ics:provider b:X-two",
    "Applicability": "ics:instrument ins:X-table ; ics:partyType pt:councils ; ics:element el:financials ; ics:marked true",
    "DecisionRule": "ics:ruleOf b:X-one",
    "Tenure": "ics:holder pers:X-she ; ics:heldPost post:X-chair",
    "PostOf": "ics:post post:X-chair ; ics:postBody b:X-one",
    "Chairing": "ics:chairPost post:X-chair ; ics:chairedBody b:X-one",
    "ExOfficio": "ics:exOfficioPost post:X-chair ; ics:byVirtueOf post:X-mayor",
    "Characteristic": "ics:characterised b:X-one ; ics:aspect asp:legalForm ; ics:characteristicValue val:body-corporate",
}


def relation_cases() -> Iterator[Case]:
    """Rules of shapes/relations.ttl: each end taken out, and an end that nothing describes."""
    things = (
        TWO
        + post("X-chair")
        + post("X-mayor")
        + person("X-she")
        + f'area:X-group a ics:AreaGroup ; rdfs:label "X-"@en ; {EVIDENCE} .\n'
        + f'ins:X-table a ics:Instrument ; rdfs:label "X-table"@en ; ics:status st:draft ; {DRAFT} .\n'
    )
    everything = things + "".join(relation(f"X-{kind.lower()}", kind, ends) for kind, ends in RELATIONS.items())
    for kind, ends in RELATIONS.items():
        for name in ends.split(" ; "):
            rest = ends.replace(name, "").replace(" ;  ; ", " ; ").strip(" ;")
            old, new = f"a ics:{kind} ; {ends}", f"a ics:{kind}" + (f" ; {rest}" if rest else "")
            yield Case(f"EndsOf{kind}", everything, old, new)
    yield Case("EndsOfAdvice", ADVICE, "ics:advised b:X-two", "ics:advised b:X-nobody")
    yield Case("EndsOfAdvice", ADVICE, "ics:advised b:X-two", "ics:advised b:X-two, b:X-one")
    yield Case("EndsOfAccountability", ANSWERS, "ics:actor b:X-one ; ", "")
    yield Case("EndsOfAccountability", ANSWERS, "ics:forum b:X-two ; ", "")
    yield Case("EndsOfAccountability", ANSWERS, "ics:forum b:X-two", "ics:forum b:X-one")
    yield Case("EndsOfAccountability", ANSWERS, "ics:accountabilityKind ak:managerial ; ", "")
    unstated = ANSWERS.replace("ics:forum b:X-two", "ics:forumStated false")
    yield Case("EndsOfAccountability", unstated, "ics:forumStated false", "ics:forumStated false ; ics:forum b:X-two")
    joint = TWO + relation(
        "X-joint", "JointArrangement", "ics:party b:X-one, b:X-two", "ics:arrangementKind val:mou ; "
    )
    yield Case("EndsOfJointArrangement", joint, ", b:X-two", "")
    yield Case("EndsOfJointArrangement", joint, "ics:arrangementKind val:mou ; ", "")
    steps = body("X-one") + "".join(
        relation(f"X-step-{number}", "DecisionRule", "ics:ruleOf b:X-one", f"ics:order {number} ; {after}")
        for number, after in ((1, ""), (2, "ics:after r:X-step-1 ; "))
    )
    yield Case("StepsAreInOrder", steps, "ics:order 2", "ics:order 1", also=("StepsHaveNumbersOfTheirOwn",))
    yield Case("StepsAreInOrder", steps, "ics:order 2 ; ", "")
    based = ANSWERS.replace("ics:accountabilityKind", "ics:basis leg:2012\\/7 ; ics:accountabilityKind")
    yield Case("ReferencesAreDescribed", based, "leg:2012\\/7", "ins:X-unknown")


def body_cases() -> Iterator[Case]:
    """Rules of shapes/bodies.ttl."""
    yield Case("BodyHasOneKind", body("X-one"), "a ics:GovernanceGroup", "a org:Organization")
    yield Case("BodyHasOneKind", body("X-one"), "a ics:GovernanceGroup", "a ics:GovernanceGroup, ics:Network")
    unit = body("X-one").replace("a ics:Gov", "a org:OrganizationalUnit, ics:Gov")
    yield Case(
        "UnitIsNoLegalPerson", unit, "a org:OrganizationalUnit", "a org:OrganizationalUnit, org:FormalOrganization"
    )
    council = body("X-one", "LocalAuthority", evidence=LAW)
    voters = f'elec:X-voters a ics:Electorate ; rdfs:label "X-voters"@en ; {LAW} .\n' + relation(
        "X-elected",
        "Accountability",
        "ics:actor b:X-one ; ics:forum elec:X-voters",
        "ics:accountabilityKind ak:democratic ; ",
    )
    yield Case("LegalPersonsAreSaidToBe", council + voters, " ; a org:FormalOrganization", "", severity="warning")
    yield Case("BodyHasName", body("X-one"), "nk:operational", "nk:acronym")
    yield Case("NameIsComplete", body("X-one"), '"X-one"@en', '" X-one"@en')
    yield Case("NameIsComplete", body("X-one"), 'ics:text "X-one"@en ; ', "")
    yield Case("LabelIsGiven", person("X-she"), 'rdfs:label "X-she" ; ', "")
    yield Case("NamesAreUnique", TWO, '"X-two"@en', '"X-one"@en')
    coded = "".join(
        body(slug).replace(
            " .\n",
            f' ; adms:identifier [ a adms:Identifier ; skos:notation "{code}" ; ics:identifierScheme ids:ods ; {EVIDENCE} ] .\n',
        )
        for slug, code in (("X-one", "XQ1"), ("X-two", "XQ2"))
    )
    yield Case("CodeIsComplete", coded, ' ; skos:notation "XQ1"', "")
    yield Case("CodeIsComplete", coded, '"XQ1"', '"xq 1"')
    yield Case("CodesAreUnique", coded, '"XQ2"', '"XQ1"')


def cases() -> tuple[Case, ...]:
    """The examples of this module."""
    return (*evidence_cases(), *date_cases(), *status_cases(), *relation_cases(), *body_cases())
