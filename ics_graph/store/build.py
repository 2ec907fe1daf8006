"""Building a snapshot: read, expand, compute days, write the shortcuts, all into one versioned folder.

The folder appears under its final name only when it is complete (an atomic rename), so a reader never sees half a
build and a failed one leaves the old version in place.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urljoin
from uuid import uuid4

from pyoxigraph import NamedNode

from ics_graph import __version__
from ics_graph.errors import InvalidParameter
from ics_graph.loading.canonical import dataset_version
from ics_graph.loading.reader import read_file, read_files
from ics_graph.loading.rows import rows_of
from ics_graph.store.computed import Graph, make_graph
from ics_graph.store.graphs import Authored, authored, sizes, stated_licence, version_of, write_sizes
from ics_graph.store.layout import (
    BASE,
    FORMAT,
    GRAPHS,
    LICENCE,
    MANIFEST,
    NAMED,
    NAMES,
    SEGMENTS,
    TABLE,
    Manifest,
    fingerprint,
    input_files,
    marks_folder,
)
from ics_graph.store.meaning import ORGANIZATION
from ics_graph.store.names import write_names
from ics_graph.store.shortcuts import segment_lines
from ics_graph.store.table import write_table


def build(
    data: Sequence[Path], ontology: Path, target: Path, *, union: bool = False, base_iri: str | None = None
) -> Path:
    """Build a snapshot of the files under ``data`` and ``ontology`` below ``target`` and return its folder.

    Data with nothing of the ontology's vocabulary is served as it is: its default graph and its named graphs.
    ``union`` puts the named graphs into the default graph as well. ``base_iri`` is that of the folders of data, and the
    base of a file is its path in the folder resolved against it; without it relative IRIs are errors.

    ``target/current`` points at it afterwards. Raises :class:`~ics_graph.errors.InvalidData` with the place in the
    file where input is ill-formed, and then leaves ``target`` as it was.
    """
    mark = fingerprint(data, ontology, union=union, base_iri=base_iri)
    data_files, ontology_files = input_files(*data), input_files(ontology)
    # Blank nodes are named after the number of their file, and must not meet.
    bases = _bases(data, base_iri)
    parsed = [read_file(path, number=number, base_iri=bases.get(path)) for number, path in enumerate(data_files)]
    data_quads = [quad for file in parsed for quad in file.quads]
    meaning = read_files(ontology_files, first_number=len(data_files))
    parts = authored(data_quads, union=union)
    governed = parts.governed is not None
    version = dataset_version([*data_quads, *meaning.quads]) if governed else version_of(data_quads)
    # Another version of the software may compute other days from the same statements.
    folder = target / f"{version}-{FORMAT}-{__version__}{'-union' if union else ''}"
    target.mkdir(parents=True, exist_ok=True)
    if not (folder / MANIFEST).is_file():
        graph = make_graph((), ()) if parts.governed is None else make_graph(rows_of(parts.governed), meaning.rows)
        names = tuple(path.name for path in data_files)
        _write(graph, parts, version, names, folder)
    _point(target / "current", folder.name)
    if fingerprint(data, ontology, union=union, base_iri=base_iri) == mark:
        # Else a file was changed while it was read, and what was built is not that of these bytes.
        _remember(marks_folder(target) / mark, folder.name)
    return folder


def _bases(data: Sequence[Path], base_iri: str | None) -> dict[Path, str]:
    """The base of each file of data, for relative IRIs. Raises InvalidParameter where ``base_iri`` is not absolute."""
    if not base_iri:
        return {}
    try:
        NamedNode(base_iri)
    except ValueError:
        raise InvalidParameter("base_iri", f"ICS_GRAPH_BASE_IRI: {base_iri!r} is no absolute IRI.") from None
    return {
        path: urljoin(base_iri, quote((path.relative_to(folder) if folder.is_dir() else Path(path.name)).as_posix()))
        for folder in data
        for path in input_files(folder)
    }


def _write(graph: Graph, parts: Authored, version: str, files: tuple[str, ...], folder: Path) -> None:
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        triples = [*graph.base.triples(), *parts.plain]
        base = sorted({f"{triple} .\n" for triple in triples})
        named = sorted({f"{quad} .\n" for quad in parts.named})
        tree = graph.tree()
        segments = sorted(segment_lines(graph.shortcuts, tree))
        (work / BASE).write_bytes(gzip.compress("".join(base).encode(), 6, mtime=0))
        (work / SEGMENTS).write_bytes(gzip.compress("".join(segments).encode(), 6, mtime=0))
        (work / NAMED).write_bytes(gzip.compress("".join(named).encode(), 6, mtime=0))
        write_sizes(work / GRAPHS, sizes(triples, parts.named))
        write_table(work / TABLE, graph.rows, graph.computed.days, tree.change_days)
        write_names(work / NAMES, graph.names)
        kinds = [row.node.kind for row in graph.rows]
        manifest = Manifest(
            dataset=version,
            format=FORMAT,
            built_with=__version__,
            licence=LICENCE if parts.governed is not None else stated_licence(parts),
            triples=len(base),
            segment_quads=len(segments),
            bodies=sum(ORGANIZATION in graph.base.types(row.node.id) for row in graph.rows),
            relations=sum(kind in {"relation", "arrangement"} for kind in kinds),
            change_days=len(tree.change_days),
            files=files,
            governed=parts.governed is not None,
            union=parts.union,
        )
        (work / MANIFEST).write_text(json.dumps(manifest._asdict(), indent=1) + "\n", "utf-8")
        try:
            work.chmod(0o755)
            work.rename(folder)
        except OSError:
            if not (folder / MANIFEST).is_file():
                # A folder without a manifest is what some interruption left of a build: it is no version.
                shutil.rmtree(folder, ignore_errors=True)
                work.rename(folder)
                return
            # Another process has built the same version in the meantime: its files are the same.
            shutil.rmtree(work, ignore_errors=True)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _remember(mark: Path, name: str) -> None:
    """Write down which snapshot is that of a fingerprint, for all who open the data later."""
    mark.parent.mkdir(parents=True, exist_ok=True)
    temporary = mark.with_suffix(f".{uuid4().hex}")
    temporary.write_text(name + "\n", "utf-8")
    temporary.replace(mark)


def _point(link: Path, name: str) -> None:
    """Make ``link`` a symbolic link to ``name`` in one step: readers see the old version or the new one."""
    temporary = link.with_name(f".{link.name}-{os.getpid()}-{uuid4().hex}")
    temporary.symlink_to(name)
    temporary.replace(link)
