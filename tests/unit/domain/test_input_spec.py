"""Any picture has an input whose sides are whole steps, within bounds, in the picture's own shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.input_spec import InputSpec
from marbleline.errors import ModelError

SPEC = InputSpec()

sides = st.integers(16, 25_000)
specs = st.builds(
    lambda step, short, long: InputSpec(step * short, step, step * (short + long)),
    st.sampled_from([1, 8, 16, 32]),
    st.integers(1, 20),
    st.integers(0, 60),
)


@given(sides, sides, specs)
def test_size_is_whole_steps_within_bounds(width: int, height: int, spec: InputSpec) -> None:
    size = spec.size_for(width, height)
    assert min(size) == spec.short_side
    assert max(size) <= spec.max_long_side
    assert all(side % spec.step == 0 for side in size)
    assert size == tuple(reversed(spec.size_for(height, width))) or width == height


@given(sides, st.floats(1, 4), st.booleans())
def test_aspect_ratio_is_kept_to_half_a_step(short: int, ratio: float, upright: bool) -> None:
    long = int(short * ratio)
    width, height = (short, long) if upright else (long, short)
    assert SPEC.takes(width, height)
    assert abs(max(SPEC.size_for(width, height)) - 240 * long / short) <= SPEC.step / 2


@given(sides, sides, specs)
def test_size_of_an_input_is_itself(width: int, height: int, spec: InputSpec) -> None:
    size = spec.size_for(width, height)
    assert spec.size_for(*size) == size
    assert spec.takes(*size)


def test_sizes_of_usual_cameras() -> None:
    assert SPEC.size_for(640, 480) == (320, 240)
    assert SPEC.size_for(480, 640) == (240, 320)
    assert SPEC.size_for(1920, 1080) == (432, 240)
    assert SPEC.size_for(128, 128) == (240, 240)
    assert SPEC.size_for(400, 700) == (240, 416)


@pytest.mark.parametrize(
    "sides", [(0, 16, 960), (240, 0, 960), (240, 16, 239), (240, 32, 960), (240, 16, 950), (-16, 16, 960)]
)
def test_a_spec_that_contradicts_itself_is_refused(sides: tuple[int, int, int]) -> None:
    with pytest.raises(ModelError, match="short_side"):
        InputSpec(*sides)


@given(st.integers(16, 480), st.floats(1, 3.9), st.booleans())
def test_a_window_changes_no_size_of_a_picture_that_fits_one(short: int, ratio: float, upright: bool) -> None:
    spec, long = InputSpec(window=480), round(short * ratio)
    width, height = (short, long) if upright else (long, short)
    assert not spec.in_windows(width, height)
    assert spec.size_for(width, height) == SPEC.size_for(width, height)


@given(st.integers(481, 6000), st.integers(481, 6000))
def test_a_larger_picture_is_as_fine_as_one_that_fits(width: int, height: int) -> None:
    spec = InputSpec(window=480)
    across, down = spec.size_for(width, height)
    assert spec.in_windows(width, height)
    assert spec.takes(width, height)
    assert across % 16 == down % 16 == 0
    assert abs(across - width / 2) <= 8
    assert abs(down - height / 2) <= 8
