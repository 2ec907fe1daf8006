"""The ledger of the documents' sections: how many statements the graph has from each, counted from the citations.

``docs/coverage.tsv`` is written by who has read a section: document, line of the heading, the heading as printed, what
was left out and why. A section reaches to the next heading. ``docs/coverage.md`` is made from it and from the graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ics_graph.governance.evidence import document_of
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.reading import Reading
from ics_graph.settings import Settings
from ics_graph.store.snapshot import open_or_build
from ics_graph.vocabulary import DCTERMS, ICS, ID, RDF

PROJECT = Path(__file__).resolve().parents[2]
LEDGER = PROJECT / "docs" / "coverage.tsv"
HEADER = ("document", "line", "heading", "left out, and why")
_STATEMENTS = ("rel", "claim", "event")

INTRODUCTION = """\
Every section of the five documents, by its own headings, with what the graph has from it. The documents are
the report of 9 November 2020 to Wirral's Partnerships Committee (000, of which 001 is another rendering, so it has no
rows of its own), the page of Warrington Together (002), the page on the Cheshire and Merseyside system (003) and the
pack of the Cheshire East Health and Wellbeing Board of 26 January 2021 (004).

*Statements* are relations, characteristics, claims and events with a citation whose line lies in the section;
*others* are bodies, posts, people, groups, areas, instruments, names and codes. A statement that rests on two sections
counts in both. Both numbers are counted from the citations; a section without any says nothing of governance, and the
last column says what it has instead. That column was written by who read the section. The lines are those of the
document as given: `ics-graph sources --check DIR` tells whether a file is that document.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A row of the ledger."""

    document: str
    line: int
    heading: str
    left_out: str


def read_ledger(path: Path = LEDGER) -> list[Section]:
    """The sections, as written. Raises ValueError with the line of a row that is none."""
    header, *rows = path.read_text("utf-8").splitlines()
    if tuple(header.split("\t")) != HEADER:
        raise ValueError(f"{path.name}:1: the columns are {', '.join(HEADER)}")
    sections = []
    for number, row in enumerate(rows, 2):
        cells = row.split("\t")
        if len(cells) != len(HEADER) or not cells[1].isdecimal() or not all(cell.strip() for cell in cells):
            raise ValueError(f"{path.name}:{number}: a row has {len(HEADER)} cells, and none is empty")
        sections.append(Section(cells[0], int(cells[1]), cells[2], cells[3]))
    return sections


def cited_lines(reading: Reading) -> dict[str, dict[int, set[str]]]:
    """For each document (``000``) the lines that are cited, with what stands on them."""
    found: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    engine = reading.snapshot.engine
    for source in engine.subjects(RDF + "type", ICS + "Source"):
        document = document_of(reading, source)
        if document is None:
            continue
        name = document.removeprefix(f"{ID}source/")
        for citation in engine.subjects(DCTERMS + "source", source):
            line = reading.text(citation, ICS + "line")
            if line is not None:
                found[name][int(line)].update(engine.subjects(ICS + "evidence", citation))
    return found


def document() -> str:
    """The text of ``docs/coverage.md``."""
    settings = Settings()
    with TemporaryDirectory() as folder:
        graph = GovernanceGraph(open_or_build([settings.data], settings.ontology, Path(folder)))
        lines = cited_lines(graph.reading())
    parts = ["# What of the documents is in the graph\n"]
    parts.append("Generated from `docs/coverage.tsv` and the citations in `data/` by `make docs`.\n")
    parts.append(INTRODUCTION)
    sections = read_ledger()
    for name in sorted({section.document for section in sections}):
        parts += [f"## Document {name}\n", "| lines | section | statements | others | left out, and why |"]
        parts.append("| --- | --- | --- | --- | --- |")
        parts += _rows([section for section in sections if section.document == name], lines[name])
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _rows(sections: list[Section], lines: dict[int, set[str]]) -> Iterator[str]:
    everything: set[str] = set()
    for section, following in zip(sections, [*sections[1:], None], strict=True):
        last = following.line - 1 if following else max([*lines, section.line])
        things = set[str]().union(*(found for line, found in lines.items() if section.line <= line <= last))
        everything |= things
        statements = sum(_kind(thing) in _STATEMENTS for thing in things)
        heading, left_out = (text.replace("|", "\\|") for text in (section.heading, section.left_out))
        span = f"{section.line}-{last}" if last > section.line else f"{section.line}"
        yield f"| {span} | {heading} | {statements} | {len(things) - statements} | {left_out} |"
    total = sum(_kind(thing) in _STATEMENTS for thing in everything)
    yield f"| | **all, each counted once** | {total} | {len(everything) - total} | |"


def _kind(iri: str) -> str:
    return iri.removeprefix(ID).partition("/")[0]
