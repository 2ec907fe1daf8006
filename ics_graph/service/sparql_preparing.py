"""From a SPARQL request that has been read to what is to be evaluated, and what its answer says of itself.

Everything here is known before the query runs, its validator (``ETag``) as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from ics_graph.errors import InvalidParameter, TooLarge, Unavailable
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.service import caching
from ics_graph.service.answering import about
from ics_graph.service.opened import OpenedGraph
from ics_graph.service.parameters import ViewParameters
from ics_graph.service.sparql_request import SOLUTION_FORMS, TRIPLE_FORMS, SparqlRequest
from ics_graph.settings import Settings
from ics_graph.store.dataset import NO_DAYS, DatasetChoice, refuse_unknown
from ics_graph.store.layout import Manifest
from ics_graph.store.snapshot import Snapshot, View
from ics_graph.temporal.dates import day_parameter, today
from ics_graph.vocabulary import AS_OF
from ics_graph.workers.messages import QueryJob
from ics_graph.workers.precheck import precheck

if TYPE_CHECKING:
    from hashlib import _Hash as Hash


class PreparedQuery(NamedTuple):
    """A query that has been checked: its job, and the headers of its answer; ``tag`` is its ``ETag``, if it has one.

    An answer that another call may give differently (NOW, RAND ...) has no validator.
    """

    job: QueryJob
    headers: Mapping[str, str]
    tag: str | None

    def all_headers(self) -> dict[str, str]:
        """The headers with the validator."""
        return {**self.headers} if self.tag is None else {**self.headers, "ETag": self.tag}


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


def names_day(query: str, asked: SparqlRequest, snapshot: Snapshot) -> bool:
    """Whether the day may stand in the query, after FROM: then it has to be parsed before it is prepared."""
    return AS_OF in query and asked.dataset is None and snapshot.manifest.governed


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


def prepared(asked: SparqlRequest, query: str, opened: OpenedGraph, view: View, *, by_get: bool) -> PreparedQuery:
    """What a request asks for on a graph; ``by_get`` says whether its answer may have a validator.

    Raises Unavailable where there is no evaluator, and what :meth:`SparqlEvaluator.job` does.
    """
    if opened.sparql is None:
        raise Unavailable("SPARQL is not available in this service.")
    manifest, dataset = opened.graph.snapshot.manifest, asked.dataset
    dated = manifest.governed and (dataset is None or dataset.day is not None)
    solutions, triples = asked.solutions or SOLUTION_FORMS[0], asked.triples or TRIPLE_FORMS[0]
    job = opened.sparql.job(query, view, solutions=solutions.media_type, graphs=triples.media_type, dataset=dataset)
    lasting = by_get and job.cacheable
    control = caching.cache_control(day_stated=asked.view.on is not None or not dated) if lasting else "no-store"
    headers = _headers(manifest.dataset, manifest.licence, view.on if dated else None, control)
    if not lasting:
        return PreparedQuery(job, headers, None)
    forms = f"{solutions.suffix if asked.solutions else ''} {triples.suffix if asked.triples else ''}"
    digest = _tag_of_all_but_the_query(manifest, view if dated else None, dataset, forms).copy()
    digest.update(query.encode("utf-8", "replace"))
    return PreparedQuery(job, headers, f'"{digest.hexdigest()[:32]}"')


@lru_cache(maxsize=256)
def _headers(dataset: str, licence: str | None, on: date | None, control: str) -> Mapping[str, str]:
    headers = {"ICS-Graph-Dataset": dataset, "Vary": "Accept", "Cache-Control": control}
    if on is not None:
        headers["ICS-Graph-On"] = on.isoformat()
    if licence:
        headers["Link"] = f'<{licence}>; rel="license"'
    return headers


@lru_cache(maxsize=256)
def _tag_of_all_but_the_query(manifest: Manifest, view: View | None, dataset: DatasetChoice | None, forms: str) -> Hash:
    """See :func:`~ics_graph.service.caching.entity_tag`: all on which an answer rests, but for the query itself."""
    statuses, unknown = ((), False) if view is None else (view.statuses, view.include_unknown)
    parameters = [
        ("statuses", ",".join(statuses)), ("unknown", str(unknown)), ("dataset", repr(dataset)),
        ("union", str(manifest.union)),
    ]  # fmt: skip
    tag = caching.entity_tag(manifest.dataset, None if view is None else view.on, "/sparql", parameters, forms)
    return sha256(tag.encode())


def about_answers(snapshot: Snapshot, view: View | None) -> dict[str, str]:
    """The headers of every answer; ``view`` is ``None`` where it is the same on every day."""
    headers = {**about(snapshot, view or GovernanceGraph.view()), "Vary": "Accept"}
    if view is None:
        del headers["ICS-Graph-On"]
    return headers
