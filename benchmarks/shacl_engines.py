"""The fast SHACL engine beside pyshifty and pySHACL: CPU seconds and peak memory of whole processes, in one run.

    python -m benchmarks.shacl_engines [--organisations 1000 10000] [--runs 3] [--other-python PATH] [--pyshacl]

The graphs come from ``benchmarks/shacl`` (seed 7; about 28 triples an organisation, 23 shapes, four of them with
``sh:sparql``). pyshifty is run with ``--other-python``, an interpreter of an environment that has ``pyshifty==0.5.1``;
pySHACL (minutes at 1,000 organisations) with the interpreter of this run. Engines take turns, and the least CPU time of
each counts, since a busy machine can only add to it. Exit code 1 if a goal is missed:

* the right findings: 99, 990 and 10,312 for 1,000, 10,000 and 100,000 organisations;
* at 10,000: at most a third of pyshifty's CPU time, with no more memory;
* at 1,000: at least 150 times faster than pySHACL;
* at 100,000: at most 16 times the cost of 10,000, and under 1.6 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

GENERATORS = Path(__file__).parent / "shacl"
SEED = 7
RIGHT = {1_000: 99, 10_000: 990, 100_000: 10_312}
FAST = """
import sys
from pyoxigraph import RdfFormat, parse
from ics_graph.validation.engine import validate
data, shapes = (parse(path=path, format=RdfFormat.TURTLE) for path in sys.argv[1:])
print(len(validate(data, shapes).findings))
"""
PYSHIFTY = """
import sys
import rdflib, shifty
_, report, _ = shifty.validate(sys.argv[1], sys.argv[2], infer=False)
result = rdflib.URIRef("http://www.w3.org/ns/shacl#ValidationResult")
print(len(set(report.subjects(rdflib.RDF.type, result))))
"""
PYSHACL = """
import sys
import pyshacl, rdflib
_, report, _ = pyshacl.validate(sys.argv[1], shacl_graph=sys.argv[2], inference="none", advanced=False)
result = rdflib.URIRef("http://www.w3.org/ns/shacl#ValidationResult")
print(len(set(report.subjects(rdflib.RDF.type, result))))
"""


@dataclass(frozen=True)
class Measurement:
    """One process: CPU seconds (user and system), peak memory in MB, findings."""

    seconds: float
    megabytes: float
    findings: int


def measure(python: str, script: str, data: Path, shapes: Path) -> Measurement:
    """Run one engine as a whole process."""
    command = [python, "-c", script, str(data), str(shapes)]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command[0]} ended with code {process.returncode}")
        output.seek(0)
        findings = int(output.read().split()[-1])
    return Measurement(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, findings)


def generate(folder: Path, count: int) -> Path:
    """The data graph for a number of organisations."""
    path = folder / f"data-{count}.ttl"
    script = GENERATORS / "make_data.py"
    subprocess.run([sys.executable, script, str(count), str(path), str(SEED)], check=True, capture_output=True)
    return path


def best(measurements: list[Measurement]) -> Measurement:
    """The least CPU time of some runs of one engine, and the least memory."""
    first = measurements[0]
    return Measurement(
        min(each.seconds for each in measurements), min(each.megabytes for each in measurements), first.findings
    )


def missed(results: dict[str, dict[int, Measurement]]) -> list[str]:
    """The goals that were not reached, as sentences."""
    fast = results["fast"]
    problems = [
        f"{count} organisations: {fast[count].findings} findings, {RIGHT[count]} are right"
        for count in fast
        if count in RIGHT and fast[count].findings != RIGHT[count]
    ]
    shifty = results.get("pyshifty", {}).get(10_000)
    if shifty and fast[10_000].seconds > shifty.seconds / 3:
        problems.append("10,000 organisations: more than a third of pyshifty's CPU time")
    if shifty and fast[10_000].megabytes > shifty.megabytes:
        problems.append("10,000 organisations: more memory than pyshifty")
    reference = results.get("pyshacl", {}).get(1_000)
    if reference and reference.seconds < 150 * fast[1_000].seconds:
        problems.append("1,000 organisations: less than 150 times faster than pySHACL")
    if {10_000, 100_000} <= set(fast) and fast[100_000].seconds > 16 * fast[10_000].seconds:
        problems.append("100,000 organisations: more than 16 times the cost of 10,000")
    if 100_000 in fast and fast[100_000].megabytes > 1_600:
        problems.append("100,000 organisations: more than 1.6 GB")
    return problems


def main() -> int:
    """Measure, print a table and a JSON line, and say which goals were missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--organisations", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--other-python", help="interpreter of an environment with pyshifty==0.5.1")
    parser.add_argument("--pyshacl", action="store_true", help="run pySHACL too, at 1,000 organisations and fewer")
    given = parser.parse_args()
    engines = {"fast": (sys.executable, FAST)}
    if given.other_python:
        engines["pyshifty"] = (given.other_python, PYSHIFTY)
    results: dict[str, dict[int, Measurement]] = {name: {} for name in engines}
    print(f"{'engine':10}{'bodies':>9}{'CPU s':>10}{'MB':>8}{'findings':>10}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shapes = folder / "shapes.ttl"
        subprocess.run([sys.executable, GENERATORS / "make_shapes.py", shapes], check=True, capture_output=True)
        for count in given.organisations:
            data = generate(folder, count)
            measured: dict[str, list[Measurement]] = {engine: [] for engine in engines}
            for _ in range(given.runs):
                for engine, (python, script) in engines.items():
                    measured[engine].append(measure(python, script, data, shapes))
            if given.pyshacl and count <= 1_000:
                results.setdefault("pyshacl", {})
                measured["pyshacl"] = [measure(sys.executable, PYSHACL, data, shapes)]
            for engine, runs in measured.items():
                result = results[engine][count] = best(runs)
                print(f"{engine:10}{count:9}{result.seconds:10.2f}{result.megabytes:8.0f}{result.findings:10}")
    print(json.dumps({engine: {n: vars(each) for n, each in rows.items()} for engine, rows in results.items()}))
    problems = missed(results)
    for problem in problems:
        print(f"missed: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
