"""The ready-made GitHub Action and pre-commit hook: what they run, and that no input becomes a command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.validation.conftest import Folder

ROOT = Path(__file__).parents[2]
ACTION = (ROOT / "action.yml").read_text("utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")


def action_script() -> str:
    """The script of the last step."""
    return textwrap.dedent(ACTION.split("      run: |\n")[1])


def defaults() -> dict[str, str]:
    """The variables of the script with the defaults of the inputs they stand for."""
    inputs = dict(re.findall(r'^  "?([a-z-]+)"?:\n    description: .*\n    default: "?(.*?)"?$', ACTION, re.MULTILINE))
    variables = re.findall(r"^        ([A-Z_]+): \$\{\{ inputs\.([a-z-]+) \}\}$", ACTION, re.MULTILINE)
    assert {name for _, name in variables} | {"python-version"} == set(inputs)
    return {variable: inputs[name] for variable, name in variables}


@pytest.fixture
def act(folder: Folder) -> Folder:
    folder.shapes("ex:S sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .\n", "my rules/shapes.ttl")
    folder.data("ex:a a ex:T .\n", "my data/a.ttl")
    script = f'#!/bin/sh\nexec {sys.executable} -c "from ics_graph.cli.main import main; main()" "$@"\n'
    command = folder.write("bin/ics-graph", script)
    command.chmod(0o755)
    return folder


def run_script(folder: Folder, **given: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **defaults(),
        "FILES": "my data\n",
        "SHAPES": "my rules\n",
        "PATH": f"{folder.path / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        **given,
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", action_script()]
    return subprocess.run(command, cwd=folder.path, env=environment, capture_output=True, text=True, check=False)


def test_the_action_annotates_and_fails(act: Folder) -> None:
    done = run_script(act)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=my data/a.ttl,line=7,col=1,title=S::")
    assert run_script(act, FILES="nowhere").returncode == 3
    act.data('ex:a a ex:T ; ex:p "x" .\n', "my data/a.ttl")
    assert run_script(act, ON_DAY="2020-01-01").returncode == 0


def test_the_action_writes_sarif_too(act: Folder) -> None:
    done = run_script(act, SARIF="out put.sarif")
    assert done.returncode == 1
    assert '"version": "2.1.0"' in (act.path / "out put.sarif").read_text("utf-8")
    assert "::error" in done.stdout
    assert run_script(act, SARIF="out put.sarif", FILES="nowhere").returncode == 3


def test_no_input_of_the_action_becomes_a_command(act: Folder) -> None:
    assert "${{" not in action_script()
    for name in defaults():
        done = run_script(act, **{name: '$(touch hacked)`touch hacked`"; touch hacked; #'})
        assert not (act.path / "hacked").exists(), name
        assert "Traceback" not in done.stderr


def test_the_hook_names_a_command_that_is_there() -> None:
    assert "entry: ics-graph validate\n" in HOOKS
    assert "pass_filenames: false" in HOOKS
    pattern = re.search(r"files: (.*)", HOOKS)
    assert pattern is not None
    assert re.search(pattern[1], "data/x.ttl")
    assert not re.search(pattern[1], "README.md")
