"""Servers as processes over folders of data, for tests that ask from outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.graphs import ONTOLOGY, PROJECT

_PROGRAM = "import sys; from ics_graph.cli.main import main; main(sys.argv[1:])"


@contextmanager
def served(folder: Path, files: Mapping[str, str], **settings: object) -> Iterator[str]:
    """The address, without a slash at its end, of ``ics-graph serve --data`` over a folder with these files.

    What the server says on stderr goes to ``folder/log``: a pipe that nobody reads would fill up.
    """
    data = folder / "data"
    for name, text in files.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(text, "utf-8")
    given = {"ONTOLOGY": ONTOLOGY, "CACHE": folder / "cache", **settings}
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, "serve", "--port", "0", "--data", str(data)],
            cwd=PROJECT,
            env={**os.environ, **{f"ICS_GRAPH_{name}": str(value) for name, value in given.items()}},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/", line)
        if found is None:
            process.kill()
            pytest.fail(f"the service did not announce itself: {line!r} {(folder / 'log').read_text('utf-8')}")
        yield found[1]
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
