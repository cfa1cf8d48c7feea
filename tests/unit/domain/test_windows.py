"""Large pictures are judged in overlapping windows, and nothing on a seam is lost."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marbleline.domain.classification import Classification
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES, Manifest, Thresholds
from marbleline.domain.picture import Pixels
from marbleline.domain.region import region_of
from marbleline.domain.strangest_patch import JudgedPatch
from marbleline.domain.windows import AT_ONCE, MOST_CELLS, judge_pictures, pieces_of, windows_of
from marbleline.errors import ClassifierUnavailable, ModelError
from tests.models.tiny_model import COLOURS, STRIDE, expected

SPEC = InputSpec(window=480)
THRESHOLDS = Thresholds(good_upto=0.1, faulty_from=0.5, anomaly_upto=1.3)
MANIFEST = Manifest("marble", 3, "e" * 64, {}, CLASSES, SPEC, STRIDE, THRESHOLDS)
VERSION = 3


class Tiny:
    """The tiny model's rules; ``calls`` has the pictures of each call."""

    def __init__(self, *manifests: Manifest) -> None:
        self.calls: list[list[Pixels]] = []
        self._manifests = list(manifests)

    def __call__(self, images: Sequence[Pixels]) -> Classification:
        self.calls.append(list(images))
        manifest = self._manifests.pop(0) if self._manifests else MANIFEST
        return Classification(tuple(expected(image, VERSION) for image in images), manifest, "litert")


def stone(width: int, height: int) -> Pixels:
    return np.full((height, width, 3), COLOURS["good"], np.uint8)


def with_cell(image: Pixels, row: int, column: int, defect: str = "crack") -> Pixels:
    image = image.copy()
    image[row * STRIDE : (row + 1) * STRIDE, column * STRIDE : (column + 1) * STRIDE] = COLOURS[defect]
    return image


@settings(max_examples=60, deadline=None)
@given(st.integers(15, 90), st.integers(16, 90))
def test_windows_cover_a_picture_and_overlap(steps_across: int, steps_down: int) -> None:
    width, height = steps_across * 16, steps_down * 16
    image = np.zeros((height, width, 3), np.uint8)
    windows = windows_of(image.shape[:2], SPEC)
    covered = np.zeros((height, width), int)
    for one in windows:
        assert one.left % 16 == one.top % 16 == 0
        assert one.left + one.width <= width
        assert one.top + one.height <= height
        assert sorted((one.width, one.height))[1] <= 320
        covered[one.top : one.top + one.height, one.left : one.left + one.width] += 1
    assert covered.min() == 1
    for starts in ({one.left for one in windows}, {one.top for one in windows}):
        size = windows[0].width if starts == {one.left for one in windows} else windows[0].height
        gaps = np.diff(sorted(starts))
        assert all(0 < gap <= size - 16 for gap in gaps), "two windows share a step at least"


def test_pictures_of_a_usual_size_are_asked_about_as_before() -> None:
    classify, images = Tiny(), [stone(320, 240), stone(240, 320), stone(960, 240)]
    answer = judge_pictures(classify, images, MANIFEST)
    [asked] = classify.calls
    assert all(one is other for one, other in zip(asked, images, strict=True))
    assert all(one.windows is None for one in answer.predictions)


@pytest.mark.parametrize("defect", ["crack", "dot", "joint"])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (59, 79), (14, 19), (15, 20), (29, 39), (44, 61)])
def test_a_defect_is_found_wherever_it_lies(row: int, column: int, defect: str) -> None:
    image = with_cell(stone(1280, 960), row, column, defect)
    [prediction] = judge_pictures(Tiny(), [image], MANIFEST).predictions
    faulty = 1 - prediction.heatmap[:, :, 0]
    assert faulty.shape == (60, 80)
    assert np.unravel_index(int(faulty.argmax()), faulty.shape) == (row, column)
    assert np.allclose(prediction.heatmap, expected(image, VERSION).heatmap), "as judged in one piece"
    assert CLASSES[int(prediction.scores.argmax())] == defect
    assert prediction.windows is not None
    left, top, right, bottom = prediction.windows.worst
    assert left <= (column + 0.5) / 80 <= right
    assert top <= (row + 0.5) / 60 <= bottom


def test_the_worst_window_decides_and_all_are_counted() -> None:
    classify, image = Tiny(), with_cell(stone(1280, 960), 30, 40)
    [prediction] = judge_pictures(classify, [image], MANIFEST).predictions
    windows = windows_of(image.shape[:2], SPEC)
    alone = [expected(np.ascontiguousarray(cut), VERSION) for call in classify.calls for cut in call]
    assert prediction.windows is not None
    assert prediction.windows.judged == len(windows) == len(alone)
    assert prediction.scores[0] == min(one.scores[0] for one in alone)
    assert prediction.anomaly == max(one.anomaly for one in alone)


def test_a_window_that_is_only_anomalous_is_named_before_a_fainter_crack() -> None:
    image = stone(1280, 960)
    image[:240, :320] = 5  # as dark as no slab
    image = with_cell(image, 50, 70)
    manifest = replace(MANIFEST, thresholds=Thresholds(good_upto=1.0, faulty_from=1.0, anomaly_upto=1.3))
    [prediction] = judge_pictures(Tiny(manifest, manifest), [image], MANIFEST).predictions
    assert prediction.windows is not None
    assert prediction.windows.worst[:2] == (0.0, 0.0)


def test_the_strangest_patch_is_that_of_the_window_with_the_hottest_cell() -> None:
    def with_patch(images: Sequence[Pixels]) -> Classification:
        """The strangest patch is the hottest cell; its normal patch is the number of the window."""
        answer = tiny(images)
        found = []
        for prediction in answer.predictions:
            rows, columns = prediction.heatmap.shape[:2]
            row, column = divmod(int(prediction.heatmap[..., 0].argmin()), columns)
            box = (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
            found.append(replace(prediction, strangest=JudgedPatch(*box, sum(map(len, tiny.calls)), 1.0)))
        return replace(answer, predictions=tuple(found))

    tiny = Tiny()
    for row, column in ((0, 0), (59, 79), (31, 42)):
        image = with_cell(stone(1280, 960), row, column)
        [prediction] = judge_pictures(with_patch, [image], MANIFEST).predictions
        patch = prediction.strangest
        assert patch is not None
        box = (patch.left, patch.top, patch.right, patch.bottom)
        assert box == pytest.approx((column / 80, row / 60, (column + 1) / 80, (row + 1) / 60))
    [prediction] = judge_pictures(Tiny(), [stone(1280, 960)], MANIFEST).predictions
    assert prediction.strangest is None


def test_no_call_has_more_windows_than_the_bound() -> None:
    classify = Tiny()
    answer = judge_pictures(classify, [stone(2560, 1920), stone(320, 240), stone(640, 480)], MANIFEST)
    assert max(map(len, classify.calls)) == AT_ONCE
    assert [one.windows is None for one in answer.predictions] == [False, True, False]


def test_windows_of_two_versions_make_no_verdict() -> None:
    other = replace(MANIFEST, version=4, digest="f" * 64)
    with pytest.raises(ClassifierUnavailable, match=r"\[3, 4\]"):
        judge_pictures(Tiny(MANIFEST, other), [stone(2560, 1920)], MANIFEST)


def test_a_window_without_anything_to_judge_is_left_out() -> None:
    region = region_of("", "0,0 0.5,1")
    image = with_cell(stone(1280, 960), 30, 10)
    classify = Tiny()
    [prediction] = judge_pictures(classify, [image], MANIFEST, [region]).predictions
    assert prediction.windows is not None
    assert prediction.windows.judged < len(windows_of(image.shape[:2], SPEC))
    assert prediction.heatmap[30, 10, 0] == 1, "outside what is judged"
    assert 1 - prediction.scores[0] < THRESHOLDS.faulty_from


def test_a_large_heat_map_is_reduced_and_keeps_the_worst() -> None:
    fine = replace(MANIFEST, heatmap_stride=8)
    image = stone(2736, 1824)

    def classify(images: Sequence[Pixels]) -> Classification:
        made = []
        for one in images:
            prediction = expected(one, VERSION)
            heat = prediction.heatmap.repeat(2, axis=0).repeat(2, axis=1)
            made.append(replace(prediction, heatmap=heat))
        return Classification(tuple(made), fine, "litert")

    for row, column in ((0, 0), (70, 100), (113, 170)):
        answer = judge_pictures(classify, [with_cell(image, row, column)], fine)
        heat = answer.predictions[0].heatmap
        rows, columns = heat.shape[:2]
        assert MOST_CELLS / 3 < rows * columns <= MOST_CELLS
        found = np.unravel_index(int(heat[:, :, 0].argmin()), (rows, columns))
        assert abs((found[0] + 0.5) / rows - (row + 0.5) / 114) < 1 / 114
        assert abs((found[1] + 0.5) / columns - (column + 0.5) / 171) < 1 / 171


def test_cells_that_do_not_fit_the_steps_are_refused() -> None:
    odd = replace(MANIFEST, heatmap_stride=32)
    with pytest.raises(ModelError, match="heatmap_stride 32"):
        judge_pictures(Tiny(odd, odd), [stone(640, 480)], odd)


def test_the_pieces_of_an_input_are_what_the_classifier_is_asked_about() -> None:
    image = np.random.default_rng(0).integers(0, 256, (960, 1280, 3), np.uint8)
    classify = Tiny()
    judge_pictures(classify, [image], MANIFEST)
    asked = [one for call in classify.calls for one in call]
    for one, other in zip(pieces_of(image, SPEC), asked, strict=True):
        np.testing.assert_array_equal(one, other)
    small = stone(320, 240)
    assert pieces_of(small, SPEC)[0] is small
