"""How long checking the shipped graph with all shapes takes: whole processes, median of three after one to warm up.

    python -m benchmarks.validation [--runs 3] [--without-reference]

Aims, on an idle core: one day under 1 s, all dates under 10 s. Beside them, in the same run, pySHACL as the engine for
the same shapes, graph and day (once: it takes most of a minute). Exit code 1 if an aim is missed by the CPU time
(user and system), or if the engines disagree on the findings.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

COMMAND = [sys.executable, "-c", "import sys; from ics_graph.cli.main import main; sys.exit(main())", "validate"]
DAY = "2026-07-01"
ONE_DAY, ALL_DATES, REFERENCE = ["--on", DAY], ["--all-dates"], ["--on", DAY, "--engine", "pyshacl"]


@dataclass(frozen=True)
class Measurement:
    """One process: CPU seconds, seconds by the clock, peak memory in MB, and its findings by fingerprint."""

    processor: float
    clock: float
    megabytes: float
    findings: frozenset[str]


def measure(arguments: list[str]) -> Measurement:
    """Run ``ics-graph validate`` once. Raises RuntimeError where it could not check."""
    begin = time.perf_counter()
    command = [*COMMAND, "--format", "json", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise RuntimeError(f"validate {' '.join(arguments)} ended with exit code {process.returncode}")
    findings = frozenset(finding["fingerprint"] for finding in json.loads(output)["findings"])
    seconds = usage.ru_utime + usage.ru_stime
    return Measurement(seconds, time.perf_counter() - begin, usage.ru_maxrss / 1024, findings)


def _row(name: str, runs: list[Measurement], aim: float | None) -> float:
    processor = statistics.median(run.processor for run in runs)
    clock = statistics.median(run.clock for run in runs)
    least = min(run.processor for run in runs)
    memory = max(run.megabytes for run in runs)
    goal = f"under {aim:g}" if aim is not None else ""
    print(f"{name:24} {processor:8.2f} {least:8.2f} {clock:8.2f} {memory:6.0f} {len(runs[0].findings):9}   {goal}")
    return processor


def main() -> None:
    """Run, print the figures, and exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--without-reference", action="store_true", help="leave pySHACL out")
    given = parser.parse_args()
    measure(ONE_DAY)
    one_day, all_dates = ([measure(arguments) for _ in range(given.runs)] for arguments in (ONE_DAY, ALL_DATES))
    print(f"{'':24} {'CPU s':>8} {'least':>8} {'clock s':>8} {'MB':>6} {'findings':>9}   aim")
    day = _row(f"one day ({DAY})", one_day, 1)
    every = _row("all dates", all_dates, 10)
    missed = day >= 1 or every >= 10
    if not given.without_reference:
        reference = measure(REFERENCE)
        print(f"ratio pySHACL / fast, one day: {_row('one day, pySHACL', [reference], None) / day:.0f}")
        missed = missed or reference.findings != one_day[0].findings
    sys.exit(missed)


if __name__ == "__main__":
    main()
