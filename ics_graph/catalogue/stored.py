"""Reading stored queries: SPARQL files that say in ``#+`` comment lines what they answer and what they need.

The lines after ``#+`` are TOML, so that types and mistakes are those of a known language:

    #+ title = "Who sits on a board"
    #+ question = "Who are the members of a body on a day, for whom and with what vote?"
    #+ [parameters.body]
    #+ type = "organisation"
    #+ description = "The body whose members are asked for."
    #+ [example]
    #+ on = "2020-11-09"
    #+ body = "cm-partnership-board"

A parameter is the SPARQL variable of its name; it is bound as an RDF term, never pasted into the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

from ics_graph.errors import InvalidData, MissingData, NotFound, Position
from ics_graph.vocabulary import STATUSES

ParameterType = Literal["organisation", "area", "entity", "concept", "day", "text", "integer"]
PARAMETER_TYPES: Final[tuple[ParameterType, ...]] = (
    "organisation", "area", "entity", "concept", "day", "text", "integer",
)  # fmt: skip
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*\Z")
_VARIABLE: Final = re.compile(r"[a-z][a-zA-Z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a stored query. ``default`` is text like a user's; None: it has to be given.

    ``on`` as default of a day takes the day of the view. A concept parameter names its ``scheme``.
    """

    name: str
    type: ParameterType
    description: str
    scheme: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """A query of the catalogue. ``statuses`` and ``include_unknown`` choose its day graph unless a user does."""

    name: str
    title: str
    question: str
    text: str
    parameters: tuple[Parameter, ...]
    statuses: tuple[str, ...]
    include_unknown: bool
    example: Mapping[str, str]
    path: Path


def read_query(path: Path) -> StoredQuery:
    """One stored query. Raises InvalidData with the place where its metadata is wrong."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise InvalidData("This is not UTF-8 text.", position=Position(str(path))) from None
    except OSError as error:
        raise MissingData(f"The query cannot be read ({error.strerror}).", position=Position(str(path))) from None
    # Every line stays a line, so that TOML's own line numbers are the file's.
    header = "\n".join(line[2:].lstrip() if line.startswith("#+") else "" for line in text.splitlines())
    try:
        meta = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place.group(1)) if place else 1
        raise InvalidData(f"The metadata after #+ is not TOML: {error}", position=Position(str(path), line)) from None
    return _query(path, text, meta)


def _query(path: Path, text: str, meta: dict[str, Any]) -> StoredQuery:
    def wrong(sentence: str) -> InvalidData:
        return InvalidData(sentence, position=Position(str(path), 1))

    if not _NAME.match(path.stem):
        raise wrong("The name of a query is lower-case words joined by hyphens.")
    for key in ("title", "question"):
        if not isinstance(meta.get(key), str) or not meta[key].strip():
            raise wrong(f"The query needs a {key} in its #+ lines.")
    statuses = meta.get("statuses", ["in-force"])
    if not isinstance(statuses, list) or not set(statuses) <= set(STATUSES) or not statuses:
        raise wrong(f"statuses must be a list of some of {', '.join(STATUSES)}.")
    parameters = tuple(_parameter(name, value, wrong) for name, value in meta.get("parameters", {}).items())
    for parameter in parameters:
        if not re.search(rf"[?$]{parameter.name}\b", text):
            raise wrong(f"The parameter {parameter.name} does not occur in the query.")
    example = {key: str(value) for key, value in meta.get("example", {}).items()}
    known = {parameter.name for parameter in parameters} | {"on"}
    if set(example) - known:
        raise wrong(f"The example gives {', '.join(sorted(set(example) - known))}, which is no parameter.")
    return StoredQuery(
        name=path.stem,
        title=meta["title"],
        question=meta["question"],
        text=text,
        parameters=parameters,
        statuses=tuple(statuses),
        include_unknown=bool(meta.get("include_unknown", False)),
        example=example,
        path=path,
    )


def _parameter(name: str, value: Any, wrong: Any) -> Parameter:
    if not _VARIABLE.match(name) or not isinstance(value, dict):
        raise wrong(f"The parameter {name!r} is not a table with the name of a variable.")
    if value.get("type") not in PARAMETER_TYPES:
        raise wrong(f"The type of {name} must be one of {', '.join(PARAMETER_TYPES)}.")
    if not isinstance(value.get("description"), str):
        raise wrong(f"The parameter {name} needs a description.")
    if value["type"] == "concept" and not isinstance(value.get("scheme"), str):
        raise wrong(f"The concept parameter {name} needs its scheme.")
    default = value.get("default")
    return Parameter(
        name,
        cast("ParameterType", value["type"]),
        value["description"],
        value.get("scheme"),
        None if default is None else str(default),
    )


def read_catalogue(folder: Path) -> dict[str, StoredQuery]:
    """All stored queries of a folder, by name. Raises MissingData where there is no such folder."""
    if not folder.is_dir():
        raise MissingData(f"There is no folder of stored queries {folder}.")
    return {path.stem: read_query(path) for path in sorted(folder.glob("*.rq"))}


def find_query(folder: Path, name: str) -> StoredQuery:
    """One stored query by name. Raises NotFound naming those there are."""
    path = folder / f"{name}.rq"
    if not _NAME.match(name) or not path.is_file():
        names = ", ".join(sorted(each.stem for each in folder.glob("*.rq"))) or "none"
        raise NotFound(f"There is no stored query {name!r}.", hint=f"There are: {names}.")
    return read_query(path)
