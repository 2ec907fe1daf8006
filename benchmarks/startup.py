"""How long opening the shipped graph and a whole ``ics-graph ask`` take: median of five, after one run to warm up.

    python -m benchmarks.startup

Aims: opening under 0.3 s, ``ask`` as a whole process under 0.4 s, on an idle core. Printed beside them: the same
question put to rdflib (reading the Turtle files, then a property path), which is what a script without this project
would do.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

RUNS = 5
QUESTION = ["ask", "accountable-to", "NHS Wirral CCG", "--on", "2020-11-09"]
OPENING = """
import time
from ics_graph.settings import Settings
from ics_graph.store.snapshot import open_or_build
settings = Settings.from_environment()
begin = time.perf_counter()
snapshot = open_or_build([settings.data], settings.ontology, settings.cache)
snapshot.engine, snapshot.names
print(time.perf_counter() - begin)
"""
RDFLIB = """
from pathlib import Path
from rdflib import Graph
from ics_graph.settings import Settings
graph = Graph()
for path in sorted(Settings.from_environment().data.glob("*.ttl")):
    graph.parse(path)
print(len(list(graph.query('''
PREFIX ics: <https://w3id.org/ics-graph/ns#>
SELECT ?forum { <https://w3id.org/ics-graph/id/org/nhs-wirral-ccg> (^ics:actor/ics:forum)+ ?forum }'''))))
"""


def _medians(action: Callable[[], float]) -> tuple[float, float, float]:
    action()
    times = [action() for _ in range(RUNS)]
    return min(times), statistics.median(times), max(times)


def _whole_process(arguments: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - begin


def _opening() -> float:
    output = subprocess.run([sys.executable, "-c", OPENING], check=True, capture_output=True, text=True).stdout
    return float(output)


def main() -> None:
    """Run and print the figures."""
    command = str(Path(sys.executable).parent / "ics-graph")
    rows = [
        ("open the shipped graph", _medians(_opening), 0.3),
        ("ics-graph ask, whole process", _medians(lambda: _whole_process([command, *QUESTION])), 0.4),
        ("rdflib, whole process", _medians(lambda: _whole_process(["-c", RDFLIB])), None),
    ]
    print(f"{'seconds':32} {'min':>7} {'median':>7} {'max':>7}   aim")
    for name, (low, middle, high), aim in rows:
        print(f"{name:32} {low:7.3f} {middle:7.3f} {high:7.3f}   {f'under {aim}' if aim else ''}")
    print(f"ratio rdflib / ask: {rows[2][1][1] / rows[1][1][1]:.1f}")


if __name__ == "__main__":
    main()
