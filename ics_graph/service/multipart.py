"""``multipart/form-data`` (RFC 7578 over RFC 2046, 5.1): the parts of a body, byte for byte.

Bodies have a limit, so all is read in memory. A library that spools parts to files is not used: a stranger's body is
never written to this machine, and positions in a part need its exact bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

from ics_graph.service.problems import BadRequest, UnsupportedMediaType

MOST_PARTS: Final = 100
_LONGEST_HEAD: Final = 8192
_LONGEST_BOUNDARY: Final = 70
_AS_IT_IS: Final = frozenset(("7bit", "8bit", "binary"))


@dataclass(frozen=True, slots=True)
class FormPart:
    """One part: the name of its field, the file name that the client gives it (never opened), its type, its bytes."""

    name: str
    file_name: str | None
    content_type: str | None
    content: bytes = field(repr=False)


def form_parts(content_type: str, body: bytes) -> list[FormPart]:
    """The parts of a body, in their order; ``content_type`` is the request's header, which names the boundary.

    Raises BadRequest where the body is not such a form, and UnsupportedMediaType for a part in a transfer encoding.
    """
    boundary = _boundary(content_type)
    # The first delimiter needs no line break before it.
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_PARTS + 2)
    if len(pieces) < 2:
        raise BadRequest("The body has no part: its boundary does not occur in it.")
    if len(pieces) > MOST_PARTS + 2:
        raise BadRequest(f"The body has more than {MOST_PARTS} parts.")
    if not pieces[-1].startswith(b"--"):
        raise BadRequest("The body ends before its last part is closed.")
    return [_part(piece) for piece in pieces[1:-1]]


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary()
    if not boundary or len(boundary) > _LONGEST_BOUNDARY or not boundary.isascii() or not boundary.isprintable():
        raise BadRequest("The header Content-Type names no boundary of the parts.")
    return boundary.encode()


def _part(piece: bytes) -> FormPart:
    padding, line_break, rest = piece.partition(b"\r\n")
    if not line_break or padding.strip(b" \t"):
        raise BadRequest("The body has a part whose boundary is not on a line of its own.")
    head, blank_line, content = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if not blank_line or len(head) > _LONGEST_HEAD:
        raise BadRequest("The body has a part whose headers do not end.")
    try:
        headers = BytesHeaderParser().parsebytes(head[2:] + b"\r\n\r\n")
        name = headers.get_param("name", header="content-disposition")
        file_name = headers.get_filename()
        encoding = str(headers.get("content-transfer-encoding", "binary")).strip().lower()
        media_type = headers.get("content-type")
    except (MessageError, ValueError):
        raise BadRequest("The body has a part whose headers cannot be read.") from None
    if headers.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise BadRequest("The body has a part without a name.")
    if encoding not in _AS_IT_IS:
        raise UnsupportedMediaType("A part must be sent as it is, without a transfer encoding.")
    return FormPart(name, file_name, None if media_type is None else str(media_type), content)
