"""An encoded frame: checked, decoded and brought to the model's input size.

On the wire its body is the input's raw bytes followed by the thumbnail's JPEG; everything else is in
the headers. Raw, because TensorFlow Serving takes exactly these bytes as ``tensor_content``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from marbleline.domain import quality as quality_wire
from marbleline.domain.frame import Frame
from marbleline.domain.picture import Pixels
from marbleline.domain.quality import Quality
from marbleline.domain.wire import Headers, integer, text
from marbleline.errors import WireError


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
        return {
            **self.frame.to_headers(),
            **quality_wire.to_headers(self.quality),
            "width": self.width,
            "height": self.height,
            "media_type": self.media_type,
            "input_width": width,
            "input_height": height,
            "taken_at": self.taken_at,
            "encoded_at": self.encoded_at,
        }

    def to_body(self) -> bytes:
        """Raw pixels, row by row, then the thumbnail."""
        return self.image.tobytes() + self.thumbnail

    @classmethod
    def from_message(cls, headers: Mapping[str, object], body: bytes) -> "Encoded":
        """The inverse of ``to_headers`` and ``to_body``. Raises WireError."""
        width, height = integer(headers, "input_width"), integer(headers, "input_height")
        size = width * height * 3
        if width < 1 or height < 1 or len(body) < size:
            raise WireError(f"encoded body has {len(body)} bytes, {width}x{height} pixels need {size}")
        return cls(
            frame=Frame.from_headers(headers),
            image=np.frombuffer(body, np.uint8, count=size).reshape(height, width, 3),
            thumbnail=bytes(body[size:]),
            width=integer(headers, "width"),
            height=integer(headers, "height"),
            media_type=text(headers, "media_type"),
            quality=quality_wire.from_headers(headers),
            taken_at=integer(headers, "taken_at"),
            encoded_at=integer(headers, "encoded_at"),
        )
