"""Traces: one span for each step of a frame's way, exported over OTLP; off unless an endpoint is set.

The trace's id is the frame's: both are 16 bytes. So the camera needs to remember nothing beside the frame in
its spool, and whoever has a ``frame_id`` finds its trace. From there on W3C's ``traceparent`` travels in the
messages' headers (https://www.w3.org/TR/trace-context/). A span is noted when its step is over, with the
times that the verdict carries too, so tracing takes no part in the work. While it is off, OpenTelemetry isn't
imported.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from marbleline.domain.frame import Frame
from marbleline.domain.wire import Headers
from marbleline.errors import SettingError

TRACEPARENT: Final = "traceparent"
_FIELDS: Final = (TRACEPARENT, "tracestate")


class Exporter(Protocol):
    """Where spans go. Ids are integers; times are microseconds since 1970, UTC. Nothing blocks.

    A carrier has the fields of W3C's Trace Context, as a message's headers do.
    """

    def first(
        self,
        name: str,
        trace: int,
        span: int,
        began_at: int,
        ended_at: int,
        attributes: Mapping[str, str | int],
    ) -> None:
        """Queue a trace's finished first span, with these ids."""
        ...

    def step(
        self,
        name: str,
        carrier: Mapping[str, str],
        began_at: int,
        ended_at: int,
        attributes: Mapping[str, str | int],
    ) -> Mapping[str, str] | None:
        """Queue a finished span whose parent the carrier names; returns the carrier that names this one.

        None if the carrier names no span, or one that is not sampled.
        """
        ...

    def carrier(self, trace: int, span: int, sampled: bool) -> Mapping[str, str]:
        """The carrier that names this span."""
        ...

    def close(self) -> None:
        """Send what is queued, within seconds."""
        ...


class _State:
    exporter: Exporter | None = None
    share = 1.0


def start(endpoint: str, worker: str, share: float) -> None:
    """Trace from now on: this share of the frames, to the OTLP endpoint (HTTP).

    Raises SettingError if OpenTelemetry is not installed.
    """
    try:
        from marbleline.telemetry.otlp import OtlpExporter  # noqa: PLC0415 - only where it is wanted
    except ImportError as error:
        raise SettingError("otlp_endpoint: needs OpenTelemetry: pip install 'marbleline[tracing]'") from error
    stop()
    _State.exporter, _State.share = OtlpExporter(endpoint, worker), share


def stop() -> None:
    """Send what is queued and trace no more."""
    exporter, _State.exporter = _State.exporter, None
    if exporter is not None:
        exporter.close()


def begin(frame_id: str) -> Headers:
    """The headers by which the steps after capture know the frame's trace; none while tracing is off."""
    if _State.exporter is None:
        return {}
    trace = _trace_of(frame_id)
    return dict(_State.exporter.carrier(trace, _root_of(trace), _chosen(trace)))


def record_capture(frame: Frame, landed_at: int) -> None:
    """Record the first span: from the picture's capture to its landing in the spool."""
    if _State.exporter is None:
        return
    trace = _trace_of(frame.frame_id)
    if _chosen(trace):
        about = {**_about(frame.to_headers()), "marbleline.size": frame.size}
        _State.exporter.first("capture", trace, _root_of(trace), frame.captured_at, landed_at, about)


def record_span(
    step: str, headers: Mapping[str, object], began_at: int, ended_at: int, **attributes: str | int
) -> Headers:
    """Record the span of a step on a message with these headers; returns the headers for what is made of it.

    While tracing is off here, the context of whoever traces before and after is passed on.
    """
    if not isinstance(headers.get(TRACEPARENT), str):
        return {}
    given = {name: value for name in _FIELDS if isinstance(value := headers.get(name), str)}
    if _State.exporter is None:
        return dict(given)
    about = {**_about(headers), **{f"marbleline.{name}": value for name, value in attributes.items()}}
    made = _State.exporter.step(step, given, began_at, ended_at, about)
    return dict(given if made is None else made)


def _about(headers: Mapping[str, object]) -> dict[str, str | int]:
    names = ("frame_id", "line", "camera", "sequence", "slab_id")
    return {
        f"marbleline.{name}": value for name in names if isinstance(value := headers.get(name), str | int)
    }


def _trace_of(frame_id: str) -> int:
    return int(frame_id.replace("-", ""), 16)


def _root_of(trace: int) -> int:
    """The id of a trace's first span. Never 0: a UUID's variant bits are among its bits."""
    return trace & (1 << 64) - 1


def _chosen(trace: int) -> bool:
    """Whether the frame is of the share that is traced: by the id's last, random bits, so all agree."""
    return (trace & 0xFFFF_FFFF) < _State.share * (1 << 32)
