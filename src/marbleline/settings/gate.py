"""Settings of the gate station."""

from dataclasses import dataclass

from marbleline.settings.kinds import ADDRESS, whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class GateSettings:
    """The PLC, and its deadlines. See also ``adapters/gates/registry.py``."""

    gate: str = setting(ADDRESS, "modbus:127.0.0.1:502", "The PLC of the reject gate.")
    gate_deadline_ms: int = setting(
        whole(20, 60_000),
        200,
        "Milliseconds from the trigger after which no result of a slab is written to the PLC.",
    )
    gate_exposure_ms: int = setting(
        whole(5, 60_000),
        60,
        "Milliseconds from the trigger within which a slab's pictures have to be taken: less than the time "
        "after which the next slab may be in view.",
    )
    gate_pictures: int = setting(whole(1, 64), 1, "Pictures that each camera takes of a slab.")
    gate_poll_ms: int = setting(whole(1, 1000), 4, "Milliseconds between two readings of the PLC.")
