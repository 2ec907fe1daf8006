"""IRIs and strings as they are written: escapes, and IRIs relative to a base."""

from __future__ import annotations

import re
from functools import lru_cache

from pyoxigraph import RdfFormat, parse

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))")
_CONTROL = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def unescape(text: str) -> str:
    r"""Text with the escapes of Turtle undone: ``\u00E9``, ``\n``, ``\"``, and ``\.`` of local names."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_undo, text)


def unescape_name(text: str) -> str:
    r"""The local part of a prefixed name with its escapes undone: ``\.`` is a dot."""
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


def _undo(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16))
    character = match[3]
    return _CONTROL.get(character, character)


def resolve_iri(reference: str, base: str | None) -> str:
    """The IRI that ``reference`` (as written between angle brackets) means under ``base``.

    An absolute IRI stays as it is written, as in the parser. Relative ones are resolved by the parser's own
    code (RFC 3986, section 5), so that both agree in every corner.
    """
    if _ABSOLUTE.match(reference):
        return unescape(reference)
    return _resolve_relative(reference, base) if base is not None else unescape(reference)


@lru_cache(maxsize=4096)
def _resolve_relative(reference: str, base: str) -> str:
    try:
        for quad in parse(f"<{reference}> a <x:y> .", format=RdfFormat.TURTLE, base_iri=base):
            return str(quad.subject)[1:-1]
    except (SyntaxError, ValueError):
        pass
    return unescape(reference)
