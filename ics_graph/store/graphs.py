"""What data goes where: into the governed graph, into the default graph as it is, into its own named graphs.

A named graph stays a named graph (SPARQL 1.1 Query, 13). One that uses the ontology's vocabulary is part of the
authored graph besides, whatever file or graph an author keeps it in.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from ics_graph.errors import InvalidData
from ics_graph.loading.canonical import dataset_version
from ics_graph.store.subjects import RDF_TYPE
from ics_graph.vocabulary import DCTERMS, ICS, OWL, SEGMENT

RESERVED = (SEGMENT, "urn:ics-graph:")
"""Names of graphs that the build and the workers make themselves."""
_DATASETS = ("http://rdfs.org/ns/void#Dataset", "http://www.w3.org/ns/dcat#Dataset", OWL + "Ontology")
_LICENCES = (DCTERMS + "license", "http://creativecommons.org/ns#license", "http://schema.org/license")


@dataclass(frozen=True, slots=True)
class Authored:
    """Input by where it goes.

    ``governed`` is what the ontology gives a meaning, ``None`` where nothing uses its vocabulary; ``plain`` are the
    triples that stand in the default graph as they are; ``named`` are the quads of all named graphs.
    """

    governed: Sequence[Quad] | None
    plain: Sequence[Triple]
    named: Sequence[Quad]
    union: bool


@dataclass(frozen=True)
class GraphSizes:
    """How large the graphs are: of the default graph triples, subjects, properties and classes; of the others triples.

    ``named`` has the graphs whose name is an IRI: those that a query or a request can ask for.
    """

    triples: int
    subjects: int
    properties: int
    classes: int
    named: Mapping[str, int]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names, sorted."""
        return tuple(sorted(self.named))


def authored(quads: Iterable[Quad], *, union: bool) -> Authored:
    """Sort input by where it goes. Raises InvalidData for a graph with a name that is used here."""
    default: list[Quad] = []
    graphs: dict[NamedNode | BlankNode, list[Quad]] = {}
    for quad in quads:
        name = quad.graph_name
        if isinstance(name, DefaultGraph):
            default.append(quad)
        else:
            graphs.setdefault(name, []).append(quad)
    for name in graphs:
        if isinstance(name, NamedNode) and name.value.startswith(RESERVED):
            raise InvalidData(f"A graph is called {name.value}: names that begin so are made here.")
    ours = {name for name, content in graphs.items() if _uses_vocabulary(content)}
    governed = None
    if ours or not (default or graphs) or _uses_vocabulary(default):
        governed = [*default, *(quad for name in graphs if name in ours for quad in graphs[name])]
    plain = [] if governed is not None else [quad.triple for quad in default]
    if union:
        plain += [quad.triple for name, content in graphs.items() if name not in ours for quad in content]
    return Authored(governed, plain, [quad for content in graphs.values() for quad in content], union)


def _uses_vocabulary(quads: Iterable[Quad]) -> bool:
    """Whether a property or class of the ontology is used, or one is spoken of."""
    for quad in quads:
        if quad.predicate.value.startswith(ICS):
            return True
        if (
            quad.predicate.value == RDF_TYPE
            and isinstance(quad.object, NamedNode)
            and quad.object.value.startswith(ICS)
        ):
            return True
    return False


def version_of(quads: Sequence[Quad]) -> str:
    """The dataset version. Blank nodes that cannot be told apart, or stand in triple terms, count as their file
    names them: a stranger's data is served also where it has no canonical form."""
    try:
        return dataset_version(quads)
    except InvalidData:
        return sha256("\n".join(sorted(map(str, quads))).encode()).hexdigest()


def stated_licence(parts: Authored) -> str:
    """The licence that a stranger's data states of itself as a dataset; empty where it states none, or several."""
    triples = [*parts.plain, *(quad.triple for quad in parts.named)]
    datasets = {
        triple.subject
        for triple in triples
        if triple.predicate.value == RDF_TYPE
        and isinstance(triple.object, NamedNode)
        and triple.object.value in _DATASETS
    }
    found = {
        triple.object.value
        for triple in triples
        if triple.predicate.value in _LICENCES and triple.subject in datasets and isinstance(triple.object, NamedNode)
    }
    return found.pop() if len(found) == 1 else ""


def sizes(default: Iterable[Triple], named: Iterable[Quad]) -> GraphSizes:
    """The sizes of a default graph and of the named graphs."""
    triples = set(default)
    return GraphSizes(
        triples=len(triples),
        subjects=len({triple.subject for triple in triples}),
        properties=len({triple.predicate for triple in triples}),
        classes=len({triple.object for triple in triples if triple.predicate.value == RDF_TYPE}),
        named=Counter(quad.graph_name.value for quad in set(named) if isinstance(quad.graph_name, NamedNode)),
    )


def write_sizes(path: Path, found: GraphSizes) -> None:
    """Write sizes as compressed JSON, the same bytes on every machine."""
    content = {
        "triples": found.triples,
        "subjects": found.subjects,
        "properties": found.properties,
        "classes": found.classes,
        "named": dict(sorted(found.named.items())),
    }
    path.write_bytes(gzip.compress(json.dumps(content, ensure_ascii=False).encode(), 6, mtime=0))


def read_sizes(path: Path) -> GraphSizes:
    """The sizes that were written."""
    return GraphSizes(**json.loads(gzip.decompress(path.read_bytes())))
