"""Requests that are well formed on the wire, and whose bodies, headers, methods, hosts or speed are not honest.

Each has an answer of 4xx, or one that takes no notice, or a closed connection; never a fault of ours, and never what
somebody else's header made of it. The service runs as a process.
"""

from __future__ import annotations

import socket
import struct
from time import monotonic, sleep

import pytest

from tests.service.on_the_wire import (
    ASK,
    FORM,
    SLACK,
    TIMEOUT,
    answers,
    exchange,
    post,
    refused,
    request,
    still_answers,
)
from tests.service.running import RunningService

pytestmark = pytest.mark.slow


# Bodies


@pytest.mark.parametrize(
    ("headers", "body", "statuses"),
    [
        (b"", b"", {400, 411, 415}),
        (b"Content-Type: application/sparql-query\r\n", b"", {400}),
        (FORM, b"query", {400}),
        (FORM, b"query=%FF", {400}),
        (FORM, b"query=\xff", {400}),
        (FORM, b"query=ASK%7B%7D&query=ASK%7B%7D", {400}),
        (FORM, b"update=DROP%20ALL", {403}),
        (FORM, b"=&" * 200, {400}),
        (FORM, b"\x00", {400}),
        (b"Content-Type: application/sparql-query\r\n", b"\xef\xbb\xbfASK {}", {200, 400}),
        (b"Content-Type: application/sparql-query\r\n", b"\xff\xfeA\x00S\x00K\x00", {400}),
        (b"Content-Type: application/sparql-query; charset=utf-16\r\n", b"A\x00", {415}),
        (b"Content-Type: application/sparql-query;;;=;charset\r\n", b"ASK {}", {200, 400, 415}),
        (b"Content-Type: \r\n", b"ASK {}", {415}),
        (b"Content-Type: multipart/form-data\r\n", b"ASK {}", {415}),
        (b"Content-Type: application/sparql-query\r\nContent-Encoding: gzip\r\n", b"\x1f\x8b\x08\x00", {400, 415}),
        (b"Content-Type: text/plain\r\nX-HTTP-Method-Override: GET\r\n", b"ASK {}", {415}),
        (FORM, b"query=" + b"a" * 100_000, {413}),
    ],
)
def test_bodies_that_are_no_query(service: RunningService, headers: bytes, body: bytes, statuses: set[int]) -> None:
    length = b"Content-Length: %d\r\n" % len(body)
    (answer,) = answers(exchange(service, request(b"POST /sparql", headers + length, body)))
    assert answer.status in statuses, (answer.status, answer.body[:300])
    if answer.status != 200:
        refused(answer, *statuses)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (b"application/json", b"{"),
        (b"application/json", b"[" * 49_000),
        (b"application/json", b'{"data": ' + b"[" * 40_000),
        (b"application/json", b"nan"),
        (b"application/json", b'{"data": "\\ud800"}'),
        (b"application/json", b'{"data": 1e999999}'),
        (b"application/json", b"9" * 40_000),
        (b"application/json", b"\xff"),
        (b"application/json", b"null"),
        (b"application/json", b""),
        (b"text/turtle", b"\x00"),
        (b"text/turtle", b"\xff"),
        (b"text/turtle", b"(" * 40_000),
        (b"text/turtle", b"@prefix : <" + b"a" * 40_000),
        (b"application/ld+json", b'{"@context": "http://127.0.0.1:9/", "@id": "urn:a"}'),
        (b"application/ld+json", b"[" * 40_000),
        (b"application/rdf+xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        (b"multipart/form-data", b"--x"),
        (b"multipart/form-data; boundary=", b"--\r\n\r\n----"),
        (b"multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        (b"multipart/form-data; boundary=x", b"--x\r\n" * 9000 + b"--x--"),
        (b"multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\na\r\n--x--'),
        (b"multipart/form-data; boundary=" + b"x" * 5000, b"--x--"),
        (b"image/png", b"\x89PNG"),
    ],
)
def test_bodies_that_cannot_be_validated(service: RunningService, media_type: bytes, body: bytes) -> None:
    headers = b"Content-Type: " + media_type + b"\r\nContent-Length: %d\r\n" % len(body)
    (answer,) = answers(exchange(service, request(b"POST /validate", headers, body)))
    refused(answer, 400, 413, 415, 422)
    assert b"root:" not in answer.body


@pytest.mark.parametrize("path", [b"/sparql", b"/validate"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_and_not_read_to_its_end(
    service: RunningService, path: bytes, chunked: bool
) -> None:
    size = 40 << 20
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Type: text/turtle\r\n"
    if path == b"/sparql":
        head = head.replace(b"text/turtle", b"application/sparql-query")
    head += b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: %d\r\n\r\n" % size
    piece = b"#" * 65536
    sent = 0
    received = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=TIMEOUT + SLACK) as connection:
        try:
            connection.sendall(head)
            while sent < size:
                connection.sendall(b"10000\r\n" + piece + b"\r\n" if chunked else piece)
                sent += len(piece)
        except (ConnectionError, TimeoutError):
            pass
        try:
            while more := connection.recv(1 << 16):
                received += more
                connection.settimeout(0.5)  # it may stay open for another request
        except (ConnectionError, TimeoutError):
            pass
    for answer in answers(received)[:1]:
        refused(answer, 408, 413)
    still_answers(service)


# Headers


def test_floods_of_headers_are_refused(service: RunningService) -> None:
    line = b"GET /healthz"
    floods = (
        b"".join(b"X-%d: x\r\n" % number for number in range(50_000)),
        b"X: " + b"x" * 2_000_000 + b"\r\n",
        b"X" * 2_000_000 + b": x\r\n",
        b"Accept: " + b"text/html;q=0.1," * 10_000 + b"\r\n",
        b"Cookie: " + b"a=b; " * 50_000 + b"\r\n",
        b"X: a\r\n" + b" folded\r\n" * 50_000,
    )
    for flood in floods:
        for answer in answers(exchange(service, request(line, flood))):
            refused(answer, 400, 431)
    still_answers(service)


@pytest.mark.parametrize(
    "header",
    [
        b"Accept: */*;q=x", b"Accept: ;;;,,,", b"Accept: application/json;q=1e999", b"Accept: " + b"," * 60_000,
        b"Accept: " + b"a/b;q=0.5," * 5_000, b"Accept: text/turtle;q=\xff", b"Accept: \xc3\xa9/\xc3\xa9",
        b"If-None-Match: " + b'"a",' * 10_000, b'If-None-Match: W/"', b"If-None-Match: \xff",
        b"If-Modified-Since: never", b"If-Match: *", b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
        b"Accept-Encoding: gzip;q=x, *;q=0", b"Accept-Charset: utf-7", b"Accept-Language: \xff",
        b"Range: bytes=0-0", b"Range: bytes=9999999999-", b"Range: bytes=" + b"0-1," * 5000, b"Range: lines=1",
        b"Expect: 100-continue", b"Expect: 200-ok", b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13", b"TE: trailers, deflate",
        b"X-HTTP-Method-Override: DELETE", b"X-HTTP-Method: PUT", b"X-Method-Override: POST", b"Forwarded: for=1.2.3.4",
        b"X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https", b"X-Original-URL: /admin/reload",
        b"X-Rewrite-URL: /metrics", b"Authorization: Basic \xff", b"Cookie: \xff=\xff", b"Origin: null",
        b"Origin: https://evil.example\r\nAccess-Control-Request-Method: DELETE", b"traceparent: 00-zz-zz-zz",
        b"Connection: close, Host", b"Date: never", b"Max-Forwards: -1", b"Early-Data: 1", b"Priority: u=99",
    ],
    ids=lambda header: repr(header[:30])[2:-1],
)  # fmt: skip
@pytest.mark.parametrize("path", [b"/organisations/northton-ccg?on=2020-11-09", b"/sparql?" + ASK, b"/sources"])
def test_headers_of_every_sort(service: RunningService, path: bytes, header: bytes) -> None:
    received = answers(exchange(service, request(b"GET " + path, header + b"\r\n")))
    assert received
    answer = received[-1]
    assert answer.status in {200, 400, 406, 412, 416, 417, 431}, (answer.status, answer.body[:200])
    if answer.status == 200:
        assert answer.body, "a whole answer, though a part was asked for"
    else:
        refused(answer, answer.status)
    assert b"evil.example" not in b"".join(one.body for one in received)
    assert not any("evil" in value for one in received for value in one.headers.values())


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "FOO", "get", "QUERY"])
@pytest.mark.parametrize("path", ["/organisations", "/sparql", "/validate", "/as-of/2020-11-09/sparql", "/none"])
def test_methods_that_no_route_has(service: RunningService, method: str, path: str) -> None:
    target = "x:80" if method == "CONNECT" else path
    received = answers(exchange(service, request(f"{method} {target}".encode(), b"X-Secret: told-to-nobody\r\n")))
    for answer in received:
        refused(answer, 400, 404, 405, 501)
        assert b"told-to-nobody" not in answer.body
        assert answer.status != 405 or answer.headers["allow"]


def test_a_method_is_what_the_line_says(service: RunningService) -> None:
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        (answer,) = answers(exchange(service, request(b"GET /validate", f"{name}: POST\r\n".encode())))
        refused(answer, 405)
    (answer,) = answers(exchange(service, request(b"GET /organisations?_method=DELETE")))
    refused(answer, 400)


HOSTS = (
    b"evil.example", b"evil.example:80", b"127.0.0.1@evil.example", b"a b", b"", b"x" * 5000, b"[::1", b"x:99999999",
    b"<script>", b"x/../y", b"x\xff", b"x?y#z", b"..", b"%00", b'"><a>',
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: repr(host[:20])[2:-1])
def test_the_host_is_reflected_nowhere_but_in_the_service_description(service: RunningService, host: bytes) -> None:
    for path in (
        b"/organisations?limit=1&on=2020-11-09", b"/id/org/northton-ccg", b"/organisations/northton-ccg.ttl",
        b"/sources", b"/openapi.json", b"/none", b"/data", b"/sparql?" + ASK,
    ):  # fmt: skip
        sent = b"GET " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
        (answer,) = answers(exchange(service, sent))
        assert answer.status in {200, 303, 400, 404}, (path, answer.status)
        location = answer.headers.get("location", "/")
        assert location.startswith("/"), "relative, so that nobody is sent elsewhere"
        assert not location.startswith("//")
        if len(host) > 3:
            assert host not in answer.body
            assert host.decode("latin-1") not in "".join(answer.headers.values())
    sent = b"GET /sparql HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
    (answer,) = answers(exchange(service, sent))
    assert answer.status in {200, 400}
    if answer.status == 200:
        assert "Host" in answer.headers["vary"], "kept for one host, it would lead the readers of another astray"
    else:
        refused(answer, 400)


def test_a_redirect_stays_here(service: RunningService) -> None:
    for path in (
        b"/id//evil.example/%2e%2e", b"/id/%2F%2Fevil.example/x", b"/id/org/%2F%2Fevil.example",
        b"/id/https:%2F%2Fevil.example/x", b"//evil.example/id/org/northton-ccg",
    ):  # fmt: skip
        (answer,) = answers(exchange(service, request(b"GET " + path)))
        refused(answer, 400, 404)


# Time


@pytest.mark.parametrize(
    ("drip", "start"),
    [
        (b"a", b"GET /"),
        (b"X-A: b\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"),
        (b"a", b"POST /sparql HTTP/1.1\r\nHost: x\r\n" + FORM + b"Content-Length: 1000\r\n\r\n"),
        (b"1\r\na\r\n", b"POST /sparql HTTP/1.1\r\nHost: x\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n"),
        (b"a", b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"),
        (b"\r\n", b"\r\n"),
    ],
    ids=["the line", "the headers", "the body", "chunks", "a body that nobody reads", "empty lines"],
)
def test_what_comes_in_drips_is_cut_in_time(service: RunningService, drip: bytes, start: bytes) -> None:
    begun = monotonic()
    received = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=0.05) as connection:
        try:
            connection.sendall(start)
            while monotonic() - begun < TIMEOUT + SLACK + 3:
                connection.sendall(drip)
                try:
                    piece = connection.recv(1 << 16)
                except TimeoutError:
                    continue
                if not piece:
                    break
                received += piece
        except ConnectionError:
            pass
    assert monotonic() - begun < TIMEOUT + SLACK
    for answer in answers(received):
        assert answer.status in {200, 408, 400}
    still_answers(service)


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"GET", b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\n" + FORM + b"Content-Length: 100\r\n\r\nquery=",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nque",
        b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: text/turtle\r\nContent-Length: 100\r\n\r\n<a>",
    ],
)  # fmt: skip
def test_a_client_that_closes_its_half(service: RunningService, sent: bytes) -> None:
    begun = monotonic()
    for answer in answers(exchange(service, sent, half_close=True)):
        assert answer.status in {200, 400, 408}
    assert monotonic() - begun < TIMEOUT + SLACK
    still_answers(service)


def test_clients_that_reset_their_connections(service: RunningService) -> None:
    heads = (
        b"", b"GET /organisations HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /sparql HTTP/1.1\r\nHost: x\r\n",
        b"GET /data/base.nt HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /sparql?" + ASK + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    )  # fmt: skip
    for number in range(50):
        connection = socket.create_connection(("127.0.0.1", service.port))
        connection.sendall(heads[number % len(heads)])
        if number % 2:
            sleep(0.005)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    still_answers(service)


def test_three_hundred_silent_connections_hold_nobody_up(service: RunningService) -> None:
    held = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(300)]
    try:
        begun = monotonic()
        still_answers(service)
        assert monotonic() - begun < TIMEOUT + SLACK
    finally:
        for connection in held:
            connection.close()


def test_expect_is_answered_before_the_body_is_sent(service: RunningService) -> None:
    head = post(b"Content-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n" % len(ASK), b"")
    first, second = answers(exchange(service, head, ASK, pause=0.2))
    assert (first.status, second.status) == (100, 200)
    too_long = post(b"Content-Length: 99999999\r\nExpect: 100-continue\r\n", b"")
    received = answers(exchange(service, too_long))
    assert [answer.status for answer in received] == [413], "without asking for what will not be read"
