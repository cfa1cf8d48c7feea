"""The soft PLC's data words, as both its servers and its program see them."""

from collections.abc import Callable, Sequence
from typing import Final

from marbleline.domain.gate import PlcStatus
from marbleline.domain.gate_registers import VISION_WORDS, RegisterMap, encode_status

WORDS: Final = 1024


class Memory:
    """16-bit words, high byte first, in one ``bytearray``: an S7 data block and Modbus registers alike.

    A slice is read or written at once, whatever thread does it. ``on_write`` is told of each write by a
    server: the first register and the words.
    """

    def __init__(
        self,
        registers: RegisterMap | None = None,
        on_write: Callable[[int, Sequence[int]], None] = lambda first, words: None,
    ) -> None:
        self.registers = registers or RegisterMap()
        self.block = bytearray(2 * WORDS)
        self.on_write = on_write

    def read(self, first: int, count: int) -> list[int]:
        """``count`` words from register ``first`` on."""
        piece = bytes(self.block[2 * first : 2 * (first + count)])
        return [piece[place] << 8 | piece[place + 1] for place in range(0, len(piece), 2)]

    def write(self, first: int, words: Sequence[int]) -> None:
        """Set words from register ``first`` on."""
        self.block[2 * first : 2 * (first + len(words))] = b"".join(word.to_bytes(2, "big") for word in words)

    def vision(self) -> list[int]:
        """The words of the vision side."""
        return self.read(self.registers.vision, VISION_WORDS)

    def show(self, status: PlcStatus) -> None:
        """Put up what the vision side may read."""
        self.write(self.registers.plc, encode_status(status))
