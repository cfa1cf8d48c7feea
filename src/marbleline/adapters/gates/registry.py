"""The gates. A new one is an entry of ``GATES`` and a module with its ``opens``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marbleline.adapters.registry import Adapter, Registry
from marbleline.settings.kinds import whole
from marbleline.settings.setting import setting

if TYPE_CHECKING:
    # A command's help needs the settings and the addresses, and nothing else of an adapter.
    from marbleline.ports.gate import Gate

_PORT: Final = r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
_HOST: Final = r"(?:\[[0-9a-fA-F:]+\]|[^:]+):" + _PORT


@dataclass(frozen=True, slots=True)
class GateContext:
    """What the station tells the gate that it opens."""

    address: str

    @property
    def host(self) -> str:
        """The PLC's name or address."""
        return self.address.partition(":")[2].rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Its TCP port."""
        return int(self.address.rpartition(":")[2])


@dataclass(frozen=True, slots=True)
class RegisterSettings:
    """Of every gate: where its words are, and how long the PLC may take."""

    gate_vision_register: int = setting(
        whole(0, 65_000), 100, "First of the eleven registers that the gate station writes."
    )
    gate_plc_register: int = setting(
        whole(0, 65_000), 120, "First of the eight registers that the PLC writes."
    )
    gate_timeout_ms: int = setting(
        whole(5, 10_000), 100, "Milliseconds within which the PLC must respond to a request."
    )


@dataclass(frozen=True, slots=True)
class ModbusSettings(RegisterSettings):
    """Of PLCs that speak Modbus TCP."""

    modbus_device: int = setting(whole(0, 255), 1, "The PLC's Modbus device (unit) id.")


@dataclass(frozen=True, slots=True)
class S7Settings(RegisterSettings):
    """Of Siemens PLCs."""

    s7_rack: int = setting(whole(0, 7), 0, "The CPU's rack.")
    s7_slot: int = setting(whole(0, 31), 1, "The CPU's slot: 1 for S7-1200 and S7-1500, 2 for S7-300.")
    s7_block: int = setting(
        whole(1, 65_535), 1, "Data block of the registers: register N is the word at byte 2 N."
    )


GATES: Final["Registry[GateContext, Gate]"] = Registry(
    "gate",
    "marbleline.gates",
    (
        Adapter(
            schemes=("modbus",),
            form="modbus:HOST:PORT",
            pattern=_HOST,
            help="A PLC by Modbus TCP: functions 3 and 16 on holding registers.",
            opens="marbleline.adapters.gates.modbus:open_modbus",
            settings=ModbusSettings,
            extra="modbus",
            needs="pymodbus",
        ),
        Adapter(
            schemes=("s7",),
            form="s7:HOST:PORT",
            pattern=_HOST,
            help="A Siemens S7 by PUT/GET on a data block.",
            opens="marbleline.adapters.gates.s7:open_s7",
            settings=S7Settings,
            extra="s7",
            needs="python-snap7",
        ),
    ),
)
