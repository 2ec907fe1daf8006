"""The description of the endpoint: SPARQL 1.1 Service Description, and VoID for what its graphs hold."""

from __future__ import annotations

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ics_graph.store.snapshot import Snapshot
from ics_graph.vocabulary import DCTERMS, FOAF, ICS, ID, PREFIXES, RDF, XSD

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
VOID: Final = "http://rdfs.org/ns/void#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_FORMAT_IRIS: Final = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle", "N-Triples",
    "N-Quads", "TriG", "RDF_XML", "JSON-LD",
)  # fmt: skip
_MOST_GRAPHS: Final = 1000
"""Named graphs that are listed: a dataset may have hundreds of thousands, and GRAPH ?g {} finds them all."""
DESCRIPTION_PREFIXES: Final = {**PREFIXES, "sd": SD, "void": VOID, "formats": _FORMATS}
_TYPE: Final = NamedNode(RDF + "type")


def service_description(endpoint: NamedNode, snapshot: Snapshot) -> list[Triple]:
    """What the endpoint is, which languages and forms it has, and which graphs, with their sizes.

    Where there are days, the default graph is that of one, and its size is that of what all of them share.
    """
    manifest, sizes = snapshot.manifest, snapshot.graphs
    service, dataset, graph = BlankNode("service"), BlankNode("dataset"), BlankNode("graph")
    triples = [
        Triple(service, _TYPE, NamedNode(SD + "Service")),
        Triple(service, NamedNode(SD + "endpoint"), endpoint),
        Triple(service, NamedNode(SD + "supportedLanguage"), NamedNode(SD + "SPARQL10Query")),
        Triple(service, NamedNode(SD + "supportedLanguage"), NamedNode(SD + "SPARQL11Query")),
        *(Triple(service, NamedNode(SD + "resultFormat"), NamedNode(_FORMATS + name)) for name in _FORMAT_IRIS),
        Triple(service, NamedNode(SD + "defaultDataset"), dataset),
        Triple(dataset, _TYPE, NamedNode(SD + "Dataset")),
        Triple(dataset, _TYPE, NamedNode(VOID + "Dataset")),
        Triple(dataset, NamedNode(VOID + "sparqlEndpoint"), endpoint),
        Triple(dataset, NamedNode(DCTERMS + "identifier"), Literal(manifest.dataset)),
        Triple(dataset, NamedNode(SD + "defaultGraph"), graph),
        Triple(graph, _TYPE, NamedNode(SD + "Graph")),
        Triple(graph, _TYPE, NamedNode(VOID + "Dataset")),
        Triple(graph, NamedNode(VOID + "triples"), _number(sizes.triples)),
        Triple(graph, NamedNode(VOID + "distinctSubjects"), _number(sizes.subjects)),
        Triple(graph, NamedNode(VOID + "properties"), _number(sizes.properties)),
        Triple(graph, NamedNode(VOID + "classes"), _number(sizes.classes)),
    ]
    if manifest.licence:
        licence = NamedNode(manifest.licence)
        triples += [Triple(node, NamedNode(DCTERMS + "license"), licence) for node in (dataset, graph)]
    if manifest.governed:
        triples += [
            Triple(dataset, NamedNode(VOID + "vocabulary"), NamedNode(ICS)),
            Triple(dataset, NamedNode(VOID + "uriSpace"), Literal(ID)),
            Triple(dataset, NamedNode(FOAF + "homepage"), NamedNode(endpoint.value.rpartition("/")[0] + "/")),
        ]
    if manifest.union:
        triples.append(Triple(service, NamedNode(SD + "feature"), NamedNode(SD + "UnionDefaultGraph")))
    for number, name in enumerate(sizes.names[:_MOST_GRAPHS]):
        named, content = BlankNode(f"named{number}"), BlankNode(f"graph{number}")
        triples += [
            Triple(dataset, NamedNode(SD + "namedGraph"), named),
            Triple(named, _TYPE, NamedNode(SD + "NamedGraph")),
            Triple(named, NamedNode(SD + "name"), NamedNode(name)),
            Triple(named, NamedNode(SD + "graph"), content),
            Triple(content, _TYPE, NamedNode(SD + "Graph")),
            Triple(content, _TYPE, NamedNode(VOID + "Dataset")),
            Triple(content, NamedNode(VOID + "triples"), _number(sizes.named[name])),
        ]
    return triples


def _number(value: int) -> Literal:
    return Literal(str(value), datatype=NamedNode(XSD + "integer"))
