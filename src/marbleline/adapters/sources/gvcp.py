"""Who a GigE Vision camera is: the discovery request of its control protocol, sent to one address.

A camera answers it whoever controls it, so it also shows within a known time whether a camera is there. The
answer is the beginning of the camera's bootstrap registers (GigE Vision 2.0: GVCP's DISCOVERY command and
acknowledge, bootstrap registers 0x0000 to 0x00f7).
"""

import socket
import struct
import time
from dataclasses import dataclass
from typing import Final

PORT: Final = 3956

_REQUEST: Final = struct.Struct(">BBHHH")  # key, flags, command, length, request
_ACKNOWLEDGE: Final = struct.Struct(">HHHH")  # status, acknowledge, length, request
_KEY, _NEEDS_ACKNOWLEDGE, _DISCOVERY, _DISCOVERY_ACKNOWLEDGE = 0x42, 0x01, 0x0002, 0x0003
_NUMBER: Final = 1
_REGISTERS: Final = 0xF8


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """What a camera says of itself; ``name`` is the one that its user gave it, perhaps empty."""

    address: str
    mac: str
    manufacturer: str
    model: str
    serial: str
    name: str


def identify(address: str, timeout_s: float, port: int = PORT) -> DeviceIdentity | None:
    """Ask the camera at an IPv4 address who it is; None if none answers within ``timeout_s`` seconds."""
    give_up_at = time.monotonic() + timeout_s
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((address, port))
            asking.send(_REQUEST.pack(_KEY, _NEEDS_ACKNOWLEDGE, _DISCOVERY, 0, _NUMBER))
            while (left := give_up_at - time.monotonic()) > 0:
                asking.settimeout(left)
                identity = parse_acknowledge(address, asking.recv(1024))
                if identity is not None:
                    return identity
        except OSError:  # refused, unreachable or silent: it isn't there
            return None
    return None


def parse_acknowledge(address: str, packet: bytes) -> DeviceIdentity | None:
    """The identity in the acknowledge of our request; None if it is something else."""
    if len(packet) < _ACKNOWLEDGE.size + _REGISTERS:
        return None
    status, command, _, number = _ACKNOWLEDGE.unpack_from(packet)
    if (status, command, number) != (0, _DISCOVERY_ACKNOWLEDGE, _NUMBER):
        return None
    registers = packet[_ACKNOWLEDGE.size :]
    return DeviceIdentity(
        address=address,
        mac=registers[0x0A:0x10].hex(":"),
        manufacturer=_text(registers[0x48:0x68]),
        model=_text(registers[0x68:0x88]),
        serial=_text(registers[0xD8:0xE8]),
        name=_text(registers[0xE8:0xF8]),
    )


def _text(register: bytes) -> str:
    return register.partition(b"\0")[0].decode("utf-8", errors="replace").strip()
