"""Bad input: one line with the place, the exit code of the contract, no traceback, nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ics_graph.errors import NothingChecked
from ics_graph.validation.runner import ENGINES, validate
from tests.support.graphs import PROJECT
from tests.validation.conftest import PREFIXES, Folder, Outcome

SHAPES = "ex:S sh:targetClass ex:T ; sh:nodeKind sh:IRI .\n"
DATA = "ex:a a ex:T .\n"
AFTER = PREFIXES.count("\n") + 1


@pytest.fixture
def sound(folder: Folder) -> Folder:
    folder.shapes(SHAPES)
    folder.data(DATA)
    assert folder.validate().code == 0
    return folder


def one_line(outcome: Outcome, code: int, start: str) -> None:
    assert (outcome.code, outcome.out) == (code, ""), outcome.err
    assert outcome.err.startswith(f"ics-graph: {start}"), outcome.err
    assert outcome.err.count("\n") == 1
    assert "Traceback" not in outcome.err


def test_no_shape_has_a_target(sound: Folder) -> None:
    sound.data("ex:a a ex:Other .\n")
    one_line(sound.validate(), 5, "No shape has a target in the data: nothing was checked.")


def test_no_shapes_at_all(sound: Folder) -> None:
    sound.shapes("")
    one_line(sound.validate(), 5, "No shape has a target")


@pytest.mark.parametrize(
    ("name", "content", "start"),
    [
        ("bad.ttl", PREFIXES.encode() + b"ex:a ex:b .\n", f"bad.ttl:{AFTER}:11: "),
        ("bad.ttl", PREFIXES.encode() + b"ex:a ex:b 'open\n", f"bad.ttl:{AFTER}:"),
        ("bad.ttl", b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "bad.ttl:1:1: This is not UTF-8 text"),
        ("bad.ttl", b"\x00\x01\x02\x03", "bad.ttl:1:"),
        ("bad.ttl", PREFIXES.encode() + b"ex:a ex:b " + b"[" * 200, f"bad.ttl:{AFTER}:"),
        ("bad.nt", b"<a> <b> <c> .\n", "bad.nt:1:"),
        ("bad.rdf", b"<rdf:RDF", "bad.rdf:1:"),
        ("bad.jsonld", b'{"@context": "https://example.org/context", "@id": "x"}', "bad.jsonld"),
        ("bad.csv", b"a,b\n", "bad.csv: The suffix .csv stands for no RDF syntax."),
        ("bad", b"a", "bad: A name without a suffix stands for no RDF syntax."),
    ],
    ids=["syntax", "open", "binary", "controls", "nested", "relative", "xml", "context", "csv", "none"],
)
@pytest.mark.parametrize("role", ["data", "shapes"])
def test_files_that_cannot_be_read(sound: Folder, name: str, content: bytes, start: str, role: str) -> None:
    (sound.path / name).write_bytes(content)
    words = (name, "--shapes", "shapes.ttl") if role == "data" else ("data.ttl", "--shapes", name)
    outcome = sound.validate(*words, "--output", "report.txt")
    one_line(outcome, 3, start)
    assert sound.rest() == sorted(["data.ttl", "shapes.ttl", name])


def test_a_file_that_is_not_there(sound: Folder) -> None:
    outcome = sound.validate("nowhere.ttl")
    assert (outcome.code, outcome.err.count("\n")) == (3, 1)
    assert "nowhere.ttl" in outcome.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(sound: Folder) -> None:
    (sound.path / "data.ttl").chmod(0)
    one_line(sound.validate(), 3, "data.ttl: The file cannot be read")


def test_a_file_past_the_size_limit(sound: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    size = max(len(sound.data(DATA).read_bytes()), len(sound.shapes(SHAPES).read_bytes()))
    sound.data(DATA + "#" * (size - len((PREFIXES + DATA).encode())))
    monkeypatch.setenv("ICS_GRAPH_FILE_BYTES", str(size))
    assert sound.validate().code == 0
    sound.data(DATA + "#" * (size - len((PREFIXES + DATA).encode()) + 1))
    one_line(sound.validate(), 4, "data.ttl: the input is larger than")
    monkeypatch.setenv("ICS_GRAPH_FILE_BYTES", "0")
    assert sound.validate().code == 2


@pytest.mark.parametrize("role", ["data", "shapes"])
def test_an_import_that_names_no_file_given(sound: Folder, role: str) -> None:
    text = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n<http://example.org/onto> a owl:Ontology ;\n"
    text += "  owl:imports <http://example.org/other> .\n"
    (sound.data if role == "data" else sound.shapes)((DATA if role == "data" else SHAPES) + text)
    start = f"{role}.ttl:{AFTER + 3}:15: owl:imports names http://example.org/other, which is none of the files given."
    one_line(sound.validate(), 3, start)
    sound.write("other.ttl", "<http://example.org/other#> a <http://www.w3.org/2002/07/owl#Ontology> .\n")
    assert sound.validate("data.ttl", "other.ttl", "--shapes", "shapes.ttl").code == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<a:b> <http://www.w3.org/2002/07/owl#import\\u0073> <http://example.org/other> .", f"{AFTER + 1}:52"),
        (
            "@prefix x: <http://www.w3.org/2002/07/owl#imp> .\n<a:b> x:orts <http://example.org/other> .",
            f"{AFTER + 2}:14",
        ),
    ],
)
def test_an_import_is_one_however_it_is_written(sound: Folder, text: str, place: str) -> None:
    sound.data(f"{DATA}{text}\n")
    told = f"data.ttl:{place}: owl:imports names http://example.org/other, which is none of the files given."
    one_line(sound.validate(), 3, told)


def test_a_cycle_of_imports_among_the_files_is_harmless(sound: Folder) -> None:
    for here, there in (("one", "two"), ("two", "one")):
        sound.data(
            f"<http://example.org/{here}> a <http://www.w3.org/2002/07/owl#Ontology> ;\n"
            f"  <http://www.w3.org/2002/07/owl#imports> <http://example.org/{there}> .\n" + DATA,
            f"{here}.ttl",
        )
    assert sound.validate("one.ttl", "two.ttl").code == 0
    assert sound.validate("one.ttl").code == 3


@pytest.mark.parametrize(
    "select",
    [
        "SELECT $this WHERE { $this a }",
        "SELECT $this WHERE { SERVICE <http://example.org/sparql> { $this ?p ?o } }",
        "SELECT $this FROM <http://example.org/graph> WHERE { $this a ?t }",
        "nonsense \\n \\u001B[31m",
    ],
    ids=["syntax", "service", "from", "nonsense"],
)
def test_a_query_of_a_shape_that_cannot_run(sound: Folder, select: str) -> None:
    sound.shapes(SHAPES + f'\nex:Q sh:targetClass ex:T ;\n  sh:sparql [ sh:select "{select}" ] .\n')
    outcome = sound.validate()
    one_line(outcome, 3, f"shapes.ttl:{AFTER + 2}:1: ")
    assert "http://example.org/Q" in outcome.err
    assert "\x1b" not in outcome.err
    # pySHACL refuses SERVICE itself and names no shape.
    place = "" if "SERVICE" in select else f"shapes.ttl:{AFTER + 3}:13: "
    one_line(sound.validate("--engine", "pyshacl"), 3, place)


@pytest.mark.parametrize(
    "body",
    [
        "ex:Q sh:targetClass ex:T ; sh:minCount 1 .",
        "ex:Q sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount 'x' ] .",
        "ex:Q sh:targetClass ex:T ; sh:property [ sh:minCount 1 ] .",
        "ex:Q sh:targetClass ex:T ; sh:node ex:Q .",
        "ex:Q sh:targetClass ex:T ; sh:in ( 1 . 2 ) .",
    ],
    ids=["node", "type", "path", "recursion", "list"],
)
def test_shapes_that_are_ill_formed(sound: Folder, body: str) -> None:
    sound.shapes(SHAPES + body + "\n")
    one_line(sound.validate(), 3, f"shapes.ttl:{AFTER + 1}:")


@pytest.mark.parametrize("engine", list(ENGINES))
def test_a_view_that_is_none(sound: Folder, engine: str) -> None:
    sound.shapes(SHAPES + "ex:Q sh:targetClass ex:T ; ics:runsOn ex:nowhere .\n")
    outcome = sound.validate("--engine", engine)
    assert (outcome.code, outcome.err.count("\n")) == (3, 1)


def test_an_output_that_cannot_be_written(sound: Folder) -> None:
    before = sound.rest()
    one_line(sound.validate("--output", "no/such/folder/report.txt"), 2, "no/such/folder/report.txt cannot be written")
    assert sound.rest() == before


def test_an_interrupted_run_leaves_the_old_report(sound: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    sound.write("report.txt", "old")

    def interrupted(self: Path, *_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    outcome = sound.validate("--output", "report.txt")
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err.strip() == "ics-graph: interrupted"
    assert (sound.path / "report.txt").read_text() == "old"
    assert sound.rest() == ["data.ttl", "report.txt", "shapes.ttl"]


FOREIGN = """
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix st: <https://w3id.org/ics-graph/concept/status/> .
<http://example.org/a> a foaf:Document ; foaf:name "A" ; foaf:maker [ foaf:name "B" ] ; foaf:topic st:in-force .
"""


@pytest.mark.parametrize("text", ["# nothing\n", FOREIGN], ids=["empty", "foreign"])
@pytest.mark.parametrize("all_dates", [False, True], ids=["one day", "all dates"])
def test_days_and_terms_of_our_own_beside_the_data_are_no_pass(tmp_path: Path, text: str, all_dates: bool) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(text, "utf-8")
    with pytest.raises(NothingChecked):
        validate([data], [PROJECT / "shapes"], PROJECT / "ontology", all_dates=all_dates)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("ex:a a ex:Thing .", "sh:targetNode ex:a"),
        ("ex:a ex:p 5 .", "sh:targetObjectsOf ex:p"),
        ("[] ex:p 5 .", "sh:targetSubjectsOf ex:p"),
        # On the computed graph a blank node has an IRI; what is only referred to is of the data all the same.
        ("[] ex:p 5 .", "sh:targetSubjectsOf ex:p ; ics:runsOn <https://w3id.org/ics-graph/concept/view/whole-graph>"),
        ("ex:a ex:p ex:b .", "sh:targetObjectsOf ex:p ; ics:runsOn <https://w3id.org/ics-graph/concept/view/may-hold>"),
    ],
)
def test_one_focus_node_of_the_data_is_enough(folder: Folder, text: str, targets: str) -> None:
    folder.data(text)
    folder.shapes(f"ex:s a sh:NodeShape ; {targets} ; sh:nodeKind sh:IRI .")
    assert folder.validate().code in (0, 1)
    folder.data("ex:other a ex:Other .")
    one_line(folder.validate(), 5, "No shape has a target")


@pytest.mark.parametrize("engine", ["fast", "pyshacl"])
def test_a_class_that_is_a_shape_has_its_instances_as_targets(folder: Folder, engine: str) -> None:
    folder.data("ex:a a ex:C .")
    folder.shapes("ex:C a rdfs:Class, sh:NodeShape ; sh:property [ sh:path ex:p ; sh:maxCount 0 ] .")
    assert folder.validate("--engine", engine).code == 0
    folder.data("ex:a a ex:D .")
    one_line(folder.validate("--engine", engine), 5, "No shape has a target")


def test_a_finding_about_what_the_data_lack_is_told(folder: Folder) -> None:
    folder.data("ex:a a ex:Thing .")
    folder.shapes("ex:s a sh:NodeShape ; sh:targetNode ex:missing ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")
    assert [finding["focus_node"] for finding in folder.findings()] == ["http://example.org/missing"]
