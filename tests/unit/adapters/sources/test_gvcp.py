"""The discovery request to one camera, and what may come back."""

import socket
import struct
import threading
from collections.abc import Callable

import pytest

from marbleline.adapters.sources.gvcp import DeviceIdentity, identify, parse_acknowledge


def acknowledge(status: int = 0, command: int = 3, number: int = 1) -> bytes:
    """As a camera sends it."""
    registers = bytearray(0xF8)
    registers[0x0A:0x10] = bytes.fromhex("0030530a0b0c")
    for at, text in ((0x48, "Maker"), (0x68, "Model 5"), (0xD8, "22334455"), (0xE8, "saw")):
        registers[at : at + len(text)] = text.encode()
    return struct.pack(">HHHH", status, command, len(registers), number) + registers


IDENTITY = DeviceIdentity("127.0.0.1", "00:30:53:0a:0b:0c", "Maker", "Model 5", "22334455", "saw")


def test_an_acknowledge_is_read() -> None:
    assert parse_acknowledge("127.0.0.1", acknowledge()) == IDENTITY


@pytest.mark.parametrize(
    "packet",
    [b"", acknowledge()[:-1], acknowledge(status=0x8006), acknowledge(command=0x81), acknowledge(number=2)],
)
def test_anything_else_is_not(packet: bytes) -> None:
    assert parse_acknowledge("127.0.0.1", packet) is None


def test_texts_that_are_no_utf_8_are_read_as_far_as_they_go() -> None:
    packet = bytearray(acknowledge())
    packet[8 + 0xE8 : 8 + 0xEA] = b"\xff\xfe"
    identity = parse_acknowledge("127.0.0.1", bytes(packet))
    assert identity is not None
    assert identity.name.encode()


def answering(answer: Callable[[bytes], list[bytes]]) -> int:
    """A port that answers one request."""
    camera = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    camera.bind(("127.0.0.1", 0))

    def serve() -> None:
        with camera:
            request, sender = camera.recvfrom(100)
            for packet in answer(request):
                camera.sendto(packet, sender)

    threading.Thread(target=serve, daemon=True).start()
    port: int = camera.getsockname()[1]
    return port


def test_the_request_is_a_discovery_that_wants_an_acknowledge() -> None:
    asked: list[bytes] = []

    def answer(request: bytes) -> list[bytes]:
        asked.append(request)
        return [b"noise", acknowledge(number=9), acknowledge()]

    assert identify("127.0.0.1", 5.0, answering(answer)) == IDENTITY
    assert asked == [bytes.fromhex("4201000200000001")]


def test_silence_and_a_closed_port_are_no_camera() -> None:
    assert identify("127.0.0.1", 0.05, answering(lambda request: [])) is None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert identify("127.0.0.1", 5.0, port) is None
