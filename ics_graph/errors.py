"""The one tree of errors of this project.

Every error that can reach a user is an :class:`IcsGraphError` with a ``kind``. Each door (command line, HTTP) has
one table from kinds to its own form: an exit code and one line on stderr, or an RFC 9457 problem document. A
message is one clear sentence, with the place where something is wrong if there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple


class Position(NamedTuple):
    """A place in a file: ``line`` and ``column`` count from 1; ``column`` counts Unicode code points."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """``file:line:column``, shortened where a part is not known."""
        parts = [self.file]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


class IcsGraphError(Exception):
    """Base of all errors with a message for a user. ``kind`` names the class of fault for the doors' tables."""

    kind: ClassVar[str] = "internal"

    def __init__(self, message: str, *, position: Position | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint

    def __str__(self) -> str:
        """The message, after its place if there is one."""
        return f"{self.position}: {self.message}" if self.position else self.message


class InvalidParameter(IcsGraphError):
    """A parameter has a value that cannot be meant: an impossible date, an unknown status, a limit below zero."""

    kind = "invalid-parameter"

    def __init__(self, parameter: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.parameter = parameter


class NotFound(IcsGraphError):
    """Nothing has this name, code or id."""

    kind = "not-found"


class Ambiguous(IcsGraphError):
    """A name or code means several entities; ``candidates`` are (id, description) pairs to choose from."""

    kind = "ambiguous"

    def __init__(self, message: str, candidates: Sequence[tuple[str, str]]) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class InvalidData(IcsGraphError):
    """Input that could not be read, is ill-formed, or breaks a rule without which nothing can be built."""

    kind = "invalid-data"


class MissingData(InvalidData):
    """A folder or a file of input is not there."""

    kind = "missing-data"


class BadQuery(IcsGraphError):
    """A query that is not SPARQL, or asks for what is not allowed. ``line`` and ``column`` count from 1."""

    kind = "bad-query"

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column


class UpdateRefused(BadQuery):
    """A SPARQL update: the graph is changed by editing ``data/``, never over a query."""

    kind = "update-refused"


class LimitReached(IcsGraphError):
    """Base of the limits; ``setting`` is the name of the setting that holds the limit."""

    kind = "limit-reached"

    def __init__(self, message: str, *, setting: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.setting = setting


class QueryTimeout(LimitReached):
    """A query ran past its deadline and was stopped."""

    kind = "query-timeout"


class TooLarge(LimitReached):
    """An input or an answer is larger than the limit."""

    kind = "too-large"


class MemoryExceeded(LimitReached):
    """A worker reached its memory limit."""

    kind = "memory-exceeded"


class Busy(LimitReached):
    """No worker was free in time."""

    kind = "busy"


class WorkerLost(IcsGraphError):
    """A worker process died under a request, for a reason other than its limits."""

    kind = "worker-lost"


class NothingChecked(IcsGraphError):
    """No shape had a target in the data: a validation that checked nothing is never a pass."""

    kind = "nothing-checked"


class Unavailable(IcsGraphError):
    """Something this command needs is not there: an optional dependency, a free port."""

    kind = "unavailable"
