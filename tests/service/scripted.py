"""A SPARQL evaluator that answers by script: the tests of the protocol need no worker processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

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
from ics_graph.workers.messages import Circumstances, QueryAnswer, QueryJob

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
    answers: int = 0
    """How many queries were answered, or failed: what was only checked does not count."""

    def job(
        self,
        query: str,
        view: View,
        *,
        solutions: str,
        graphs: str,
        substitutions: Mapping[str, str] | None = None,
        dataset: DatasetChoice | None = None,
    ) -> QueryJob:
        del dataset
        self.bound.append(dict(substitutions or {}))
        self.asked.append((query, view))
        if isinstance(FAILURES.get(query), BadQuery | UpdateRefused):
            raise FAILURES[query]
        lasting = not any(word in query.upper() for word in ("NOW", "RAND", "rand", "UUID", "BNODE"))
        return QueryJob(query, Circumstances(solutions=solutions, graphs=graphs), cacheable=lasting)

    def jobs(
        self, view: View, *, solutions: str, graphs: str, dataset: DatasetChoice | None = None
    ) -> Callable[[str], QueryJob]:
        return partial(self.job, view=view, solutions=solutions, graphs=graphs, dataset=dataset)

    async def answer(
        self, job: QueryJob, cancellation: Cancellation | None = None, *, arrived: float | None = None
    ) -> QueryAnswer:
        del cancellation, arrived
        return self.answered(job)

    def evaluate(self, query: str, view: View, *, solutions: str, graphs: str) -> QueryAnswer:
        return self.answered(self.job(query, view, solutions=solutions, graphs=graphs))

    def answered(self, job: QueryJob) -> QueryAnswer:
        """What the script has for a job."""
        self.answers += 1
        if job.query == "crash":
            raise ZeroDivisionError("a secret of the machine")
        if job.query in FAILURES:
            raise FAILURES[job.query]
        return QueryAnswer(
            job.query.encode(),
            job.circumstances.graphs if job.query.startswith("CONSTRUCT") else job.circumstances.solutions,
            1,
            0,
        )

    def close(self) -> None:
        """Nothing to end."""


scripted = ScriptedSparql()
