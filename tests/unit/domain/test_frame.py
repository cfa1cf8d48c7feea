"""The identity of a frame and its wire form."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.frame import DEFAULT_PRODUCT, Frame, FrameIds, check_name
from marbleline.errors import SettingError, WireError
from tests.builders import FakeClock, make_frame
from tests.unit.domain.strategies import frames


@given(frames)
def test_headers_give_the_frame_back(frame: Frame) -> None:
    assert Frame.from_headers(frame.to_headers()) == frame


@given(frames)
def test_headers_hold_only_what_amqp_carries_exactly(frame: Frame) -> None:
    assert all(type(value) in (str, int) for value in frame.to_headers().values())


@given(frames, st.dictionaries(st.text(min_size=20), st.integers() | st.text()))
def test_unknown_headers_of_a_newer_version_are_passed_over(frame: Frame, extra: dict[str, object]) -> None:
    headers = {**extra, **frame.to_headers(), "schema_version": "2.7"}
    assert Frame.from_headers(headers) == frame


def test_another_major_version_is_refused() -> None:
    with pytest.raises(WireError, match=r"schema_version '3.0'.*reads 2.x"):
        Frame.from_headers({**make_frame().to_headers(), "schema_version": "3.0"})


@pytest.mark.parametrize("name", ["frame_id", "sequence", "captured_at", "sha256", "schema_version"])
def test_a_missing_header_is_named(name: str) -> None:
    headers = make_frame().to_headers()
    del headers[name]
    with pytest.raises(WireError, match=f"'{name}' is missing"):
        Frame.from_headers(headers)


@pytest.mark.parametrize("value", ["7", 7.0, True, None])
def test_a_header_of_a_wrong_type_is_named(value: object) -> None:
    with pytest.raises(WireError, match="'sequence' is"):
        Frame.from_headers({**make_frame().to_headers(), "sequence": value})


@given(st.lists(st.integers(-5_000, 5_000), min_size=2, max_size=50))
def test_ids_sort_by_the_order_of_capture_even_when_the_clock_steps_back(steps: list[int]) -> None:
    clock = FakeClock()
    new_id = FrameIds(clock)
    made = []
    for step in steps:
        clock.at += step
        made.append(new_id())
    assert made == sorted(set(made))


def test_ids_are_uuids_of_version_7_that_hold_the_time() -> None:
    clock = FakeClock(1_750_000_000_123_456)
    made = uuid.UUID(FrameIds(clock)())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == 1_750_000_000_123


@pytest.mark.parametrize("name", ["", "-a", "a-", "Top", "a.b", "a/b", "a" * 64, "ü"])
def test_names_that_no_folder_or_routing_key_bears_are_refused(name: str) -> None:
    with pytest.raises(SettingError, match="lower-case"):
        check_name("camera", name)


@pytest.mark.parametrize("name", ["a", "7", "camera-1", "a" * 63])
def test_sane_names_pass(name: str) -> None:
    assert check_name("camera", name) == name


def test_a_message_that_names_no_product_is_of_the_default_one() -> None:
    frame = make_frame(1, product="granite")
    assert Frame.from_headers(frame.to_headers()).product == "granite"
    older = {name: value for name, value in frame.to_headers().items() if name != "product"}
    assert Frame.from_headers(older).product == DEFAULT_PRODUCT
    with pytest.raises(WireError, match="product"):
        Frame.from_headers({**older, "product": "../granite"})
