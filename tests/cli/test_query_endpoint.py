"""``ics-graph query --endpoint``: our own service, another engine's where there is one, and servers that misbehave."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from ics_graph.cli.main import run
from tests.service.served import served
from tests.support.graphs import ONTOLOGY, PREFIXES, PROJECT
from tests.support.small_graph import TURTLE

pytestmark = pytest.mark.skipif(importlib.util.find_spec("SPARQLWrapper") is None, reason="SPARQLWrapper is an extra")

CHAIN = "SELECT ?forum { b:northton-ccg ics:accountableTo+ ?forum } ORDER BY ?forum"
DAY = ("--on", "2020-11-09")
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("endpoint")


@pytest.fixture(scope="module")
def own(folder: Path) -> Iterator[str]:
    with served(folder, {"graph.ttl": PREFIXES + TURTLE}) as address:
        yield address + "/sparql"


@pytest.fixture
def ask(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    for name, value in (("DATA", folder / "data"), ("ONTOLOGY", ONTOLOGY), ("CACHE", folder / "cache")):
        monkeypatch.setenv(f"ICS_GRAPH_{name}", str(value))

    def call(text: str, *words: str, **settings: object) -> tuple[int, str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(f"ICS_GRAPH_{name}", str(value))
        name = text
        if " " in text or "{" in text:
            path = tmp_path / "query.rq"
            path.write_text(text, "utf-8")
            name = str(path)
        code = run(["query", name, *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.mark.parametrize("form", ["table", "csv", "json", "tsv"])
@pytest.mark.parametrize(
    "query", [CHAIN, "ASK { b:northton-ccg ics:accountableTo ?x }", "SELECT * { ?s <urn:none> ?o }"]
)
def test_the_same_answer_from_the_own_graph_and_from_the_service(ask: Ask, own: str, form: str, query: str) -> None:
    here = ask(query, *DAY, "--format", form)
    assert ask(query, *DAY, "--format", form, "--endpoint", own) == here
    assert here[0] == (1 if "urn:none" in query else 0)


def test_graphs(ask: Ask, own: str) -> None:
    query = "CONSTRUCT { ?x ics:accountableTo ?y } { ?x ics:accountableTo ?y }"
    here, there = (ask(query, *DAY, "--format", "ttl", *more) for more in ((), ("--endpoint", own)))
    assert here[0] == there[0] == 0
    assert sorted(here[1].splitlines()) == sorted(there[1].splitlines())
    code, _, err = ask(CHAIN, *DAY, "--format", "ttl", "--endpoint", own)
    assert (code, "rows, not triples" in err) == (2, True)


@pytest.mark.parametrize("words", [("northton-ccg",), ("Northton CCG",)])
def test_a_stored_query_with_parameters(ask: Ask, own: str, words: tuple[str]) -> None:
    given = ("accountability-chain", "--param", f"body={words[0]}", *DAY, "--format", "json")
    here = ask(*given)
    assert here[0] == 0
    assert ask(*given, "--endpoint", own) == here


def test_another_day_is_another_answer(ask: Ask, own: str) -> None:
    assert ask(CHAIN, "--on", "2022-07-01", "--endpoint", own)[0] == 1


def test_errors_of_the_query_come_with_their_place(ask: Ask, own: str) -> None:
    code, out, err = ask("SELECT * {\n ?x ?y }", "--endpoint", own)
    assert (code, out) == (3, "")
    assert "line 2" in err
    code, _, err = ask("INSERT DATA { <urn:a> <urn:b> 1 }", "--endpoint", own)
    assert (code, "403" in err) == (3, True)


def test_long_queries_are_posted(ask: Ask, own: str) -> None:
    values = " ".join(f"<urn:{number}>" for number in range(2000))
    code, out, _ = ask(f"SELECT (COUNT(?v) AS ?n) {{ VALUES ?v {{ {values} }} }}", "--format", "csv", "--endpoint", own)
    assert (code, out.split()) == (0, ["n", "2000"])


def test_limits(ask: Ask, own: str) -> None:
    rows = "SELECT ?v { VALUES ?v { 1 2 3 } }"
    code, _, err = ask(rows, "--endpoint", own, QUERY_ROWS=2)
    assert (code, "more than 2 rows" in err) == (4, True)
    code, _, err = ask(rows, "--endpoint", own, QUERY_ROWS=3, QUERY_BYTES=50)
    assert (code, "more than 50 bytes" in err) == (4, True)


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://example.org/", "nonsense", "http://", "http://a b/", "http://u:secret@localhost/x",
     "http://localhost/sparql?x=1", "http://localhost:99999/"],
)  # fmt: skip
def test_what_is_no_endpoint(ask: Ask, address: str) -> None:
    code, out, err = ask("ASK {}", "--endpoint", address)
    assert (code, out) == (2, "")
    assert err.startswith("ics-graph: endpoint: ")
    assert "secret" not in err


def test_nobody_there(ask: Ask) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        code, _, err = ask("ASK {}", "--endpoint", f"http://127.0.0.1:{taken.getsockname()[1]}/sparql")
    assert (code, "cannot be reached" in err) == (2, True)


def test_as_known_is_no_question_for_an_endpoint(ask: Ask, own: str) -> None:
    assert ask(CHAIN, *DAY, "--known", "2021-01-01", "--endpoint", own)[0] == 2


# -- endpoints that misbehave ------------------------------------------------------------------------------------------

TRUE = b'{"head":{},"boolean":true}'


class Odd(BaseHTTPRequestHandler):
    """A server with a fault at each address."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        Odd.asked.append((self.command + " " + self.path, self.rfile.read(length).decode()))
        what = urlsplit(self.path).path[1:]
        status, kind, body = {
            "true": (200, "application/sparql-results+json", TRUE),
            "xml": (200, "application/sparql-results+xml; charset=utf-8",
                    b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="a"/></head><results>'
                    b'<result><binding name="a"><uri>urn:x</uri></binding></result></results></sparql>'),
            "html": (200, "text/html", b"<html>Log in</html>"),
            "rubbish": (200, "application/sparql-results+json", b'{"head":'),
            "cut": (200, "application/sparql-results+json", TRUE),
            "drip": (200, "application/sparql-results+json", TRUE),
            "large": (200, "application/sparql-results+json", b" " * 3_000_000),
            "500": (500, "text/html", b"<html>Oops \x1b[31m</html>"),
            "400": (400, "text/plain", b"line one\nis wrong \x1b[31m"),
            "404": (404, "text/plain", b"not here"),
            "503": (503, "text/plain", b"later"),
            "504": (504, "text/plain", b"too long"),
            "moved": (302, "text/plain", b""),
            "file": (302, "text/plain", b""),
        }[what]  # fmt: skip
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            query = self.path.partition("?")[2]
            self.send_header("Location", f"/true?{query}" if what == "moved" else "file:///etc/passwd")
        self.send_header("Content-Length", str(len(body) + (20 if what == "cut" else 0)))
        self.end_headers()
        if what == "drip":
            for _ in range(200):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Clients that go away are no news."""
        try:
            super().handle()
        except OSError:
            return


@pytest.fixture(scope="module")
def odd() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("html", 3, "text/html"),
        ("rubbish", 3, "cannot be read"),
        ("cut", 2, "broke off"),
        ("500", 2, "500"),
        ("404", 2, "404"),
        ("400", 3, "400: line one is wrong"),
        ("503", 4, "later"),
        ("504", 4, "too long"),
        ("file", 2, "302"),
    ],
)
def test_faults_of_endpoints(ask: Ask, odd: str, fault: str, code: int, words: str) -> None:
    found, out, err = ask("ASK {}", "--endpoint", odd + fault)
    assert (found, out) == (code, ""), err
    assert words in err
    assert err.count("\n") == 1, "one line"
    assert "\x1b" not in err


def test_an_endpoint_that_drips_is_left_at_the_deadline(ask: Ask, odd: str) -> None:
    begun = time.monotonic()
    code, _, err = ask("ASK {}", "--endpoint", odd + "drip", QUERY_DEADLINE=1)
    assert (code, "within 1 s" in err) == (4, True)
    assert time.monotonic() - begun < 2.5


def test_an_endpoint_that_never_answers_is_left_at_the_deadline(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert ask("ASK {}", "--endpoint", address, QUERY_DEADLINE=0.5)[0] == 4
        assert time.monotonic() - begun < 2


def test_an_answer_past_the_limit_of_bytes_is_not_read_on(ask: Ask, odd: str) -> None:
    code, _, err = ask("ASK {}", "--endpoint", odd + "large", QUERY_BYTES=1_000_000)
    assert (code, "1,000,000 bytes" in err) == (4, True)


def test_one_form_of_the_endpoint_is_every_form_here(ask: Ask, odd: str) -> None:
    for form, expected in (("csv", "a\nurn:x\n"), ("tsv", "?a\n<urn:x>\n"), ("table", "a\n-----\nurn:x\n")):
        assert ask("SELECT * {}", "--format", form, "--endpoint", odd + "xml") == (0, expected, "")


def test_a_get_is_followed_and_a_post_is_not(ask: Ask, odd: str) -> None:
    assert ask("ASK {}", "--endpoint", odd + "moved")[:2] == (0, "yes\n")
    code, _, err = ask("ASK { } #" + "x" * 3000, "--endpoint", odd + "moved")
    assert (code, "has moved to" in err) == (2, True)


def test_an_update_is_sent_as_a_query_or_not_at_all(ask: Ask, odd: str) -> None:
    ask("INSERT DATA { <urn:a> <urn:b> 1 }", "--endpoint", odd + "true")
    request = Odd.asked[-1][0]
    assert "update" not in parse_qs(urlsplit(request.split()[1]).query)


def test_a_day_that_the_endpoint_does_not_confirm(ask: Ask, odd: str) -> None:
    code, out, err = ask("ASK {}", *DAY, "--endpoint", odd + "true")
    assert (code, out) == (2, "")
    assert "does not say that it answers as of 2020-11-09" in err
    code, out, err = ask("ASK {}", "--endpoint", odd + "true")
    assert (code, out, err) == (0, "yes\n", "")
    stored = ("accountability-chain", "--param", "body=urn:elsewhere")
    code, _, err = ask(*stored, "--endpoint", odd + "xml")
    assert (code, "note: " in err) == (0, True)
    asked = parse_qs(urlsplit(Odd.asked[-1][0].split()[1]).query)
    assert "<urn:elsewhere>" in asked["query"][0]


# -- another engine ----------------------------------------------------------------------------------------------------


@contextmanager
def another_engine(folder: Path) -> Iterator[str]:
    program = shutil.which("oxigraph")
    if program is None:
        pytest.skip("the server of Oxigraph is not installed here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [program, "serve", "--bind", f"127.0.0.1:{port}"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            try:
                data = b'<urn:a> <urn:p> "x"@en , 1 . <urn:b> <urn:p> <urn:a> .'
                urlopen(Request(address + "/store?default", data, {"Content-Type": "text/turtle"}), timeout=5)
                break
            except URLError:
                time.sleep(0.05)
        yield address + "/query"
    finally:
        process.kill()
        process.wait()


def test_another_engine_gives_the_same_outputs(ask: Ask, tmp_path: Path) -> None:
    data = tmp_path / "a.ttl"
    data.write_text('<urn:a> <urn:p> "x"@en , 1 . <urn:b> <urn:p> <urn:a> .', "utf-8")
    query = "SELECT ?s ?o { ?s <urn:p> ?o } ORDER BY ?s ?o"
    with another_engine(tmp_path) as address:
        for form in ("table", "csv", "json", "tsv"):
            here = ask(query, "--format", form, "--data", str(data))
            assert ask(query, "--format", form, "--endpoint", address) == here
        code, out, _ = ask("CONSTRUCT WHERE { ?s <urn:p> ?o }", "--format", "ttl", "--endpoint", address)
        assert (code, out.count("<urn:p>")) == (0, 2)
        assert ask("SELECT * {\n ?x ?y }", "--endpoint", address)[0] == 3
        assert ask("ASK { <urn:none> ?p ?o }", "--endpoint", address)[:2] == (1, "no\n")


def test_nothing_of_the_web_is_imported_without_an_endpoint() -> None:
    program = (
        "import sys, ics_graph.cli.querying; sys.exit(str({'SPARQLWrapper', 'urllib.request'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, cwd=PROJECT, capture_output=True, text=True)
    assert done.stderr.strip() == "set()"
