"""What all tests share."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

import pytest

TRACED: Final = frozenset(("temporal", "governance", "store", "catalogue", "cli", "service"))
"""The folders whose tests, but for the slow ones, are counted as coverage: tracing doubles the time of every test."""

# A run that is started in the background of a shell without job control (CI does that) ignores SIGINT, and so would
# every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that are traced."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in TRACED and item.get_closest_marker("slow") is None:
            item.add_marker("traced")
