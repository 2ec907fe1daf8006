"""Building and opening: the version hash, atomic replacement, damaged and missing input."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import rmtree

import pytest

from ics_graph.errors import InvalidData, InvalidParameter, MissingData
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.store.build import build
from ics_graph.store.layout import MANIFEST, TABLE, fingerprint
from ics_graph.store.snapshot import Snapshot, open_or_build
from tests.support.graphs import DATA, ONTOLOGY, PREFIXES, build_text, cited

BODY = (
    "b:one a org:Organization, ics:OtherBody ; ics:status st:in-force ; {cited} ; "
    'ics:name [ a ics:Name ; ics:text "One" ; ics:nameKind nk:operational ] .\n'
)


def write(folder: Path, text: str, name: str = "graph.ttl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(PREFIXES + text, "utf-8")
    return folder


def test_the_version_is_of_the_statements_not_of_the_files(tmp_path: Path) -> None:
    one = write(tmp_path / "one", BODY.format(cited=cited()))
    # The same statements: other layout, other labels, split over two files in another order.
    lines = BODY.format(cited="ics:evidence _:elsewhere")
    two = write(
        tmp_path / "two",
        '_:elsewhere ics:paraphrase "So it is." ; ics:line 1 ; ics:locator "1" ; dcterms:source src:report .\n' + lines,
        "z.ttl",
    )
    versions = {Snapshot(build([folder], ONTOLOGY, tmp_path / "out")).manifest.dataset for folder in (one, two)}
    assert len(versions) == 1
    three = write(tmp_path / "three", BODY.format(cited=cited()).replace('"One"', '"Two"'))
    assert Snapshot(build([three], ONTOLOGY, tmp_path / "out")).manifest.dataset not in versions


def test_two_builds_of_the_shipped_data_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = build([DATA], ONTOLOGY, tmp_path / "a"), build([DATA], ONTOLOGY, tmp_path / "b")
    assert first.name == second.name
    for path in first.iterdir():
        if path.suffix != ".sqlite":
            assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_lexical_forms_make_different_versions(tmp_path: Path) -> None:
    versions = set()
    for number, form in enumerate(("1", "01", "+1")):
        folder = write(tmp_path / str(number), f'b:one ics:seats "{form}"^^xsd:integer .\n')
        versions.add(Snapshot(build([folder], ONTOLOGY, tmp_path / "out")).manifest.dataset)
    assert len(versions) == 3


def test_an_edited_file_is_never_answered_from_an_old_build(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", BODY.format(cited=cited()))
    before = open_or_build([folder], ONTOLOGY, tmp_path / "cache")
    assert open_or_build([folder], ONTOLOGY, tmp_path / "cache").folder == before.folder
    write(tmp_path / "data", BODY.format(cited=cited()).replace('"One"', '"Uno"'))
    after = GovernanceGraph(open_or_build([folder], ONTOLOGY, tmp_path / "cache"))
    assert after.show("Uno").entity.id == "one"
    assert after.snapshot.folder != before.folder


def test_a_failed_build_leaves_the_old_version(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", BODY.format(cited=cited()))
    built = build([folder], ONTOLOGY, tmp_path / "out")
    write(tmp_path / "data", "b:one ics:evidence _:undefined .\n")
    with pytest.raises(InvalidData, match="nothing is said of it"):
        build([folder], ONTOLOGY, tmp_path / "out")
    assert (tmp_path / "out" / "current").resolve() == built.resolve()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(["current", "fingerprints", built.name])


def test_blank_nodes_in_a_circle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="circle"):
        build_text("_:a ics:evidence _:b . _:b ics:evidence _:a .\n", tmp_path)


@pytest.mark.parametrize("harm", ["rubbish", "cut", "no manifest", "no folder", "mark"])
def test_a_damaged_snapshot_is_built_anew(tmp_path: Path, harm: str) -> None:
    folder = write(tmp_path / "data", BODY.format(cited=cited()))
    kept = open_or_build([folder], ONTOLOGY, tmp_path / "cache").folder
    mark = tmp_path / "cache" / "fingerprints" / fingerprint([folder], ONTOLOGY)
    if harm == "rubbish":
        (kept / TABLE).write_bytes(b"rubbish")
    elif harm == "cut":
        (kept / TABLE).write_bytes((kept / TABLE).read_bytes()[:-20])
    elif harm == "no manifest":
        (kept / MANIFEST).unlink()
    elif harm == "no folder":
        rmtree(kept)
    else:
        mark.write_bytes(b"\xff\xfe")
    if harm != "mark":
        with pytest.raises((InvalidData, MissingData)):
            Snapshot(kept)
    again = open_or_build([folder], ONTOLOGY, tmp_path / "cache")
    assert GovernanceGraph(again).show("One").entity.id == "one"


def test_a_snapshot_of_another_layout_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", BODY.format(cited=cited()))
    built = build([folder], ONTOLOGY, tmp_path / "out")
    manifest = json.loads((built / MANIFEST).read_text("utf-8"))
    (built / MANIFEST).write_text(json.dumps({**manifest, "format": 0}), "utf-8")
    with pytest.raises(InvalidData, match="layout 0"):
        Snapshot(built)


@pytest.mark.parametrize("missing", ["nowhere", "empty"])
def test_a_missing_or_empty_folder_is_named(tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingData, match=missing):
        build([tmp_path / missing], ONTOLOGY, tmp_path / "out")


def test_sparql_does_not_answer_as_known(tmp_path: Path) -> None:
    snapshot = build_text(BODY.format(cited=cited()), tmp_path)
    view = GovernanceGraph.view("2020-11-09", known="2020-11-09")
    with pytest.raises(InvalidParameter, match="known"):
        snapshot.day_graph(view)


def test_views_as_known_are_kept_and_let_go(tmp_path: Path) -> None:
    snapshot = build_text(BODY.format(cited=cited()), tmp_path)
    days = [f"2020-11-{number:02d}" for number in range(1, 29)]
    days = days[::3] + days[1::3] + days[2::3]
    for text in days * 2:
        view = GovernanceGraph.view("2020-11-09", known=text)
        assert (snapshot.days(view.known).holds("https://w3id.org/ics-graph/id/org/one", view.on) == "yes") == (
            text >= "2020-11-09"
        )
