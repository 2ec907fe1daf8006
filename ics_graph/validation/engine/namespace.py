"""The terms of RDF, RDFS, OWL, XSD and SHACL that the engine knows, as IRIs in text form."""

from __future__ import annotations

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SH = "http://www.w3.org/ns/shacl#"

RDF_TYPE = RDF + "type"
RDF_FIRST = RDF + "first"
RDF_REST = RDF + "rest"
RDF_NIL = RDF + "nil"
RDFS_CLASS = RDFS + "Class"
RDFS_SUBCLASS_OF = RDFS + "subClassOf"
OWL_IMPORTS = OWL + "imports"
XSD_INTEGER = XSD + "integer"
XSD_BOOLEAN = XSD + "boolean"
XSD_ANY_URI = XSD + "anyURI"

# Predicates of the SHACL namespace that may stand on a shape and that never decide whether data conforms.
NON_VALIDATING = frozenset(
    SH + name for name in ("name", "description", "order", "group", "defaultValue", "declare", "prefixes")
)
TARGETS = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
# Predicates that belong to something else than a shape and may stand on the same node as one.
OTHER_ROLES = frozenset(
    SH + name
    for name in (
        "select", "ask", "construct", "labelTemplate", "parameter", "validator", "nodeValidator",
        "propertyValidator", "optional", "namespace", "prefix", "shapesGraph", "suggestedShapesGraph",
    )
)  # fmt: skip


def named(iri: str) -> str:
    """``iri`` in its N-Triples form, the key of the term table."""
    return f"<{iri}>"
