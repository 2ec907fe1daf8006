"""The layout of a snapshot's folder, and what tells whether a kept snapshot is that of given input files.

This stands apart from the build so that a command which only opens a snapshot imports no parser.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ics_graph import __version__
from ics_graph.errors import MissingData

FORMAT = 2
"""Number of the snapshot's layout; a snapshot of another number is built anew."""

BASE, SEGMENTS, NAMED, GRAPHS, TABLE, NAMES, MANIFEST = (
    "base.nq.gz",
    "segments.nq.gz",
    "named.nq.gz",
    "graphs.json.gz",
    "table.json.gz",
    "names.sqlite",
    "manifest.json",
)
SUFFIXES = (".ttl", ".turtle", ".trig", ".nt", ".nq", ".rdf", ".owl", ".jsonld", ".n3")
"""What is read of a folder. A `.xml` or `.json` may hold anything: it is read where it is named itself."""
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


class Manifest(NamedTuple):
    """What a snapshot says of itself. ``dataset`` is the version: SHA-256 of the canonical N-Quads of the input.

    ``governed`` is false where the input has nothing of the ontology's vocabulary: it is served as it is, and has no
    days. ``union`` is true where the default graph holds the named graphs as well. ``licence`` is empty where a
    stranger's data states none.
    """

    dataset: str
    format: int
    built_with: str
    licence: str
    triples: int
    segment_quads: int
    bodies: int
    relations: int
    change_days: int
    files: tuple[str, ...]
    governed: bool = True
    union: bool = False


def input_files(*folders: Path) -> list[Path]:
    """The RDF files of folders (or files given themselves), sorted; raises MissingData for what is not there."""
    found: list[Path] = []
    for folder in folders:
        if folder.is_file():
            found.append(folder)
            continue
        if not folder.is_dir():
            raise MissingData(f"{folder} is no folder and no regular file.")
        inside = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        if not inside:
            raise MissingData(f"The folder {folder} has no RDF files ({', '.join(SUFFIXES)}).")
        found += inside
    return found


def marks_folder(cache: Path) -> Path:
    """Where a cache keeps, by fingerprint of the input files, the name of the snapshot that is theirs."""
    return cache / "fingerprints"


def fingerprint(data: Sequence[Path], ontology: Path, *, union: bool = False, base_iri: str | None = None) -> str:
    """A quick hash of the input files' names and bytes, to know whether a kept snapshot is theirs."""
    digest = sha256(f"{FORMAT}:{__version__}{':union' if union else ''}".encode())
    digest.update(f"\0{base_iri or ''}\0".encode())
    for path in [*input_files(*data), *input_files(ontology)]:
        content = path.read_bytes()
        digest.update(f"\0{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
