"""Spans over OTLP, by OpenTelemetry's SDK; imported only where tracing is on."""

import threading
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context

from marbleline import __version__

_PATH: Final = "/v1/traces"
_TIMEOUT_S: Final = 5
_FLUSH_MS: Final = 5_000


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

    def span(
        self,
        name: str,
        trace: int,
        parent: int | None,
        own: int | None,
        began_at: int,
        ended_at: int,
        attributes: Mapping[str, str | int],
    ) -> int:
        """See ``tracing.Exporter``."""
        around = None
        if parent is not None:
            given = SpanContext(trace, parent, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
            around = set_span_in_context(NonRecordingSpan(given))
        with self._ids.giving(trace, own):
            span = self._tracer.start_span(
                name,
                context=around,
                kind=SpanKind.INTERNAL if parent is None else SpanKind.CONSUMER,
                attributes=attributes,
                start_time=began_at * 1000,
            )
        span.end(max(began_at, ended_at) * 1000)
        return span.get_span_context().span_id

    def close(self) -> None:
        """See ``tracing.Exporter``."""
        self._provider.force_flush(_FLUSH_MS)
        self._provider.shutdown()


class _GivenIds(IdGenerator):
    """Ids that were given for the span that this thread starts; random ones where none were."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self._given = threading.local()

    def giving(self, trace: int, span: int | None) -> "_Giving":
        """Within the block, these ids."""
        return _Giving(self._given, trace, span)

    def generate_trace_id(self) -> int:
        """Of a span without a parent."""
        return getattr(self._given, "trace", None) or self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        """Of any span."""
        return getattr(self._given, "span", None) or self._random.generate_span_id()


class _Giving:
    def __init__(self, given: threading.local, trace: int, span: int | None) -> None:
        self._given, self._ids = given, (trace, span)

    def __enter__(self) -> None:
        self._given.trace, self._given.span = self._ids

    def __exit__(self, *error: object) -> None:
        self._given.trace = self._given.span = None
