"""Each finding points at the offending triple's object, or at the subject where a triple is missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ics_graph.validation.runner import ENGINES
from tests.validation.conftest import PREFIXES, Folder

HEAD = PREFIXES.count("\n")
"""Lines before the body of a file."""


def place(text: str, mark: str) -> tuple[int, int]:
    """Line and column of the only ``mark`` in a text, counted from 1 (CR LF, LF or CR end a line)."""
    assert text.count(mark) == 1, mark
    before = text[: text.index(mark)].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def at(finding: dict[str, Any]) -> tuple[int, int]:
    return finding["line"], finding["column"]


# For each constraint component: the constraint, data about ex:a, and the text that is meant; a text of None means that
# a triple is missing, and the place is the subject. The table in docs/validation.md says the same.
COMPONENTS: dict[str, tuple[str, str, str | None]] = {
    "Class": ("sh:path ex:p ; sh:class ex:C", "ex:p ex:nothing", "ex:nothing"),
    "Datatype": ("sh:path ex:p ; sh:datatype xsd:date", 'ex:p "2021-02-29"^^xsd:date', '"2021-02-29"^^xsd:date'),
    "NodeKind": ("sh:path ex:p ; sh:nodeKind sh:IRI", 'ex:p "text"@en-GB', '"text"@en-GB'),
    "MinCount": ("sh:path ex:p ; sh:minCount 1", "ex:q 1", None),
    "MaxCount": ("sh:path ex:p ; sh:maxCount 2", "ex:p 11, 22 ; ex:q 5 ; ex:p 33, 44", "33"),
    "MinExclusive": ("sh:path ex:p ; sh:minExclusive 7", "ex:p 007", "007"),
    "MinInclusive": ("sh:path ex:p ; sh:minInclusive 7", "ex:p 8, 6.50", "6.50"),
    "MaxExclusive": ("sh:path ex:p ; sh:maxExclusive 7", "ex:p 7.0e0", "7.0e0"),
    "MaxInclusive": ("sh:path ex:p ; sh:maxInclusive 7", "ex:p +8", "+8"),
    "MinLength": ("sh:path ex:p ; sh:minLength 3", "ex:p 'ab', 'abc'", "'ab'"),
    "MaxLength": ("sh:path ex:p ; sh:maxLength 3", 'ex:p """a\nb\n\nc""", "abc"', '"""a\nb\n\nc"""'),
    "Pattern": ('sh:path ex:p ; sh:pattern "^x"', r'ex:p "\u0079z", "xz"', r'"\u0079z"'),
    "LanguageIn": ('sh:path ex:p ; sh:languageIn ( "en" )', 'ex:p "a"@en, "b"@fr', '"b"@fr'),
    "UniqueLang": ("sh:path ex:p ; sh:uniqueLang true", 'ex:p "a"@en, "b"@fr, "c"@EN', '"c"@EN'),
    "Equals": ("sh:path ex:p ; sh:equals ex:q", "ex:p 1 ; ex:q 1, 2", "2"),
    "Disjoint": ("sh:path ex:p ; sh:disjoint ex:q", "ex:p ex:same ; ex:q 2, <http://example.org/same>", "ex:same"),
    "LessThan": ("sh:path ex:p ; sh:lessThan ex:q", "ex:p 11 ; ex:q 5", "11"),
    "LessThanOrEquals": ("sh:path ex:p ; sh:lessThanOrEquals ex:q", "ex:p 1, 66 ; ex:q 55", "66"),
    "Not": ("sh:path ex:p ; sh:not [ sh:datatype xsd:integer ]", "ex:p 'x', 4444", "4444"),
    "And": ("sh:path ex:p ; sh:and ( [ sh:datatype xsd:integer ] )", "ex:p 'xy', 4", "'xy'"),
    "Or": ("sh:path ex:p ; sh:or ( [ sh:datatype xsd:integer ] )", "ex:p 'xy', 4", "'xy'"),
    "Xone": ("sh:path ex:p ; sh:xone ( [ sh:datatype xsd:integer ] )", "ex:p 'xy', 4", "'xy'"),
    "Node": ("sh:path ex:p ; sh:node [ sh:nodeKind sh:IRI ]", "ex:p ex:i, true", "true"),
    "QualifiedMinCount": (
        "sh:path ex:p ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:nodeKind sh:IRI ]", "ex:p 1", None
    ),
    "QualifiedMaxCount": (
        "sh:path ex:p ; sh:qualifiedMaxCount 0 ; sh:qualifiedValueShape [ sh:nodeKind sh:IRI ]", "ex:p ex:i", "ex:i"
    ),
    "HasValue": ("sh:path ex:p ; sh:hasValue 3", "ex:p 4", None),
    "In": ("sh:path ex:p ; sh:in ( 1 2 )", "ex:p 1, 01", "01"),
}  # fmt: skip


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize("component", COMPONENTS)
def test_the_triple_that_is_meant(folder: Folder, component: str, engine: str) -> None:
    constraint, statements, meant = COMPONENTS[component]
    folder.shapes(f"ex:S a sh:NodeShape ;\n  sh:targetNode ex:a ;\n  sh:property [ {constraint} ] .\n")
    data = folder.data(f"# α comment with 𝔄 letters\n\n  ex:a a ex:Thing ;\n\t{statements} .\nex:same ex:q ex:a .\n")
    text = data.read_text("utf-8")
    found = folder.findings("--engine", engine)
    assert [each["component"].rsplit("#")[-1] for each in found] == [f"{component}ConstraintComponent"]
    if component == "Equals":
        # The value is missing at the path; it stands at the other property.
        assert at(found[0]) == place(text, "2 .")
    elif meant is None:
        assert at(found[0]) == place(text, "ex:a a")
    else:
        start = text.index("ex:a a")
        line, column = place(text[:start] + text[start:].replace(meant, "\0", 1), "\0")
        assert at(found[0]) == (line, column)
    assert found[0]["lexical"] == meant
    assert (found[0]["file"], found[0]["shape_file"], found[0]["shape_line"]) == ("data.ttl", "shapes.ttl", HEAD + 3)


def test_closed_and_sparql(folder: Folder) -> None:
    folder.shapes("""
ex:Closed sh:targetClass ex:T ; sh:closed true ; sh:ignoredProperties ( rdf:type ex:name ) .
ex:Query sh:targetClass ex:T ; sh:sparql [ sh:message "{?value} is odd" ; sh:select '''
  SELECT $this ?path ?value WHERE { $this <http://example.org/name> ?value . BIND(<http://example.org/name> AS ?path) }
  ''' ] .
ex:QueryOfNode sh:targetClass ex:T ;
  sh:sparql [ sh:message "{$this}" ; sh:select "SELECT $this WHERE { $this a ?t }" ] .
""")
    text = folder.data("""
ex:a a ex:T ; ex:name
    "A" ; ex:other ex:b .
""").read_text()
    found = {each["shape"].rsplit("/")[-1]: each for each in folder.findings()}
    assert at(found["Closed"]) == place(text, "ex:b")
    assert at(found["Query"]) == place(text, '"A"')
    assert at(found["QueryOfNode"]) == place(text, "ex:a a")


def test_paths_of_several_steps(folder: Folder) -> None:
    folder.shapes("""
ex:Sequence sh:targetNode ex:a ; sh:property [ sh:path ( ex:p ex:q ) ; sh:datatype xsd:integer ] .
ex:Inverse sh:targetNode ex:a ; sh:property [ sh:path [ sh:inversePath ex:of ] ; sh:nodeKind sh:BlankNode ] .
ex:Choice sh:targetNode ex:a ; sh:property [ sh:path [ sh:alternativePath ( ex:r ex:s ) ] ; sh:maxLength 1 ] .
ex:List sh:targetNode ex:a ;
  sh:property [ sh:path ( ex:list [ sh:zeroOrMorePath rdf:rest ] rdf:first ) ; sh:nodeKind sh:IRI ] .
""")
    text = folder.data("""
ex:elsewhere ex:q "wrong" ; ex:r "far" .
ex:a ex:p [ ex:q 1 ], [ ex:x 2 ; ex:q "wrong"^^xsd:string ] ; ex:s "far" ;
  ex:list ( ex:one
    "two" ex:three ) .
  ex:part ex:of ex:a .
""").read_text()
    found = {each["shape"].rsplit("/")[-1]: each for each in folder.findings()}
    assert at(found["Sequence"]) == place(text, '"wrong"^^xsd:string')
    assert found["Sequence"]["path"] == "(<http://example.org/p>/<http://example.org/q>)"
    assert at(found["Inverse"]) == place(text, "ex:part")
    assert found["Inverse"]["lexical"] == "ex:part"
    assert at(found["Choice"]) == place(text, '"far" ;')
    assert at(found["List"]) == place(text, '"two"')


def test_a_focus_node_that_is_nobodys_subject_is_shown_where_it_is_an_object(folder: Folder) -> None:
    folder.shapes("""
ex:S sh:targetObjectsOf ex:p ; sh:nodeKind sh:BlankNode .
ex:T sh:targetNode ex:never ; sh:nodeKind sh:BlankNode .
""")
    text = folder.data('ex:a ex:p "literal" ; ex:q ex:b ; ex:p ex:undescribed .\n').read_text()
    found = folder.findings()
    places = {each["value"].rsplit("/")[-1]: (each["line"], each["column"], each["lexical"]) for each in found}
    assert places["literal"] == (*place(text, '"literal"'), '"literal"')
    assert places["undescribed"] == (*place(text, "ex:undescribed"), "ex:undescribed")
    assert places["never"] == (None, None, None)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_blank_nodes_and_several_files(folder: Folder, newline: str) -> None:
    folder.shapes("""
ex:Address sh:targetSubjectsOf ex:zip ;
  sh:property [ sh:path ex:zip ;
    sh:pattern "^[0-9]+$" ] ;
  sh:property [
    sh:path ex:street ; sh:minCount 1 ] .
""")
    first = """PREFIX e: <http://example.org/>
_:one e:street "A
B" ; e:note '''many

lines''' ; e:zip "x" .
e:with e:address [ e:zip "12"
  ] ,
  [ e:street "C" ; e:zip
    "y" ] .
"""
    second = '@prefix : <http://example.org/> .\n_:one :street "D" ; :zip "1", "zz" .\n'
    first, second = first.replace('"A\nB"', '"A"').replace("\n", newline), second.replace("\n", newline)
    folder.write("a/first.ttl", first)
    folder.write("a/second.ttl", second)
    found = folder.findings("a/")
    assert [(each["file"], *at(each), each["lexical"], each["shape_line"] - HEAD) for each in found] == [
        ("a/first.ttl", *place(first, '"x"'), '"x"', 3),
        ("a/first.ttl", *place(first, '[ e:zip "12"'), None, 5),
        ("a/first.ttl", *place(first, '"y"'), '"y"', 3),
        ("a/second.ttl", *place(second, '"zz"'), '"zz"', 3),
    ]


def test_other_syntaxes_of_lines(folder: Folder) -> None:
    folder.shapes("ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:datatype xsd:date ] .\n")
    bad = '"no"^^<http://www.w3.org/2001/XMLSchema#date>'
    triple = f"<http://example.org/a> <http://example.org/p> {bad}"
    for name, text in (
        ("d.nt", f"# comment\n{triple} .\n"),
        ("d.nq", f"{triple} <http://example.org/g> .\n"),
        ("d.trig", f"PREFIX ex: <http://example.org/>\nex:g {{\n ex:b ex:q 1 .\n {triple} }}\n"),
    ):
        folder.write(name, text)
        (found,) = folder.findings(name)
        assert (*at(found), found["lexical"]) == (*place(text, bad), bad), name
    folder.write(
        "d.rdf",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/">'
        '<rdf:Description rdf:about="http://example.org/a"><ex:p '
        'rdf:datatype="http://www.w3.org/2001/XMLSchema#date">no</ex:p></rdf:Description></rdf:RDF>',
    )
    (found,) = folder.findings("d.rdf")
    assert (found["file"], found["line"], found["value"]) == ("d.rdf", None, "no")


def test_blank_nodes_of_the_shapes_are_none_of_the_data(folder: Folder) -> None:
    folder.shapes("ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:in ( _:x ) ] .\n_:x rdfs:label 'mine' .\n")
    folder.data("ex:a ex:p _:x .\n_:x rdfs:label 'yours' .\n")
    assert len(folder.findings()) == 1


def test_the_documentation_has_every_component() -> None:
    page = (Path(__file__).parents[2] / "docs/validation.md").read_text("utf-8")
    table = page.split("| constraint component")[1].split("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines()[2:])))
    tested = {component[0].lower() + component[1:] for component in COMPONENTS}
    assert tested | {"property", "closed", "sparql"} == named
