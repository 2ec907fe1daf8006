"""Writes ``docs/ontology.md``, the tables of terms and concepts, from ``ontology/``.

``python -m tests.support.ontology_documentation`` rewrites the file; a test compares it with the ontology.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, URIRef
from rdflib.term import Node

from ics_graph import vocabulary

PROJECT = Path(__file__).resolve().parents[2]
ONTOLOGY_FOLDER = PROJECT / "ontology"
DOCUMENT = PROJECT / "docs" / "ontology.md"

INTRODUCTION = """# The vocabulary

Generated from `ontology/` by `python -m tests.support.ontology_documentation`: edit the Turtle, then run it
again.

Classes and properties are in the namespace `{ics}` (prefix `ics:`), concepts in
`{concept}{{scheme}}/{{slug}}`. Licence of the vocabulary: CC BY 4.0. "Ends" names the sort of thing that a
property starts from and leads to, where the ontology states it.
"""

_HEADING = re.compile(r"^#{20} (?P<title>.+)$")
_TERM = re.compile(r"^ics:(?P<name>\w+) a ")


def sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """The headings of ``ics.ttl`` with the local names of the terms below each, in the order of the file."""
    title, names = "", list[str]()
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            if names:
                yield title, names
            title, names = heading["title"], []
        elif term := _TERM.match(line):
            names.append(term["name"])
    if names:
        yield title, names


def _short(node: Node) -> str:
    text = str(node)
    for prefix in sorted(vocabulary.PREFIXES, key=lambda prefix: -len(vocabulary.PREFIXES[prefix])):
        namespace = vocabulary.PREFIXES[prefix]
        if text.startswith(namespace) and prefix != "leg":
            return f"`{prefix}:{text.removeprefix(namespace)}`"
    return f"<{text}>" if isinstance(node, URIRef) else text


def _cell(values: list[str]) -> str:
    return "; ".join(values).replace("|", "\\|")


def _sources(graph: Graph, term: URIRef) -> str:
    return _cell(sorted(_short(source) for source in graph.objects(term, DCTERMS.source)))


def _ends(graph: Graph, term: URIRef) -> str:
    if (term, RDF.type, OWL.Class) in graph:
        above = sorted(_short(parent) for parent in graph.objects(term, RDFS.subClassOf))
        return f"kind of {', '.join(above)}" if above else ""
    domain, range_ = graph.value(term, RDFS.domain), graph.value(term, RDFS.range)
    ends = ""
    if domain is not None or range_ is not None:
        ends = f"{_short(domain) if domain else 'any'} → {_short(range_) if range_ else 'any'}"
    above = sorted(_short(parent) for parent in graph.objects(term, RDFS.subPropertyOf))
    return "; ".join(part for part in (ends, f"under {', '.join(above)}" if above else "") if part)


def document() -> str:
    """The whole text of ``docs/ontology.md``."""
    file = ONTOLOGY_FOLDER / "ics.ttl"
    graph = Graph().parse(file)
    parts = [INTRODUCTION.format(ics=vocabulary.ICS, concept=vocabulary.CONCEPT)]
    for title, names in sections(file.read_text(encoding="utf-8")):
        parts.append(f"## {title}\n")
        parts.append("| term | definition | ends | source |\n| --- | --- | --- | --- |")
        for name in names:
            term = URIRef(vocabulary.ICS + name)
            definition = str(graph.value(term, SKOS.definition))
            row = (f"`ics:{name}`", _cell([definition]), _ends(graph, term), _sources(graph, term))
            parts.append(f"| {' | '.join(row)} |")
        parts.append("")
    parts.append("## Concepts\n")
    for prefix, scheme in vocabulary.CONCEPT_SCHEMES.items():
        graph = Graph().parse(ONTOLOGY_FOLDER / "schemes" / f"{scheme}.ttl")
        scheme_iri = URIRef(vocabulary.CONCEPT + scheme)
        parts.append(f"### {graph.value(scheme_iri, SKOS.prefLabel)} (`{prefix}:`, scheme `{scheme}`)\n")
        parts.append(f"{graph.value(scheme_iri, SKOS.definition)}\n")
        parts.append("| concept | label | definition | source |\n| --- | --- | --- | --- |")
        for concept in sorted(graph.subjects(SKOS.inScheme, scheme_iri), key=str):
            assert isinstance(concept, URIRef)
            label, meaning = (str(graph.value(concept, what)) for what in (SKOS.prefLabel, SKOS.definition))
            row = (_short(concept), label, _cell([meaning]), _sources(graph, concept))
            parts.append(f"| {' | '.join(row)} |")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
