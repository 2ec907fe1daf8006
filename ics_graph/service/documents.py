"""The shapes of answers as pydantic models, made from the typed answers: what OpenAPI shows.

The answers themselves are never put through these models (a request would pay for it); a test does, so that the
document and the answers cannot part.
"""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from ics_graph.governance.answers import (
    Accountability,
    Delegation,
    Entity,
    EntityRef,
    Meta,
    Relation,
    SearchHit,
    Source,
)
from ics_graph.governance.events import Event, TimelineEntry
from ics_graph.governance.statements import ChangeDay, Claim, Concept
from ics_graph.service.dumps import Dump
from ics_graph.service.shipped import QueryDescription

_CONFIG = ConfigDict(extra="forbid")


@cache
def document_of(answer: type) -> type[BaseModel]:
    """The model of a typed answer: the same fields, without the underscore that keeps a name from being a keyword."""
    hints = get_type_hints(answer)
    members: dict[str, Any] = {
        item.name.rstrip("_"): (_translated(hints[item.name]), Field()) for item in fields(answer)
    }
    return create_model(answer.__name__, __config__=_CONFIG, __doc__=answer.__doc__, **members)


def _translated(hint: Any) -> Any:
    if isinstance(hint, type) and is_dataclass(hint):
        return document_of(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return list[_translated(arguments[0])]  # type: ignore[misc]
    if origin in (Union, types.UnionType):
        return Union[tuple(_translated(argument) for argument in arguments)]  # noqa: UP007 - made of a list
    return hint


def _extended(name: str, answer: type, text: str, **further: Any) -> type[BaseModel]:
    own = {member: (info.annotation, info) for member, info in document_of(answer).model_fields.items()}
    return create_model(name, __config__=_CONFIG, __doc__=text, **{**own, **further})


def _many(item: type) -> Any:
    return list[document_of(item)], Field()  # type: ignore[misc] # the model is made at run time


def _list_of(item: type) -> type[BaseModel]:
    name = f"ListOf{item.__name__}"
    return create_model(
        name,
        __config__=_CONFIG,
        __doc__="A list, or the part of it that was asked for; `next` is the cursor of the following part.",
        items=_many(item),
        total=(int, Field()),
        next=(str | None, Field()),
        meta=(document_of(Meta), Field()),
    )


_META: Any = (document_of(Meta), Field())

EntityDocument: Any = _extended(
    "EntityWithRelations", Entity, "An entity on a day, with its relations of every status that hold on it.",
    relations=_many(Relation), meta=_META,
)  # fmt: skip
AreaDocument: Any = _extended(
    "AreaWithBodies", Entity, "An area, with its relations and the bodies that cover it or a part of it, by level.",
    relations=_many(Relation), bodies=(dict[str, list[document_of(EntityRef)]], Field()), meta=_META,  # type: ignore[misc]
)  # fmt: skip
EventDocument: Any = _extended(
    "EventWithRelations", Event, "An event, with the relations that hold at it: who attended a meeting.",
    relations=_many(Relation), meta=_META,
)  # fmt: skip
ClaimDocument: Any = _extended("ClaimAnswer", Claim, "One claim of documents.", meta=_META)
ConceptDocument: Any = _extended("ConceptAnswer", Concept, "A concept of the vocabulary.", meta=_META)
QueryDocument: Any = document_of(QueryDescription)
RelationDocument: Any = _extended("RelationAnswer", Relation, "One relation, dated and sourced.", meta=_META)
SourceDocument: Any = _extended("SourceAnswer", Source, "A document and what it supports.", meta=_META)
AccountabilityDocument: Any = document_of(Accountability)
ListOfEntities: Any = _list_of(Entity)
ListOfRelations: Any = _list_of(Relation)
ListOfDelegations: Any = _list_of(Delegation)
ListOfSearchHits: Any = _list_of(SearchHit)
ListOfSources: Any = _list_of(Source)
ListOfTimelineEntries: Any = _list_of(TimelineEntry)
ListOfClaims: Any = _list_of(Claim)
ListOfDays: Any = _list_of(ChangeDay)
ListOfQueries: Any = _list_of(QueryDescription)
ListOfDumps: Any = _list_of(Dump)


class Health(BaseModel):
    """That the service runs, and on which dataset."""

    model_config = _CONFIG

    status: str
    version: str
    meta: document_of(Meta)  # type: ignore[valid-type]


class Readiness(BaseModel):
    """That requests may be sent here, and which dataset they are answered from."""

    model_config = _CONFIG

    status: str
    dataset: str


class Candidate(BaseModel):
    """One of the entities that an ambiguous name means."""

    id: str
    description: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = _CONFIG

    type: str = Field(description="IRI of the kind of problem.")
    title: str
    status: int
    detail: str = Field(description="One clear sentence.")
    instance: str = Field(description="The path that was asked for.")
    hint: str | None = Field(None, description="What may help.")
    parameter: str | None = Field(None, description="The parameter that cannot be meant.")
    candidates: list[Candidate] | None = Field(None, description="What an ambiguous name means.")
    line: int | None = Field(None, description="Line in the query or the body, from 1.")
    column: int | None = Field(None, description="Column in the query or the body, from 1.")
    limit: str | None = Field(None, description="The setting that holds the limit which was reached.")
