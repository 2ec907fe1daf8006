"""The ontology is complete against the model, says where its terms come from, and is what the data use."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from rdflib import DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SKOS, Graph, Literal, URIRef

from ics_graph.vocabulary import (
    ADMS,
    BODY_KINDS,
    CONCEPT,
    CONCEPT_SCHEMES,
    EVENT_CLASSES,
    ICS,
    ID,
    LEGISLATION,
    ONTOLOGY,
    ORG_ORGANIZATION,
    RELATION_CLASSES,
)
from tests.support import ontology_documentation

PROJECT = Path(__file__).resolve().parents[1]
SCHEME_FILES = sorted((PROJECT / "ontology" / "schemes").glob("*.ttl"))
DATA_FILES = sorted((PROJECT / "data").glob("*.ttl"))
SHARED = PROJECT.parent / "shared"

# The terms of the model, written down by hand: a term that stands here keeps its meaning.
MODEL_TERMS = frozenset(
    """
    ICB CCG NHSTrust FoundationTrust NationalBody Regulator Department Parliament LocalAuthority
    CouncilCommittee HealthAndWellbeingBoard GoverningBody JointCommittee Partnership ProviderCollaborative
    PCN GovernanceGroup Network Programme Healthwatch VoluntaryBody EmergencyService University Practice
    Company OtherBody Name name text nameKind Characteristic level Area Neighbourhood Place System Region
    Nation AreaGroup partOfArea PostOf Chairing ExOfficio Constituency Electorate Instrument Relation from
    to whole responsibleBody party Accountability actor forum accountabilityKind subjectMatter mechanism
    enforceable orientation basis Delegation delegator delegate function accountabilityRetained exercisedAt
    Membership memberParty memberOfBody seats voting represents Participation participant participatesIn
    Meeting apologies PartOf part Coverage coveringBody coveredArea extent Responsibility
    responsibilityFunction inArea dischargedThrough DutyOfRegard dutyHolder regardFor Advice Reporting
    Approval Appointment Commissioning adviser advised reporter reportedTo approver approvalOf appointer
    appointee commissioner provider matter Applicability instrument partyType element marked DecisionRule
    ruleOf order after decider threshold majorityOf withinDays JointArrangement arrangementKind Tenure
    holder heldPost post postBody chairPost chairedBody exOfficioPost byVirtueOf characterised
    characteristicValue aspect forumStated collective status outcome realises alternativeTo startPrecision
    endPrecision start end startedOnOrBefore endUnknown endedOnOrBefore Citation evidence locator line page
    paraphrase statedFrom statedUntil attests attestsNone supports inferred accountableTo holdsToAccount
    delegatesTo memberOf covers within responsibleFor advises commissions partOf Existing Holding statutory
    legalForm legalPersonality decisionMaking meetingFrequency Event Establishment Merger Acquisition Split
    Abolition Renaming TransferOfFunctions concerns transferor transferee meetingOf Source notIndependentOf
    expresses Claim about value polarity
    """.split()  # noqa: SIM905 - a list of this length is read more easily as a text
)

# Terms of which the model gives the meaning and not the names; most are written by the build or by rules.
UNNAMED_TERMS = frozenset(
    """
    earliestStart latestStart earliestEnd latestEnd statedEarliestStart statedLatestStart statedEarliestEnd
    statedLatestEnd firstAttested lastAttested writtenBy identifierScheme licenceNote unit note
    linesIn sha256 SubICBLocation
    Day day runsOn bindsFrom bindsUntil reason remedy
    """.split()  # noqa: SIM905
)

# Slugs that the model, the contract or the worked example use; authors add to the open schemes.
MODEL_CONCEPTS = {
    "status": "in-force being-established permitted required draft proposed planned",
    "outcome": "realised unrealised unknown",
    "name-kind": "legal operational short acronym as-printed misprint",
    "accountability-kind": "statutory democratic managerial contractual regulatory scrutiny financial "
    "professional mutual",
    "mechanism": "assess direct intervene appoint remove scrutinise inspect report elect hold-to-account",
    "function": "nhs-commissioning health-and-care-strategy nhs-resources-at-place capital-and-transformation-funding",
    "aspect": "statutory legalForm legalPersonality decisionMaking meetingFrequency number-of-nhs-providers",
    "value": "yes no decides advises decides-where-delegated monthly three-a-year whole part mou "
    "joint-management joint-governance pooled-budget committees-in-common eligible-members "
    "consensus-of-eligible-members-present stated denied silent body-corporate public-benefit-corporation "
    "committee-of-local-authority joint-committee alliance crown",
    "supports": "existence start end status outcome property",
    "voting": "voting non-voting associate-non-voting",
    "party-type": "ccgs nhs-providers councils nhse-and-nhsi healthwatch other-partners",
    "mou-element": "vision-principles-values-behaviours partnership-aims governance "
    "decision-making-and-dispute-resolution mutual-accountability financials national-and-regional-support",
    "identifier-scheme": "ods gss",
    "level": "neighbourhood place system region nation",
    "orientation": "vertical horizontal diagonal",
    "view": "as-written whole-graph may-hold certainly-holds",
}

# Keys and shortcuts of other vocabularies that would make two bodies one, or a participant a member.
KEPT_OFF = (ORG.identifier, ORG.memberOf, ORG.headOf, ORG.holds, OWL.sameAs)


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(PROJECT / "ontology" / "ics.ttl")


@pytest.fixture(scope="module")
def concepts() -> Graph:
    graph = Graph()
    for file in SCHEME_FILES:
        graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def data() -> Graph:
    graph = Graph()
    for file in DATA_FILES:
        graph.parse(file)
    return graph


def own_terms(graph: Graph) -> set[str]:
    """Local names of what the graph defines in our namespace."""
    subjects = {str(subject) for subject in graph.subjects(RDF.type)}
    return {subject.removeprefix(ICS) for subject in subjects if subject.startswith(ICS)}


# ---------------------------------------------------------------- complete


def test_every_term_of_the_model_is_defined_and_every_other_is_accounted_for(ontology: Graph) -> None:
    later = {"meetsInPublic", "chairedBy"}  # aspects that the model leaves room for
    assert own_terms(ontology) == MODEL_TERMS | UNNAMED_TERMS | later


def test_every_term_has_a_label_a_definition_a_source_and_a_home(ontology: Graph) -> None:
    for name in sorted(own_terms(ontology)):
        term = URIRef(ICS + name)
        for annotation in (RDFS.label, SKOS.definition):
            texts = list(ontology.objects(term, annotation))
            assert len(texts) == 1, f"ics:{name} has {len(texts)} of {annotation}"
            assert isinstance(texts[0], Literal)
            assert texts[0].language == "en"
            assert str(texts[0]).strip()
        assert (term, DCTERMS.source, None) in ontology, f"ics:{name} names no source"
        assert ontology.value(term, RDFS.isDefinedBy) == URIRef(ONTOLOGY)


def test_the_header_gives_version_and_licence(ontology: Graph) -> None:
    header = URIRef(ONTOLOGY)
    assert (header, RDF.type, OWL.Ontology) in ontology
    assert ontology.value(header, OWL.versionInfo)
    licence = URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert ontology.value(header, DCTERMS.license) == licence
    assert not list(ontology.objects(header, OWL.imports))


def test_the_model_and_its_example_use_no_term_that_is_missing(ontology: Graph, concepts: Graph) -> None:
    if not SHARED.exists():
        pytest.skip("the design documents are not beside this checkout")
    example = (SHARED / "design" / "example.ttl").read_text(encoding="utf-8")
    model = (SHARED / "design" / "model.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\bics:(\w+)", model)) | set(re.findall(r"\bics:(\w+)", example))
    assert used <= own_terms(ontology)
    assert concepts_used(Graph().parse(data=example, format="turtle")) <= concepts_defined(concepts)


# ---------------------------------------------------------------- concepts


def concepts_defined(graph: Graph) -> set[str]:
    return {str(concept) for concept in graph.subjects(RDF.type, SKOS.Concept)}


def concepts_used(graph: Graph) -> set[str]:
    """The concepts that the graph mentions, as subject or object."""
    nodes = {str(node) for node in graph.all_nodes() if isinstance(node, URIRef)}
    schemes = {CONCEPT + scheme for scheme in CONCEPT_SCHEMES.values()}
    return {node for node in nodes if node.startswith(CONCEPT) and node not in schemes}


@pytest.mark.parametrize("scheme", MODEL_CONCEPTS)
def test_every_concept_of_the_model_is_defined(concepts: Graph, scheme: str) -> None:
    wanted = {f"{CONCEPT}{scheme}/{slug}" for slug in MODEL_CONCEPTS[scheme].split()}
    assert wanted <= concepts_defined(concepts)


@pytest.mark.parametrize("file", SCHEME_FILES, ids=lambda file: str(file.stem))
def test_every_concept_has_a_label_a_definition_a_source_and_a_place_in_its_scheme(file: Path) -> None:
    graph = Graph().parse(file)
    scheme = URIRef(CONCEPT + file.stem)
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    described = {subject for subject in graph.subjects() if isinstance(subject, URIRef)}
    labels = Counter[str]()
    for subject in sorted(described):
        texts = [list(graph.objects(subject, text)) for text in (SKOS.prefLabel, SKOS.definition)]
        assert [len(text) for text in texts] == [1, 1], f"{subject}: one label and one definition"
        assert all(isinstance(text[0], Literal) and text[0].language == "en" for text in texts)
        assert (subject, DCTERMS.source, None) in graph, f"{subject} names no source"
        if subject == scheme:
            continue
        slug = subject.removeprefix(f"{scheme}/")
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*|[a-z]+([A-Z][a-z]+)+", slug), f"{subject}: odd slug"
        assert (subject, RDF.type, SKOS.Concept) in graph
        assert list(graph.objects(subject, SKOS.inScheme)) == [scheme]
        broader = [(parent, SKOS.inScheme, scheme) in graph for parent in graph.objects(subject, SKOS.broader)]
        assert all(broader), f"{subject}: broader than it is something outside its scheme"
        assert broader or (subject, SKOS.topConceptOf, scheme) in graph, f"{subject} hangs in the air"
        labels[str(texts[0][0])] += 1
    assert not [label for label, count in labels.items() if count > 1], "two concepts share a label"


def test_roles_are_roles_of_org(concepts: Graph) -> None:
    roles = {role for role in concepts_defined(concepts) if role.startswith(f"{CONCEPT}role/")}
    assert roles == {str(role) for role in concepts.subjects(RDF.type, ORG.Role)}


# ---------------------------------------------------------------- other vocabularies


def test_terms_of_other_vocabularies_exist_there(ontology: Graph) -> None:
    published = [ORG, SKOS, DCTERMS, PROV, FOAF]
    known = {str(term) for namespace in published for term in dir(namespace)}
    known |= {f"{ADMS}Identifier", f"{ADMS}identifier"}
    declared = {
        str(subject)
        for subject in ontology.subjects(RDF.type)
        if isinstance(subject, URIRef) and not subject.startswith(ONTOLOGY)
    }
    assert declared <= known


def test_what_is_to_be_kept_off_is_nowhere(ontology: Graph, concepts: Graph, data: Graph) -> None:
    for graph in (ontology, concepts, data):
        used = set(graph.predicates()) | set(graph.objects(None, RDFS.subPropertyOf))
        assert not used & set(KEPT_OFF)


def test_no_kind_of_body_is_below_a_leaf_class_of_org(ontology: Graph) -> None:
    for kind in BODY_KINDS:
        assert list(ontology.objects(URIRef(ICS + kind), RDFS.subClassOf)) == [URIRef(ORG_ORGANIZATION)]


def test_nothing_lets_a_reasoner_make_two_bodies_one(ontology: Graph) -> None:
    for maker in (OWL.FunctionalProperty, OWL.InverseFunctionalProperty):
        assert not list(ontology.subjects(RDF.type, maker))
    assert not list(ontology.subject_objects(OWL.hasKey))


# ---------------------------------------------------------------- the data use what is defined


def test_the_data_use_only_terms_that_are_defined(ontology: Graph, data: Graph) -> None:
    declared = {str(subject) for subject in ontology.subjects(RDF.type) if isinstance(subject, URIRef)}
    declared |= {str(RDF.type), str(RDFS.label), str(RDFS.comment), str(RDFS.seeAlso)}
    used = {str(predicate) for predicate in data.predicates()}
    used |= {str(kind) for kind in data.objects(None, RDF.type)}
    assert sorted(used - declared) == []
    mentioned = {str(node) for node in data.all_nodes() if isinstance(node, URIRef)}
    assert sorted(node for node in mentioned if node.startswith(ICS)) == sorted(
        {str(kind) for kind in data.objects(None, RDF.type) if str(kind).startswith(ICS)}
    )


def test_the_data_use_only_concepts_that_are_defined(concepts: Graph, data: Graph) -> None:
    assert sorted(concepts_used(data) - concepts_defined(concepts)) == []


def test_every_aspect_of_a_characteristic_has_a_plain_property(ontology: Graph, data: Graph) -> None:
    used = {
        str(aspect).removeprefix(f"{CONCEPT}aspect/")
        for characteristic in data.subjects(RDF.type, URIRef(f"{ICS}Characteristic"))
        for aspect in data.objects(characteristic, URIRef(f"{ICS}aspect"))
    }
    assert used <= own_terms(ontology)


# Kind of instance -> the classes it may have.
CLASSES_OF_KINDS = {
    "org": {URIRef(ICS + kind) for kind in BODY_KINDS}
    | {ORG.Organization, ORG.FormalOrganization, ORG.OrganizationalUnit, ORG.OrganizationalCollaboration},
    "rel": {URIRef(ICS + name) for name in RELATION_CLASSES} | {ORG.Membership},
    "event": {URIRef(ICS + name) for name in ("Event", *EVENT_CLASSES)} | {ORG.ChangeEvent},
    "post": {ORG.Post},
    "person": {FOAF.Person},
    "instrument": {URIRef(f"{ICS}Instrument")},
    "source": {URIRef(f"{ICS}Source"), FOAF.Document},
    "claim": {URIRef(f"{ICS}Claim")},
    "constituency": {URIRef(f"{ICS}Constituency")},
    "electorate": {URIRef(f"{ICS}Electorate")},
}


def test_the_path_of_an_instance_says_what_it_is(data: Graph) -> None:
    for subject, kind in data.subject_objects(RDF.type):
        if not isinstance(subject, URIRef):
            continue
        if not subject.startswith(ID):
            assert subject.startswith(LEGISLATION), f"{subject}: no IRI of the graph and no legislation"
            continue
        path = subject.removeprefix(ID).split("/")[0]
        assert kind in CLASSES_OF_KINDS.get(path, {kind}), f"{subject} is a {kind}"


# ---------------------------------------------------------------- documentation


def test_the_table_of_terms_is_up_to_date() -> None:
    written = ontology_documentation.DOCUMENT.read_text(encoding="utf-8")
    assert written == ontology_documentation.document(), (
        "docs/ontology.md is out of date: python -m tests.support.ontology_documentation"
    )
