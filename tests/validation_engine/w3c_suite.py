"""Reading the W3C SHACL test suite: its manifests, data, shapes and expected reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from ics_graph.validation.engine import Finding
from ics_graph.validation.engine.graph import IndexedGraph
from ics_graph.validation.engine.paths import to_sparql
from ics_graph.validation.engine.reader import ShapesReader
from ics_graph.validation.engine.statements import load_graph
from ics_graph.validation.engine.terms import TermTable

MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHACL_TEST = "http://www.w3.org/ns/shacl-test#"
FAILURE = SHACL_TEST + "Failure"

Row = tuple[str, str | None, str | None, str, str]


@dataclass(frozen=True)
class Case:
    """One test: files of data and shapes, and the expected rows (None where the shapes must be refused)."""

    name: str
    data: Path
    shapes: Path
    expected: Counter[Row] | None
    conforms: bool | None


def parse(path: Path) -> list[ox.Quad]:
    """The statements of a Turtle file; the file's URL is the base."""
    return list(ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri=path.as_uri()))


def cases(folder: Path) -> Iterator[Case]:
    """The tests of all files below a folder, whether or not a manifest includes the file (one has no include)."""
    for path in sorted(folder.rglob("*.ttl")):
        if path.name != "manifest.ttl" and b"sht:Validate" in path.read_bytes():
            yield from _cases_of(path, folder)


class _Manifest:
    def __init__(self, path: Path) -> None:
        self.graph: IndexedGraph = load_graph(parse(path), TermTable())
        self.reader = ShapesReader(self.graph)
        self.terms = self.graph.terms

    def values(self, node: int, iri: str) -> list[int]:
        return list(self.graph.objects(node, self.terms[f"<{iri}>"]))

    def one(self, node: int, iri: str) -> int:
        (value,) = self.values(node, iri)
        return value

    def file(self, node: int) -> Path:
        return Path(self.terms.texts[node][1:-1].removeprefix("file://"))


def _cases_of(path: Path, root: Path) -> Iterator[Case]:
    manifest = _Manifest(path)
    this = manifest.terms[f"<{path.as_uri()}>"]
    for head in manifest.values(this, MANIFEST + "entries"):
        for entry in manifest.reader.members(this, "entries", head):
            yield _case(manifest, entry, path.relative_to(root).with_suffix("").as_posix())


def _case(manifest: _Manifest, entry: int, name: str) -> Case:
    action = manifest.one(entry, MANIFEST + "action")
    result = manifest.one(entry, MANIFEST + "result")
    failure = manifest.terms.texts[result] == f"<{FAILURE}>"
    return Case(
        name=name,
        data=manifest.file(manifest.one(action, SHACL_TEST + "dataGraph")),
        shapes=manifest.file(manifest.one(action, SHACL_TEST + "shapesGraph")),
        expected=None
        if failure
        else Counter(_row(manifest, each) for each in manifest.reader.values(result, "result")),
        conforms=None if failure else '"true"' in manifest.terms.texts[manifest.reader.values(result, "conforms")[0]],
    )


def _row(manifest: _Manifest, result: int) -> Row:
    def text(name: str) -> str | None:
        values = manifest.reader.values(result, name)
        return manifest.terms.texts[values[0]] if values else None

    paths = manifest.reader.values(result, "resultPath")
    path = to_sparql(manifest.reader.path(result, paths[0])) if paths else None
    focus, component, severity = text("focusNode"), text("sourceConstraintComponent"), text("resultSeverity")
    assert focus is not None
    assert component is not None
    assert severity is not None
    return (focus, path, text("value"), component, severity)


def row_of(finding: Finding) -> Row:
    """A finding in the form in which expected results are compared."""
    value = None if finding.value is None else str(finding.value)
    return (str(finding.focus_node), finding.path_text, value, str(finding.component), str(finding.severity))
