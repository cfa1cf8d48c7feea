"""Settings of the sink worker."""

from dataclasses import dataclass

from marbleline.settings.kinds import whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """How long delivery is retried. See also ``adapters/sinks/registry.py``."""

    sink_give_up_s: int = setting(
        whole(1, 31_536_000),
        86_400,
        "Seconds after which an undelivered notification is dead-lettered.",
    )
