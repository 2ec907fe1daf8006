"""Requests byte by byte, and what a service says to them, for tests of what no HTTP library would send."""

from __future__ import annotations

import json
import re
import socket
from time import sleep
from typing import NamedTuple

from tests.service.running import RunningService

TIMEOUT = 1.0
"""``request_timeout`` of the service under test."""
SLACK = 3.0
"""Seconds that a busy machine may take besides."""
ASK = b"query=ASK%20%7B%7D"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


class Answer(NamedTuple):
    """One response as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(service: RunningService, *pieces: bytes, pause: float = 0.0, half_close: bool = False) -> bytes:
    """All that the service says until it closes, or says nothing for longer than any of its limits."""
    received = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=TIMEOUT + SLACK) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
                sleep(pause)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(1 << 16):
                received += piece
        except (ConnectionError, TimeoutError):
            pass
    return received


def answers(received: bytes, *, head: bool = False) -> list[Answer]:
    """The responses in what was received, each of its stated length."""
    found = []
    while received:
        whole_head, _, received = received.partition(b"\r\n\r\n")
        line, _, top = whole_head.partition(b"\r\n")
        assert re.fullmatch(rb"HTTP/1\.1 \d{3} .*", line), line[:100]
        headers = {
            name.decode("latin-1").lower(): value.strip().decode("latin-1")
            for name, _, value in (header.partition(b":") for header in top.split(b"\r\n") if header)
        }
        status = int(line.split()[1])
        length = 0 if head or status in {100, 204, 304} else int(headers.get("content-length", "0"))
        assert len(received) >= length, "a response is cut"
        found.append(Answer(status, headers, received[:length]))
        received = received[length:]
    return found


def refused(answer: Answer, *statuses: int) -> None:
    """An answer is a problem document with one of these statuses, and shows nothing of the inside."""
    assert answer.status in statuses, (answer.status, answer.body[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status
    for inside in (b"Traceback", b".py", b"site-packages", b"/tmp", b" at 0x"):
        assert inside not in answer.body


def request(line: bytes, headers: bytes = b"", body: bytes = b"") -> bytes:
    """A request that closes its connection."""
    return line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + b"\r\n" + body


def still_answers(service: RunningService) -> None:
    """The service answers the next client."""
    assert service.get("/healthz").status_code == 200


def post(headers: bytes, body: bytes, address: bytes = b"/sparql", version: bytes = b"1.1") -> bytes:
    """A posted form; its connection stays open."""
    return b"POST " + address + b" HTTP/" + version + b"\r\nHost: x\r\n" + FORM + headers + b"\r\n" + body
