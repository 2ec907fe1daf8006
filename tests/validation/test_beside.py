"""A part of a run in a process of its own: the same results, errors and exit codes, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from ics_graph.errors import IcsGraphError, InvalidData
from ics_graph.validation import beside as processes
from ics_graph.validation import runner
from ics_graph.validation.beside import beside, possible
from ics_graph.validation.findings import Report
from ics_graph.vocabulary import CONCEPT
from tests.validation.conftest import Folder

COMMAND = [sys.executable, "-c", "from ics_graph.cli.main import main; main()", "validate"]
ONTOLOGY = Path(__file__).parents[2] / "ontology"

WRITTEN = f"""\
ex:Written sh:targetClass ex:Thing ; ics:runsOn <{CONCEPT}view/as-written> ;
  sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "No name." ] .
"""
WHOLE = f"""\
ex:Whole sh:targetClass ex:Thing ; ics:runsOn <{CONCEPT}view/whole-graph> ;
  sh:property [ sh:path ex:size ; sh:maxCount 1 ; sh:message "Two sizes." ] .
"""
REFUSED = f"""\
ex:Refused sh:targetClass ex:Thing ; ics:runsOn <{CONCEPT}view/as-written> ;
  sh:sparql [ sh:select "SELECT $this ?value WHERE {{ $this <urn:x:n> ?value FILTER(STR(?value) = '1') }}" ] .
"""

needs_two = pytest.mark.skipif(not possible(), reason="this machine has one processor, or no fork")


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_WORTH_A_PROCESS", 0)


def nothing_left() -> bool:
    """Whether this process has no children."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def process_of() -> int:
    return os.getpid()


@needs_two
@pytest.mark.parametrize("size", [0, 100, 1_000_000])
def test_a_result_comes_back_from_another_process(size: int) -> None:
    with beside(lambda: (os.getpid(), b"x" * size)) as result:
        process, text = result()
    assert (process == os.getpid(), text) == (False, b"x" * size)
    assert nothing_left()


def _fails() -> int:
    raise InvalidData("Here.")


def _dies_elsewhere(own: int) -> int:
    if os.getpid() != own:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def test_what_fails_there_is_done_here() -> None:
    with beside(_fails) as result, pytest.raises(InvalidData, match=r"^Here\.$"):
        result()
    own = os.getpid()
    with beside(lambda: _dies_elsewhere(own)) as result:
        assert result() == own
    # What cannot be sent is one failure of many.
    with beside(lambda: lambda: own) as result:
        assert result()() == own
    assert nothing_left()


@pytest.mark.parametrize("end", [lambda: None, lambda: pytest.raises(KeyboardInterrupt)])
def test_nobody_waits_for_what_is_not_asked_for(end: Callable[[], object]) -> None:
    start = time.monotonic()
    if end() is None:
        with beside(lambda: time.sleep(60)):
            pass
    else:
        with pytest.raises(KeyboardInterrupt), beside(lambda: time.sleep(60)):
            raise KeyboardInterrupt
    assert time.monotonic() - start < 30
    assert nothing_left()


def test_without_a_second_processor_or_with_threads_the_work_is_done_here() -> None:
    with patch.object(processes, "possible", lambda: False), beside(process_of) as result:
        assert result() == os.getpid()
    with patch.object(os, "sched_getaffinity", lambda _: {0}):
        assert not possible()
    with patch.object(os, "fork", side_effect=OSError), beside(process_of) as result:
        assert result() == os.getpid()


def outcome(folder: Folder, *, apart: bool) -> Report | IcsGraphError:
    try:
        return runner.validate([folder.path / "data.ttl"], [folder.path / "shapes.ttl"], ONTOLOGY, apart=apart)
    except IcsGraphError as error:
        return error


@pytest.mark.parametrize(
    ("data", "shapes"),
    [
        ("ex:a a ex:Thing ; ex:size 1, 2 . [] a ex:Thing ; ex:name 'b' .", WRITTEN + WHOLE),
        ("ex:a a ex:Thing ; ex:name 'a' .", WRITTEN + WHOLE),
        ("ex:a a ex:Thing ; <urn:x:n> 01 .", REFUSED + WHOLE),
        ("ex:a a ex:Thing ; <urn:x:n> 01 ; ics:evidence 'no node' .", REFUSED + WHOLE),
        ("ex:a a ex:Thing ; ics:evidence 'no node' .", WRITTEN + WHOLE),
        ("ex:a a ex:Other .", WRITTEN + WHOLE),
        ("ex:a a ex:Thing .", WRITTEN + WHOLE + "ex:Ill sh:targetClass ex:Thing ; sh:minCount 1 , 2 ."),
    ],
)
def test_two_processes_find_and_refuse_what_one_does(folder: Folder, data: str, shapes: str) -> None:
    folder.data(data)
    folder.shapes(shapes)
    one, two = outcome(folder, apart=False), outcome(folder, apart=True)
    if isinstance(one, Report):
        assert isinstance(two, Report)
        assert (two.findings, two.checked, two.on) == (one.findings, one.checked, one.on)
        assert [rule.shape for rule in two.rules] == [rule.shape for rule in one.rules]
    else:
        assert isinstance(two, type(one))
        assert (str(two), two.hint, two.position) == (str(one), one.hint, one.position)
    assert nothing_left()


def test_the_command_ends_at_once_and_with_its_code(folder: Folder) -> None:
    folder.shapes(WRITTEN + WHOLE)
    for data, code, words in (
        ("ex:a a ex:Thing ; ex:name 'a' .", 0, "Conforms"),
        ("ex:a a ex:Thing .", 1, "No name."),
        ("ex:a a ex:Other .", 5, ""),
        ("ex:a a ex:Thing", 3, ""),
    ):
        folder.data(data)
        done = subprocess.run(
            [*COMMAND, "data.ttl", "--shapes", "shapes.ttl"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, words in done.stdout) == (code, True), done
        assert len(done.stderr.splitlines()) == (code > 1), done.stderr
    assert folder.rest() == ["data.ttl", "shapes.ttl"]


def test_a_reader_that_has_gone_is_no_failure(folder: Folder) -> None:
    folder.shapes(WRITTEN)
    folder.data("".join(f"ex:a{number} a ex:Thing .\n" for number in range(2_000)))
    command = [*COMMAND, "data.ttl", "--shapes", "shapes.ttl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


@needs_two
def test_an_interrupt_ends_both(folder: Folder) -> None:
    folder.shapes(WRITTEN + WHOLE)
    folder.data("".join(f"ex:a{number} a ex:Thing ; ex:name 'a' , {number} .\n" for number in range(60_000)))
    command = [*COMMAND, "data.ttl", "--shapes", "shapes.ttl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + 60
        while not (begun := children.read_text().split()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert begun, "no second process was begun"
        os.killpg(process.pid, signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint.strip()) == (130, b"ics-graph: interrupted")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
