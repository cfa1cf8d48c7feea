"""Settings of the encoder."""

from dataclasses import dataclass

from marbleline.settings.kinds import whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class DecodingSettings:
    """Which pictures are dead-lettered undecoded."""

    max_pixels: int = setting(
        whole(10_000, 10**9), 50_000_000, "A picture with more pixels is dead-lettered without being decoded."
    )
    max_decode_bytes: int = setting(
        whole(1_000_000, 10**11),
        268_435_456,
        "A picture that needs more bytes of memory to decode is dead-lettered; set a pod's limit "
        "192 MiB higher.",
    )


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """The encoder's own."""

    integrity_s: int = setting(
        whole(1, 86_400),
        600,
        "Seconds between integrity checks of the embedded files; there is one at start, too.",
    )
