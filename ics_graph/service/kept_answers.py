"""Answers about the graph that were given lately, by their validator, and the threads that make new ones.

The validator (``ETag``) covers dataset, day, address and form, so that what is kept is never stale: a new dataset or
another day has other validators, and the old answers go when they are the oldest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anyio import CapacityLimiter
from starlette.applications import Starlette

from ics_graph.service.answer_cache import AnswerCache

MOST_BYTES: Final = 32 << 20
"""What may be kept in all."""
MAKERS: Final = 4
"""Threads that make answers at the same time: more would only take turns at the interpreter's lock."""


@dataclass(frozen=True, slots=True)
class Made:
    """The body of an answer, and the cursor of the part that follows it, if any."""

    body: bytes
    cursor: str | None = None


class KeptAnswers:
    """The answers of one application. For its event loop alone."""

    def __init__(self) -> None:
        self.cache: AnswerCache[Made] = AnswerCache(MOST_BYTES)
        self._limiter: CapacityLimiter | None = None

    @property
    def limiter(self) -> CapacityLimiter:
        """Counts the threads that make answers; it belongs to the event loop in which it is first asked for."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(MAKERS)
        return self._limiter


def answers_of(app: Starlette) -> KeptAnswers:
    """The answers that an application keeps."""
    state = app.state
    if not hasattr(state, "kept_answers"):
        state.kept_answers = KeptAnswers()
    kept: KeptAnswers = state.kept_answers
    return kept
