"""A change that breaks a rule: annotation and SARIF region point at the very line that was changed."""

from __future__ import annotations

import json

import pytest

from tests.validation.conftest import PREFIXES, Folder
from tests.validation.reading import read_annotations

SHAPES = """
ex:Body a sh:NodeShape ; sh:targetClass ex:Body ;
  ics:reason "A body is named and dated." ; ics:remedy "Write the name and the date." ;
  sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ] ;
  sh:property [ sh:path ex:start ; sh:datatype xsd:date ] ;
  sh:property [ sh:path ex:partOf ; sh:class ex:Body ] .
"""
BEFORE = (
    PREFIXES
    + '''
# A register of bodies: ä, 中, 𝔄.
ex:council a ex:Body ;
    ex:name "Council" ;
    ex:note """a note
of two lines""" ;
    ex:start "2014-04-01"^^xsd:date .

ex:board a ex:Body ; ex:start "2016-04-01"^^xsd:date ;
    ex:name "Board" ;
    ex:partOf ex:council .
'''
)
# What is replaced by what, and where the finding is expected: the line of this text in the file afterwards.
CHANGES = {
    "another value": ('"2016-04-01"^^xsd:date', '"2016-04-31"^^xsd:date', '"2016-04-31"^^xsd:date'),
    "another datatype": ('ex:name "Board"', 'ex:name "Board"@en', '"Board"@en'),
    "another object": ("ex:partOf ex:council", "ex:partOf ex:counsel", "ex:counsel"),
    "a second value": ('ex:name "Council"', 'ex:name "Council", "The Council"', '"The Council"'),
    "a line taken out": ('    ex:name "Board" ;\n', "", "ex:board a"),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("change", CHANGES)
def test_the_line_that_was_changed(folder: Folder, change: str, newline: str) -> None:
    folder.shapes(SHAPES)
    folder.write("register/bodies.ttl", BEFORE.replace("\n", newline))
    assert folder.validate("register/", "--format", "github").code == 0
    old, new, mark = CHANGES[change]
    assert BEFORE.count(old) == 1
    after = BEFORE.replace(old, new)
    folder.write("register/bodies.ttl", after.replace("\n", newline))
    lines = after.split("\n")
    line = next(number for number, text in enumerate(lines, 1) if mark in text)
    column = lines[line - 1].index(mark) + 1
    if new:
        # The line that differs from before is the line that is meant.
        assert [line] == [n for n, (a, b) in enumerate(zip(BEFORE.split("\n"), lines, strict=True), 1) if a != b]

    outcome = folder.validate("register/", "--format", "github")
    assert outcome.code == 1
    ((command, properties, _),) = read_annotations(outcome.out)
    assert command == "error"
    assert properties["file"] == "register/bodies.ttl"
    assert (properties["line"], properties["col"]) == (str(line), str(column))

    log = json.loads(folder.validate("register/", "--format", "sarif").out)
    (result,) = log["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "register/bodies.ttl", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": line, "startColumn": column}


def test_places_are_relative_to_the_top_of_the_checkout(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.shapes(SHAPES)
    folder.write("register/bodies.ttl", BEFORE.replace("2016-04-01", "2016-04-31"))
    (folder.path / ".git").mkdir()
    monkeypatch.chdir(folder.path / "register")
    words = ("validate", "bodies.ttl", "--shapes", "../shapes.ttl")
    ((_, properties, _),) = read_annotations(folder.validate(*words[1:], "--format", "github").out)
    assert properties["file"] == "register/bodies.ttl"
    absolute = str(folder.path / "register" / "bodies.ttl")
    log = json.loads(folder.validate(absolute, "--shapes", "../shapes.ttl", "--format", "sarif").out)
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "register/bodies.ttl", "uriBaseId": "%SRCROOT%"}
    # A file outside the checkout is named in full.
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.path / "register"))
    log = json.loads(folder.validate(*words[1:], "--format", "sarif").out)
    related = log["runs"][0]["results"][0]["relatedLocations"][0]["physicalLocation"]["artifactLocation"]
    assert related["uri"].endswith("shapes.ttl")
    assert "uriBaseId" not in related
