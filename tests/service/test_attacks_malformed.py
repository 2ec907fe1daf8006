"""Requests that are malformed on purpose: each is refused honestly, or its connection is closed.

No answer is a fault of ours, none shows a traceback, and what comes behind a request that cannot be delimited is never
taken for another request. The service runs as a process.
"""

from __future__ import annotations

import json
from time import monotonic

import pytest

from tests.service.on_the_wire import ASK, SLACK, TIMEOUT, answers, exchange, post, refused, request, still_answers
from tests.service.running import RunningService

pytestmark = pytest.mark.slow


# Addresses

ADDRESSES: dict[bytes, set[int]] = {
    # Escapes that are none, or no UTF-8
    b"/search?q=%": {400},
    b"/search?q=%4": {400},
    b"/search?q=%zz": {400},
    b"/search?q=%u0041": {400},
    b"/search?q=%00": {200},
    b"/search?%00=q": {400},
    b"/search?q=%C0%AF": {400},
    b"/search?q=%E0%80%AF": {400},
    b"/search?q=%F0%80%80%AF": {400},
    b"/search?q=%F8%88%80%80%80": {400},
    b"/search?q=%ED%A0%80": {400},
    b"/search?q=%F4%90%80%80": {400},
    b"/search?q=\xc3\xa9": {400},
    b"/search?q=\xff": {400},
    b"/organisations/%C0%AE%C0%AE/northton-ccg": {400},
    b"/organisations/%00": {400, 404},
    b"/organisations/northton-ccg%00": {400, 404},
    b"/organisations/northton-ccg%0d%0aSet-Cookie:a=b": {400, 404},
    b"/id/org/northton%0d%0aX-Evil:1": {400, 404},
    b"/organisations?on=2020-11-09%0d%0aX-Evil:1": {400},
    b"/organisations?on=2020-11-09%00": {400},
    b"/organisations?status=in-force%00": {400},
    b"/organisations?limit=%D9%A5": {400},
    b"/organisations?cursor=%00%01": {400},
    b"/organisations?cursor=" + b"A" * 4000: {400},
    b"/sparql?query=%00": {400},
    b"/sparql?query=ASK%7B%7D&query=ASK%7B%7D": {400},
    b"/sparql?query=ASK%7B%7D" + b"&a=b" * 1000: {400},
    b"/sparql?query=%25%37%42": {400},
    # Encoded twice: decoded once, and no more
    b"/organisations/northton%252Dccg": {404},
    b"/organisations/%256eorthton-ccg": {404},
    b"/search?q=%2525": {200},
    b"/%2573parql?query=ASK%7B%7D": {404},
    b"/sparql?query=ASK%257B%257D": {400},
    b"/data/%252e%252e%252fetc%252fpasswd": {404},
    # Ways out of a folder
    b"/data/../../../../etc/passwd": {404},
    b"/data/..%2f..%2f..%2fetc%2fpasswd": {404},
    b"/data/%2e%2e/%2e%2e/etc/passwd": {404},
    b"/data/..%5c..%5cetc%5cpasswd": {404},
    b"/queries/../data/secret": {404},
    b"/queries/..%2Fdata%2Fgraph.ttl": {404},
    b"/queries/%2Fetc%2Fpasswd": {404},
    b"/id/org/..%2f..%2fsparql": {404},
    b"/instruments/file:%2F%2F%2Fetc%2Fpasswd": {400, 404},
    b"/instruments/http:%2F%2F127.0.0.1%2F": {400, 404},
    b"//evil.example/organisations": {404},
    b"/\\evil.example/": {400, 404},
    b"/;/organisations": {404},
    b"/organisations;a=b": {404},
    b"/organisations/": {404},
    b"/.": {404},
    b"/.json": {404},
    b"/organisations/.json": {404},
    b"/organisations.json.ttl": {404},
    # Size
    b"/" + b"a" * 8000: {404},
    b"/" + b"a" * 9000: {414},
    b"/organisations?on=" + b"a" * 9000: {414},
    b"/sparql?query=" + b"%20" * 300_000: {414},
    b"/" + b"a" * 100_000: {414},
    b"/sparql/" + b"a" * 100_000: {414},
    b"/" + b"a/" * 4000: {404},
    b"/" + b"." * 4000: {404},
    b"/as-of/" + b"9" * 4000 + b"/sparql?query=ASK%7B%7D": {400},
    # Words of another form of request
    b"*": {400, 404},
    b"http://127.0.0.1/healthz": {200, 400, 404},
    b"http://evil.example/healthz": {200, 400, 404},
    b"ftp://x/": {200, 400, 404},
    b"healthz": {400, 404},
    b"?": {400, 404},
    b"#": {400, 404},
    b"/healthz#fragment": {200, 400},
    b"file:///etc/passwd": {400, 404},
    b"javascript:alert(1)": {400, 404},
}
"""What stands in the request line, and the statuses that are honest."""


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: repr(address[:40])[2:-1])
def test_addresses_that_are_none(service: RunningService, address: bytes) -> None:
    received = answers(exchange(service, request(b"GET " + address)))
    assert len(received) == 1
    (answer,) = received
    assert answer.status in ADDRESSES[address], (answer.status, answer.body[:300])
    assert "set-cookie" not in answer.headers
    assert "x-evil" not in answer.headers
    assert b"root:" not in answer.body
    if answer.status != 200:
        refused(answer, *ADDRESSES[address])
    still_answers(service)


# Requests that are none

NO_REQUESTS: dict[str, bytes] = {
    "HTTP/0.9": b"GET /healthz\r\n",
    "no version": b"GET /healthz \r\n\r\n",
    "version 0.9": b"GET /healthz HTTP/0.9\r\nHost: x\r\n\r\n",
    "version 2.0 in the line": b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n",
    "version 3.7": b"GET /healthz HTTP/3.7\r\nHost: x\r\n\r\n",
    "version without end": b"GET /healthz HTTP/1." + b"1" * 5000 + b"\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "a hello of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "a hello of SSH": b"SSH-2.0-OpenSSH_9.0\r\n",
    "the PROXY line": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "zeros": b"\x00" * 1000,
    "a zero in the line": b"GET /heal\x00thz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a zero in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "a tab in the line": b"GET\t/healthz\tHTTP/1.1\r\nHost: x\r\n\r\n",
    "no method": b" /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method of brackets": b"G[E]T /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method without end": b"G" * 10_000,
    "a space before the colon": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n",
    "a header without colon": b"GET /healthz HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n",
    "a header without name": b"GET /healthz HTTP/1.1\r\nHost: x\r\n: nothing\r\n\r\n",
    "a carriage return alone": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\rX-B: b\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "a length that is no number": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n0123456789",
    "a length below zero": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a length with a sign": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: +10\r\n\r\n0123456789",
    "a length in hexadecimal": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 0x0a\r\n\r\n0123456789",
    "a length past all numbers": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
    "two lengths": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n012345",
    "a list of lengths": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\n012345",
}
"""None of these can be delimited or understood. What else each connection carries must not be answered."""


@pytest.mark.parametrize("name", NO_REQUESTS)
def test_what_is_no_request_is_refused(service: RunningService, name: str) -> None:
    begun = monotonic()
    received = answers(exchange(service, NO_REQUESTS[name] + request(b"GET /organisations")))
    assert monotonic() - begun < TIMEOUT + SLACK
    assert len(received) <= 1, "what came behind it was taken for a request"
    for answer in received:
        refused(answer, 400, 408, 414, 431, 501, 505)
    still_answers(service)


# Where one request ends and the next begins

SMUGGLED = b"GET /organisations HTTP/1.1\r\nHost: x\r\n\r\n"


CONFLICTS: dict[str, bytes] = {
    "both": post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "both, the other way": post(b"Transfer-Encoding: chunked\r\nContent-Length: 60\r\n", b"0\r\n\r\n" + SMUGGLED),
    "both, for GET": b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\n\r\n" + SMUGGLED,
    "chunked twice": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "chunked and not": post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n" + SMUGGLED),
    "an unknown coding": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "a quoted coding": post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n" + SMUGGLED),
    "identity": post(b"Transfer-Encoding: identity\r\n", b"0\r\n\r\n" + SMUGGLED),
    "a tab before chunked": post(b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "chunked on the next line": post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "a space before the colon": post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "a chunk's size with a sign": post(b"Transfer-Encoding: chunked\r\n", b"+0\r\n\r\n" + SMUGGLED),
    "a chunk's size past all numbers": post(b"Transfer-Encoding: chunked\r\n", b"f" * 40 + b"\r\n" + SMUGGLED),
    "a chunk's size in hexadecimal words": post(b"Transfer-Encoding: chunked\r\n", b"0x0\r\n\r\n" + SMUGGLED),
    "a chunk without its size": post(b"Transfer-Encoding: chunked\r\n", b"\r\n\r\n" + SMUGGLED),
    "a chunk longer than its size": post(b"Transfer-Encoding: chunked\r\n", b"2\r\nquery\r\n0\r\n\r\n" + SMUGGLED),
    "lines that end in a line feed": post(b"Transfer-Encoding: chunked\r\n", b"0\n\n" + SMUGGLED),
    "an extension without end": post(b"Transfer-Encoding: chunked\r\n", b"5;" + b"a" * 400_000 + SMUGGLED),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_no_request_is_smuggled_behind_another(service: RunningService, name: str) -> None:
    received = answers(exchange(service, CONFLICTS[name]))
    assert len(received) <= 1, [answer.status for answer in received]
    assert not any(b'"items"' in answer.body for answer in received)
    for answer in received:
        refused(answer, 400, 408, 411, 413, 415, 431, 501)
    still_answers(service)


def test_a_length_and_chunks_together_are_refused_whatever_follows(service: RunningService) -> None:
    """RFC 9112, 6.3: such a message ought to be handled as an error; nothing is made of its body."""
    for headers in (
        b"Content-Length: 18\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 18\r\n",
    ):
        (answer,) = answers(exchange(service, post(headers, b"12\r\n" + ASK + b"\r\n0\r\n\r\n")))
        refused(answer, 400)
        assert answer.headers.get("connection") == "close"


def test_chunks_of_version_1_0_are_not_smuggled(service: RunningService) -> None:
    received = answers(
        exchange(service, post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED, version=b"1.0"))
    )
    assert len(received) <= 1
    for answer in received:
        refused(answer, 400)


def test_trailers_change_nothing(service: RunningService) -> None:
    body = b"12\r\n" + ASK + b"\r\n0\r\nHost: evil.example\r\nContent-Length: 99\r\nAccept: image/png\r\n\r\n"
    received = answers(exchange(service, post(b"Transfer-Encoding: chunked\r\nConnection: close\r\n", body)))
    assert [answer.status for answer in received] in ([200], [400])
    many = b"0\r\n" + b"".join(b"X-%d: x\r\n" % number for number in range(20_000)) + b"\r\n"
    for answer in answers(exchange(service, post(b"Transfer-Encoding: chunked\r\n", many))):
        refused(answer, 400, 431)
    still_answers(service)


def test_chunks_with_extensions_and_one_byte_each_are_read(service: RunningService) -> None:
    body = b"".join(b"1;name=value\r\n%c\r\n" % byte for byte in ASK) + b"0\r\n\r\n"
    (answer,) = answers(exchange(service, post(b"Transfer-Encoding: chunked\r\nConnection: close\r\n", body)))
    assert (answer.status, json.loads(answer.body)["boolean"]) == (200, True)


def test_requests_in_a_row_are_answered_in_their_order(service: RunningService) -> None:
    paths = [b"/healthz", b"/organisations/none", b"/sparql?" + ASK, b"/organisations?onn=1", b"/healthz"]
    sent = b"".join(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths)
    received = answers(exchange(service, sent + request(b"GET /context.jsonld")))
    assert [answer.status for answer in received] == [200, 404, 200, 400, 200, 200]


def test_a_thousand_requests_at_once_are_answered_or_cut(service: RunningService) -> None:
    received = exchange(service, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 1000 + request(b"GET /healthz"))
    found = answers(received)
    assert {answer.status for answer in found} == {200}
    assert len(found) == 1001
    still_answers(service)


def test_what_is_no_request_behind_one_that_is(service: RunningService) -> None:
    received = answers(exchange(service, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n" + SMUGGLED))
    assert [answer.status for answer in received] in ([200, 400], [200], [])
