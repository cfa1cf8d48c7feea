"""Spans over OTLP, by OpenTelemetry's SDK; imported only where tracing is on."""

import threading
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from marbleline import __version__

_PATH: Final = "/v1/traces"
_TIMEOUT_S: Final = 5
_FLUSH_MS: Final = 5_000
_W3C: Final = TraceContextTextMapPropagator()


class OtlpExporter:
    """See ``tracing.Exporter``. Spans are queued (the oldest 2048) and sent by a thread of the SDK's own."""

    def __init__(self, endpoint: str, worker: str) -> None:
        path = urlsplit(endpoint).path.strip("/")
        address = endpoint if path else endpoint.rstrip("/") + _PATH
        about = {"service.name": "marbleline", "service.version": __version__, "service.instance.id": worker}
        self._ids = _GivenIds()
        self._provider = TracerProvider(
            resource=Resource.create(about), id_generator=self._ids, shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(endpoint=address, timeout=_TIMEOUT_S)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("marbleline", __version__)

    def first(
        self,
        name: str,
        trace: int,
        span: int,
        began_at: int,
        ended_at: int,
        attributes: Mapping[str, str | int],
    ) -> None:
        """See ``tracing.Exporter``."""
        with self._ids.giving(trace, span):
            self._span(name, Context(), SpanKind.INTERNAL, began_at, ended_at, attributes)

    def step(
        self,
        name: str,
        carrier: Mapping[str, str],
        began_at: int,
        ended_at: int,
        attributes: Mapping[str, str | int],
    ) -> Mapping[str, str] | None:
        """See ``tracing.Exporter``."""
        around = _W3C.extract(carrier, Context())
        parent = get_current_span(around).get_span_context()
        if not parent.is_valid or not parent.trace_flags.sampled:
            return None
        return _carrier(self._span(name, around, SpanKind.CONSUMER, began_at, ended_at, attributes))

    def carrier(self, trace: int, span: int, sampled: bool) -> Mapping[str, str]:
        """See ``tracing.Exporter``."""
        flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
        return _carrier(NonRecordingSpan(SpanContext(trace, span, is_remote=False, trace_flags=flags)))

    def close(self) -> None:
        """See ``tracing.Exporter``."""
        self._provider.force_flush(_FLUSH_MS)
        self._provider.shutdown()

    def _span(
        self,
        name: str,
        around: Context,
        kind: SpanKind,
        began_at: int,
        ended_at: int,
        attributes: Mapping[str, str | int],
    ) -> Span:
        span = self._tracer.start_span(
            name, context=around, kind=kind, attributes=attributes, start_time=began_at * 1000
        )
        span.end(max(began_at, ended_at) * 1000)
        return span


def _carrier(span: Span) -> dict[str, str]:
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, set_span_in_context(span, Context()))
    return carrier


class _GivenIds(IdGenerator):
    """Ids that were given for the span that this thread starts; random ones where none were."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self._given = threading.local()

    def giving(self, trace: int, span: int) -> "_Giving":
        """Within the block, these ids."""
        return _Giving(self._given, trace, span)

    def generate_trace_id(self) -> int:
        """Of a span without a parent."""
        return getattr(self._given, "trace", None) or self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        """Of any span."""
        return getattr(self._given, "span", None) or self._random.generate_span_id()


class _Giving:
    def __init__(self, given: threading.local, trace: int, span: int) -> None:
        self._given, self._ids = given, (trace, span)

    def __enter__(self) -> None:
        self._given.trace, self._given.span = self._ids

    def __exit__(self, *error: object) -> None:
        self._given.trace = self._given.span = None
