"""The fast engine never loads the reference library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from tests.validation_engine.graphs import DECLARED, check
select = "SELECT $this ?value WHERE { $this ex:p ?value FILTER(?value < 2) }"
report = check("ex:a ex:p 1 , 2 .", DECLARED + "ex:s sh:targetNode ex:a ; "
  "sh:property [ sh:path ex:p ; sh:maxCount 1 ] ; sh:sparql [ sh:prefixes ex:prefixes ; sh:select '" + select + "' ] .")
assert len(report.findings) == 2
report.turtle()
print([name for name in sys.modules if name.split(".")[0] in {"rdflib", "pyshacl", "owlrl"}])
"""


def test_a_run_imports_neither_rdflib_nor_pyshacl() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
