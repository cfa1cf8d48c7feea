"""The words that vision and PLC exchange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer.rtu import FramerRTU

from marbleline.domain.gate import GateDecision, GateReason, GateResult, PlcStatus
from marbleline.domain.gate_registers import (
    crc16,
    decode_result,
    decode_status,
    encode_result,
    encode_status,
    valid_word,
)
from marbleline.errors import WireError

WORD = st.integers(0, 0xFFFF)
LONG = st.integers(0, 0xFFFF_FFFF)
RESULTS = st.builds(
    GateResult,
    sequence=LONG,
    decision=st.sampled_from(GateDecision),
    defect=WORD,
    grade=WORD,
    reason=st.sampled_from(GateReason),
    frames_seen=st.integers(0, 255),
    frames_expected=st.integers(0, 255),
)
STATUSES = st.builds(
    PlcStatus,
    heartbeat=WORD,
    sequence=LONG,
    encoder=LONG,
    acknowledged=WORD,
    recipe=WORD,
    mode=WORD,
)


def test_the_words_of_a_result_stand_where_the_register_map_says() -> None:
    result = GateResult(0x0001_0002, GateDecision.FAULTY, 3, 2, GateReason.DEFECT, 4, 6)

    words = encode_result(result)

    assert words[:7] == [1, 2, 2, 3, 2, 1, 0x0406]
    assert words[7] == crc16(words[:7])
    assert valid_word(result.sequence) == 2


@given(RESULTS)
def test_a_result_comes_back(result: GateResult) -> None:
    words = encode_result(result)

    assert all(0 <= word <= 0xFFFF for word in words)
    assert decode_result(words) == result


@given(STATUSES)
def test_a_status_comes_back(status: PlcStatus) -> None:
    assert decode_status(encode_status(status)) == status


@given(st.lists(WORD, max_size=12))
def test_the_crc_is_that_of_modbus(words: list[int]) -> None:
    # pymodbus gives it in the order of a serial line, low byte first.
    crc = FramerRTU.compute_CRC(b"".join(word.to_bytes(2, "big") for word in words))

    assert crc16(words) == (crc & 0xFF) << 8 | crc >> 8


@given(RESULTS, RESULTS, st.integers(1, 7))
def test_words_of_two_results_are_none(one: GateResult, other: GateResult, at: int) -> None:
    mixed = encode_result(one)[:at] + encode_result(other)[at:]

    if mixed in (encode_result(one), encode_result(other)):
        return
    try:
        found = decode_result(mixed)
    except WireError:
        return
    # One in 65,536 mixtures has the right CRC by chance; the program also compares the sequence.
    assert crc16(mixed[:-1]) == mixed[-1]
    assert found.sequence in (one.sequence, other.sequence, mixed[0] << 16 | mixed[1])


@pytest.mark.parametrize("place", range(8))
def test_a_changed_word_is_refused(place: int) -> None:
    words = encode_result(GateResult(77, GateDecision.GOOD))
    words[place] ^= 1

    with pytest.raises(WireError, match="CRC"):
        decode_result(words)


def test_an_unknown_decision_is_refused_although_its_crc_is_right() -> None:
    words = encode_result(GateResult(77, GateDecision.GOOD))
    words[2] = 9
    words[7] = crc16(words[:7])

    with pytest.raises(WireError, match="9 is not a valid GateDecision"):
        decode_result(words)


def test_a_status_that_is_cut_off_is_refused() -> None:
    with pytest.raises(WireError, match="3 words"):
        decode_status([1, 2, 3])
