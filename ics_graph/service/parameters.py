"""The parameters of the routes, each defined once: what is asked of time, of status, of doubt, and of paging.

A parameter that a route does not have is refused and not ignored: a misspelt ``on=`` would else be answered for
another day than was asked. For the same reason a parameter may be given once only.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from ics_graph.errors import InvalidParameter
from ics_graph.governance.accountability import DEFAULT_DEPTH
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.governance.lists import DEFAULT_ITEMS, MOST_ITEMS
from ics_graph.store.snapshot import DEFAULT_STATUSES, View
from ics_graph.temporal.dates import day_parameter
from ics_graph.vocabulary import BODY_KINDS, RELATION_CLASSES, STATUSES, AccountabilityKind, Level, Polarity

MOST_DEPTH = 100
_DIGITS: Final = re.compile(r"-?[0-9]+")


def _in_digits(value: Any) -> Any:
    """Let nothing but digits pass as a number: pydantic also reads ``1_0`` and ``5.0``, and spaces around them."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise PydanticCustomError("int_parsing", "Input should be a whole number, in digits")
    return value


WholeNumber = Annotated[int, BeforeValidator(_in_digits)]
"""A number as parameters give it."""


class NoParameters(BaseModel):
    """The parameters of a route that has none."""

    model_config = ConfigDict(extra="forbid")


class ViewParameters(BaseModel):
    """What every answer takes: the day, the day of knowledge, the statuses, and whether doubt is shown."""

    model_config = ConfigDict(extra="forbid")

    on: str | None = Field(
        None,
        description="The day asked about, `YYYY-MM-DD`. Default: today in London.",
        examples=["2020-11-09"],
        json_schema_extra={"format": "date"},
    )
    known: str | None = Field(
        None,
        description="Answer as the documents written by this day had it, `YYYY-MM-DD`. Default: with all of them.",
        examples=["2021-12-31"],
        json_schema_extra={"format": "date"},
    )
    status: str | None = Field(
        None,
        description=f"Statuses of relations, separated by commas; replaces the default `in-force`. One or more of "
        f"{', '.join(STATUSES)}.",
        examples=["in-force,draft"],
    )
    include: str | None = Field(
        None,
        description="`unknown` adds what may hold on the day; lists of bodies also take `ended` (bodies that no longer "
        "live). Separated by commas.",
        examples=["unknown"],
    )

    includable: ClassVar[tuple[str, ...]] = ("unknown",)

    def view(self) -> View:
        """The view that is asked for; raises InvalidParameter naming the parameter that cannot be meant."""
        return GovernanceGraph.view(
            self.on,
            known=self.known,
            statuses=words(self.status) or DEFAULT_STATUSES,
            include_unknown="unknown" in self.included(),
        )

    def included(self) -> tuple[str, ...]:
        """What ``include`` asks for."""
        return one_of_each("include", self.include, self.includable)


class PageParameters(ViewParameters):
    """What a list takes besides."""

    limit: WholeNumber = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="How many items to give.")
    cursor: str | None = Field(None, description="`next` of the page before.")


class OrganisationsParameters(PageParameters):
    """The filters of the list of bodies."""

    includable: ClassVar[tuple[str, ...]] = ("unknown", "ended")

    q: str | None = Field(None, description="Words of a name, former name, acronym or code.")
    kind: str | None = Field(None, description="Kind of body, such as `CCG`.", examples=["CCG"])
    level: str | None = Field(None, description="Level at which the body works, such as `place`.", examples=["place"])
    place: str | None = Field(None, description="Id of an area: bodies that cover it or a part.", examples=["wirral"])
    system: str | None = Field(None, description="Id of an area, as for `place`.", examples=["cheshire-and-merseyside"])
    statutory: Literal["yes", "no"] | None = Field(None, description="Whether law establishes the body.")

    def check(self) -> None:
        """Raise InvalidParameter where a filter has a value that no body can have."""
        one_of_each("kind", self.kind, BODY_KINDS)
        one_of_each("level", self.level, tuple(str(level) for level in Level))


class AccountabilityParameters(ViewParameters):
    """How the accountability of a body is walked."""

    direction: Literal["up", "down", "both"] = Field(
        "up", description="`up`: to whom it answers; `down`: who answers to it."
    )
    depth: WholeNumber = Field(DEFAULT_DEPTH, ge=1, le=MOST_DEPTH, description="Longest chain, in relations.")
    kind: str | None = Field(
        None, description="Kinds of accountability, separated by commas.", examples=["statutory,democratic"]
    )
    collective: bool = Field(False, description="Also the mutual accountability of the parties of one arrangement.")

    def kinds(self) -> tuple[str, ...]:
        """The kinds of accountability asked for; none means all."""
        return one_of_each("kind", self.kind, tuple(str(kind) for kind in AccountabilityKind))


class RelationsParameters(PageParameters):
    """The filter of the relations of a body."""

    type: str | None = Field(
        None,
        description="Classes of relations, separated by commas.",
        examples=["Accountability,Delegation"],
    )

    def types(self) -> tuple[str, ...] | None:
        """The classes asked for; ``None`` means all."""
        return one_of_each("type", self.type, tuple(sorted(RELATION_CLASSES))) or None


class ClaimsParameters(PageParameters):
    """Which claims of documents are asked for."""

    about: str | None = Field(
        None,
        description="What they are about: the id, IRI or exact name of a body, area, post, event, instrument ...",
        examples=["cm-hcp"],
    )
    aspect: str | None = Field(None, description="Slug of the aspect in the scheme `aspect`.", examples=["number"])
    polarity: str | None = Field(
        None, description="One of stated, denied, silent.", json_schema_extra={"enum": [*map(str, Polarity), None]}
    )
    source: str | None = Field(None, description="Id of a document: only what it claims.", examples=["report"])

    def check(self) -> None:
        """Raise InvalidParameter where the polarity is none."""
        one_of_each("polarity", self.polarity, tuple(map(str, Polarity)))


class ResponsibleParameters(PageParameters):
    """Where a function is asked for."""

    area: str | None = Field(
        None,
        description="Id of an area: responsibilities for it, for a part of it, or for what it is part of.",
        examples=["wirral"],
    )


class DaysParameters(PageParameters):
    """Which days are asked for."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: str | None = Field(
        None,
        alias="from",
        description="The first day, `YYYY-MM-DD`.",
        examples=["2020-01-01"],
        json_schema_extra={"format": "date"},
    )
    until: str | None = Field(
        None, description="The last day, `YYYY-MM-DD`.", examples=["2022-12-31"], json_schema_extra={"format": "date"}
    )

    def span(self) -> tuple[date | None, date | None]:
        """The first and the last day; raises InvalidParameter for what is no day."""
        first = None if self.first is None else day_parameter("from", self.first)
        return first, None if self.until is None else day_parameter("until", self.until)


class SearchParameters(PageParameters):
    """What is looked for."""

    q: str = Field(description="Words of a name, former name, acronym or code, or their beginnings.", examples=["CCG"])


def words(text: str | None) -> tuple[str, ...]:
    """The words of a parameter that takes several, separated by commas, each once; ``None`` has none."""
    return () if text is None else tuple(dict.fromkeys(word.strip() for word in text.split(",")))


def one_of_each(name: str, text: str | None, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The words of the parameter ``name``; raises InvalidParameter for one that is not among ``allowed``."""
    found = words(text)
    for word in found:
        if word not in allowed:
            raise InvalidParameter(name, f"{name}: {word[:100]!r} is none of {', '.join(allowed)}.")
    return found


def refuse_duplicates(request: Request) -> None:
    """Raise InvalidParameter where a parameter is given twice: which of the two is meant cannot be known."""
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name in seen:
            raise InvalidParameter(name, f"{name[:100]}: this parameter is given twice; give it once.")
        seen.add(name)
