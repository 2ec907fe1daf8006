"""The documents say what is so: generated pages are those of today, commands parse, links lead somewhere."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ics_graph.cli.main import cli, run
from ics_graph.settings import PREFIX, Settings
from ics_graph.store.layout import BASE, MANIFEST, NAMES, SEGMENTS, TABLE
from ics_graph.vocabulary import AREA_CLASSES, BODY_KINDS, EVENT_CLASSES, RELATION_CLASSES, STATUSES, Outcome
from tests.support import documentation
from tests.support.documentation import PROJECT, anchor, command_tree

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
WRITTEN = [path for path in DOCUMENTS if not (path.parent.name == "docs" and path.name in documentation.pages())]

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def relative(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


# -- generated pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", documentation.pages())
def test_generated_pages_are_those_of_today(page: str) -> None:
    written = (PROJECT / "docs" / page).read_text("utf-8")
    assert written == documentation.pages()[page](), f"docs/{page} has fallen behind: make docs"


def test_every_setting_is_documented() -> None:
    page = (PROJECT / "docs" / "settings.md").read_text("utf-8")
    for item in dataclasses.fields(Settings):
        assert item.metadata["doc"].strip()
        assert f"`{PREFIX}{item.name.upper()}`" in page


def test_every_variable_that_the_code_reads_is_documented() -> None:
    page = (PROJECT / "docs" / "settings.md").read_text("utf-8")
    for path in [*(PROJECT / "ics_graph").rglob("*.py"), *DOCUMENTS]:
        for name in re.findall(rf"{PREFIX}[A-Z]\w*", path.read_text("utf-8")):
            assert f"`{name}`" in page, f"{relative(path)} names {name}"


def test_every_command_and_option_says_what_it_does() -> None:
    for words, command in command_tree(cli, ("ics-graph",)):
        assert command.help, words
        for parameter in command.params:
            # A format names its choices; every other option needs words.
            if isinstance(parameter, click.Option) and parameter.name != "form":
                assert parameter.help, (words, parameter.opts)


# -- commands in documents -------------------------------------------------------------------------------------------


def command_lines(path: Path) -> Iterator[str]:
    """The ``ics-graph`` commands that a document shows for copying: in its code blocks, and those with arguments in
    running text."""
    text = path.read_text("utf-8")
    for language, block in _FENCE.findall(text):
        if language in {"console", "sh", "bash", ""}:
            for line in block.replace("\\\n", " ").splitlines():
                found = re.match(r"\s*(?:\$ )?(?:\.venv/bin/)?ics-graph (.*)", line)
                if found and (line.lstrip().startswith("$") or language != "console"):
                    yield found[1]
    for span in re.findall(r"`(?:\.venv/bin/)?ics-graph ([^`]*)`", _FENCE.sub("", text)):
        # A span that only names a command (`ics-graph ask`) is checked for its words, not for what it lacks.
        yield span if re.search(r"\s(?:-|\"|[a-z]+-[a-z]+-)", f" {span}") else f"{span} --help"


COMMAND_LINES = [(relative(path), line) for path in DOCUMENTS for line in command_lines(path)]


def parse(words: list[str]) -> None:
    """Parse a command line as click does, and do nothing. Raises click.UsageError."""
    command: click.Command = cli
    parent: click.Context | None = None
    name = "ics-graph"
    while True:
        try:
            context = command.make_context(name, words, parent=parent)
        except click.exceptions.Exit:
            return  # --help
        if not isinstance(command, click.Group):
            return
        # A group keeps the words of the command below it in its protected arguments.
        found, below, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None
        assert below is not None
        name, command, words, parent = found, below, rest, context


@pytest.mark.parametrize(("document", "line"), COMMAND_LINES, ids=lambda value: value)
def test_commands_in_documents_parse(document: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(line.partition(" #")[0].partition(" | ")[0])
    parse(words)


def test_readme_and_contributing_show_commands() -> None:
    shown = {document for document, _ in COMMAND_LINES}
    assert {"README.md", "CONTRIBUTING.md", "docs/queries.md"} <= shown


@pytest.mark.parametrize(
    "line", ["ask accountable-for", "ask accountable-to X --in 2020", "shwo X", "show X --on 2020-02-30"]
)
def test_a_command_that_does_not_parse_is_seen(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(shlex.split(line))


def test_stored_queries_in_documents_exist() -> None:
    queries = {path.stem for path in (PROJECT / "queries").glob("*.rq")}
    for document, line in COMMAND_LINES:
        found = re.match(r"query ([a-z][a-z-]+)", line)
        assert found is None or found[1] in queries, document


# -- links -----------------------------------------------------------------------------------------------------------


def links() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        for target in _LINK.findall(_FENCE.sub("", path.read_text("utf-8"))):
            if not re.match(r"[a-z]+:", target):
                yield relative(path), target


@pytest.mark.parametrize(("document", "target"), sorted(set(links())))
def test_links_lead_somewhere(document: str, target: str) -> None:
    file, _, section = target.partition("#")
    path = (PROJECT / document).parent / file if file else PROJECT / document
    assert path.exists()
    if section:
        headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
        assert section in {anchor(heading) for heading in headings}


def test_files_named_in_the_written_documents_exist() -> None:
    for path in WRITTEN:
        for name in re.findall(
            r"`((?:data|docs|ontology|queries|shapes|ics_graph|tests)/[\w./-]*)`", path.read_text("utf-8")
        ):
            assert (PROJECT / name).exists(), f"{relative(path)} names {name}"


def test_sections_that_the_ontology_cites_are_in_the_model() -> None:
    headings = re.findall(r"^#+ (.*)$", (PROJECT / "docs" / "model.md").read_text("utf-8"), re.MULTILINE)
    cited = {
        section
        for file in (PROJECT / "ontology").rglob("*.ttl")
        for section in re.findall(r"Model of this graph, section '([^']*)'", file.read_text("utf-8"))
    }
    assert cited
    assert cited <= set(headings)


def test_every_class_and_status_is_in_the_model() -> None:
    page = (PROJECT / "docs" / "model.md").read_text("utf-8")
    for name in (*BODY_KINDS, *AREA_CLASSES, *RELATION_CLASSES, *EVENT_CLASSES):
        assert f"`ics:{name}`" in page
    for name, relation in RELATION_CLASSES.items():
        assert relation.shortcut is None or f"ics:{relation.shortcut} " in page, name
    for status in (*STATUSES, *Outcome):
        assert f"`{status}`" in page


def test_every_room_is_in_the_architecture() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    rooms = {path.stem for path in (PROJECT / "ics_graph").iterdir() if path.suffix == ".py" or path.is_dir()}
    for room in sorted(rooms - {"__init__", "__pycache__", "_shipped"}):
        assert f"`{room}`" in page
    for file in (BASE, SEGMENTS, TABLE, NAMES, MANIFEST):
        assert f"`{file}`" in page


# -- the example of CONTRIBUTING.md ----------------------------------------------------------------------------------


def snippets() -> list[str]:
    """The Turtle of CONTRIBUTING.md, in order."""
    text = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    return [block for language, block in _FENCE.findall(text) if language == "turtle"]


@pytest.fixture
def contributed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped data with the example put where CONTRIBUTING.md says; the settings lead there."""
    data = tmp_path / "data"
    shutil.copytree(PROJECT / "data", data)
    source, *rest = snippets()
    with (data / "sources.ttl").open("a", encoding="utf-8") as file:
        file.write(source)
    with (data / "wirral.ttl").open("a", encoding="utf-8") as file:
        file.write("\n".join(rest))
    monkeypatch.setenv(f"{PREFIX}DATA", str(data))
    monkeypatch.setenv(f"{PREFIX}CACHE", str(tmp_path / "cache"))
    return data


def test_the_example_of_contributing_is_whole() -> None:
    source, *rest = snippets()
    assert "src:digital-paper a ics:Source" in source
    for part in ("dcterms:source src:digital-paper", "ics:evidence _:digital-board", "ics:forum b:wirral-hwb"):
        assert any(part in snippet for snippet in rest)


@pytest.mark.slow
def test_the_example_of_contributing_works(contributed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a researcher is told to write is built, conforms, and is shown; the commands are those of the text."""
    commands = [
        shlex.split(line) for document, line in COMMAND_LINES if document == "CONTRIBUTING.md" and "--help" not in line
    ]
    (show,) = (words for words in commands if words[0] == "show")
    assert run(show) == 0
    shown = capsys.readouterr().out
    assert "Wirral Place Digital Board" in shown
    assert "Wirral Health and Wellbeing Board" in shown
    assert "Digital in Wirral (paper to the HWB)" in shown
    assert run(["ask", "accountable-to", "Wirral Place Digital Board", "--on", "2021-07-14"]) == 0
    assert "4.2" in capsys.readouterr().out
    # The month of its beginning is stated, its first day is not: known by the paper's day, unknown in May.
    assert run(["ask", "accountable-to", "Wirral Place Digital Board", "--on", "2021-05-15"]) == 1
    report = contributed.parent / "report.json"
    run(["validate", "--format", "json", "--output", str(report)])
    findings = json.loads(report.read_text("utf-8"))["findings"]
    # Whether the shipped data conform is asked elsewhere: here, that nothing is said against what was added.
    assert [finding for finding in findings if "digital" in json.dumps(finding)] == []
