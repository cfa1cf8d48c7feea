"""A product's heads: what they are made of, how they are kept, and what they say."""

import io
from dataclasses import replace

import numpy as np
import pytest

from marbleline.domain.model import Floats
from marbleline.domain.product_features import CHANNELS, STAGES, pooled
from marbleline.domain.product_heads import (
    COMPONENTS,
    DESCRIPTION,
    DIRECTIONS,
    HeadInput,
    ProductHeads,
    backbone_output_of,
    cell_maps,
    describe,
    distances,
    from_bytes,
    judge,
    patch_score,
    to_bytes,
    top_mean,
)
from marbleline.errors import ModelError

ROWS, COLUMNS = 4, 6
UNITS = 5


def heads(**changes: Floats) -> ProductHeads:
    """Heads that go by the distance alone, to a bank of one patch of zeros."""
    weights = np.zeros(len(COMPONENTS) + 1, np.float32)
    weights[0], weights[-1] = 1, -30
    plain = ProductHeads(
        project=np.eye(CHANNELS, DIRECTIONS, dtype=np.float32),
        bank=np.zeros((1, DIRECTIONS), np.float32),
        linear=np.zeros(DESCRIPTION + 1, np.float32),
        hidden=np.zeros((DIRECTIONS + 1, UNITS), np.float32),
        patch=np.zeros((1, UNITS + 1), np.float32),
        weights=weights,
        cells=np.array([1, 0, -20], np.float32),
        defects=np.log(np.array([0.2, 0.5, 0.3], np.float32)),
    )
    return replace(plain, **changes)


def outputs(odd: float = 0.0) -> dict[str, Floats]:
    """What the graph says of an even picture; ``odd`` is added to the cell in row 1, column 2."""
    found = {
        "scores": np.array([[0.7, 0.1, 0.1, 0.1]], np.float32),
        "anomaly": np.array([0.2], np.float32),
        "heatmap": np.full((1, ROWS * 2, COLUMNS * 2, 4), 0.25, np.float32),
    }
    for name, stage in STAGES.items():
        times = 16 // stage.stride
        value = np.ones((1, ROWS * times, COLUMNS * times, stage.channels), np.float32)
        value[:, times : 2 * times, 2 * times : 3 * times] += odd
        found[name] = value
    return found


def test_finer_stages_are_averaged_over_the_cells_of_the_coarsest() -> None:
    given = outputs()
    given["stage2"][0, :4, :4, 0] = np.arange(16).reshape(4, 4)
    features = pooled(given)
    assert features.shape == (ROWS, COLUMNS, CHANNELS)
    assert features[0, 0, 0] == pytest.approx(7.5)
    assert features[0, 1, 0] == pytest.approx(1.0)


def test_an_odd_cell_makes_a_picture_faulty_and_is_where_the_map_is_strongest() -> None:
    even, odd = judge(heads(), outputs()), judge(heads(), outputs(odd=9.0))
    assert even["scores"][0, 0] > 0.99
    assert odd["scores"][0, 0] < 0.01
    assert odd["anomaly"][0] > even["anomaly"][0]
    faulty = 1 - odd["heatmap"][0, :, :, 0]
    assert np.unravel_index(faulty.argmax(), faulty.shape) == (1, 2)
    assert odd["strangest"][0, :5].tolist() == pytest.approx([2 / 6, 1 / 4, 3 / 6, 2 / 4, 0])
    for one in (even, odd):
        np.testing.assert_allclose(one["scores"].sum(axis=-1), 1, atol=1e-6)
        np.testing.assert_allclose(one["heatmap"].sum(axis=-1), 1, atol=1e-6)


def test_a_common_defect_of_the_product_is_the_likelier_one() -> None:
    scores = judge(heads(), outputs(odd=9.0))["scores"][0]
    assert scores[2] > scores[3] > scores[1]


def test_the_level_of_a_picture_does_not_count() -> None:
    light = {name: value + 5 if name in STAGES else value for name, value in outputs(odd=2.0).items()}
    np.testing.assert_allclose(
        backbone_output_of(light).features, backbone_output_of(outputs(odd=2.0)).features, rtol=0, atol=1e-5
    )


def test_distances_are_euclidean_to_the_nearest() -> None:
    rng = np.random.default_rng(0)
    patches, bank = rng.normal(size=(7, 5)).astype(np.float32), rng.normal(size=(9, 5)).astype(np.float32)
    wanted = np.linalg.norm(patches[:, None] - bank[None], axis=-1).min(axis=1)
    np.testing.assert_allclose(distances(patches, bank), wanted, rtol=1e-4)


def test_a_description_tells_peaks_above_from_peaks_below() -> None:
    features = np.zeros((ROWS * COLUMNS, CHANNELS), np.float32)
    features[0, 5] = 3
    deviation, above, below = describe(features, features[:, :DIRECTIONS])[: 3 * CHANNELS].reshape(3, -1)
    assert above[5] > deviation[5] > below[5] == above[6]


def test_a_description_tells_channels_that_vary_together_from_those_that_do_not() -> None:
    rng = np.random.default_rng(0)
    patches = rng.normal(size=(4000, DIRECTIONS)).astype(np.float32)
    patches[:, 1] = -patches[:, 0]
    together = describe(np.zeros((4000, CHANNELS), np.float32), patches)[3 * CHANNELS :]
    assert together[0] == pytest.approx(1, abs=0.1)
    assert together[1] == pytest.approx(-1, abs=0.1)
    assert abs(together[2]) < 0.3


@pytest.mark.parametrize(("count", "mean"), [(10, 9.0), (100, 98.5), (150, 148.0)])
def test_the_strongest_patches(count: int, mean: float) -> None:
    assert top_mean(np.arange(count, dtype=np.float32)) == pytest.approx(mean)


def test_heads_are_kept_as_they_are() -> None:
    before = heads(bank=np.random.default_rng(1).normal(size=(5, DIRECTIONS)).astype(np.float32))
    after = from_bytes(to_bytes(before), "here")
    np.testing.assert_array_equal(after.bank, before.bank)
    np.testing.assert_array_equal(after.weights, before.weights)


def test_a_linear_patch_head_of_an_older_version_judges_as_it_did() -> None:
    rng = np.random.default_rng(2)
    weights = rng.normal(size=DIRECTIONS + 1).astype(np.float32)
    with np.load(io.BytesIO(to_bytes(heads()))) as file:
        older = {name: file[name] for name in file if name != "hidden"} | {"patch": weights}
    buffer = io.BytesIO()
    np.savez(buffer, **older)
    patches = rng.normal(size=(9, DIRECTIONS)).astype(np.float32)
    nothing = np.zeros(0, np.float32)
    _, found = cell_maps(from_bytes(buffer.getvalue(), "here"), HeadInput(patches, nothing, nothing))
    np.testing.assert_allclose(found, [patches @ weights[:-1] + weights[-1]], rtol=0, atol=1e-4)


def test_a_file_with_one_network_is_read() -> None:
    before = heads(patch=np.arange(UNITS + 1, dtype=np.float32)[None])
    with np.load(io.BytesIO(to_bytes(before))) as file:
        older = dict(file) | {"patch": before.patch[0]}
    buffer = io.BytesIO()
    np.savez(buffer, **older)
    np.testing.assert_array_equal(from_bytes(buffer.getvalue(), "here").patch, before.patch)


def test_each_network_of_the_patch_head_scores_by_its_own_strongest_patches() -> None:
    hidden = np.zeros((DIRECTIONS + 1, 2), np.float32)
    hidden[0, 0] = hidden[1, 1] = 1  # network 0 looks at direction 0, network 1 at direction 1
    patch = np.array([[1, 5], [2, 0]], np.float32)
    patches = np.zeros((10, DIRECTIONS), np.float32)
    patches[3, 0], patches[7, 1] = 6, 4
    nothing = np.zeros(0, np.float32)
    _, logits = cell_maps(heads(hidden=hidden, patch=patch), HeadInput(patches, nothing, nothing))
    assert logits.shape == (2, 10)
    assert (logits[0, 3], logits[0, 7], logits[1, 3], logits[1, 7]) == (11, 5, 0, 8)
    assert patch_score(logits) == pytest.approx((11 + 8) / 2)


def test_the_map_shows_the_mean_of_the_networks() -> None:
    hidden = np.zeros((DIRECTIONS + 1, 2), np.float32)
    hidden[0] = 1
    patch = np.array([[1, 0], [3, 0]], np.float32)
    cells = np.array([0, 1, 0], np.float32)
    given = outputs(odd=1.0)
    one = heads(hidden=hidden[:, :1], patch=np.array([[2, 0]], np.float32), cells=cells)
    both = judge(heads(hidden=hidden, patch=patch, cells=cells), given)["heatmap"]
    np.testing.assert_allclose(both, judge(one, given)["heatmap"], atol=1e-6)
    assert np.ptp(both[..., 0]) > 0.1


@pytest.mark.parametrize(
    "content", [b"", b"not an archive", to_bytes(heads())[:300]], ids=["", "text", "half"]
)
def test_a_file_that_holds_no_heads_is_named(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"1/heads\.npz: holds no heads of a product"):
        from_bytes(content, "1/heads.npz")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"weights": np.zeros(3, np.float32)}, "weights"),
        ({"project": np.full((CHANNELS, DIRECTIONS), np.nan, np.float32)}, "project"),
        ({"bank": np.zeros((0, DIRECTIONS), np.float32)}, "bank"),
        ({"patch": np.zeros((1, UNITS + 1), np.float64)}, "patch"),
        ({"patch": np.zeros((1, UNITS + 2), np.float32)}, "patch"),
        ({"patch": np.zeros((2, UNITS + 1), np.float32)}, "hidden"),
        ({"patch": np.zeros(UNITS + 1, np.float32)}, "patch"),
        ({"hidden": np.zeros((DIRECTIONS, UNITS), np.float32)}, "hidden"),
        ({"hidden": np.array(0, np.float32)}, "hidden"),
    ],
)
def test_an_array_that_does_not_fit_is_named(changes: dict[str, Floats], named: str) -> None:
    with pytest.raises(ModelError, match=named):
        heads(**changes)
