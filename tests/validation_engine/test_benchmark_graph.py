"""The benchmark's generators and the number of findings that are right for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox

from ics_graph.validation.engine import validate

GENERATORS = Path(__file__).resolve().parents[2] / "benchmarks" / "shacl"


def test_a_thousand_bodies_have_ninety_nine_findings(tmp_path: Path) -> None:
    data, shapes = tmp_path / "data.ttl", tmp_path / "shapes.ttl"
    subprocess.run([sys.executable, GENERATORS / "make_data.py", "1000", data, "7"], check=True, capture_output=True)
    subprocess.run([sys.executable, GENERATORS / "make_shapes.py", shapes], check=True, capture_output=True)
    report = validate(*(ox.parse(path=path, format=ox.RdfFormat.TURTLE) for path in (data, shapes)))
    assert len(report.findings) == len(report.distinct) == 99
    assert (report.shapes, report.triples) == (20, 28_105)
