"""Wrong metadata of a stored query is one sentence with its place in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ics_graph.catalogue.stored import find_query, read_catalogue, read_query
from ics_graph.errors import InvalidData, MissingData, NotFound
from tests.support.graphs import PROJECT

HEADER = """\
#+ title = "Who sits on a board"
#+ question = "Who are the members?"
#+ [parameters.body]
#+ type = "organisation"
#+ description = "The body."
#+ [example]
#+ on = "2020-11-09"
#+ body = "jhcceg"
"""
QUERY = "SELECT ?member ?body WHERE { ?member <urn:memberOf> ?body }\n"


def written(folder: Path, text: str, name: str = "members.rq") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_query_is_read_whole(tmp_path: Path) -> None:
    query = read_query(written(tmp_path, HEADER + QUERY))
    assert (query.name, query.title, query.question) == ("members", "Who sits on a board", "Who are the members?")
    assert query.text == HEADER + QUERY
    assert query.statuses == ("in-force",)
    assert not query.include_unknown
    (parameter,) = query.parameters
    assert (parameter.name, parameter.type, parameter.scheme, parameter.default) == ("body", "organisation", None, None)
    assert query.example == {"on": "2020-11-09", "body": "jhcceg"}


def test_an_example_need_not_give_what_may_be_left_out(tmp_path: Path) -> None:
    text = HEADER.replace('"The body."', '"The body."\n#+ optional = true').replace('#+ body = "jhcceg"\n', "")
    (parameter,) = read_query(written(tmp_path, text + QUERY)).parameters
    assert (parameter.optional, parameter.needed, parameter.default) == (True, False, None)


MISTAKES = {
    "TOML": ("#+ title = Who\n" + QUERY, 1, "is not TOML"),
    "TOML further down": (HEADER.replace('type = "organisation"', 'type = "organisation'), 4, "is not TOML"),
    "TOML cut off": ('#+ title = "a"\n#+ statuses = [\n' + QUERY, 2, "is not TOML"),
    "no metadata": (QUERY, 1, "needs a title"),
    "no title": (HEADER.replace('#+ title = "Who sits on a board"\n', ""), 1, "needs a title"),
    "an empty title": (HEADER.replace("Who sits on a board", "  "), 1, "needs a title"),
    "no question": (HEADER.replace('#+ question = "Who are the members?"\n', ""), 1, "needs a question"),
    "another key": ('#+ statues = ["draft"]\n' + HEADER, 1, "'statues'"),
    "an unknown type": (HEADER.replace('"organisation"', '"organization"'), 3, "The type of body"),
    "a type that is none": (HEADER.replace('"organisation"', "[1]"), 3, "The type of body"),
    "no description": (HEADER.replace('#+ description = "The body."\n', ""), 3, "needs a description"),
    "another key of a parameter": (HEADER.replace("description", "descripton"), 3, "'descripton'"),
    "a parameter not in the query": (HEADER.replace("parameters.body", "parameters.board"), 3, "does not occur"),
    "no table": (HEADER.replace("[parameters.body]", "[[parameters]]"), 3, "must be a table"),
    "no name of a variable": (HEADER.replace("parameters.body", "parameters.'a b'"), 1, "name of a variable"),
    "a concept without a scheme": (HEADER.replace('"organisation"', '"concept"'), 3, "concept scheme"),
    "a concept of no scheme": (HEADER.replace('"organisation"', '"concept"\n#+ scheme = "functions"'), 3, "scheme"),
    "a scheme without a concept": (HEADER.replace('"organisation"', '"area"\n#+ scheme = "function"'), 3, "scheme"),
    "several defaults": (HEADER.replace('"The body."', '"The body."\n#+ default = ["a"]'), 3, "must be one value"),
    "optional with a default": (
        HEADER.replace('"The body."', '"The body."\n#+ default = "a"\n#+ optional = true'),
        3,
        "besides",
    ),
    "optional as a word": (HEADER.replace('"The body."', '"The body."\n#+ optional = "yes"'), 3, "true or false"),
    "an unknown status": ('#+ statuses = ["in-forse"]\n' + HEADER, 1, "statuses must be"),
    "no status": ("#+ statuses = []\n" + HEADER, 1, "statuses must be"),
    "a status that is none": ("#+ statuses = [[]]\n" + HEADER, 1, "statuses must be"),
    "neither true nor false": ('#+ include_unknown = "no"\n' + HEADER, 1, "true or false"),
    "an example of another parameter": (HEADER + '#+ board = "jhcceg"\n', 6, "gives board"),
    "an example without a parameter": (HEADER.replace('#+ body = "jhcceg"\n', ""), 6, "does not give body"),
    "an example without a day": (HEADER.replace('#+ on = "2020-11-09"\n', ""), 6, "does not give on"),
    "an impossible day": (HEADER.replace("2020-11-09", "2020-11-31"), 6, "not a day of the calendar"),
    "several examples": (HEADER.replace('"jhcceg"', '["jhcceg"]'), 6, "must be one value"),
}


@pytest.mark.parametrize(("text", "line", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_place(text: str, line: int, sentence: str, tmp_path: Path) -> None:
    path = written(tmp_path, text if text.endswith(QUERY) else text + QUERY)
    with pytest.raises(InvalidData, match=r"^[^\n]+$") as caught:
        read_query(path)
    assert str(caught.value).startswith(f"{path}:{line}:")
    assert sentence in caught.value.message


def test_the_column_of_a_mistake_is_that_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as caught:
        read_query(written(tmp_path, "#+ title = Who\n" + QUERY))
    assert caught.value.position is not None
    assert caught.value.position.column == len("#+ title = ") + 1


def test_a_parameter_in_a_remark_is_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="does not occur"):
        read_query(written(tmp_path, HEADER + "# about ?body\nSELECT ?member WHERE { ?member a <urn:Member> }\n"))


@pytest.mark.parametrize("name", ["Members.rq", "members_of.rq", "1st.rq"])
def test_names_of_queries_are_words_joined_by_hyphens(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="lower-case words joined by hyphens"):
        read_query(written(tmp_path, HEADER + QUERY, name))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "members.rq"
    path.write_bytes(b"#+ title = \xff\n")
    with pytest.raises(InvalidData, match="not UTF-8"):
        read_query(path)


def test_files_and_folders_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="no folder of stored queries"):
        read_catalogue(tmp_path / "queries")
    with pytest.raises(MissingData, match="cannot be read"):
        read_query(tmp_path / "members.rq")
    assert read_catalogue(tmp_path) == {}


def test_a_query_is_found_by_its_name(tmp_path: Path) -> None:
    written(tmp_path, HEADER + QUERY)
    assert find_query(tmp_path, "members").name == "members"
    with pytest.raises(NotFound) as caught:
        find_query(tmp_path, "member")
    assert caught.value.hint == "There are: members."


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "a/b", "members.rq", "Members", "members\n"])
def test_a_name_reaches_no_file_outside_the_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    written(folder, HEADER + QUERY)
    written(tmp_path, HEADER + QUERY, "secret.rq")
    with pytest.raises(NotFound):
        find_query(folder, name)


def test_the_shipped_catalogue_is_read() -> None:
    assert "members-of-a-body" in read_catalogue(PROJECT / "queries")
