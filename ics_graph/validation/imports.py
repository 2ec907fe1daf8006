"""``owl:imports``: nothing is fetched, so what a file imports must be among the files given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from pyoxigraph import NamedNode, Quad

from ics_graph.errors import InvalidData
from ics_graph.loading.reader import ParsedFile
from ics_graph.vocabulary import RDF

_OWL = "http://www.w3.org/2002/07/owl#"
_IMPORTS, _ONTOLOGY, _VERSION = (
    NamedNode(_OWL + "imports"),
    NamedNode(_OWL + "Ontology"),
    NamedNode(_OWL + "versionIRI"),
)
_TYPE = NamedNode(RDF + "type")


def check_imports(files: Iterable[ParsedFile]) -> None:
    """Check that every import names one of the files: the ontology a file describes, or its name.

    Each file is read once, so a cycle does no harm. Raises :class:`~ics_graph.errors.InvalidData` with the place of
    the first import that names none.
    """
    files = tuple(files)
    imports: list[tuple[ParsedFile, Quad]] = []
    known: set[str] = set()
    for file in files:
        if "imports" not in file.source.text and "ntology" not in file.source.text:
            continue
        for quad in file.quads:
            if quad.predicate == _IMPORTS:
                imports.append((file, quad))
            elif quad.predicate == _TYPE and quad.object == _ONTOLOGY and isinstance(quad.subject, NamedNode):
                known.add(_plain(quad.subject.value))
            elif quad.predicate == _VERSION and isinstance(quad.object, NamedNode):
                known.add(_plain(quad.object.value))
    names = {PurePosixPath(file.source.name).name for file in files}
    for file, quad in imports:
        value = quad.object
        if isinstance(value, NamedNode) and (_plain(value.value) in known or _file_name(value.value) in names):
            continue
        subject = quad.subject
        occurrence = file.locator().triple(subject, quad.predicate, value)
        shown = value.value if isinstance(value, NamedNode) else str(value)
        raise InvalidData(
            f"owl:imports names {shown}, which is none of the files given.",
            position=occurrence.object.position if occurrence else None,
            hint="Nothing is fetched: give that file as well.",
        )


def _plain(iri: str) -> str:
    return iri.rstrip("#/")


def _file_name(iri: str) -> str | None:
    """The name of a file that a ``file:`` IRI stands for."""
    parts = urlsplit(iri)
    return PurePosixPath(unquote(parts.path)).name if parts.scheme == "file" else None
