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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from pyoxigraph import Quad

from ics_graph import __version__
from ics_graph.loading.canonical import dataset_version
from ics_graph.loading.reader import read_files
from ics_graph.store.expansion import expand
from ics_graph.store.layout import BASE, FORMAT, LICENCE, MANIFEST, NAMES, SEGMENTS, TABLE, Manifest, input_files
from ics_graph.store.meaning import ORGANIZATION, Meaning
from ics_graph.store.names import write_names
from ics_graph.store.nodes import NameRow, NodeRow, dated_rows, name_rows
from ics_graph.store.shortcuts import DayTriples, change_days, day_triples, segment_quads
from ics_graph.store.subjects import SubjectIndex, date_literal
from ics_graph.store.table import write_table
from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE
from ics_graph.temporal.lives import ComputedDays, compute_days
from ics_graph.temporal.rule import stated_days
from ics_graph.temporal.segments import SegmentTree
from ics_graph.vocabulary import ICS


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph in memory between reading and writing: the base triples, dated nodes, names, days and shortcuts."""

    base: SubjectIndex
    origins: Mapping[str, tuple[str, ...]]
    rows: Sequence[NodeRow]
    names: Sequence[NameRow]
    computed: ComputedDays
    shortcuts: DayTriples
    tree: SegmentTree


def make_graph(data: Iterable[Quad], ontology: Iterable[Quad]) -> Graph:
    """The whole computed graph of parsed quads. Raises InvalidData where they cannot be made into one."""
    ontology = list(ontology)
    meaning = Meaning.of(SubjectIndex.of(ontology))
    expansion = expand([*data, *ontology], meaning)
    base = expansion.graph
    rows = dated_rows(base)
    names = name_rows(base)
    computed = compute_days(row.node for row in rows)
    shortcuts = day_triples(base, rows, names, computed)
    _write_days(base, rows, computed)
    return Graph(base, expansion.origins, rows, names, computed, shortcuts, change_days(shortcuts, computed))


def _write_days(base: SubjectIndex, rows: Iterable[NodeRow], computed: ComputedDays) -> None:
    """Write the four days of every dated node, as computed and as stated by itself alone, where they are bounded."""
    for row in rows:
        subject, facts = row.node.id, row.node.facts
        days = computed.days[subject]
        stated = stated_days(facts, personal=row.node.personal)
        for prefix, four in (("", days), ("stated", stated)):
            values = (four.s1, four.s2, four.e1, four.e2)
            for name, day in zip(("EarliestStart", "LatestStart", "EarliestEnd", "LatestEnd"), values, strict=True):
                if day not in {UNBOUNDED_BEFORE, UNBOUNDED_AFTER}:
                    term = prefix + name if prefix else name[0].lower() + name[1:]
                    base.add(subject, ICS + term, date_literal(day))
        attested = facts.attested()
        if attested:
            base.add(subject, ICS + "firstAttested", date_literal(attested[0]))
            base.add(subject, ICS + "lastAttested", date_literal(attested[-1]))


def build(data: Sequence[Path], ontology: Path, target: Path) -> Path:
    """Build a snapshot of the files under ``data`` and ``ontology`` below ``target`` and return its folder.

    ``target/current`` points at it afterwards. Raises :class:`~ics_graph.errors.InvalidData` with the place in the
    file where input is ill-formed, and then leaves ``target`` as it was.
    """
    data_files, ontology_files = input_files(*data), input_files(ontology)
    # Read in one go: blank nodes are named after the number of their file, and must not meet.
    parsed = read_files([*data_files, *ontology_files]).files
    data_quads = [quad for file in parsed[: len(data_files)] for quad in file.quads]
    ontology_quads = [quad for file in parsed[len(data_files) :] for quad in file.quads]
    version = dataset_version([*data_quads, *ontology_quads])
    # Another version of the software may compute other days from the same statements.
    folder = target / f"{version}-{FORMAT}-{__version__}"
    target.mkdir(parents=True, exist_ok=True)
    if not (folder / MANIFEST).is_file():
        graph = make_graph(data_quads, ontology_quads)
        names = tuple(path.name for path in data_files)
        _write(graph, version, names, folder)
    _point(target / "current", folder.name)
    return folder


def _write(graph: Graph, version: str, files: tuple[str, ...], folder: Path) -> None:
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        base = sorted(f"{triple} .\n" for triple in graph.base.triples())
        segments = sorted(f"{quad} .\n" for quad in segment_quads(graph.shortcuts, graph.tree))
        (work / BASE).write_bytes(gzip.compress("".join(base).encode(), 6, mtime=0))
        (work / SEGMENTS).write_bytes(gzip.compress("".join(segments).encode(), 6, mtime=0))
        write_table(work / TABLE, graph.rows, graph.computed.days, graph.tree.change_days)
        write_names(work / NAMES, graph.names)
        kinds = [row.node.kind for row in graph.rows]
        manifest = Manifest(
            dataset=version,
            format=FORMAT,
            built_with=__version__,
            licence=LICENCE,
            triples=len(base),
            segment_quads=len(segments),
            bodies=sum(ORGANIZATION in graph.base.types(row.node.id) for row in graph.rows),
            relations=sum(kind in {"relation", "arrangement"} for kind in kinds),
            change_days=len(graph.tree.change_days),
            files=files,
        )
        (work / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", "utf-8")
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


def _point(link: Path, name: str) -> None:
    """Make ``link`` a symbolic link to ``name`` in one step: readers see the old version or the new one."""
    temporary = link.with_name(f".{link.name}-{os.getpid()}-{uuid4().hex}")
    temporary.symlink_to(name)
    temporary.replace(link)
