"""An encoded frame: checked, decoded and brought to the model's input size.

On the wire its body is the input's raw bytes followed by the thumbnail's JPEG; everything else is in
the headers. Raw, because TensorFlow Serving takes exactly these bytes as ``tensor_content``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from marbleline.domain.clock import Time
from marbleline.domain.frame import Frame
from marbleline.domain.picture import Pixels
from marbleline.domain.quality import Quality
from marbleline.domain.wire import Headers, WireStruct
from marbleline.errors import WireError


class _EncoderHeaders(WireStruct, frozen=True):
    """What the encoder adds to the frame's headers; hundredths, since headers carry no floats."""

    brightness_100: int
    contrast_100: int
    sharpness_100: int
    width: int
    height: int
    media_type: str
    input_width: int
    input_height: int
    taken_at: Time
    encoded_at: Time


@dataclass(frozen=True, slots=True)
class Encoded:
    """``image`` is uint8 [height, width, 3]; ``width`` and ``height`` are the captured picture's.

    ``taken_at`` and ``encoded_at``: when the encoder took the frame and when it was done.
    """

    frame: Frame
    image: Pixels
    thumbnail: bytes
    width: int
    height: int
    media_type: str
    quality: Quality
    taken_at: int
    encoded_at: int

    def to_headers(self) -> Headers:
        """The frame's headers and the encoder's own."""
        height, width = self.image.shape[:2]
        own = _EncoderHeaders(
            brightness_100=round(self.quality.brightness * 100),
            contrast_100=round(self.quality.contrast * 100),
            sharpness_100=round(self.quality.sharpness * 100),
            width=self.width,
            height=self.height,
            media_type=self.media_type,
            input_width=width,
            input_height=height,
            taken_at=self.taken_at,
            encoded_at=self.encoded_at,
        )
        return {**self.frame.to_headers(), **own.to_headers()}

    def to_body(self) -> bytes:
        """Raw pixels, row by row, then the thumbnail."""
        return self.image.tobytes() + self.thumbnail

    @classmethod
    def from_message(cls, headers: Mapping[str, object], body: bytes) -> "Encoded":
        """The inverse of ``to_headers`` and ``to_body``. Raises WireError."""
        own = _EncoderHeaders.from_headers(headers)
        width, height = own.input_width, own.input_height
        size = width * height * 3
        if width < 1 or height < 1 or len(body) < size:
            raise WireError(f"encoded body has {len(body)} bytes, {width}x{height} pixels need {size}")
        return cls(
            frame=Frame.from_headers(headers),
            image=np.frombuffer(body, np.uint8, count=size).reshape(height, width, 3),
            thumbnail=bytes(body[size:]),
            width=own.width,
            height=own.height,
            media_type=own.media_type,
            quality=Quality(own.brightness_100 / 100, own.contrast_100 / 100, own.sharpness_100 / 100),
            taken_at=own.taken_at,
            encoded_at=own.encoded_at,
        )
