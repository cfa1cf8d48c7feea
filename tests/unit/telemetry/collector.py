"""A real OTLP collector, as small as can be: it keeps the spans that it is sent over HTTP."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


@dataclass
class Collector:
    """``spans`` in the order in which they came."""

    address: str
    paths: set[str] = field(default_factory=set)
    workers: set[str] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)

    def attributes(self, span: Span) -> dict[str, object]:
        """A span's attributes."""
        return {
            one.key: one.value.string_value or one.value.int_value
            for one in span.attributes  # our attributes are text and integers
        }


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens until the block ends."""
    with HTTPServer("127.0.0.1", threaded=True) as server:
        collector = Collector(server.url_for("").rstrip("/"))

        def take(request: Request) -> Response:
            sent = ExportTraceServiceRequest.FromString(request.get_data())
            collector.paths.add(request.path)
            for resource in sent.resource_spans:
                about = {one.key: one.value.string_value for one in resource.resource.attributes}
                collector.workers.add(about["service.instance.id"])
                for scope in resource.scope_spans:
                    collector.spans.extend(scope.spans)
            return Response()

        server.expect_request(re.compile(".*"), method="POST").respond_with_handler(take)
        yield collector
        server.check()
