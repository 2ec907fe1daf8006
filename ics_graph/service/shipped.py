"""What the service ships beside the graph: ontology, shapes, stored queries. Read when a graph is opened.

A file that is edited while the service runs is seen with the next opening, together with the data: no answer mixes an
old graph with a new vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

from pyoxigraph import Triple, parse

from ics_graph.catalogue.stored import StoredQuery, read_catalogue
from ics_graph.errors import MissingData
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.loading.sources import syntax_of
from ics_graph.settings import Settings
from ics_graph.store.layout import input_files


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """A parameter of a stored query. ``type`` says what its text means; ``needed``: it has to be given."""

    id: str
    type: str
    scheme: str | None
    description: str
    default: str | None
    needed: bool


@dataclass(frozen=True, slots=True)
class QueryDescription:
    """A stored query: what it answers, what it needs, and an example of it.

    ``statuses`` and ``include_unknown`` choose the graph of the day unless the request does.
    """

    id: str
    title: str
    question: str
    statuses: tuple[str, ...]
    include_unknown: bool
    parameters: tuple[QueryParameter, ...]
    example: dict[str, str]
    links: dict[str, str]


class RdfFiles:
    """A folder of RDF, read at once and parsed when first asked for."""

    def __init__(self, folder: Path) -> None:
        try:
            self._content = [(path.read_bytes(), syntax_of(path)) for path in input_files(folder)]
        except MissingData:
            self._content = []
        digest = sha256()
        for content, _ in self._content:
            digest.update(sha256(content).digest())
        self.version = digest.hexdigest()

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """All triples, each once, in the order of the files. Blank nodes of two files are never the same."""
        found: dict[Triple, None] = {}
        for content, syntax in self._content:
            quads = parse(content, format=syntax, rename_blank_nodes=True)
            found.update(dict.fromkeys(quad.triple for quad in quads))
        return tuple(found)


class Shipped:
    """What was shipped when a graph was opened."""

    def __init__(self, settings: Settings) -> None:
        self.ontology = RdfFiles(settings.ontology)
        self.shapes = RdfFiles(settings.shapes)
        try:
            self.queries: Mapping[str, StoredQuery] = read_catalogue(settings.queries)
        except MissingData:
            self.queries = {}
        texts = [stored.text for stored in self.queries.values()]
        self.queries_version = sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()


_SHIPPED: WeakKeyDictionary[GovernanceGraph, Shipped] = WeakKeyDictionary()
_LOCK = Lock()


def shipped_with(graph: GovernanceGraph, settings: Settings) -> Shipped:
    """What was shipped when ``graph`` was opened: the first call reads the folders. Raises InvalidData."""
    found = _SHIPPED.get(graph)
    if found is None:
        with _LOCK:
            found = _SHIPPED.get(graph)
            if found is None:
                found = _SHIPPED[graph] = Shipped(settings)
    return found


def query_description(stored: StoredQuery) -> QueryDescription:
    """A stored query as answers describe it."""
    own = f"/queries/{quote(stored.name, safe='')}"
    needed = any(parameter.needed for parameter in stored.parameters)
    links = {"example": f"{own}?{urlencode(stored.example)}"}
    return QueryDescription(
        id=stored.name,
        title=stored.title,
        question=stored.question,
        statuses=stored.statuses,
        include_unknown=stored.include_unknown,
        parameters=tuple(
            QueryParameter(each.name, each.type, each.scheme, each.description, each.default, each.needed)
            for each in stored.parameters
        ),
        example=dict(stored.example),
        links={"run": links["example"] if needed else own, **links},
    )
