"""Encoder: checks each picture, makes the model's input of it, and passes it on."""

from marbleline.domain.clock import Clock
from marbleline.domain.encoded import Encoded
from marbleline.domain.frame import Frame, sha256_hex
from marbleline.domain.picture import InputSpec, Limits, fit, read, thumbnail
from marbleline.domain.quality import measure
from marbleline.domain.reasons import CORRUPT
from marbleline.errors import PictureError
from marbleline.ports.broker import Delivery, Message
from marbleline.ports.topology import encoded_key
from marbleline.telemetry import tracing
from marbleline.telemetry.metrics import STAGE_SECONDS
from marbleline.workers.loop import Outcome, Work, each


def encoding(spec: InputSpec, limits: Limits, clock: Clock) -> Work:
    """The encoder's work on deliveries of FRAMES, for ``loop.consume``."""

    def work(delivery: Delivery) -> Outcome:
        frame = Frame.from_headers(delivery.message.headers)
        encoded = encode(frame, delivery.message.body, spec, limits, clock)
        STAGE_SECONDS.labels(stage="waiting_to_encode").observe((encoded.taken_at - frame.captured_at) / 1e6)
        STAGE_SECONDS.labels(stage="encoding").observe((encoded.encoded_at - encoded.taken_at) / 1e6)
        traced = tracing.note("encode", delivery.message.headers, encoded.taken_at, encoded.encoded_at)
        headers = {**encoded.to_headers(), **traced}
        return [Message(frame.frame_id, encoded_key(frame), headers, encoded.to_body())]

    return each(work)


def encode(frame: Frame, content: bytes, spec: InputSpec, limits: Limits, clock: Clock) -> Encoded:
    """The frame with its model input. Raises PictureError with the reason why it can't be judged."""
    taken_at = clock()
    if sha256_hex(content) != frame.sha256:
        raise PictureError(CORRUPT, f"{len(content)} bytes, captured were {frame.size}")
    picture = read(content, spec, limits)
    image = fit(picture.rgb, spec)
    return Encoded(
        frame=frame,
        image=image,
        thumbnail=thumbnail(image),
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
        quality=measure(image),
        taken_at=taken_at,
        encoded_at=clock(),
    )
