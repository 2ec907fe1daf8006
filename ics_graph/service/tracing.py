"""A span for each request (OpenTelemetry), where the setting ``tracing`` is on. No query, no address, nobody's name.

Nothing is sent unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``) names a collector.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Scope

from ics_graph import __version__
from ics_graph.errors import Unavailable
from ics_graph.service.record import RequestRecord
from ics_graph.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_CONTEXT: Final = frozenset({b"traceparent", b"tracestate"})
_MISSING: Final = "Tracing needs OpenTelemetry: pip install 'ics-graph[tracing]'."


class Tracer:
    """Makes spans; its provider is its own, so nothing else in the process is traced."""

    def __init__(self, processors: tuple[SpanProcessor, ...]) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        about = {"service.name": os.environ.get("OTEL_SERVICE_NAME", "ics-graph"), "service.version": __version__}
        self._provider = TracerProvider(resource=Resource(about), shutdown_on_exit=False)
        for processor in processors:
            self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("ics_graph.service", __version__)
        self._kind = SpanKind.SERVER
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, scope: Scope) -> object:
        """Begin a span, below that of the client where ``traceparent`` names one."""
        carrier = {
            name.decode("ascii"): value.decode("latin-1") for name, value in scope["headers"] if name in _CONTEXT
        }
        context = self._propagator.extract(carrier) if carrier else None
        return self._tracer.start_span("request", context=context, kind=self._kind)

    def end(self, span: Any, record: RequestRecord) -> None:
        """End a span with the route and what became of the request."""
        from opentelemetry.trace import StatusCode  # noqa: PLC0415

        route = record.template()
        span.update_name(f"{record.method} {route}")
        attributes: dict[str, str | int] = {
            "http.request.method": record.method,
            "http.route": route,
            "http.response.status_code": record.status,
            "http.response.body.size": record.bytes,
            "ics_graph.dataset": record.dataset,
            "ics_graph.request_id": record.id,
        }
        if record.limit is not None:
            attributes["ics_graph.limit"] = record.limit
        span.set_attributes(attributes)
        if record.status >= 500:
            span.set_status(StatusCode.ERROR)
        span.end()

    def close(self) -> None:
        """Send what is left. Blocks for a few seconds at most."""
        self._provider.force_flush(2000)
        self._provider.shutdown()


def request_tracer(settings: Settings) -> Tracer | None:
    """What traces requests; ``None`` where that is off. Raises Unavailable where it is on and not installed."""
    if not settings.tracing:
        return None
    try:
        processors: tuple[SpanProcessor, ...] = ()
        if any(os.environ.get(name) for name in _ENDPOINTS):
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

            processors = (BatchSpanProcessor(OTLPSpanExporter()),)
        return Tracer(processors)
    except ImportError as error:
        raise Unavailable(f"{_MISSING} ({error.name})") from None
