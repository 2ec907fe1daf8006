"""Counters of the service, and how Prometheus reads them.

Counting is a few additions for each request; the names and the text of the exposition are made when it is read. The
number of series is bounded: labels are templates of routes, known methods, statuses and names of settings, never the
client's words. Times are in seconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from ics_graph import __version__
from ics_graph.errors import Unavailable
from ics_graph.service.record import RequestRecord

if TYPE_CHECKING:
    from prometheus_client.core import Metric

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper ends, in seconds, of the steps in which latencies are counted."""
QUERY_POOL: Final = "query"
NO_ANSWER: Final = "none"
"""The status of requests whose client went away."""


class RequestCounts:
    """What is counted of requests. The event loop counts; reading from it is safe as well."""

    def __init__(self) -> None:
        self.in_progress = 0
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.bytes: Counter[str] = Counter()
        self.limits: Counter[str] = Counter()
        self.reloads: Counter[str] = Counter({"swapped": 0, "unchanged": 0, "refused": 0})
        self.steps: dict[str, list[int]] = {}
        self.seconds: dict[str, float] = {}

    def request(self, record: RequestRecord) -> None:
        """Count a request that has ended."""
        route = record.template()
        taken = perf_counter() - record.started
        steps = self.steps.get(route)
        if steps is None:
            steps = self.steps[route] = [0] * (len(BUCKETS) + 1)
            self.seconds[route] = 0.0
        steps[bisect_left(BUCKETS, taken)] += 1
        self.seconds[route] += taken
        self.requests[route, record.method, record.status] += 1
        self.bytes[route] += record.bytes
        if record.limit is not None:
            self.limits[record.limit] += 1


class MetricSources:
    """Where what others count is read when Prometheus asks: pools and caches by name, the dataset.

    ``kills_before`` are those in the query pools of versions that have been replaced: the sum never falls.
    """

    def __init__(
        self,
        dataset: Callable[[], str | None],
        ready: Callable[[], bool],
        pools: Callable[[], Mapping[str, object]],
        caches: Callable[[], Mapping[str, object]],
        kills_before: Callable[[], Mapping[str, int]],
        dropped_lines: Callable[[], int],
    ) -> None:
        self.dataset = dataset
        self.ready = ready
        self.pools = pools
        self.caches = caches
        self.kills_before = kills_before
        self.dropped_lines = dropped_lines


def exposition(counts: RequestCounts, sources: MetricSources, accept: str) -> tuple[bytes, str]:
    """All metrics and their media type, in the form that ``accept`` asks for.

    Raises Unavailable where ``prometheus_client`` is not installed.
    """
    try:
        from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415 - an extra
        from prometheus_client.exposition import choose_encoder  # noqa: PLC0415
        from prometheus_client.registry import Collector  # noqa: PLC0415
    except ImportError:
        raise Unavailable("Metrics need prometheus_client: pip install 'ics-graph[service]'.") from None

    class Collected(Collector):
        def collect(self) -> Iterable[Metric]:
            return [*_of_requests(counts), *_of_parts(counts, sources)]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collected())
    ProcessCollector(registry=registry)
    encode, media_type = choose_encoder(accept)
    body: bytes = encode(registry)
    return body, media_type


def _of_requests(counts: RequestCounts) -> Iterator[Metric]:
    from prometheus_client.core import (  # noqa: PLC0415 - see ``exposition``
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    latencies = HistogramMetricFamily(
        "ics_graph_request_seconds", "Seconds from the head of a request to the end of its answer.", labels=["route"]
    )
    for route, steps in list(counts.steps.items()):
        total, buckets = 0, []
        for end, number in zip((*map(str, BUCKETS), "+Inf"), list(steps), strict=True):
            total += number
            buckets.append((end, total))
        latencies.add_metric([route], buckets, sum_value=counts.seconds[route])
    yield latencies
    requests = CounterMetricFamily("ics_graph_requests", "Requests answered.", labels=["route", "method", "status"])
    for (route, method, status), number in list(counts.requests.items()):
        requests.add_metric([route, method, str(status) if status else NO_ANSWER], number)
    yield requests
    sent = CounterMetricFamily("ics_graph_response_bytes", "Bytes of bodies sent.", labels=["route"])
    for route, number in list(counts.bytes.items()):
        sent.add_metric([route], number)
    yield sent
    yield GaugeMetricFamily("ics_graph_requests_in_progress", "Requests under way.", value=counts.in_progress)
    limits = CounterMetricFamily(
        "ics_graph_limits_reached", "Requests refused or stopped at a limit, by its setting.", labels=["limit"]
    )
    for limit, number in list(counts.limits.items()):
        limits.add_metric([limit], number)
    yield limits


def _of_parts(counts: RequestCounts, sources: MetricSources) -> Iterator[Metric]:
    from prometheus_client.core import (  # noqa: PLC0415 - see ``exposition``
        CounterMetricFamily,
        GaugeMetricFamily,
        InfoMetricFamily,
    )

    kills = CounterMetricFamily("ics_graph_worker_kills", "Worker processes ended, by limit.", labels=["pool", "limit"])
    waiting = GaugeMetricFamily("ics_graph_queue_length", "Requests that wait for a worker.", labels=["pool"])
    running = GaugeMetricFamily("ics_graph_jobs_running", "Workers that have a job.", labels=["pool"])
    for name, statistics in sources.pools().items():
        killed = Counter(_mapping(statistics, "kills"))
        if name == QUERY_POOL:
            killed.update(sources.kills_before())
        for limit, number in sorted(killed.items()):
            kills.add_metric([name, limit], number)
        waiting.add_metric([name], _number(statistics, "waiting"))
        running.add_metric([name], _number(statistics, "running"))
    yield from (kills, waiting, running)
    hits = CounterMetricFamily("ics_graph_answer_cache_hits", "Answers given from memory.", labels=["cache"])
    misses = CounterMetricFamily("ics_graph_answer_cache_misses", "Answers not in memory.", labels=["cache"])
    kept = GaugeMetricFamily("ics_graph_answer_cache_bytes", "Bytes of answers kept.", labels=["cache"])
    for name, cache in sources.caches().items():
        hits.add_metric([name], _number(cache, "hits"))
        misses.add_metric([name], _number(cache, "misses"))
        kept.add_metric([name], _number(cache, "bytes"))
    yield from (hits, misses, kept)
    reloads = CounterMetricFamily("ics_graph_reloads", "Reloads asked for, by what became of them.", labels=["result"])
    for result, number in sorted(counts.reloads.items()):
        reloads.add_metric([result], number)
    yield reloads
    about = {"dataset": sources.dataset() or "none", "version": __version__}
    yield InfoMetricFamily("ics_graph_dataset", "The version of the dataset that is served.", value=about)
    yield GaugeMetricFamily("ics_graph_ready", "1 where /readyz says so.", value=int(sources.ready()))
    yield CounterMetricFamily(
        "ics_graph_log_lines_dropped", "Lines of the log that nobody took in time.", value=sources.dropped_lines()
    )


def _number(statistics: object | None, name: str) -> float:
    value: Any = getattr(statistics, name, 0)
    return value if isinstance(value, int | float) else 0


def _mapping(statistics: object, name: str) -> Mapping[str, int]:
    value: Any = getattr(statistics, name, {})
    return value if isinstance(value, Mapping) else {}
