"""``ics_graph.vocabulary`` says what ``ontology/`` says, and costs nothing to import."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef

from ics_graph import vocabulary
from ics_graph.vocabulary import (
    BODY_KINDS,
    CHARACTERISTIC_SHORTCUTS,
    ICS,
    RELATION_CLASSES,
    ConceptSlug,
    RelationClass,
)

ONTOLOGY_FOLDER = Path(__file__).resolve().parents[1] / "ontology"
PROPERTY_TYPES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(ONTOLOGY_FOLDER / "ics.ttl")


def own(terms: Iterable[object]) -> set[str]:
    return {str(term) for term in terms if str(term).startswith(ICS)}


def ics(names: Iterable[str]) -> set[str]:
    return {ICS + name for name in names}


def below(ontology: Graph, parent: str) -> set[str]:
    return own(ontology.subjects(RDFS.subClassOf, URIRef(parent)))


def test_every_class_of_the_ontology_is_here_and_no_other(ontology: Graph) -> None:
    assert len(vocabulary.CLASSES) == len(set(vocabulary.CLASSES))
    assert ics(vocabulary.CLASSES) == own(ontology.subjects(RDF.type, OWL.Class))


def test_every_property_of_the_ontology_is_here_and_no_other(ontology: Graph) -> None:
    defined = {term for kind in PROPERTY_TYPES for term in own(ontology.subjects(RDF.type, kind))}
    assert len(vocabulary.PROPERTIES) == len(set(vocabulary.PROPERTIES))
    assert ics(vocabulary.PROPERTIES) == defined


def test_kinds_of_bodies(ontology: Graph) -> None:
    assert below(ontology, vocabulary.ORG_ORGANIZATION) == ics(BODY_KINDS)


def test_classes_of_areas_and_their_levels(ontology: Graph) -> None:
    assert below(ontology, ICS + "Area") == ics(vocabulary.AREA_CLASSES)
    assert list(vocabulary.AREA_LEVELS.values()) == list(vocabulary.Level)


def test_classes_of_events(ontology: Graph) -> None:
    assert below(ontology, ICS + "Event") == ics(vocabulary.EVENT_CLASSES)
    assert below(ontology, vocabulary.ORG_CHANGE_EVENT) == ics(vocabulary.CHANGE_EVENT_CLASSES)


def test_classes_of_relations(ontology: Graph) -> None:
    assert below(ontology, ICS + "Relation") == ics(RELATION_CLASSES) | {ICS + "Holding"}


@pytest.mark.parametrize("relation_class", RELATION_CLASSES.values(), ids=lambda relation: relation.name)
def test_the_ends_of_a_class_of_relations(ontology: Graph, relation_class: RelationClass) -> None:
    ends = {
        (relation_class.from_property, ICS + "from"),
        (relation_class.to_property, ICS + "to"),
    }
    for end, above in ends:
        if end is None:
            continue
        property_ = URIRef(ICS + end)
        assert ontology.value(property_, RDFS.domain) == URIRef(ICS + relation_class.name)
        assert ontology.value(property_, RDFS.subPropertyOf) == URIRef(above)
    for shortcut in (relation_class.shortcut, relation_class.inverse_shortcut):
        assert shortcut is None or (URIRef(ICS + shortcut), RDF.type, OWL.ObjectProperty) in ontology


def test_no_end_is_missing_from_the_table_of_relations(ontology: Graph) -> None:
    ends = {end for relation in RELATION_CLASSES.values() for end in relation[1:3] if end is not None}
    stated = own(ontology.subjects(RDFS.subPropertyOf, URIRef(ICS + "from")))
    stated |= own(ontology.subjects(RDFS.subPropertyOf, URIRef(ICS + "to")))
    assert stated == ics(ends)


def test_only_the_ends_that_the_model_names_repeat() -> None:
    repeating = {
        end
        for relation in RELATION_CLASSES.values()
        for end, repeats in (
            (relation.from_property, relation.from_repeats),
            (relation.to_property, relation.to_repeats),
        )
        if repeats
    }
    assert repeating == {"whole", "responsibleBody", "party"}


def test_the_shortcuts_are_those_of_the_model() -> None:
    shortcuts = {
        name: (relation.shortcut, relation.inverse_shortcut)
        for name, relation in RELATION_CLASSES.items()
        if relation.shortcut
    }
    assert shortcuts == {
        "Accountability": ("accountableTo", "holdsToAccount"),
        "Delegation": ("delegatesTo", None),
        "Membership": ("memberOf", None),
        "PartOf": ("partOf", None),
        "Coverage": ("covers", None),
        "Responsibility": ("responsibleFor", None),
        "Advice": ("advises", None),
        "Commissioning": ("commissions", None),
    }


def test_each_shortcut_of_a_characteristic_is_an_aspect_and_a_property(ontology: Graph) -> None:
    aspects = Graph().parse(ONTOLOGY_FOLDER / "schemes" / "aspect.ttl")
    of_characteristics = {
        slug
        for concept in aspects.subjects(RDF.type, SKOS.Concept)
        if "-" not in (slug := vocabulary.local_name(str(concept))) and slug != slug.lower()
    }
    assert set(CHARACTERISTIC_SHORTCUTS) == of_characteristics | {"statutory"}
    for name in CHARACTERISTIC_SHORTCUTS:
        aspect = URIRef(vocabulary.concept("aspect", name))
        assert (aspect, RDF.type, SKOS.Concept) in aspects
        assert ontology.value(URIRef(ICS + name), RDFS.seeAlso) == aspect


@pytest.mark.parametrize("slugs", ConceptSlug.__subclasses__(), ids=lambda kind: str(kind.__name__))
def test_the_slugs_of_a_scheme_are_concepts(slugs: type[ConceptSlug]) -> None:
    scheme = slugs.__scheme__
    defined = Graph().parse(ONTOLOGY_FOLDER / "schemes" / f"{scheme}.ttl")
    concepts = {str(concept) for concept in defined.subjects(RDF.type, SKOS.Concept)}
    stated = {slug.iri for slug in slugs}
    # Polarity is one group of the scheme of values; what is printed on voting may be finer than the model.
    if slugs in (vocabulary.Polarity, vocabulary.Voting):
        assert stated <= concepts
    else:
        assert stated == concepts


def test_the_table_of_schemes_is_the_folder_of_schemes() -> None:
    files = {file.stem for file in (ONTOLOGY_FOLDER / "schemes").glob("*.ttl")}
    assert set(vocabulary.CONCEPT_SCHEMES.values()) == files


def test_iris_of_concepts_and_instances() -> None:
    assert vocabulary.concept("status", "draft") == "https://w3id.org/ics-graph/concept/status/draft"
    assert vocabulary.Status.DRAFT.iri == vocabulary.concept("status", "draft")
    assert vocabulary.instance("org", "cm-icb") == "https://w3id.org/ics-graph/id/org/cm-icb"
    assert vocabulary.local_name(vocabulary.concept("status", "draft")) == "draft"
    assert vocabulary.local_name(ICS + "accountableTo") == "accountableTo"
    with pytest.raises(ValueError, match="bodies"):
        vocabulary.instance("bodies", "cm-icb")


def test_the_shortcuts_of_a_day_are_all_named() -> None:
    of_relations = {name for relation in RELATION_CLASSES.values() for name in relation[5:7] if name}
    assert set(vocabulary.SHORTCUTS) == of_relations | {"within"} | set(CHARACTERISTIC_SHORTCUTS)


# How a term is written in Python (ICS + "name", f"{ICS}name"), and in SPARQL, Turtle and messages (ics:name).
FAILING_EXAMPLE = re.compile(r"^Fails:\n\n```turtle\n.*?^```$", re.DOTALL | re.MULTILINE)
WRITTEN_TERM = re.compile(r"""\bICS \+ "(\w+)"|\{ICS\}(\w+)|\bics:([A-Za-z]\w*)\b(?!\{)""")
WRITTEN_IN = {"ics_graph": ".py", "queries": ".rq", "shapes": ".ttl", "docs": ".md", "benchmarks": ".py"}


@pytest.mark.parametrize("folder", WRITTEN_IN)
def test_code_queries_shapes_and_documents_use_no_term_that_is_missing(folder: str) -> None:
    known = {*vocabulary.CLASSES, *vocabulary.PROPERTIES}
    for file in sorted((ONTOLOGY_FOLDER.parent / folder).rglob(f"*{WRITTEN_IN[folder]}")):
        text = file.read_text(encoding="utf-8")
        # The examples that break a rule: one of the rules is on misspelt terms.
        text = FAILING_EXAMPLE.sub(lambda example: "\n" * example.group().count("\n"), text)
        for number, line in enumerate(text.splitlines(), start=1):
            used = {name for found in WRITTEN_TERM.findall(line) for name in found if name}
            assert used <= known, f"{file.name}:{number} uses {sorted(used - known)}"


def test_the_import_brings_no_library_along() -> None:
    code = "import sys, ics_graph.vocabulary; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"rdflib", "pyoxigraph", "dataclasses", "networkx", "fastapi", "click"}
    assert not heavy & set(modules.stdout.split())
