"""Lists the mutants of the shipped data that no rule and no answer test notices.

``python -m tests.mutation.run_mutations [--each N] [--write]`` prints them (with ``--write`` also into
docs/mutations.md) and ends with code 1 if one of a kind survives that nobody has explained. The rules take
about a quarter of an hour for each triple of a file and predicate, the tests of answers some hours; it is no test of
its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ics_graph.loading.reader import ParsedFile
from ics_graph.loading.rows import Row
from ics_graph.loading.rows import document as n_triples
from tests.mutation.explanations import EXPLANATIONS
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.noticing import Noticing

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "mutations.md"
ANSWER_TESTS = ("tests/catalogue", "tests/governance", "tests/cli/test_main_job.py")
GROUP = 12

INTRODUCTION = """# What no rule notices

Written by `python -m tests.mutation.run_mutations --write`. It takes the shipped data, drops one triple or moves one
date by 31 days, and looks whether anything notices: a rule (on five days), the build, or a test of answers. For each
file and predicate {each} was tried: {tried} mutants, of which {survived} were not noticed. They are listed here by
kind of triple, each kind with the reason why it can slip through.
"""

Fault = Callable[[Sequence[Mutant]], bool]


def survivors(group: Sequence[Mutant], noticed: Fault) -> list[Mutant]:
    """Those of a group that are not noticed: the group is tried as one, and halved while something is noticed."""
    if not group or not noticed(group):
        return list(group)
    if len(group) == 1:
        return []
    half = len(group) // 2
    return survivors(group[:half], noticed) + survivors(group[half:], noticed)


def in_groups(all_of_them: Sequence[Mutant], noticed: Fault) -> list[Mutant]:
    """The survivors, tried in groups: few are noticed at this stage."""
    left: list[Mutant] = []
    for start in range(0, len(all_of_them), GROUP):
        left += survivors(all_of_them[start : start + GROUP], noticed)
        progress(f"{min(start + GROUP, len(all_of_them))} of {len(all_of_them)}: {len(left)} left")
    return left


def progress(text: str) -> None:
    """Tell the one who waits."""
    sys.stderr.write(f"{text}\n")


class AnswerTests:
    """The tests of answers, run on a copy of the project whose data are changed."""

    def __init__(self, files: Iterable[ParsedFile], folder: Path) -> None:
        self._files = {Path(file.source.name): file for file in files}
        self._project = folder / "project"
        ignored = shutil.ignore_patterns(".*", "__pycache__")
        shutil.copytree(PROJECT, self._project, ignore=ignored)
        if self.notice(()):
            raise SystemExit("The answer tests fail on the data as they are: nothing can be learnt from them.")

    def notice(self, group: Sequence[Mutant]) -> bool:
        """Whether an answer test fails on the data with these mutants."""
        changed = {mutant.file for mutant in group}
        for file in changed:
            rows: Sequence[Row] = self._files[file].rows
            for mutant in group:
                if mutant.file == file:
                    rows = mutant.applied(rows)
            # N-Triples is Turtle; the positions in the file change, which no answer shows.
            (self._project / "data" / file.name).write_text(n_triples(rows), "utf-8")
        environment = {**os.environ, "PYTHONPATH": str(self._project)}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *ANSWER_TESTS]
        result = subprocess.run(command, cwd=self._project, env=environment, capture_output=True, check=False)
        for file in changed:
            shutil.copyfile(file, self._project / "data" / file.name)
        return result.returncode != 0


def surviving(each: int) -> tuple[list[Mutant], int]:
    """The mutants that nothing notices, and how many were tried."""
    noticing = Noticing(PROJECT / "data", PROJECT / "ontology", PROJECT / "shapes")
    tried = list(mutants(noticing.files, each))
    progress(f"{len(tried)} mutants")
    left = [mutant for mutant in tried if not noticing.notices([mutant], ("as-written",))]
    progress(f"{len(left)} left after the rules on the data as written")
    left = [mutant for mutant in left if not noticing.notices([mutant], ("whole-graph",))]
    progress(f"{len(left)} left after the rules on the whole graph")
    left = in_groups(left, lambda group: noticing.notices(group, ("may-hold", "certainly-holds")) is not None)
    with tempfile.TemporaryDirectory() as folder:
        left = in_groups(left, AnswerTests(noticing.files, Path(folder)).notice)
    return left, len(tried)


def document(left: Sequence[Mutant], tried: int, each: int) -> str:
    """The text of docs/mutations.md."""
    count = "one triple" if each == 1 else f"{each} triples"
    parts = [INTRODUCTION.format(each=count, tried=tried, survived=len(left))]
    by_kind: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in left:
        by_kind[mutant.kind].append(mutant)
    for kind in sorted(by_kind):
        parts.append(f"## {kind} ({len(by_kind[kind])})\n\n{EXPLANATIONS.get(kind, 'Not explained yet.')}\n")
        parts.append("\n".join(f"- {mutant}" for mutant in by_kind[kind]) + "\n")
    return "\n".join(parts)


def main() -> int:
    """Run it. Exit code 1: a kind of triple survives that nobody has explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1, help="triples tried for each file and predicate")
    parser.add_argument("--write", action="store_true", help="write docs/mutations.md")
    options = parser.parse_args()
    left, tried = surviving(options.each)
    text = document(left, tried, options.each)
    sys.stdout.write(text)
    if options.write:
        DOCUMENT.write_text(text, "utf-8")
    return int(any(mutant.kind not in EXPLANATIONS for mutant in left))


if __name__ == "__main__":
    sys.exit(main())
