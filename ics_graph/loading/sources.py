"""A file of RDF as text: read within a size limit, decoded, its syntax known. Nothing is parsed here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import RdfFormat

from ics_graph.errors import InvalidData, MissingData, Position, TooLarge
from ics_graph.loading.lines import LineIndex

SIZE_SETTING = "file_bytes"
"""Name of the setting that holds the largest size of a file, for the errors of this room."""

_PART = 1 << 16

SYNTAXES: dict[str, RdfFormat] = {
    ".ttl": RdfFormat.TURTLE,
    ".turtle": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".n3": RdfFormat.N3,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
}
"""The syntax of a file by its suffix, in lower case."""

_WITH_POSITIONS = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The text of one file. ``number`` tells the files of one input apart (and names their blank nodes).

    ``name`` is the path as it was given; ``text`` has no byte order mark; ``base_iri`` is what relative IRIs
    are resolved against until the file says otherwise (None: they are errors).
    """

    name: str
    number: int
    syntax: RdfFormat
    text: str = field(repr=False)
    base_iri: str | None = None

    @property
    def has_positions(self) -> bool:
        """Whether lines and columns of triples can be told: in Turtle, TriG, N-Triples and N-Quads."""
        return self.syntax in _WITH_POSITIONS


def syntax_of(path: str | os.PathLike[str]) -> RdfFormat:
    """The syntax that the suffix of a path stands for.

    Raises :class:`~ics_graph.errors.InvalidData` for a suffix that stands for none.
    """
    suffix = Path(path).suffix.lower()
    syntax = SYNTAXES.get(suffix)
    if syntax is None:
        what = f"The suffix {_shown(suffix)}" if suffix else "A name without a suffix"
        raise InvalidData(
            f"{what} stands for no RDF syntax.",
            position=Position(os.fspath(path)),
            hint="Known suffixes: " + ", ".join(SYNTAXES) + ".",
        )
    return syntax


def open_source(
    path: str | os.PathLike[str],
    *,
    number: int = 0,
    syntax: RdfFormat | None = None,
    base_iri: str | None = None,
    size_limit: int | None = None,
) -> SourceFile:
    """Read a file as text; ``size_limit`` is in bytes, ``syntax`` comes before what the suffix says.

    Raises :class:`~ics_graph.errors.MissingData` where there is no such file,
    :class:`~ics_graph.errors.InvalidData` where it is a folder, may not be read, is not UTF-8 or has an unknown
    suffix, and :class:`~ics_graph.errors.TooLarge` past the limit.
    """
    name = os.fspath(path)
    try:
        with Path(path).open("rb", buffering=0) as stream:
            chosen = syntax if syntax is not None else syntax_of(path)
            content = read_within(stream.read, size_limit)
    except FileNotFoundError:
        raise MissingData("There is no such file.", position=Position(name)) from None
    except IsADirectoryError:
        raise InvalidData("This is a folder, not a file.", position=Position(name)) from None
    except OSError as fault:
        reason = (fault.strerror or "an error of the system").lower()
        raise InvalidData(f"The file cannot be read: {reason}.", position=Position(name)) from None
    except ValueError:  # a name with a null character
        raise MissingData("There is no such file.", position=Position(_shown(name))) from None
    return source_from_bytes(content, syntax=chosen, name=name, number=number, base_iri=base_iri, size_limit=size_limit)


def read_within(read: Callable[[int], bytes | None], size_limit: int | None) -> bytes:
    """What a stream's ``read`` gives, up to one byte past a limit in bytes: enough to tell that it is past."""
    # Asked for a gigabyte, Python would make room for it first, for each small file.
    parts: list[bytes] = []
    left = sys.maxsize if size_limit is None else size_limit + 1
    while left > 0 and (part := read(min(left, _PART))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def source_from_bytes(
    content: bytes,
    *,
    syntax: RdfFormat,
    name: str = "<stdin>",
    number: int = 0,
    base_iri: str | None = None,
    size_limit: int | None = None,
) -> SourceFile:
    """The same for bytes that came another way (standard input, a request); ``name`` is for positions.

    Raises as :func:`open_source`.
    """
    if size_limit is not None and len(content) > size_limit:
        raise TooLarge(f"{name}: the input is larger than {size_limit:,} bytes.", setting=SIZE_SETTING)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = content[: fault.start].decode("utf-8-sig", errors="replace")
        line, column = LineIndex(before).place(len(before))
        raise InvalidData(
            f"This is not UTF-8 text: the byte 0x{content[fault.start]:02X} cannot stand here.",
            position=Position(name, line, column),
        ) from None
    return SourceFile(name, number, syntax, text, base_iri)


def files_in(folder: str | os.PathLike[str], *, syntaxes: Iterable[RdfFormat] | None = None) -> tuple[Path, ...]:
    """All files of RDF in a folder and its subfolders, sorted by path; hidden ones are left out.

    ``syntaxes`` restricts what counts (default: all that can be read). Raises
    :class:`~ics_graph.errors.MissingData` where the folder is not there or holds none.
    """
    root = Path(folder)
    if not root.is_dir():
        raise MissingData("There is no such folder.", position=Position(os.fspath(folder)))
    wanted = set(SYNTAXES.values()) if syntaxes is None else set(syntaxes)
    found = sorted(
        path
        for path in root.rglob("*")
        if SYNTAXES.get(path.suffix.lower()) in wanted
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )
    if not found:
        raise MissingData("The folder holds no file of RDF.", position=Position(os.fspath(folder)))
    return tuple(found)


def _shown(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
