"""The register map between vision and PLC: 16-bit words, 32-bit numbers with their high word first.

Vision to PLC, offsets from ``RegisterMap.vision`` (100): 0 heartbeat, 1 state, 2-3 sequence, 4 decision,
5 defect, 6 grade, 7 reason, 8 frames seen (high byte) and expected (low byte), 9 CRC of offsets 2 to 8,
10 valid.

PLC to vision, offsets from ``RegisterMap.plc`` (120): 0 heartbeat, 1-2 sequence, 3-4 encoder, 5 acknowledge,
6 recipe, 7 mode.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.domain.gate import GateDecision, GateReason, GateResult, PlcStatus
from marbleline.errors import WireError

# Offsets from the first register of the vision side.
HEARTBEAT: Final = 0
STATE: Final = 1
DATA: Final = 2
VALID: Final = 10
VISION_WORDS: Final = 11
DATA_WORDS: Final = 8
# All of the PLC's registers are read in one request.
PLC_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """The first register of each direction."""

    vision: int = 100
    plc: int = 120


def crc16(words: Sequence[int]) -> int:
    """CRC-16/MODBUS of the words' bytes, high byte first: polynomial 0x8005 reflected, from 0xFFFF.

    The check value of the ASCII digits 1 to 9 is 0x4B37 (Modbus over Serial Line V1.02, section 6.2.2).
    """
    crc = 0xFFFF
    for word in words:
        for byte in (word >> 8, word & 0xFF):
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def valid_word(sequence: int) -> int:
    """What the valid register says once the result of this sequence is complete."""
    return sequence & 0xFFFF


def encode_result(result: GateResult) -> list[int]:
    """The eight words from sequence to CRC."""
    words = [
        *_split(result.sequence),
        int(result.decision),
        result.defect,
        result.grade,
        int(result.reason),
        min(result.frames_seen, 255) << 8 | min(result.frames_expected, 255),
    ]
    return [*words, crc16(words)]


def decode_result(words: Sequence[int]) -> GateResult:
    """The inverse of ``encode_result``.

    Raises WireError if the CRC is wrong (the words are of two results, or damaged) or a code unknown.
    """
    if len(words) != DATA_WORDS or crc16(words[:-1]) != words[-1]:
        raise WireError(f"gate result {list(words)}: the CRC is wrong")
    try:
        decision, reason = GateDecision(words[2]), GateReason(words[5])
    except ValueError as error:
        raise WireError(f"gate result {list(words)}: {error}") from error
    return GateResult(
        sequence=_join(words[0], words[1]),
        decision=decision,
        defect=words[3],
        grade=words[4],
        reason=reason,
        frames_seen=words[6] >> 8,
        frames_expected=words[6] & 0xFF,
    )


def encode_status(status: PlcStatus) -> list[int]:
    """The eight words of the PLC."""
    return [
        status.heartbeat,
        *_split(status.sequence),
        *_split(status.encoder),
        status.acknowledged,
        status.recipe,
        status.mode,
    ]


def decode_status(words: Sequence[int]) -> PlcStatus:
    """The inverse of ``encode_status``. Raises WireError if there are not eight words."""
    if len(words) != PLC_WORDS:
        raise WireError(f"PLC status has {len(words)} words, expected {PLC_WORDS}")
    return PlcStatus(
        heartbeat=words[0],
        sequence=_join(words[1], words[2]),
        encoder=_join(words[3], words[4]),
        acknowledged=words[5],
        recipe=words[6],
        mode=words[7],
    )


def _split(number: int) -> tuple[int, int]:
    return number >> 16 & 0xFFFF, number & 0xFFFF


def _join(high: int, low: int) -> int:
    return high << 16 | low
