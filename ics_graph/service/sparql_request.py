"""Reading a request of the SPARQL 1.1 Protocol (sections 2.1.1 to 2.1.4): its query, its dataset, its form of answer.

Parameters that nobody here knows are passed over and not refused as on the other routes: clients send some for other
servers (SPARQLWrapper repeats its format under ``output`` and ``results``), and the standard lets them.
"""

from __future__ import annotations

from binascii import a2b_qp
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from ics_graph.errors import InvalidParameter, UpdateRefused
from ics_graph.service.negotiation import (
    JSON_LD,
    N_QUADS,
    N_TRIPLES,
    RDF_XML,
    SUFFIX_KEY,
    TRIG,
    TURTLE,
    Form,
    accept_header,
    preferred,
)
from ics_graph.service.parameters import ViewParameters
from ics_graph.service.problems import BadRequest, NotAcceptable, UnsupportedMediaType
from ics_graph.store.dataset import DEFAULT_PARAMETER, NAMED_PARAMETER, DatasetChoice
from ics_graph.vocabulary import AS_OF

SOLUTION_FORMS: Final = (
    Form("json", "application/sparql-results+json", ("application/json", "text/json")),
    Form("xml", "application/sparql-results+xml", ("application/xml", "text/xml")),
    Form("csv", "text/csv", charset=True),
    Form("tsv", "text/tab-separated-values", charset=True),
)
"""Forms of rows and truth values; the first is the default."""
TRIPLE_FORMS: Final = (TURTLE, N_TRIPLES, RDF_XML, JSON_LD, N_QUADS, TRIG)
"""Forms of constructed graphs; the first is the default."""

_FORMAT_NAMES: Final[Mapping[str, str]] = {
    "turtle": "ttl", "n3": "ttl", "ntriples": "nt", "n-triples": "nt", "nquads": "nq", "n-quads": "nq",
    "rdf+xml": "rdf", "rdfxml": "rdf", "json-ld": "jsonld", "srj": "json", "srx": "xml",
}  # fmt: skip
"""Other names of forms that clients give in ``format=``."""

_MOST_PARAMETERS: Final = 100
_QUERY_FIELD: Final = b"query="
DAY_PARAMETERS: Final = ("on", "status", "include", "known")
_DESCRIBABLE: Final = frozenset({*DAY_PARAMETERS, "format", "output", "results"})
"""Parameters that a request for the service description may have; any other is one of a query that is missing."""
_QUERY_TYPE: Final = "application/sparql-query"
_UPDATE_TYPE: Final = "application/sparql-update"
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
METHODS: Final = "GET, HEAD, OPTIONS, POST"


class SparqlRequest(NamedTuple):
    """A request that has been read. ``query`` is ``None`` where a GET has none: then the service describes itself.

    ``dataset`` is what the request gives as the query's dataset, if it gives one; ``day_parameters`` are the names of
    what it gives of days and statuses, ``day`` being the one in the path.
    """

    query: str | None
    view: ViewParameters
    dataset: DatasetChoice | None
    day_parameters: tuple[str, ...]
    solutions: Form | None
    triples: Form | None

    def form_of(self, media_type: str) -> Form:
        """The form in which an answer of this media type is given.

        Raises NotAcceptable where the client takes no answer of that sort: rows where it asked for a graph.
        """
        for chosen, forms in ((self.solutions, SOLUTION_FORMS), (self.triples, TRIPLE_FORMS)):
            if media_type in {form.media_type for form in forms}:
                if chosen is None:
                    raise NotAcceptable(f"This query is answered as {', '.join(form.media_type for form in forms)}.")
                return chosen
        raise ValueError(media_type)


async def read_posted(request: Request, day: str | None) -> SparqlRequest:
    """A POST as the protocol reads it. ``day`` is the day in the path ``/as-of/{D}/sparql``, if it has one.

    Raises BadRequest, InvalidParameter, UnsupportedMediaType, UpdateRefused, NotAcceptable or TooLarge.
    """
    parameters, query = await _posted(request, _pairs(request.scope["query_string"], "The address"))
    return _understood(parameters, query, day, accept_header(request), request.scope.get(SUFFIX_KEY))


def read_address(
    query_string: bytes, accept: str | None, *, day: str | None = None, suffix: str | None = None
) -> SparqlRequest:
    """A GET, of which all stands in its address and in ``Accept``. Raises as :func:`read_posted`."""
    query, others = None, []
    for pair in _fields(query_string, "The address"):
        if pair[0] == "query" and query is None:
            query = pair[1]
        else:
            others.append(pair)
    # What stands beside the query is the same for most requests of a client.
    same = _beside(tuple(others), query is not None, day, accept, suffix)
    return SparqlRequest(query, same.view, same.dataset, same.day_parameters, same.solutions, same.triples)


def split_address(query_string: bytes) -> tuple[str | None, bytes]:
    """The query in an address and all the rest of it, as that came: what :func:`read_address` makes of the rest does
    not depend on the query. Where the address is not that plain the query is ``None``.

    Raises BadRequest.
    """
    begin = query_string.find(_QUERY_FIELD)
    if (
        begin < 0
        or (begin > 0 and query_string[begin - 1 : begin] != b"&")
        or query_string.count(b"&") >= _MOST_PARAMETERS
    ):
        return None, b""
    end = query_string.find(b"&", begin)
    if end < 0:
        query, others = query_string[begin + len(_QUERY_FIELD) :], query_string[:begin]
    else:
        query = query_string[begin + len(_QUERY_FIELD) : end]
        others = query_string[:begin] + query_string[end + 1 :]
    try:
        return _unescaped(query.replace(b"+", b" ")), others
    except UnicodeDecodeError:
        raise _not_encoded("The address") from None


@lru_cache(maxsize=1024)
def _beside(
    others: tuple[tuple[str, str], ...], with_query: bool, day: str | None, accept: str | None, suffix: str | None
) -> SparqlRequest:
    """A request of which all has been read but its query."""
    parameters: dict[str, list[str]] = {"query": [""]} if with_query else {}
    for name, value in others:
        parameters.setdefault(name, []).append(value)
    return _understood(parameters, _one(parameters, "query"), day, accept, suffix)


def _understood(
    parameters: Mapping[str, list[str]], query: str | None, day: str | None, accept: str | None, suffix: str | None
) -> SparqlRequest:
    if "update" in parameters:
        raise _update_refused()
    if query is None and not parameters.keys() <= _DESCRIBABLE:
        raise BadRequest("The address has no parameter query.", hint="Send query=SELECT ..., URL-encoded.")
    dataset = None
    if DEFAULT_PARAMETER in parameters or NAMED_PARAMETER in parameters:
        dataset = DatasetChoice(
            tuple(parameters.get(DEFAULT_PARAMETER, ())), tuple(parameters.get(NAMED_PARAMETER, ()))
        )
    of_days = (*(("day",) if day is not None else ()), *(name for name in DAY_PARAMETERS if name in parameters))
    if dataset is not None and of_days:
        raise InvalidParameter(
            of_days[0],
            f"{of_days[0]}: the graphs of this query are chosen by {DEFAULT_PARAMETER} and {NAMED_PARAMETER} already.",
            hint=f"The graph of a day is {DEFAULT_PARAMETER}={AS_OF}2020-11-09.",
        )
    on = _one(parameters, "on")
    if day is not None and on is not None:
        raise InvalidParameter("on", "on: the day stands in the path already; give it once.")
    view = ViewParameters(
        on=day if day is not None else on,
        known=_one(parameters, "known"),
        status=_one(parameters, "status"),
        include=_one(parameters, "include"),
    )
    solutions, triples = _forms(accept, suffix, _one(parameters, "format"))
    return SparqlRequest(query, view, dataset, of_days, solutions, triples)


async def _posted(request: Request, address: Mapping[str, list[str]]) -> tuple[Mapping[str, list[str]], str]:
    """The parameters and the query of a POST: the query stands in the body, and in the body alone."""
    media_type, _, rest = request.headers.get("content-type", "").partition(";")
    media_type = media_type.strip().lower()
    charset = rest.lower().replace(" ", "").replace('"', "").partition("charset=")[2].partition(";")[0]
    if charset not in {"", "utf-8", "utf8"}:
        raise UnsupportedMediaType("The body must be UTF-8.")
    if media_type == _UPDATE_TYPE:
        raise _update_refused()
    if media_type not in {_QUERY_TYPE, _FORM_TYPE}:
        raise UnsupportedMediaType(f"A query is posted as {_QUERY_TYPE} or {_FORM_TYPE}.")
    if "query" in address:
        raise BadRequest("The query is posted, so the address must have none.")
    body = await request.body()
    if media_type == _QUERY_TYPE:
        try:
            return address, body.decode("utf-8")
        except UnicodeDecodeError:
            raise BadRequest("The body is not UTF-8.") from None
    parameters = defaultdict(list, {name: list(values) for name, values in address.items()})
    for name, values in _pairs(body, "The body").items():
        parameters[name] += values
    query = _one(parameters, "query")
    if query is None:
        if "update" in parameters:
            raise _update_refused()
        raise BadRequest("The body has no parameter query.", hint="Send query=SELECT ..., URL-encoded.")
    return parameters, query


def _pairs(text: bytes, where: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in _fields(text, where):
        found[name].append(value)
    return dict(found)


def _fields(text: bytes, where: str) -> list[tuple[str, str]]:
    """The names and values of a URL-encoded form (WHATWG URL, 5.1), as :func:`urllib.parse.parse_qsl` reads it.

    Of an encoded query every other character is an escape, which parse_qsl takes one by one: reading a small query
    took it as long as evaluating one. The codec of quoted-printable reads the same escapes, after another sign.
    """
    if text.count(b"&") >= _MOST_PARAMETERS:
        raise BadRequest(f"{where} has more than {_MOST_PARAMETERS} parameters.")
    found = []
    try:
        for field in text.replace(b"+", b" ").split(b"&"):
            if field:
                name, _, value = field.partition(b"=")
                found.append((_unescaped(name), _unescaped(value)))
    except UnicodeDecodeError:
        raise _not_encoded(where) from None
    return found


def _not_encoded(where: str) -> BadRequest:
    return BadRequest(f"{where} is not URL-encoded UTF-8.")


def _unescaped(text: bytes) -> str:
    escapes = text.count(b"%")
    if not escapes:
        return text.decode("utf-8")
    if b"=" in text:
        escapes += text.count(b"=")
        text = text.replace(b"=", b"%3D")
    read = a2b_qp(text.replace(b"%", b"="))
    if len(read) != len(text) - 2 * escapes:
        # What is no escape stands for itself.
        read = unquote_to_bytes(text)
    return read.decode("utf-8")


def _one(parameters: Mapping[str, list[str]], name: str) -> str | None:
    values = parameters.get(name, [])
    if len(values) > 1:
        raise InvalidParameter(name, f"{name}: this parameter is given twice; give it once.")
    return values[0] if values else None


def _update_refused() -> UpdateRefused:
    return UpdateRefused(
        "This service answers queries only: the graph is changed by editing its files and building it anew."
    )


def _forms(accept: str | None, suffix: str | None, wanted: str | None) -> tuple[Form | None, Form | None]:
    """The form of rows and the form of triples that the client takes, by ``format=``, suffix, or ``Accept``."""
    name = wanted if wanted is not None else suffix
    chosen = _accepted(accept) if name is None else _named_forms(name)
    if chosen == (None, None):
        if wanted is not None:
            raise InvalidParameter("format", f"format: {wanted[:100]!r} is no form of an answer.", hint=_offer())
        raise NotAcceptable("Answers are not given in any form that this request takes.", hint=_offer())
    return chosen


@lru_cache(maxsize=256)
def _accepted(accept: str | None) -> tuple[Form | None, Form | None]:
    return preferred(accept, SOLUTION_FORMS), preferred(accept, TRIPLE_FORMS)


def _named_forms(name: str) -> tuple[Form | None, Form | None]:
    return _named(name, SOLUTION_FORMS), _named(name, TRIPLE_FORMS)


def _named(name: str, forms: tuple[Form, ...]) -> Form | None:
    plain = name.strip().lower()
    suffix = _FORMAT_NAMES.get(plain, plain)
    # XML is the form of rows; RDF/XML, its twin for triples, is meant where a query constructs.
    suffixes = {"xml": ("xml", "rdf"), "json": ("json", "jsonld")}.get(suffix, (suffix,))
    return next((form for form in forms if form.suffix in suffixes or plain in (form.media_type, *form.also)), None)


def _offer() -> str:
    forms = ", ".join(form.media_type for form in (*SOLUTION_FORMS, *TRIPLE_FORMS))
    return f"There are {forms}."
