"""Settings of `marbleline retention`: how long pictures are kept."""

from dataclasses import dataclass

from marbleline.settings.kinds import whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long pictures are kept, by verdict and in all."""

    retention_good_days: int = setting(
        whole(0, 36_500), 30, "Days that pictures of good slabs are kept; 0: no limit."
    )
    retention_review_days: int = setting(
        whole(0, 36_500), 180, "Days that pictures sent to review are kept; 0: no limit."
    )
    retention_faulty_days: int = setting(
        whole(0, 36_500), 365, "Days that pictures of faulty slabs are kept; 0: no limit."
    )
    retention_bytes: int = setting(
        whole(0, 10**15), 0, "Maximum bytes of all pictures in the store, as captured; 0: no limit."
    )
