"""The namespaces and terms of the graph, as plain strings.

What stands here is defined in ``ontology/``, and a test compares the two: no term is here that the ontology
does not define, and none is there that is missing here. Tables (:data:`RELATION_CLASSES`, :data:`BODY_KINDS`,
:data:`AREA_LEVELS`) hold local names, ``"Accountability"`` or ``"accountableTo"``; ``ICS + name`` is the IRI.
The enumerations of concepts hold slugs, with the IRI as ``.iri``.

Nothing but the standard library is imported, so that every room and every command may use it at no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple

ICS: Final = "https://w3id.org/ics-graph/ns#"
ONTOLOGY: Final = "https://w3id.org/ics-graph/ns"
ID: Final = "https://w3id.org/ics-graph/id/"
CONCEPT: Final = "https://w3id.org/ics-graph/concept/"
SHAPES: Final = "https://w3id.org/ics-graph/shapes#"
SEGMENT: Final = "https://w3id.org/ics-graph/seg/"
AS_OF: Final = "https://w3id.org/ics-graph/as-of/"

ADMS: Final = "http://www.w3.org/ns/adms#"
DCTERMS: Final = "http://purl.org/dc/terms/"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
ORG: Final = "http://www.w3.org/ns/org#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
PROV: Final = "http://www.w3.org/ns/prov#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SH: Final = "http://www.w3.org/ns/shacl#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
LEGISLATION: Final = "http://www.legislation.gov.uk/id/"

CONCEPT_SCHEMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "st": "status",
        "oc": "outcome",
        "nk": "name-kind",
        "ak": "accountability-kind",
        "me": "mechanism",
        "fn": "function",
        "ro": "role",
        "asp": "aspect",
        "val": "value",
        "sup": "supports",
        "vt": "voting",
        "pt": "party-type",
        "el": "mou-element",
        "ids": "identifier-scheme",
        "lv": "level",
        "ori": "orientation",
        "un": "unit",
        "vw": "view",
    }
)
"""Prefix -> concept scheme; the namespace of a prefix is ``CONCEPT + scheme + "/"``."""

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ics": ICS,
        "adms": ADMS,
        "dcterms": DCTERMS,
        "foaf": FOAF,
        "org": ORG,
        "owl": OWL,
        "prov": PROV,
        "rdf": RDF,
        "rdfs": RDFS,
        "sh": SH,
        "skos": SKOS,
        "xsd": XSD,
        "leg": LEGISLATION,
        "b": f"{ID}org/",
        "area": f"{ID}area/",
        "post": f"{ID}post/",
        "pers": f"{ID}person/",
        "con": f"{ID}constituency/",
        "elec": f"{ID}electorate/",
        "ins": f"{ID}instrument/",
        "r": f"{ID}rel/",
        "ev": f"{ID}event/",
        "cl": f"{ID}claim/",
        "src": f"{ID}source/",
        **{prefix: f"{CONCEPT}{scheme}/" for prefix, scheme in CONCEPT_SCHEMES.items()},
    }
)
"""The prefixes of the project's own files and answers."""

AUTHORED_KINDS: Final = (
    *("org", "area", "post", "person", "constituency", "electorate"),
    *("instrument", "rel", "event", "claim", "source"),
)
"""Kinds of instances that an author names by a slug."""

BUILT_KINDS: Final = ("name", "identifier", "citation")
"""Kinds that are blank nodes in the files and get their IRIs from the build."""

# Terms of other vocabularies, used by their exact IRIs.
RDF_TYPE: Final = f"{RDF}type"
RDFS_LABEL: Final = f"{RDFS}label"
SKOS_PREF_LABEL: Final = f"{SKOS}prefLabel"
SKOS_DEFINITION: Final = f"{SKOS}definition"
SKOS_IN_SCHEME: Final = f"{SKOS}inScheme"
SKOS_NOTATION: Final = f"{SKOS}notation"
SKOS_NOTE: Final = f"{SKOS}note"
SKOS_CONCEPT: Final = f"{SKOS}Concept"
SKOS_CONCEPT_SCHEME: Final = f"{SKOS}ConceptScheme"
DCTERMS_SOURCE: Final = f"{DCTERMS}source"
DCTERMS_TITLE: Final = f"{DCTERMS}title"
DCTERMS_PUBLISHER: Final = f"{DCTERMS}publisher"
DCTERMS_LICENSE: Final = f"{DCTERMS}license"
DCTERMS_HAS_FORMAT: Final = f"{DCTERMS}hasFormat"
DCTERMS_IS_PART_OF: Final = f"{DCTERMS}isPartOf"
ADMS_IDENTIFIER: Final = f"{ADMS}identifier"
ADMS_IDENTIFIER_CLASS: Final = f"{ADMS}Identifier"
FOAF_PERSON: Final = f"{FOAF}Person"
ORG_ORGANIZATION: Final = f"{ORG}Organization"
ORG_FORMAL_ORGANIZATION: Final = f"{ORG}FormalOrganization"
ORG_ORGANIZATIONAL_UNIT: Final = f"{ORG}OrganizationalUnit"
ORG_ORGANIZATIONAL_COLLABORATION: Final = f"{ORG}OrganizationalCollaboration"
ORG_POST: Final = f"{ORG}Post"
ORG_ROLE: Final = f"{ORG}role"
ORG_CHANGE_EVENT: Final = f"{ORG}ChangeEvent"
ORG_ORIGINAL_ORGANIZATION: Final = f"{ORG}originalOrganization"
ORG_RESULTING_ORGANIZATION: Final = f"{ORG}resultingOrganization"
XSD_BOOLEAN: Final = f"{XSD}boolean"
XSD_DATE: Final = f"{XSD}date"
XSD_DECIMAL: Final = f"{XSD}decimal"
XSD_INTEGER: Final = f"{XSD}integer"
XSD_STRING: Final = f"{XSD}string"


class ConceptSlug(StrEnum):
    """Base of the closed concept schemes: a member is the slug, ``iri`` the concept."""

    __scheme__: ClassVar[str]

    @property
    def iri(self) -> str:
        """The IRI of the concept."""
        return f"{CONCEPT}{self.__scheme__}/{self.value}"


class Status(ConceptSlug):
    """What a source said, when it spoke, about how real a thing was."""

    __scheme__ = "status"

    IN_FORCE = "in-force"
    BEING_ESTABLISHED = "being-established"
    PERMITTED = "permitted"
    REQUIRED = "required"
    DRAFT = "draft"
    PROPOSED = "proposed"
    PLANNED = "planned"


class Outcome(ConceptSlug):
    """What became of something planned, proposed or drafted."""

    __scheme__ = "outcome"

    REALISED = "realised"
    UNREALISED = "unrealised"
    UNKNOWN = "unknown"


class NameKind(ConceptSlug):
    """In what sense a name is the name of a body."""

    __scheme__ = "name-kind"

    LEGAL = "legal"
    OPERATIONAL = "operational"
    SHORT = "short"
    ACRONYM = "acronym"
    AS_PRINTED = "as-printed"
    MISPRINT = "misprint"


class AccountabilityKind(ConceptSlug):
    """On what ground, and before what sort of forum, an actor answers."""

    __scheme__ = "accountability-kind"

    STATUTORY = "statutory"
    DEMOCRATIC = "democratic"
    MANAGERIAL = "managerial"
    CONTRACTUAL = "contractual"
    REGULATORY = "regulatory"
    SCRUTINY = "scrutiny"
    FINANCIAL = "financial"
    PROFESSIONAL = "professional"
    MUTUAL = "mutual"
    NOT_STATED = "not-stated"


class Supports(ConceptSlug):
    """Which statement of its node a citation bears out."""

    __scheme__ = "supports"

    EXISTENCE = "existence"
    START = "start"
    END = "end"
    STATUS = "status"
    OUTCOME = "outcome"
    PROPERTY = "property"


class Voting(ConceptSlug):
    """Whether a seat or an attendance carries a vote."""

    __scheme__ = "voting"

    VOTING = "voting"
    NON_VOTING = "non-voting"
    ASSOCIATE_NON_VOTING = "associate-non-voting"


class Level(ConceptSlug):
    """The tier at which a body works, from the smallest area to the largest."""

    __scheme__ = "level"

    NEIGHBOURHOOD = "neighbourhood"
    PLACE = "place"
    SYSTEM = "system"
    REGION = "region"
    NATION = "nation"


class Orientation(ConceptSlug):
    """How actor and forum stand to each other."""

    __scheme__ = "orientation"

    VERTICAL = "vertical"
    HORIZONTAL = "horizontal"
    DIAGONAL = "diagonal"


class Polarity(ConceptSlug):
    """What a claim's source does with the statement."""

    __scheme__ = "value"

    STATED = "stated"
    DENIED = "denied"
    SILENT = "silent"


class DatePrecision(StrEnum):
    """To what a date that stands for a longer span is known; plain strings in the data."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class RelationClass(NamedTuple):
    """One class of relations; all names are local names in :data:`ICS`.

    ``to_property`` is None where the class has no second end. ``from_repeats`` and ``to_repeats`` say which
    end may occur several times on one node (jointly). ``shortcut`` runs from the first end to the second, and
    ``inverse_shortcut`` back; None where a day graph has no plain triple for the class.
    """

    name: str
    from_property: str
    to_property: str | None
    from_repeats: bool = False
    to_repeats: bool = False
    shortcut: str | None = None
    inverse_shortcut: str | None = None


RELATION_CLASSES: Final[Mapping[str, RelationClass]] = MappingProxyType(
    {
        relation_class.name: relation_class
        for relation_class in (
            RelationClass(
                "Accountability",
                "actor",
                "forum",
                shortcut="accountableTo",
                inverse_shortcut="holdsToAccount",
            ),
            RelationClass("Delegation", "delegator", "delegate", shortcut="delegatesTo"),
            RelationClass("Membership", "memberParty", "memberOfBody", shortcut="memberOf"),
            RelationClass("Participation", "participant", "participatesIn"),
            RelationClass("PartOf", "part", "whole", to_repeats=True, shortcut="partOf"),
            RelationClass("Coverage", "coveringBody", "coveredArea", shortcut="covers"),
            RelationClass(
                "Responsibility",
                "responsibleBody",
                "responsibilityFunction",
                from_repeats=True,
                shortcut="responsibleFor",
            ),
            RelationClass("DutyOfRegard", "dutyHolder", "regardFor"),
            RelationClass("Advice", "adviser", "advised", shortcut="advises"),
            RelationClass("Reporting", "reporter", "reportedTo"),
            RelationClass("Approval", "approver", "approvalOf"),
            RelationClass("Appointment", "appointer", "appointee"),
            RelationClass("Commissioning", "commissioner", "provider", shortcut="commissions"),
            RelationClass("Applicability", "instrument", "partyType"),
            RelationClass("DecisionRule", "ruleOf", None),
            RelationClass("JointArrangement", "party", None, from_repeats=True),
            RelationClass("Tenure", "holder", "heldPost"),
            RelationClass("PostOf", "post", "postBody"),
            RelationClass("Chairing", "chairPost", "chairedBody"),
            RelationClass("ExOfficio", "exOfficioPost", "byVirtueOf"),
            # Its shortcut is one property an aspect, ics:{aspect}: see CHARACTERISTIC_SHORTCUTS.
            RelationClass("Characteristic", "characterised", "characteristicValue"),
        )
    }
)
"""The classes of relations, by local name."""

CHARACTERISTIC_SHORTCUTS: Final = (
    "statutory",
    "legalForm",
    "legalPersonality",
    "decisionMaking",
    "meetingFrequency",
    "meetsInPublic",
    "chairedBy",
)
"""Aspects of characteristics: slugs of the scheme ``aspect`` and local names of plain properties of a day."""

BODY_KINDS: Final = (
    *("ICB", "CCG", "NHSTrust", "FoundationTrust", "NationalBody", "Regulator"),
    *("Department", "Parliament", "LocalAuthority", "CouncilCommittee", "HealthAndWellbeingBoard", "GoverningBody"),
    *("JointCommittee", "Partnership", "ProviderCollaborative", "PCN", "GovernanceGroup", "Network"),
    *("Programme", "Healthwatch", "VoluntaryBody", "EmergencyService", "University", "Practice"),
    *("Company", "OtherBody"),
)
"""Local names of the classes of which every body has exactly one."""

AREA_LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Neighbourhood": "neighbourhood",
        "Place": "place",
        "System": "system",
        "Region": "region",
        "Nation": "nation",
    }
)
"""Class of an area -> level of the bodies that cover it; an AreaGroup gives no level."""

AREA_CLASSES: Final = (*AREA_LEVELS, "AreaGroup", "SubICBLocation")
"""Local names of the classes of areas."""

CHANGE_EVENT_CLASSES: Final = ("Establishment", "Merger", "Acquisition", "Split", "Abolition")
"""Local names of the events that are org:ChangeEvent too."""

EVENT_CLASSES: Final = (*CHANGE_EVENT_CLASSES, "Renaming", "TransferOfFunctions", "Meeting")
"""Local names of the classes of events."""

CLASSES: Final = (
    *BODY_KINDS,
    "Area",
    *AREA_CLASSES,
    "Relation",
    *RELATION_CLASSES,
    "Event",
    *EVENT_CLASSES,
    *("Name", "Constituency", "Electorate", "Instrument", "Citation", "Source", "Claim"),
    *("Existing", "Holding", "Day"),
)
"""Local names of every class of the ontology; the last three are only in the graphs of days."""

ENDS: Final = tuple(
    end
    for relation_class in RELATION_CLASSES.values()
    for end in (relation_class.from_property, relation_class.to_property)
    if end is not None
)
"""Local names of the properties for ends; the build writes ics:from and ics:to beside each."""

SHORTCUTS: Final = (
    *("accountableTo", "holdsToAccount", "delegatesTo", "memberOf", "partOf", "covers", "within"),
    *("responsibleFor", "advises", "commissions"),
    *CHARACTERISTIC_SHORTCUTS,
)
"""Local names of the plain properties that are only in the graphs of days."""

COMPUTED_PROPERTIES: Final = (
    *("earliestStart", "latestStart", "earliestEnd", "latestEnd"),
    *("statedEarliestStart", "statedLatestStart", "statedEarliestEnd", "statedLatestEnd"),
    *("firstAttested", "lastAttested", "writtenBy"),
)
"""Local names of the properties that the build writes beside ics:from and ics:to, and no author."""

PROPERTIES: Final = (
    *("from", "to"),
    *ENDS,
    # What relations carry
    *("accountabilityKind", "subjectMatter", "mechanism", "enforceable", "orientation", "basis"),
    *("forumStated", "collective", "function", "accountabilityRetained", "exercisedAt", "seats", "voting"),
    *("represents", "apologies", "extent", "inArea", "dischargedThrough", "matter", "element", "marked"),
    *("order", "after", "decider", "threshold", "majorityOf", "withinDays", "arrangementKind", "aspect"),
    # Status and time
    *("status", "outcome", "realises", "alternativeTo", "start", "end", "startPrecision", "endPrecision"),
    *("startedOnOrBefore", "endedOnOrBefore", "endUnknown"),
    # Bodies, names, identifiers, areas, remarks
    *("level", "name", "text", "nameKind", "identifierScheme", "partOfArea", "note"),
    # Events
    *("concerns", "transferor", "transferee", "meetingOf"),
    # Evidence, sources, claims
    *("evidence", "locator", "line", "page", "paraphrase", "statedFrom", "statedUntil", "attests"),
    *("attestsNone", "supports", "inferred", "expresses", "notIndependentOf", "licenceNote"),
    *("linesIn", "sha256"),
    *("about", "value", "unit", "polarity"),
    # Rules
    *("runsOn", "day", "bindsFrom", "bindsUntil", "reason", "remedy"),
    *SHORTCUTS,
    *COMPUTED_PROPERTIES,
)
"""Local names of every property of the ontology."""

STATUSES: Final = tuple(str(status) for status in Status)
"""Slugs of the statuses."""


def concept(scheme: str, slug: str) -> str:
    """The IRI of the concept ``slug`` in the concept scheme ``scheme``: ``concept("status", "draft")``."""
    return f"{CONCEPT}{scheme}/{slug}"


def instance(kind: str, slug: str) -> str:
    """The IRI of an instance: ``instance("org", "nhs-wirral-ccg")``.

    Raises ValueError where ``kind`` is none of :data:`AUTHORED_KINDS` and :data:`BUILT_KINDS`.
    """
    if kind not in AUTHORED_KINDS and kind not in BUILT_KINDS:
        raise ValueError(f"no kind of instances is called {kind!r}")
    return f"{ID}{kind}/{slug}"


def local_name(iri: str) -> str:
    """What stands behind the last ``#`` or ``/`` of an IRI: the slug of a concept, the name of a term."""
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
