"""Settings of the publisher: runtime, batches, shadow."""

from dataclasses import dataclass

from marbleline.settings.kinds import ADDRESS, FLAG, TEXT, real, whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class PublisherSettings:
    """The publisher. What only one kind of classifier reads is in ``adapters/classifiers/registry.py``."""

    classifier: str = setting(
        ADDRESS, "", "Runtime of the model; empty: the LiteRT file in the publisher's process."
    )
    shadow: str = setting(
        TEXT,
        "",
        "Label of a second model version that classifies the frames too, such as candidate. Its result "
        "is written to the store only. Empty: none.",
    )
    shadow_share: float = setting(real(0, 1), 1.0, "Share of the frames that the shadow classifies.")
    review_on_drift: bool = setting(
        FLAG,
        True,
        "Whether the frames of a camera go to review while drift is raised for it, if their product claims a "
        "risk. The claim is withdrawn in any case.",
    )
    batch_size: int = setting(whole(1, 256), 8, "Maximum number of frames per batch.")
    batch_ms: int = setting(
        whole(0, 1000), 0, "Milliseconds that an incomplete batch waits for more frames; 0: no wait."
    )
    batches_in_flight: int = setting(
        whole(1, 16),
        2,
        "Number of batches that a publisher classifies at the same time, each on its own thread.",
    )
