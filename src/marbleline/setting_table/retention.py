"""Settings of `marbleline retention`: how long pictures are kept."""

from typing import Final

from marbleline.setting_kinds import Setting, whole

RETENTION: Final[tuple[Setting, ...]] = (
    Setting(
        "retention_good_days",
        "30",
        whole(0, 36_500),
        "retention",
        "Days that pictures of good slabs are kept; 0: for ever.",
    ),
    Setting(
        "retention_review_days",
        "180",
        whole(0, 36_500),
        "retention",
        "Days that pictures sent to review are kept; 0: for ever.",
    ),
    Setting(
        "retention_faulty_days",
        "365",
        whole(0, 36_500),
        "retention",
        "Days that pictures of faulty slabs are kept; 0: for ever.",
    ),
    Setting(
        "retention_bytes",
        "0",
        whole(0, 10**15),
        "retention",
        "Bytes of all kept pictures together, as captured; 0: without bound.",
    ),
)
