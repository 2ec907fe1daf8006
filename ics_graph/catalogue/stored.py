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

A parameter is the SPARQL variable of its name; it is bound as an RDF term, never pasted into the text. One with
``optional = true`` stays a variable where it is not given, so that the query answers for every value of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from ics_graph.errors import InvalidData, MissingData, NotFound, Position
from ics_graph.temporal.dates import read_day
from ics_graph.vocabulary import CONCEPT_SCHEMES, STATUSES

ParameterType = Literal[
    "organisation", "area", "person", "instrument", "source", "entity",
    "concept", "class", "day", "text", "integer", "boolean",
]  # fmt: skip
PARAMETER_TYPES: Final[tuple[ParameterType, ...]] = get_args(ParameterType)
MARK: Final = "#+"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*\Z")
_VARIABLE: Final = re.compile(r"[a-z][a-zA-Z0-9_]*\Z")
_KEYS: Final = ("title", "question", "statuses", "include_unknown", "parameters", "example")
_PARAMETER_KEYS: Final = ("type", "description", "scheme", "default", "optional")
_SCALARS: Final = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a stored query. ``default`` is text like a user's; None: it has to be given.

    ``on`` as default of a day takes the day of the view. A concept parameter names its ``scheme``. ``optional``: one
    that is not given is left unbound.
    """

    name: str
    type: ParameterType
    description: str
    scheme: str | None = None
    default: str | None = None
    optional: bool = False

    @property
    def needed(self) -> bool:
        """Whether it has to be given."""
        return self.default is None and not self.optional


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
    return _Reader(path, text).query()


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


class _Reader:
    """One file on the way to a StoredQuery."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        # Every line stays a line and every column a column, so that TOML's own numbers are the file's.
        self._header = ["  " + line[2:] if line.startswith(MARK) else "" for line in text.splitlines()]
        # What is left without comments: a parameter must be a variable of the query, not of a remark.
        self._body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))

    def query(self) -> StoredQuery:
        """The query; raises InvalidData."""
        meta = self._metadata()
        if not _NAME.match(self._path.stem):
            raise self._wrong("The name of a query is lower-case words joined by hyphens.")
        self._refuse_others(meta, _KEYS, "The metadata has")
        for key in ("title", "question"):
            if not isinstance(meta.get(key), str) or not meta[key].strip():
                raise self._wrong(f"The query needs a {key} in its {MARK} lines.", key)
        statuses = meta.get("statuses", ["in-force"])
        if not isinstance(statuses, list) or not statuses or not all(status in STATUSES for status in statuses):
            raise self._wrong(f"statuses must be a list of some of {', '.join(STATUSES)}.", "statuses")
        unknown = meta.get("include_unknown", False)
        if not isinstance(unknown, bool):
            raise self._wrong("include_unknown must be true or false.", "include_unknown")
        parameters = tuple(self._parameter(name, value) for name, value in self._table(meta, "parameters").items())
        return StoredQuery(
            name=self._path.stem,
            title=meta["title"],
            question=meta["question"],
            text=self._text,
            parameters=parameters,
            statuses=tuple(statuses),
            include_unknown=unknown,
            example=self._example(meta, parameters),
            path=self._path,
        )

    def _metadata(self) -> dict[str, Any]:
        try:
            return tomllib.loads("\n".join(self._header))
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+), column (\d+)", str(error))
            if place is None:
                marked = [number for number, line in enumerate(self._header, 1) if line]
                position = Position(str(self._path), marked[-1] if marked else 1)
            else:
                position = Position(str(self._path), int(place[1]), int(place[2]))
            sentence = re.sub(r" \(at .*\)$", "", str(error)).rstrip(".")
            raise InvalidData(f"The metadata after {MARK} is not TOML: {sentence}.", position=position) from None

    def _parameter(self, name: str, value: Any) -> Parameter:
        at = f"parameters.{name}"
        if not _VARIABLE.match(name) or not isinstance(value, dict):
            raise self._wrong(f"The parameter {name!r} is not a table with the name of a variable.", at)
        self._refuse_others(value, _PARAMETER_KEYS, f"The parameter {name} has", at)
        kind, scheme, default = value.get("type"), value.get("scheme"), value.get("default")
        if kind not in PARAMETER_TYPES:
            raise self._wrong(f"The type of {name} must be one of {', '.join(PARAMETER_TYPES)}.", at)
        if not isinstance(value.get("description"), str) or not value["description"].strip():
            raise self._wrong(f"The parameter {name} needs a description.", at)
        if (kind == "concept") != (scheme is not None) or scheme not in (None, *CONCEPT_SCHEMES.values()):
            raise self._wrong(f"A concept parameter, and no other, names a concept scheme: {name} does not.", at)
        if default is not None and not isinstance(default, _SCALARS):
            raise self._wrong(f"The default of {name} must be one value.", at)
        optional = value.get("optional", False)
        if not isinstance(optional, bool) or (optional and default is not None):
            raise self._wrong(f"optional must be true or false, and {name} cannot have a default besides.", at)
        if not re.search(rf"[?$]{name}\b", self._body):
            raise self._wrong(f"The parameter {name} does not occur in the query.", at)
        return Parameter(
            name=name,
            type=cast("ParameterType", kind),
            description=value["description"],
            scheme=scheme,
            default=None if default is None else str(default),
            optional=optional,
        )

    def _example(self, meta: dict[str, Any], parameters: tuple[Parameter, ...]) -> dict[str, str]:
        example = self._table(meta, "example")
        known = {parameter.name for parameter in parameters} | {"on"}
        if set(example) - known:
            raise self._wrong(
                f"The example gives {', '.join(sorted(set(example) - known))}, which is no parameter.", "example"
            )
        needed = {parameter.name for parameter in parameters if parameter.needed} | {"on"}
        if needed - set(example):
            raise self._wrong(f"The example does not give {', '.join(sorted(needed - set(example)))}.", "example")
        if not all(isinstance(value, _SCALARS) for value in example.values()):
            raise self._wrong("Every value of the example must be one value.", "example")
        try:
            read_day(str(example["on"]))
        except ValueError as error:
            raise self._wrong(f"The example's day: {error}.", "example") from None
        return {key: str(value) for key, value in example.items()}

    def _table(self, meta: dict[str, Any], key: str) -> dict[str, Any]:
        value = meta.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(f"{key} must be a table: [{key}] or [{key}.NAME].", key)
        return value

    def _refuse_others(self, table: dict[str, Any], known: tuple[str, ...], what: str, at: str = "") -> None:
        # A mistyped key would otherwise be a query with another meaning and no word about it.
        for key in table:
            if key not in known:
                raise self._wrong(f"{what} {key!r}, which is none of {', '.join(known)}.", at or key)

    def _wrong(self, sentence: str, key: str = "") -> InvalidData:
        """The error, at the line on which a key or a table of the metadata begins."""
        begins = re.compile(rf"\s*(?:\[+{re.escape(key)}\b|{re.escape(key)}\s*=)") if key else None
        line = next((number for number, text in enumerate(self._header, 1) if begins and begins.match(text)), 1)
        return InvalidData(sentence, position=Position(str(self._path), line))
