"""Finding cameras on the network, and the one that an address of a source names."""

from dataclasses import dataclass

import viva_genicam

from marbleline.adapters.sources.gvcp import DeviceIdentity, identify
from marbleline.errors import SourceUnavailable

# A camera may take its time with an answer to a broadcast; one that is asked by its address may not.
_BROADCAST_MS = 500
_ANSWER_S = 0.3


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera on the network, and the library's handle of it."""

    identity: DeviceIdentity
    device: viva_genicam.GigeDeviceInfo


def discover(interface: str = "", wait_ms: int = _BROADCAST_MS) -> list[FoundCamera]:
    """All GigE Vision cameras in the networks of this machine, or of one of its interfaces, by address.

    ``interface``  its name or its IPv4 address

    Raises SourceUnavailable if the interface is not there.
    """
    try:
        devices = viva_genicam.discover(wait_ms, iface=interface or None, all=True)
    except viva_genicam.GenicamError as error:
        raise SourceUnavailable(f"cameras can't be looked for: {error}") from error
    found = {}
    for device in devices:
        identity = identify(device.ip, _ANSWER_S)
        if identity is not None:
            found[device.ip] = FoundCamera(identity, device)
    return [found[address] for address in sorted(found)]


def find(wanted: str, interface: str = "", known: FoundCamera | None = None) -> FoundCamera:
    """The camera with this serial number, IPv4 address or user-defined name.

    ``known``  what was found the last time: it is asked first, which is faster than a broadcast

    Raises SourceUnavailable if it is not there, or several have this name.
    """
    if known is not None and identify(known.identity.address, _ANSWER_S) == known.identity:
        return known
    cameras = discover(interface)
    matching = [
        one for one in cameras if wanted in (one.identity.serial, one.identity.address, one.identity.name)
    ]
    if len(matching) == 1:
        return matching[0]
    seen = ", ".join(f"{one.identity.serial} at {one.identity.address}" for one in cameras) or "none"
    problem = "more than one camera has this name" if matching else "no such camera on the network"
    raise SourceUnavailable(f"genicam:{wanted}: {problem} (found: {seen})")
