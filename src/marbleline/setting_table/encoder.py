"""Settings of the encoder."""

from typing import Final

from marbleline.setting_kinds import Setting, whole

ENCODER: Final[tuple[Setting, ...]] = (
    Setting(
        "max_pixels",
        "50000000",
        whole(10_000, 10**9),
        "encoder",
        "A picture of more pixels is dead-lettered undecoded.",
    ),
)
