"""Checking citations against the documents they cite, where these are at hand.

A document is known by the SHA-256 of its bytes. A citation is good where its line exists, what its locator names
(paragraph or heading) stands in the document, and the parties of what it supports are named near one of its citations:
between the heading and a few lines after the cited one. That a passage says what the paraphrase says is for a reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final
from typing import Literal as OneOf

from pyoxigraph import Literal

from ics_graph.errors import MissingData, TooLarge
from ics_graph.governance.answers import EntityRef, SourceRef
from ics_graph.governance.nearby import find_heading, passage, plain, singular, stands
from ics_graph.governance.reading import Reading
from ics_graph.vocabulary import DCTERMS, ICS, ID, ORG, RDF, RDFS, SKOS

State = OneOf["same", "changed", "not-at-hand"]
Fault = OneOf["no-such-line", "heading-not-found", "nobody-named", "one-side-unnamed"]
GRAVE: Final[frozenset[Fault]] = frozenset({"no-such-line", "heading-not-found", "nobody-named"})
"""Faults of the citation; a side that is not named nearby may be told by a heading far above or by the document."""

_DESCRIBED: Final = 0.5
_PARTIES: Final = ("org", "post", "person", "area", "constituency", "electorate")
_EVENT_ENDS: Final = (
    *(ICS + name for name in ("concerns", "transferor", "transferee", "meetingOf")),
    ORG + "originalOrganization",
    ORG + "resultingOrganization",
)
# A document that says something of all bodies of a kind names them by the kind.
_BY_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "CCG": ("ccg", "clinical commissioning group", "nhs commissioner", "nhs bodies"),
    "NHSTrust": ("trust", "provider", "nhs bodies"),
    "FoundationTrust": ("trust", "provider", "nhs bodies"),
    "LocalAuthority": ("council", "local authority", "local authorities", "local government"),
    "CouncilCommittee": ("committee",),
    "HealthAndWellbeingBoard": ("health and wellbeing board", "hwb"),
    "ICB": ("icb", "integrated care board"),
    "PCN": ("primary care network", "pcn"),
    "Healthwatch": ("healthwatch",),
    "GoverningBody": ("governing body", "governing bodies"),
    "Place": ("place", "borough"),
    "Electorate": ("electorate", "elector", "electoral", "elected", "population", "public"),
}


@dataclass(frozen=True, slots=True)
class CitationFault:
    """What is wrong with one citation: under which statement it stands, where it points, and what was not found."""

    fault: Fault
    thing: EntityRef
    locator: str | None
    line: int | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """One source and the document that its citations count lines in."""

    source: SourceRef
    file: str | None
    state: State
    citations: int
    faults: tuple[CitationFault, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for one source."""

    document: _Document
    citations: Sequence[str]
    faults: list[CitationFault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Document:
    """A document at hand: its lines as written, and as text to compare with."""

    state: State
    file: str
    lines: tuple[str, ...]
    plain: tuple[str, ...]


def check_documents(reading: Reading, folder: Path, size_limit: int | None = None) -> tuple[DocumentCheck, ...]:
    """Check every citation of a source whose document should lie in ``folder``, sorted by source.

    Sources that no document is given for (Acts, web pages) are left out. Raises MissingData where there is no such
    folder and TooLarge for a document past ``size_limit`` bytes.
    """
    if not folder.is_dir():
        raise MissingData(f"There is no folder {folder}.")
    documents: dict[str, _Document] = {}
    found: dict[str, _Found] = {}
    parties = _Parties(reading)
    for source in sorted(reading.snapshot.engine.subjects(RDF + "type", ICS + "Source")):
        given = document_of(reading, source)
        if given is None:
            continue
        if given not in documents:
            documents[given] = _open(reading, given, folder, size_limit)
        found[source] = _Found(documents[given], sorted(reading.snapshot.engine.subjects(DCTERMS + "source", source)))
        if documents[given].lines:
            for citation in found[source].citations:
                found[source].faults.extend(_faults(reading, citation, documents[given], parties, source))
    for source, fault in parties.faults():
        found[source].faults.append(fault)
    return tuple(_checked(reading, source, each) for source, each in found.items())


def _checked(reading: Reading, source: str, found: _Found) -> DocumentCheck:
    document, citations = found.document, len(found.citations)
    reference = reading.source_reference(source)
    return DocumentCheck(reference, document.file, document.state, citations, tuple(found.faults))


def document_of(reading: Reading, source: str) -> str | None:
    """The document in which the citations of a source count lines: its own, or that of the pack it is part of."""
    seen: set[str] = set()
    while source not in seen:
        seen.add(source)
        if found := reading.iris(source, ICS + "linesIn"):
            return found[0]
        source = next(iter(reading.iris(source, DCTERMS + "isPartOf")), source)
    return None


def _open(reading: Reading, document: str, folder: Path, size_limit: int | None) -> _Document:
    name = reading.text(document, DCTERMS + "identifier") or ""
    digest = reading.text(document, ICS + "sha256")
    path = folder / Path(name).name
    if not name or not path.is_file():
        return _Document("not-at-hand", name, (), ())
    if size_limit is not None and path.stat().st_size > size_limit:
        raise TooLarge(f"{path} has more than {size_limit} bytes.", setting="file_bytes")
    content = path.read_bytes()
    state: State = "same" if sha256(content).hexdigest() == digest else "changed"
    if path.suffix not in {".txt", ".csv", ".md"}:
        return _Document(state, name, (), ())
    lines = tuple(content.decode("utf-8", "replace").split("\n"))
    return _Document(state, name, lines, tuple(map(plain, lines)))


def _faults(
    reading: Reading, citation: str, document: _Document, parties: _Parties, source: str
) -> Iterator[CitationFault]:
    locator = reading.text(citation, ICS + "locator")
    written = reading.text(citation, ICS + "line")
    line = int(written) if written is not None and written.isdecimal() else None
    things = reading.references(_owners(reading, citation))
    if line is not None and not 1 <= line <= len(document.lines):
        yield from (CitationFault("no-such-line", thing, locator, line, ()) for thing in things)
        return
    heading = None
    if locator is not None:
        heading, missing = find_heading(locator, document.plain, line)
        if missing:
            yield from (CitationFault("heading-not-found", thing, locator, line, missing) for thing in things)
    # An inference has its place in the source and its parties from us.
    if line is not None and not reading.flag(citation, "inferred"):
        nearby = passage(document.plain, heading, line)
        for thing in things:
            parties.look(thing, nearby, source, locator, line)


def _owners(reading: Reading, citation: str) -> list[str]:
    """What a citation stands under; of a name or a code, the entity that has it."""
    owners = []
    for thing in reading.snapshot.engine.subjects(ICS + "evidence", citation):
        if thing.startswith((f"{ID}name/", f"{ID}identifier/")):
            continue
        owners.append(thing)
    return owners


class _Parties:
    """Which sides of which statements were named near any of their citations."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._sides: dict[str, list[list[str]]] = {}
        self._named: dict[str, set[int]] = defaultdict(set)
        self._first: dict[str, tuple[str, EntityRef, str | None, int]] = {}

    def look(self, thing: EntityRef, nearby: str, source: str, locator: str | None, line: int) -> None:
        """Look for the parties of a statement near one of its citations."""
        if thing.iri not in self._sides:
            self._sides[thing.iri] = [side for side in self._all_sides(thing.iri) if side]
            self._first[thing.iri] = (source, thing, locator, line)
        for number, side in enumerate(self._sides[thing.iri]):
            if number not in self._named[thing.iri] and any(self._is_named(party, nearby) for party in side):
                self._named[thing.iri].add(number)

    def faults(self) -> Iterator[tuple[str, CitationFault]]:
        """The statements of which a side is named near none of their citations, with the source of the first."""
        for iri, sides in self._sides.items():
            unnamed = [side for number, side in enumerate(sides) if number not in self._named[iri]]
            if unnamed:
                source, thing, locator, line = self._first[iri]
                fault: Fault = "nobody-named" if len(unnamed) == len(sides) else "one-side-unnamed"
                missing = tuple(self._reading.name(side[0]) for side in unnamed)
                yield source, CitationFault(fault, thing, locator, line, missing)

    def _all_sides(self, thing: str) -> list[list[str]]:
        row = self._reading.snapshot.rows.get(thing)
        if row is not None and row.node.kind in {"relation", "arrangement"}:
            return [_parties(row.node.from_ends), _parties(row.node.to_ends)]
        about = self._reading.iris(thing, ICS + "about")
        ends = [end for name in _EVENT_ENDS for end in self._reading.iris(thing, name)]
        return [_parties(about or ends or [thing])]

    def _is_named(self, party: str, nearby: str) -> bool:
        kind = self._reading.kind(party)
        # Groups and posts bear descriptions of ours, seldom names: half of their own words will do.
        share = _DESCRIBED if kind in {"Constituency", "Post", "Electorate"} else 1.0
        if any(stands(name, nearby, share=share) for name in self._names(party)):
            return True
        return any(f" {singular(plain(words))} " in nearby for words in _BY_KIND.get(kind, ()))

    def _names(self, party: str) -> Iterator[str]:
        for row in self._reading.names_of(party):
            yield row.text
        for prop in (SKOS + "prefLabel", SKOS + "altLabel", RDFS + "label"):
            for term in self._reading.describe(party).get(prop, ()):
                if isinstance(term, Literal):
                    yield term.value


def _parties(iris: Iterable[str]) -> list[str]:
    return [iri for iri in iris if iri.startswith(ID) and iri[len(ID) :].partition("/")[0] in _PARTIES]
