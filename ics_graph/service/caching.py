"""Validators and freshness: an answer is the same as long as dataset, day, address and form are (RFC 9110, 9111)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import Final

from ics_graph import __version__

FRESH_WITHOUT_DAY: Final = 60
"""Seconds for which an answer about today is fresh: at midnight it becomes another one."""
FRESH_WITH_DAY: Final = 300
"""Seconds for which an answer about a stated day is fresh; only a new dataset changes it."""

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def entity_tag(dataset: str, on: date | None, path: str, parameters: Iterable[tuple[str, str]], form: str) -> str:
    """The ``ETag`` of an answer, known before it is computed. ``on`` is the day, ``None`` where none changes it.

    The version of the software is part of it, because a new one may give the same facts in another shape.
    """
    parts = [__version__, dataset, on.isoformat() if on else "any day", path, form]
    parts += [f"{name}={value}" for name, value in sorted(parameters)]
    digest = sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
    return f'"{digest[:32]}"'


def names_tag(if_none_match: str | None, tag: str) -> bool:
    """Whether ``If-None-Match`` names this tag (weak comparison). ``*`` is left to :func:`names_anything`."""
    return if_none_match is not None and tag in _TAG.findall(if_none_match)


def names_anything(if_none_match: str | None) -> bool:
    """Whether ``If-None-Match`` is ``*``: then any answer is one that the client has, but it has to exist."""
    return if_none_match is not None and if_none_match.strip() == "*"


def cache_control(*, day_stated: bool) -> str:
    """The ``Cache-Control`` of an answer that anybody may keep."""
    return f"public, max-age={FRESH_WITH_DAY if day_stated else FRESH_WITHOUT_DAY}, must-revalidate"
