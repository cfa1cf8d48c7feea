"""Settings of `marbleline report`."""

from dataclasses import dataclass

from marbleline.settings.kinds import TARGETS, Target, one_of, whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """In which language a shift report is made, and who gets it."""

    report_language: str = setting(one_of("en", "es", "it", "tr"), "en", "Language of shift reports.")
    report_to: tuple[Target, ...] = setting(
        TARGETS,
        (),
        "Mail servers and webhooks that get shift reports, separated by spaces; their secrets are in "
        "sink_secrets.",
    )
    report_give_up_s: int = setting(
        whole(1, 86_400), 900, "Seconds for which an undelivered report is tried again."
    )
