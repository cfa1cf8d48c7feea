"""Synthetic slabs: the same seed gives the same slab, masks are exact, and it can feed a line."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from marbleline.synthetic import LABELS, STONES, draw
from marbleline.synthetic.noise import SIDE, pick, sample


def digest(seed: int, **options: object) -> str:
    slab = draw(seed, **options)  # type: ignore[arg-type]
    return hashlib.sha256(slab.rgb.tobytes() + slab.mask.tobytes() + slab.label.encode()).hexdigest()


def test_a_seed_gives_the_same_slab_whatever_was_drawn_before() -> None:
    first = digest(11)
    draw(5)
    draw(6, stone="nero", label="crack")
    assert digest(11) == first
    assert digest(12) != first


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("stone", STONES)
def test_every_stone_with_every_label(stone: str, label: str) -> None:
    slab = draw(3, size=(120, 160), stone=stone, label=label)
    assert slab.rgb.shape == (120, 160, 3)
    assert slab.rgb.dtype == np.uint8
    assert (slab.stone, slab.label, slab.seed) == (stone, label, 3)
    assert slab.mask.dtype == np.bool_
    assert slab.mask.any() == (label != "good")
    assert slab.mask.mean() < 0.25


@pytest.mark.parametrize("label", ["crack", "dot", "joint"])
def test_the_mask_lies_on_what_differs_from_the_stone(label: str) -> None:
    inside, around = [], []
    for seed in range(12):
        slab = draw(seed, label=label)
        grey = slab.rgb.mean(axis=2)
        ring = np.zeros_like(slab.mask)
        for shift in (-9, 9):
            for axis in (0, 1):
                ring |= np.roll(slab.mask, shift, axis)
        ring &= ~slab.mask
        inside.append(abs(grey[slab.mask].mean() - grey[ring].mean()))
        around.append(grey[ring].std())
    assert np.median(inside) > 25.0
    assert np.median(inside) > 1.5 * np.median(around)


@pytest.mark.parametrize("size", [(32, 32), (33, 57), (240, 320), (700, 400)])
def test_any_size_and_shape(size: tuple[int, int]) -> None:
    for label in LABELS:
        slab = draw(2, size=size, label=label)
        assert slab.rgb.shape[:2] == slab.mask.shape == size


def test_left_to_the_seed_most_slabs_are_good_and_every_label_and_stone_comes() -> None:
    drawn = [draw(seed, size=(32, 32)) for seed in range(300)]
    share = sum(slab.label == "good" for slab in drawn) / len(drawn)
    assert 0.6 < share < 0.8
    assert {slab.label for slab in drawn} == set(LABELS)
    assert {slab.stone for slab in drawn} == set(STONES)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"stone": "granite"}, "carrara"), ({"label": "scratch"}, "joint"), ({"size": (16, 640)}, "32x32")],
)
def test_a_wrong_argument_is_refused_with_what_is_allowed(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        draw(1, **wrong)  # type: ignore[arg-type]


def test_noise_wraps_round_without_a_seam() -> None:
    field = pick(np.random.default_rng(0), "cloud")
    rows, columns = np.float32([[3.0]]), np.float32([[5.0]])
    assert sample(field, rows + SIDE, columns - SIDE) == sample(field, rows, columns)
    inner = np.abs(np.diff(field, axis=0)).max()
    assert np.abs(field[0] - field[-1]).max() <= inner


def test_importing_it_brings_no_framework() -> None:
    code = "import sys, marbleline.synthetic; print({'tensorflow', 'ai_edge_litert'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
