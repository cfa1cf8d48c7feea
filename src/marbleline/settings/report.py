"""Settings of `marbleline report`."""

from dataclasses import dataclass

from marbleline.settings.kinds import one_of
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How a shift report is made."""

    report_language: str = setting(one_of("en", "es", "it", "tr"), "en", "Language of shift reports.")
