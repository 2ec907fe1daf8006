"""From a SPARQL request that has been read to what is to be evaluated, and what its answer says of itself.

Everything here is known before the query runs, its validator (``ETag``) as well. What a request has beside its query
is the same for most requests of a client: it is worked out once (:class:`Preparation`) and kept with the opened graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from ics_graph.errors import InvalidParameter, TooLarge, Unavailable
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service import caching
from ics_graph.service.answering import about
from ics_graph.service.front import RAW_LINES, header_lines
from ics_graph.service.opened import OpenedGraph
from ics_graph.service.parameters import ViewParameters
from ics_graph.service.sparql_request import SOLUTION_FORMS, TRIPLE_FORMS, SparqlRequest, read_address, split_address
from ics_graph.settings import Settings
from ics_graph.store.dataset import NO_DAYS, refuse_unknown
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.temporal.dates import day_parameter, today
from ics_graph.vocabulary import AS_OF
from ics_graph.workers.messages import QueryJob
from ics_graph.workers.precheck import precheck

_KEPT: Final = 64
_LONGEST_KEPT: Final = 4096
"""Most preparations that are kept for an opened graph, and the longest addresses (without the query) they are for."""


class AnswerHeaders:
    """The headers of answers but for the validator and those of the body: one object for many answers.

    ``pairs`` are the same in bytes; ``lines`` are those of the head, with the headers of every response.
    """

    __slots__ = ("lines", "mapping", "pairs")

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.mapping = mapping
        self.pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in mapping.items()]
        self.lines = header_lines(self.pairs) + RAW_LINES


class PreparedQuery(NamedTuple):
    """A query that has been checked: its job, and the headers of its answer; ``tag`` is its ``ETag``, if it has one.

    An answer that another call may give differently (NOW, RAND ...) has no validator.
    """

    job: QueryJob
    headers: AnswerHeaders
    tag: str | None

    def all_headers(self) -> dict[str, str]:
        """The headers with the validator."""
        given = self.headers.mapping
        return {**given} if self.tag is None else {**given, "ETag": self.tag}


class Preparation:
    """What requests that differ in nothing but their query ask for, on one opened graph."""

    def __init__(self, asked: SparqlRequest, opened: OpenedGraph, view: View) -> None:
        """``asked`` is one of them; ``view`` is its view, or that of the day which stands in its query."""
        self.asked, self.view = asked._replace(query=""), view
        self._of_today = asked.view.on is None and (asked.dataset is None or asked.dataset.day is None)
        self._snapshot = snapshot = opened.graph.snapshot
        self._reads_days = asked.dataset is None and snapshot.manifest.governed
        self._jobs = None
        if opened.sparql is not None:
            solutions, triples = asked.solutions or SOLUTION_FORMS[0], asked.triples or TRIPLE_FORMS[0]
            self._jobs = opened.sparql.jobs(
                view, solutions=solutions.media_type, graphs=triples.media_type, dataset=asked.dataset
            )
        dated = snapshot.manifest.governed and (asked.dataset is None or asked.dataset.day is not None)
        control = caching.cache_control(day_stated=asked.view.on is not None or not dated)
        self._lasting = self._headers(dated, control)
        self._passing = self._headers(dated, "no-store")
        self._tag = sha256(self._entity_tag(view if dated else None).encode())
        self._content_types: dict[str, bytes] = {}

    def _headers(self, dated: bool, control: str) -> AnswerHeaders:
        manifest = self._snapshot.manifest
        headers = {"ICS-Graph-Dataset": manifest.dataset, "Vary": "Accept", "Cache-Control": control}
        if dated:
            headers["ICS-Graph-On"] = self.view.on.isoformat()
        if manifest.licence:
            headers["Link"] = f'<{manifest.licence}>; rel="license"'
        return AnswerHeaders(headers)

    def _entity_tag(self, view: View | None) -> str:
        """See :func:`~ics_graph.service.caching.entity_tag`: all on which an answer rests, but for the query itself."""
        asked, manifest = self.asked, self._snapshot.manifest
        solutions = asked.solutions.suffix if asked.solutions else ""
        triples = asked.triples.suffix if asked.triples else ""
        statuses, unknown = ((), False) if view is None else (view.statuses, view.include_unknown)
        parameters = [
            ("statuses", ",".join(statuses)), ("unknown", str(unknown)), ("dataset", repr(asked.dataset)),
            ("union", str(manifest.union)),
        ]  # fmt: skip
        on = None if view is None else view.on
        return caching.entity_tag(manifest.dataset, on, "/sparql", parameters, f"{solutions} {triples}")

    def is_over(self) -> bool:
        """Whether it was made for a day that was today then, and is no more."""
        return self._of_today and self.view.on != today()

    def names_day(self, query: str) -> bool:
        """Whether the day may stand in the query, after FROM: then it has to be parsed before it is prepared."""
        return self._reads_days and AS_OF in query

    def of(self, query: str, *, by_get: bool) -> PreparedQuery:
        """What a request asks for with this query; ``by_get`` says whether its answer may have a validator.

        Raises Unavailable where there is no evaluator, and what :meth:`SparqlEvaluator.job` does.
        """
        if self._jobs is None:
            raise Unavailable("SPARQL is not available in this service.")
        job = self._jobs(query)
        if not by_get or not job.cacheable:
            return PreparedQuery(job, self._passing, None)
        digest = self._tag.copy()
        digest.update(query.encode("utf-8", "replace"))
        return PreparedQuery(job, self._lasting, f'"{digest.hexdigest()[:32]}"')

    def content_type(self, media_type: str) -> bytes:
        """The ``Content-Type`` of an answer. Raises as :meth:`SparqlRequest.form_of`."""
        found = self._content_types.get(media_type)
        if found is None:
            found = self._content_types[media_type] = self.asked.form_of(media_type).content_type.encode()
        return found


def preparation_at(
    query_string: bytes, accept: str | None, opened: OpenedGraph, *, day: str | None = None, suffix: str | None = None
) -> tuple[str | None, Preparation]:
    """The query in an address, ``None`` where it has none, and what the request has beside it.

    Raises what :func:`~ics_graph.service.sparql_request.read_address` and :func:`preparation_of` do.
    """
    query, others = split_address(query_string)
    key = (others, accept, day, suffix)
    found = opened.preparations.get(key)
    if query is not None and found is not None and not found.is_over():
        return query, found
    asked = read_address(query_string, accept, day=day, suffix=suffix)
    found = preparation_of(asked, opened)
    if query is not None and len(others) + len(accept or "") <= _LONGEST_KEPT:
        if len(opened.preparations) >= _KEPT:
            opened.preparations.clear()
        opened.preparations[key] = found
    return asked.query, found


def preparation_of(asked: SparqlRequest, opened: OpenedGraph) -> Preparation:
    """What a request asks for beside its query. Raises as :func:`view_of`."""
    return Preparation(asked, opened, view_of(asked, opened.graph.snapshot))


def view_of(asked: SparqlRequest, snapshot: Snapshot) -> View:
    """The view of a request. Raises InvalidParameter for what its dataset cannot be asked for, before anything runs."""
    if asked.day_parameters and not snapshot.manifest.governed:
        name = asked.day_parameters[0]
        raise InvalidParameter(name, f"{name}: {NO_DAYS}", hint="Leave it out.")
    view = _view(asked.view.on, asked.view.known, asked.view.status, asked.view.include, today())
    if asked.dataset is not None:
        refuse_unknown(snapshot, asked.dataset)
        day = asked.dataset.day
        return view if day is None else replace(view, on=day)
    if view.known is not None:
        snapshot.day_graph(view)  # which says why there is none
    return view


@lru_cache(maxsize=1024)
def _view(on: str | None, known: str | None, status: str | None, include: str | None, day: date) -> View:
    del day  # a request that names no day is one of today, and tomorrow another
    return ViewParameters(on=on, known=known, status=status, include=include).view()


def view_of_query(query: str, view: View, settings: Settings) -> View:
    """The view with the day of ``FROM <.../as-of/D>``, which comes before that of the request."""
    # Which graphs there are is looked at where the query is evaluated.
    day = precheck(query, settings, allowed_graphs=lambda _: True).as_of
    return view if day is None else replace(view, on=day_parameter("FROM", day))


def check_length(query: str, settings: Settings) -> None:
    """Raise TooLarge for a query that is longer than may be."""
    most = settings.query_length
    if len(query) > most or (not query.isascii() and len(query.encode("utf-8", "replace")) > most):
        raise TooLarge(f"The query is longer than {most} bytes.", setting="query_length")


def about_answers(snapshot: Snapshot, view: View | None) -> dict[str, str]:
    """The headers of every answer; ``view`` is ``None`` where it is the same on every day."""
    headers = {**about(snapshot, view or GovernanceGraph.view()), "Vary": "Accept"}
    if view is None:
        del headers["ICS-Graph-On"]
    return headers
