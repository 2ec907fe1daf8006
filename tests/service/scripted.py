"""A SPARQL evaluator that answers by script: the tests of the protocol need no worker processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ics_graph.errors import (
    BadQuery,
    Busy,
    IcsGraphError,
    MemoryExceeded,
    QueryTimeout,
    TooLarge,
    UpdateRefused,
    WorkerLost,
)
from ics_graph.store.dataset import DatasetChoice
from ics_graph.store.snapshot import View
from ics_graph.workers.handles import Cancellation


@dataclass(frozen=True, slots=True)
class ScriptedAnswer:
    body: bytes
    media_type: str


FAILURES: dict[str, IcsGraphError] = {
    "bad": BadQuery("The query ends too early.", line=1, column=4, hint="Close the bracket."),
    "insert": UpdateRefused("Updates are refused."),
    "slow": QueryTimeout("The query took longer than 10 s.", setting="query_deadline"),
    "large": TooLarge("The answer is larger than 1 byte.", setting="query_bytes"),
    "greedy": MemoryExceeded("The query needs too much memory.", setting="query_memory"),
    "queued": Busy("No worker is free.", setting="query_queue"),
    "deadly": WorkerLost("The worker died."),
}


@dataclass
class ScriptedSparql:
    """Remembers what it was asked; a query that is a key of FAILURES fails so, ``CONSTRUCT`` gives triples."""

    asked: list[tuple[str, View]] = field(default_factory=list)
    bound: list[dict[str, str]] = field(default_factory=list)

    def evaluate(
        self,
        query: str,
        view: View,
        *,
        solutions: str,
        graphs: str,
        cancellation: Cancellation | None = None,
        dataset: DatasetChoice | None = None,
        substitutions: Mapping[str, str] | None = None,
    ) -> ScriptedAnswer:
        del cancellation, dataset
        self.bound.append(dict(substitutions or {}))
        self.asked.append((query, view))
        if query == "crash":
            raise ZeroDivisionError("a secret of the machine")
        if query in FAILURES:
            raise FAILURES[query]
        return ScriptedAnswer(query.encode(), graphs if query.startswith("CONSTRUCT") else solutions)

    def close(self) -> None:
        """Nothing to end."""


scripted = ScriptedSparql()
