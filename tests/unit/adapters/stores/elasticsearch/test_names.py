"""The index of a document follows from its id alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("elasticsearch")

from marbleline.adapters.stores.elasticsearch.names import KINDS, Names
from marbleline.domain.frame import FrameIds
from marbleline.errors import SettingError
from tests.builders import FakeClock

NAMES = Names("marbleline")


def test_a_frame_lies_in_the_day_and_its_verdict_in_the_month_of_its_id() -> None:
    clock = FakeClock(1_798_761_599_999_999)  # the last microsecond of 2026, UTC
    ids = FrameIds(clock)
    frame_id = ids()
    assert NAMES.frames_of(frame_id) == "marbleline-frames-2026.12.31"
    assert NAMES.verdicts_of(frame_id) == "marbleline-verdicts-2026.12"
    assert NAMES.review_queue_of(frame_id) == "marbleline-review_queue-2026.12"
    clock.at += 1
    assert NAMES.frames_of(ids()) == "marbleline-frames-2027.01.01"


@given(st.text() | st.uuids().map(str) | st.from_regex(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8.*"))
def test_every_id_has_a_place_that_can_be_an_indexs_name(frame_id: str) -> None:
    for alias in (NAMES.frames_of(frame_id), NAMES.verdicts_of(frame_id)):
        assert alias.isascii()
        assert alias == alias.lower()
        assert len(alias) < 50


@pytest.mark.parametrize("frame_id", ["", "frame-1", "018bcfe5-6800-4000-8000-000000000000", "f" * 36])
def test_an_id_that_tells_no_time_lies_apart(frame_id: str) -> None:
    assert NAMES.frames_of(frame_id) == "marbleline-frames-undated"


def test_a_time_beyond_the_calendar_lies_apart() -> None:
    assert NAMES.frames_of("ffffffff-ffff-7fff-8000-000000000000") == "marbleline-frames-undated"


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_an_alias_is_found_again(kind: str) -> None:
    assert NAMES.kind_of(NAMES.alias(kind)) == kind
    assert NAMES.kind_of(f"{NAMES.alias(kind)}-2026.11") == kind


@pytest.mark.parametrize("prefix", ["", "Marble", "-x", "a b", "a*", "é"])
def test_a_prefix_that_no_index_can_have_is_refused(prefix: str) -> None:
    with pytest.raises(SettingError, match="prefix"):
        Names(prefix)
