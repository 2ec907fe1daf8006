"""``owl:imports``: nothing is fetched, so what a file imports must be among the files given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from pyoxigraph import NamedNode

from ics_graph.errors import InvalidData
from ics_graph.loading.reader import ParsedFile
from ics_graph.loading.rows import quads_of
from ics_graph.loading.texts import is_iri
from ics_graph.vocabulary import RDF

_OWL = "http://www.w3.org/2002/07/owl#"
_IMPORTS, _ONTOLOGY, _VERSION = (f"<{_OWL}{name}>" for name in ("imports", "Ontology", "versionIRI"))
_TYPE = f"<{RDF}type>"


def check_imports(files: Iterable[ParsedFile]) -> None:
    """Check that every import names one of the files: the ontology a file describes, or its name.

    Each file is read once, so a cycle does no harm. Raises :class:`~ics_graph.errors.InvalidData` with the place of
    the first import that names none.
    """
    files = tuple(files)
    imports = [(file, row) for file in files if _IMPORTS in file.predicates for row in file.rows if row[1] == _IMPORTS]
    if not imports:
        return
    known: set[str] = set()
    for file in files:
        for subject, predicate, value in file.rows:
            if predicate == _TYPE and value == _ONTOLOGY and is_iri(subject):
                known.add(_plain(subject[1:-1]))
            elif predicate == _VERSION and is_iri(value):
                known.add(_plain(value[1:-1]))
    names = {PurePosixPath(file.source.name).name for file in files}
    for file, row in imports:
        (quad,) = quads_of([row])
        imported = quad.object
        if isinstance(imported, NamedNode) and (_plain(imported.value) in known or _file_name(imported.value) in names):
            continue
        occurrence = file.locator().triple(quad.subject, quad.predicate, imported)
        shown = imported.value if isinstance(imported, NamedNode) else str(imported)
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
