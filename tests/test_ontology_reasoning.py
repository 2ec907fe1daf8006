"""The ontology is inside OWL 2 RL, and a reasoner draws no contradiction from it with the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from owlrl import DeductiveClosure, OWLRL_Semantics
from rdflib import OWL, RDF, RDFS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from ics_graph import vocabulary
from ics_graph.vocabulary import PREFIXES

PROJECT = Path(__file__).resolve().parents[1]
XSD = Namespace(vocabulary.XSD)

PROPERTY_TYPES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)

# OWL 2 Profiles, section 4.2: types, axioms, and of the datatypes those that a vocabulary like this needs.
RL_TYPES = {
    OWL.Ontology,
    OWL.Class,
    OWL.AllDisjointClasses,
    OWL.AllDisjointProperties,
    OWL.FunctionalProperty,
    OWL.InverseFunctionalProperty,
    OWL.SymmetricProperty,
    OWL.AsymmetricProperty,
    OWL.TransitiveProperty,
    OWL.IrreflexiveProperty,
    *PROPERTY_TYPES,
}
RL_AXIOMS = {
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    RDFS.domain,
    RDFS.range,
    OWL.equivalentClass,
    OWL.equivalentProperty,
    OWL.disjointWith,
    OWL.propertyDisjointWith,
    OWL.inverseOf,
    OWL.propertyChainAxiom,
    OWL.members,
}
ANNOTATIONS = {RDFS.label, RDFS.comment, RDFS.isDefinedBy, RDFS.seeAlso, OWL.versionInfo, OWL.versionIRI}
RL_DATATYPES = {
    RDFS.Literal,
    RDF.PlainLiteral,
    XSD.string,
    XSD.boolean,
    XSD.decimal,
    XSD.integer,
    XSD.nonNegativeInteger,
    XSD.positiveInteger,
    XSD.anyURI,
    XSD.dateTime,
}
DERIVED_DATATYPES = {XSD.decimal: {XSD.decimal, XSD.integer}}

PREAMBLE = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())


PREAMBLE_OF_QUERIES = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(PROJECT / "ontology" / "ics.ttl")


@pytest.fixture(scope="module")
def axioms(ontology: Graph) -> Graph:
    return without_annotations(ontology, ontology)


def without_annotations(graph: Graph, ontology: Graph) -> Graph:
    """The graph less labels, definitions, sources: they mean nothing to OWL, and reasoning is quicker."""
    annotations = ANNOTATIONS | set(ontology.subjects(RDF.type, OWL.AnnotationProperty))
    bare = Graph()
    for triple in graph:
        if triple[1] not in annotations:
            bare.add(triple)
    return bare


def parsed(folder: Path) -> Graph:
    graph = Graph()
    for file in sorted(folder.glob("*.ttl")):
        graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def data() -> Graph:
    return parsed(PROJECT / "data")


def union(*graphs: Graph) -> Graph:
    """All triples of the graphs, whose blank nodes have labels of their own since each was parsed apart."""
    merged = Graph()
    for graph in graphs:
        for triple in graph:
            merged.add(triple)
    return merged


# ---------------------------------------------------------------- the RL profile


def outside_rl(graph: Graph) -> Iterator[str]:
    """What in the graph is no axiom of OWL 2 RL; narrower than the profile: class expressions are names."""
    annotations = ANNOTATIONS | set(graph.subjects(RDF.type, OWL.AnnotationProperty))
    declared: dict[Node, set[Node]] = {}
    for subject, kind in graph.subject_objects(RDF.type):
        declared.setdefault(subject, set()).add(kind)
        if kind not in RL_TYPES:
            yield f"{subject} is a {kind}"
    for subject, predicate, value in graph:
        if predicate in (RDF.type, RDF.first, RDF.rest) or predicate in annotations:
            continue
        if predicate not in RL_AXIOMS:
            yield f"{subject} {predicate} is no axiom of the profile"
        elif predicate in (OWL.members, OWL.propertyChainAxiom):
            wanted = OWL.Class if predicate == OWL.members else OWL.ObjectProperty
            others = (member for member in graph.items(value) if wanted not in declared.get(member, set()))
            yield from (f"{member} in a list of {predicate} is not declared as {wanted}" for member in others)
        elif isinstance(subject, BNode) or isinstance(value, BNode):
            yield f"{subject} {predicate}: an expression where a name is expected"
        elif predicate == RDFS.range and OWL.DatatypeProperty in declared.get(subject, set()):
            if value not in RL_DATATYPES:
                yield f"{subject} has range {value}, no datatype of the profile"
        elif not declared.get(value):
            yield f"{value} is used and not declared"
    twofold = (term for term, kinds in declared.items() if len(kinds & {OWL.Class, *PROPERTY_TYPES}) > 1)
    yield from (f"{term} is declared in two ways" for term in twofold)


def test_the_ontology_is_in_the_rl_profile(ontology: Graph) -> None:
    assert list(outside_rl(ontology)) == []


@pytest.mark.parametrize(
    "axiom",
    [
        "ics:start rdfs:range xsd:date .",
        "ics:CCG rdfs:subClassOf [ a owl:Restriction ; owl:onProperty ics:name ; owl:minCardinality 1 ] .",
        "ics:CCG owl:disjointUnionOf ( ics:ICB ics:PCN ) .",
        "ics:partOf a owl:ReflexiveProperty .",
        "ics:CCG a owl:ObjectProperty .",
        "ics:actor rdfs:range ics:Undeclared .",
        "ics:name rdfs:domain [ owl:unionOf ( ics:ICB ics:PCN ) ] .",
    ],
)
def test_an_axiom_outside_the_profile_is_noticed(ontology: Graph, axiom: str) -> None:
    twin = union(ontology, Graph().parse(data=PREAMBLE + axiom, format="turtle"))
    assert list(outside_rl(twin))


# ---------------------------------------------------------------- no contradiction


def contradictions(graph: Graph) -> list[str]:
    """What OWL 2 RL reasoning finds contradictory; the graph grows by what is inferred."""
    DeductiveClosure(OWLRL_Semantics).expand(graph)
    message = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
    return sorted(str(text) for text in graph.objects(None, message))


def ill_typed(graph: Graph, ontology: Graph) -> list[str]:
    """Values whose sort or datatype is not their property's: rules about literals that owlrl leaves out."""
    wrong = []
    for property_ in set(graph.predicates()):
        literal = (property_, RDF.type, OWL.DatatypeProperty) in ontology
        node = (property_, RDF.type, OWL.ObjectProperty) in ontology
        range_ = ontology.value(property_, RDFS.range) if literal else None
        allowed = DERIVED_DATATYPES.get(range_, {range_}) if isinstance(range_, URIRef) else None
        for value in graph.objects(None, property_):
            if isinstance(value, Literal):
                datatype = value.datatype or (RDF.langString if value.language else XSD.string)
                if node or (allowed and (datatype not in allowed or value.ill_typed)):
                    wrong.append(f"{property_} {value.n3()}")
            elif literal:
                wrong.append(f"{property_} {value.n3()}")
    return sorted(wrong)


@pytest.mark.slow
def test_ontology_concepts_and_data_contradict_nothing(ontology: Graph, data: Graph) -> None:
    concepts = parsed(PROJECT / "ontology" / "schemes")
    everything = union(ontology, concepts, data)
    assert contradictions(without_annotations(everything, ontology)) == []


def test_the_values_of_the_data_fit_their_properties(ontology: Graph, data: Graph) -> None:
    assert ill_typed(data, ontology) == []


@pytest.mark.parametrize(
    "statements",
    [
        "b:x a ics:CCG, ics:ICB .",
        "b:x a org:FormalOrganization, org:OrganizationalUnit .",
        "b:x a ics:CCG ; ics:evidence b:x .",
        "r:x ics:coveredArea b:x . b:x a ics:CCG .",
        "r:x a ics:Coverage, ics:PartOf .",
        "r:x a ics:Delegation ; ics:mechanism me:direct .",
        "r:x ics:holder b:x . b:x a ics:CCG .",
        "area:x a ics:Place, ics:System .",
        "area:x a ics:Place, ics:HealthAndWellbeingBoard .",
        "src:x a ics:Source ; ics:expresses src:x .",
        "r:x ics:forum b:x ; ics:delegate b:x .",
        "r:x ics:status b:x . b:x a ics:PCN .",
    ],
)
def test_a_contradictory_twin_is_noticed(axioms: Graph, statements: str) -> None:
    assert contradictions(union(axioms, Graph().parse(data=PREAMBLE + statements, format="turtle")))


@pytest.mark.parametrize(
    "statement",
    [
        'r:x ics:enforceable "true" .',
        "r:x ics:seats 2.5 .",
        'r:x ics:seats "two"^^xsd:integer .',
        'r:x ics:status "draft" .',
        "r:x ics:start r:y .",
        'r:x ics:threshold "0.75" .',
    ],
)
def test_an_ill_typed_twin_is_noticed(ontology: Graph, statement: str) -> None:
    assert ill_typed(Graph().parse(data=PREAMBLE + statement, format="turtle"), ontology)


def test_reasoning_gives_the_ends_the_inverse_and_the_areas_around(axioms: Graph) -> None:
    statements = (
        "r:x a ics:Accountability ; ics:actor b:x ; ics:forum b:y . b:x ics:accountableTo b:y ."
        "b:x ics:covers area:x . area:x ics:partOfArea area:y . area:y ics:partOfArea area:z ."
    )
    graph = union(axioms, Graph().parse(data=PREAMBLE + statements, format="turtle"))
    assert contradictions(graph) == []
    for triple in (
        "r:x ics:from b:x",
        "r:x ics:to b:y",
        "b:y ics:holdsToAccount b:x",
        "b:x ics:within area:x",
        "b:x ics:within area:z",
    ):
        assert graph.query(f"{PREAMBLE_OF_QUERIES} ASK {{ {triple} }}").askAnswer, triple
