"""Validation as a gate: severities, baselines, earlier revisions, days, and fingerprints that outlive edits."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ics_graph.validation.runner import ENGINES
from tests.validation.conftest import PREFIXES, Folder

SHAPES = """
ex:Born sh:targetClass ex:T ; sh:property [ sh:path ex:born ; sh:datatype xsd:date ; sh:minCount 1 ] .
ex:Name sh:targetClass ex:T ; sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:severity sh:Warning ] .
ex:Note sh:targetClass ex:T ; sh:property [ sh:path ex:note ; sh:minCount 1 ; sh:severity sh:Info ] .
ex:Zip sh:targetSubjectsOf ex:zip ; sh:property [ sh:path ex:zip ; sh:pattern "^[0-9]+$" ] .
"""
GOOD = 'ex:{0} a ex:T ; ex:born "2020-01-01"^^xsd:date ; ex:name "A" ; ex:note "N" .\n'
BAD_BORN = 'ex:{0} a ex:T ; ex:born "2020-13-01"^^xsd:date ; ex:name "A" ; ex:note "N" .\n'
NO_NAME = 'ex:{0} a ex:T ; ex:born "2020-01-01"^^xsd:date ; ex:note "N" .\n'
NO_NOTE = 'ex:{0} a ex:T ; ex:born "2020-01-01"^^xsd:date ; ex:name "A" .\n'


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def shaped(folder: Folder) -> Folder:
    folder.shapes(SHAPES)
    return folder


@pytest.mark.parametrize(
    ("line", "codes"),
    [(GOOD, (0, 0, 0)), (BAD_BORN, (1, 1, 1)), (NO_NAME, (0, 1, 1)), (NO_NOTE, (0, 0, 1))],
    ids=["good", "violation", "warning", "info"],
)
def test_fail_on(shaped: Folder, line: str, codes: tuple[int, int, int]) -> None:
    shaped.data(line.format("a"))
    assert tuple(shaped.validate("--fail-on", word).code for word in ("violation", "warning", "info")) == codes
    assert shaped.validate().code == codes[0]


def test_a_baseline_lets_known_findings_pass_and_new_ones_fail(shaped: Folder) -> None:
    shaped.data(BAD_BORN.format("a"))
    assert shaped.validate("--format", "json", "--output", "before.json").code == 1
    assert shaped.validate("--baseline", "before.json").code == 0
    # Lines move, the file is renamed, text is laid out anew: the finding stays the same.
    (shaped.path / "data.ttl").unlink()
    moved = BAD_BORN.format("a").replace(" ; ", " ;\n   ").replace("ex:a a", "<http://example.org/a>\n a")
    shaped.data("\n\n# moved\n" + GOOD.format("first") + moved, "moved.ttl")
    (found,) = shaped.findings("moved.ttl", "--baseline", "before.json")
    assert found["known"] is True
    # A second one is new; the first is still known.
    shaped.data(BAD_BORN.format("a") + BAD_BORN.format("b"))
    outcome = shaped.validate("--baseline", "before.json")
    assert outcome.code == 1
    assert "(1 known before)" in outcome.out
    github = shaped.validate("--baseline", "before.json", "--format", "github").out
    assert github.count("::error") == 1
    sarif = json.loads(shaped.validate("--baseline", "before.json", "--format", "sarif").out)
    assert [result["baselineState"] for result in sarif["runs"][0]["results"]] == ["unchanged", "new"]
    # Another wrong value of the same node is another finding.
    shaped.data(BAD_BORN.format("a").replace("2020-13-01", "2020-14-01"))
    assert shaped.validate("--baseline", "before.json").code == 1


def test_fingerprints_of_blank_nodes_do_not_depend_on_lines_or_order(shaped: Folder) -> None:
    places = (
        'ex:a ex:address [ ex:zip "x" ; ex:street "A" ] .',
        'ex:b ex:address [ ex:zip "x" ], [ ex:zip "y" ] .',
        '[] ex:zip "z" ; ex:sub [ ex:zip "w" ] .',
        '_:label ex:zip "x" .',
    )
    shaped.data("\n".join(places))
    first = {found["fingerprint"] for found in shaped.findings()}
    assert len(first) == 6
    shaped.data("ex:new ex:other [ ex:q [ ex:r 1 ] ] .\n" + "\n\n".join(reversed(places)).replace("; ", ";\n"))
    assert {found["fingerprint"] for found in shaped.findings()} == first
    for engine in ENGINES:
        assert {found["fingerprint"] for found in shaped.findings("--engine", engine)} == first


def test_equal_findings_are_counted(folder: Folder) -> None:
    folder.shapes("""
ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:datatype xsd:date ; sh:message "one" ],
   [ sh:path ex:p ; sh:datatype xsd:gYear ; sh:message "two" ] .""")
    folder.data('ex:a ex:p "x" .')
    prints = [found["fingerprint"] for found in folder.findings()]
    assert [each.split(":")[1] for each in prints] == ["1", "2"]
    assert len({each.split(":")[0] for each in prints}) == 1


@pytest.mark.parametrize("content", ["[]", "{}", "not json", '{"findings": [{}]}', "\x00\xff", "[" * 100_000])
def test_a_baseline_that_is_none(shaped: Folder, content: str) -> None:
    shaped.data(GOOD.format("a"))
    shaped.write("before.json", content)
    outcome = shaped.validate("--baseline", "before.json")
    assert outcome.code == 3
    assert outcome.err.startswith("ics-graph: before.json")
    assert outcome.err.count("\n") == 1
    assert shaped.validate("--baseline", "nowhere.json").code == 3


@pytest.fixture
def repository(shaped: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    temporary = shaped.path / ".temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    git(shaped.path, "init", "-q", "-b", "main")
    shaped.write(".gitignore", ".temporary\n")
    shaped.write(".gitattributes", "* export-ignore\n*.ttl eol=crlf\n")
    shaped.data(BAD_BORN.format("a"), "data/a.ttl")
    git(shaped.path, "add", ".")
    git(shaped.path, "commit", "-q", "-m", "first")
    return shaped


def test_changed_since_fails_on_what_is_new(repository: Folder) -> None:
    assert repository.validate("data/").code == 1
    assert repository.validate("data/", "--changed-since", "HEAD").code == 0
    repository.data(GOOD.format("x") + BAD_BORN.format("a"), "data/a.ttl")
    assert repository.validate("data/", "--changed-since", "HEAD").code == 0
    repository.data(BAD_BORN.format("b"), "data/new.ttl")
    outcome = repository.validate("data/", "--changed-since", "HEAD", "--format", "json")
    assert outcome.code == 1
    assert {found["focus_node"][-1]: found["known"] for found in outcome.findings} == {"a": True, "b": False}
    git(repository.path, "add", ".")
    git(repository.path, "commit", "-q", "-m", "second")
    assert repository.validate("data/", "--changed-since", "HEAD").code == 0
    assert repository.validate("data/", "--changed-since", "HEAD~1").code == 1
    # A file that was not there at the revision has only new findings.
    assert repository.validate("data/new.ttl", "--changed-since", "HEAD~1").code == 1


def test_changed_since_takes_the_shapes_of_the_revision(repository: Folder) -> None:
    repository.shapes(SHAPES + "ex:More sh:targetClass ex:T ; sh:property [ sh:path ex:more ; sh:minCount 1 ] .\n")
    outcome = repository.validate("data/", "--changed-since", "HEAD", "--format", "json")
    assert outcome.code == 1
    assert {found["shape"].rsplit("/")[-1]: found["known"] for found in outcome.findings} == {
        "Born": True,
        "More": False,
    }


def test_changed_since_leaves_nothing_behind(repository: Folder) -> None:
    before = (git(repository.path, "status", "--porcelain"), git(repository.path, "worktree", "list"))
    files = repository.rest()
    repository.validate("data/", "--changed-since", "HEAD")
    assert repository.rest() == files
    assert list((repository.path / ".temporary").iterdir()) == []
    assert (git(repository.path, "status", "--porcelain"), git(repository.path, "worktree", "list")) == before


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD~9", "", "HEAD:data"])
def test_an_unknown_revision_is_one_line(repository: Folder, revision: str) -> None:
    outcome = repository.validate("data/", "--changed-since", revision)
    assert outcome.code == 2
    assert outcome.err.startswith("ics-graph: --changed-since: there is no revision")
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


def test_no_repository_is_one_line(shaped: Folder) -> None:
    shaped.data(GOOD.format("a"))
    outcome = shaped.validate("--changed-since", "HEAD")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "ics-graph: --changed-since: data.ttl is in no git repository.\n"


def test_ill_formed_data_at_the_revision_names_it(repository: Folder) -> None:
    repository.write("data/a.ttl", PREFIXES + "ex:a ex:b .\n")
    git(repository.path, "commit", "-q", "-a", "-m", "broken")
    repository.data(GOOD.format("a"), "data/a.ttl")
    outcome = repository.validate("data/", "--changed-since", "HEAD")
    assert outcome.code == 3
    assert outcome.err.startswith("ics-graph: HEAD:data/a.ttl:7:")
    assert list((repository.path / ".temporary").iterdir()) == []


@pytest.mark.parametrize("engine", list(ENGINES))
def test_both_engines_can_be_asked_for(shaped: Folder, engine: str) -> None:
    shaped.data(BAD_BORN.format("a"))
    assert shaped.validate("--engine", engine).code == 1


def test_a_fast_run_imports_no_reference_library(shaped: Folder) -> None:
    shaped.data(BAD_BORN.format("a"))
    script = (
        "import sys; from ics_graph.cli.main import run\n"
        "code = run(['validate', 'data.ttl', '--shapes', 'shapes.ttl'])\n"
        "assert code == 1; assert not {'rdflib', 'pyshacl'} & set(sys.modules)"
    )
    root = str(Path(__file__).parents[2])
    command, environment = [sys.executable, "-c", script], {"PYTHONPATH": root}
    done = subprocess.run(command, cwd=shaped.path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_all_dates_says_from_when_to_when(folder: Folder) -> None:
    folder.shapes("""
ex:Lives sh:targetClass ics:Day, ics:CCG ; ics:runsOn <https://w3id.org/ics-graph/concept/view/certainly-holds> ;
  sh:property [ sh:path ics:day ; sh:maxExclusive "2015-01-01"^^xsd:date ; sh:message "late" ] .
""")
    evidence = "ics:evidence [ <http://purl.org/dc/terms/source> <https://w3id.org/ics-graph/id/source/s> ]"
    folder.data(f"""
@prefix org: <http://www.w3.org/ns/org#> .
<https://w3id.org/ics-graph/id/source/s> a ics:Source .
<https://w3id.org/ics-graph/id/org/a> a org:Organization, ics:CCG ; ics:start "2013-04-01"^^xsd:date ;
  ics:end "2020-04-01"^^xsd:date ; ics:status <https://w3id.org/ics-graph/concept/status/in-force> ; {evidence} .
<https://w3id.org/ics-graph/id/org/b> a org:Organization, ics:CCG ; ics:start "2016-04-01"^^xsd:date ;
  ics:status <https://w3id.org/ics-graph/concept/status/in-force> ; {evidence} .
""")
    found = folder.findings("--all-dates")
    spans = [(each["from"], each["until"], each["value"]) for each in found]
    assert spans == [
        ("2016-04-01", "2020-04-01", "2016-04-01"),
        ("2020-04-01", None, "2020-04-01"),
    ]
    assert folder.findings("--on", "2014-01-01") == []
    assert folder.validate("--all-dates").out.count("[2016-04-01 to 2020-04-01]") == 1
    assert folder.validate("--all-dates", "--on", "2014-01-01").code == 2
