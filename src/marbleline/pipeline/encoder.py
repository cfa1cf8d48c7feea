"""Encoder: checks each picture, makes the model's input of it, and passes it on."""

from collections.abc import Callable, Mapping

from marbleline.domain.clock import Clock
from marbleline.domain.encoded import Encoded
from marbleline.domain.frame import Frame, sha256_hex
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits, thumbnail
from marbleline.domain.quality import measure
from marbleline.domain.reasons import CORRUPT
from marbleline.domain.region import Region
from marbleline.domain.region_cells import kept_pixels
from marbleline.errors import PictureError, WireError
from marbleline.pipeline.batch_parts import redelivered, suspected
from marbleline.pipeline.handling import Handler, HandlerResult, handle_each
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import encoded_key
from marbleline.sandbox.decoder import PrepareInput, is_cheap, prepare_here
from marbleline.telemetry import tracing
from marbleline.telemetry.metrics import STAGE_SECONDS, observe_span

InputSpecs = Callable[[str], InputSpec]
"""What the model of a product takes. Raises UnknownProduct; ClassifierUnavailable if it can't be told now."""


def encoding_handler(
    specs: InputSpecs,
    limits: Limits,
    clock: Clock,
    decode: PrepareInput = prepare_here,
    applied: Callable[[Frame], Frame] = lambda frame: frame,
) -> Handler:
    """The encoder's work on deliveries of FRAMES, for ``pipeline.consumer.consume``.

    The picture is brought to the size that its product's model takes. What may have ended two workers is
    decoded isolated. ``applied``: gives a frame what was set of its camera on the running line.
    """

    def work(delivery: Delivery) -> HandlerResult:
        frame = applied(Frame.from_headers(delivery.message.headers))
        content, isolated = delivery.message.body, suspected(delivery)
        encoded = encode(frame, content, specs(frame.product), limits, clock, decode, isolated=isolated)
        observe_span(STAGE_SECONDS.labels(stage="waiting_to_encode"), frame.captured_at, encoded.taken_at)
        observe_span(STAGE_SECONDS.labels(stage="encoding"), encoded.taken_at, encoded.encoded_at)
        traced = tracing.record_span("encode", delivery.message.headers, encoded.taken_at, encoded.encoded_at)
        headers = {**encoded.to_headers(), **traced}
        return [Message(frame.frame_id, encoded_key(frame), headers, encoded.to_body())]

    return handle_each(work)


def encoded_alone(
    spec: InputSpec, limits: Limits, applied: Callable[[Frame], Frame] = lambda frame: frame
) -> Callable[[Delivery], bool]:
    """Which deliveries the frames behind them must not wait for: suspects, and pictures that may be slow.

    ``spec``: of the default product; a picture costs about as much for another.
    """

    def alone(delivery: Delivery) -> bool:
        region = _region_in(delivery.message.headers, applied)
        return redelivered(delivery) or not is_cheap(delivery.message.body, spec, limits, region)

    return alone


def _region_in(headers: Mapping[str, object], applied: Callable[[Frame], Frame]) -> Region | None:
    """The region in a frame's headers, None if there is none or it can't be read: ``encode`` says so then."""
    try:
        return applied(Frame.from_headers(headers)).judged_region()
    except WireError:
        return None


def encode(
    frame: Frame,
    content: bytes,
    spec: InputSpec,
    limits: Limits,
    clock: Clock,
    decode: PrepareInput = prepare_here,
    *,
    isolated: bool = False,
) -> Encoded:
    """The frame with its model input: the picture, or the part of it that is judged.

    Raises PictureError with the reason why it can't be judged, WireError, SandboxUnavailable.
    """
    taken_at = clock()
    region = frame.judged_region()
    if sha256_hex(content) != frame.sha256:
        raise PictureError(CORRUPT, f"{len(content)} bytes, captured were {frame.size}")
    picture = decode(content, spec, limits, isolated=isolated, region=region)
    image = picture.rgb
    return Encoded(
        frame=frame,
        image=image,
        thumbnail=thumbnail(image if picture.overview is None else picture.overview),
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
        quality=measure(image, kept_pixels(region, *image.shape[:2]) if region else None),
        taken_at=taken_at,
        encoded_at=clock(),
    )
