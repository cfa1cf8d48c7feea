"""Training examples: what the network sees and what it is to say, made from a recipe and a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES
from marbleline.domain.picture import fit
from marbleline.synthetic import STONES, defects, draw
from marbleline.training.data import augment
from marbleline.training.data.dataset import Sample, load_mask, load_picture

STRIDE = 8
UNKNOWN = -1
"""In `Example.target`: faulty, which defect isn't known. In `Example.cells`: don't ask about this cell."""

_COVERED = 0.08
"""A cell is the defect's if at least this share of its pixels is: a line 0.7 pixels wide across 8x8."""

_ADD = {"crack": defects.add_crack, "dot": defects.add_dots, "joint": defects.add_joint}


@dataclass(frozen=True)
class ExampleRecipe:
    """One example to make.

    ``way`` is real, pasted (a drawn defect on a real good picture), synthetic, or plain (as it is).
    """

    way: str
    source: str
    seed: int
    meaning: str
    sample: Sample | None = None
    smallest: float = 1.0
    size: tuple[int, int] = (480, 640)


@dataclass(frozen=True)
class Example:
    """``image`` uint8 [h, w, 3] at the input size, ``target`` a class's number or UNKNOWN, ``cells`` int8
    [h/8, w/8]."""

    image: NDArray[np.uint8]
    target: int
    cells: NDArray[np.int8]
    source: str


def make(recipe: ExampleRecipe, spec: InputSpec) -> Example:
    """Make the example that a recipe describes. The same recipe gives the same example."""
    rng = np.random.default_rng([31, recipe.seed])
    meaning = recipe.meaning
    if recipe.way == "plain":
        return _plain(recipe, rng, spec)
    mask: NDArray[np.bool_] | None
    if recipe.sample is None:
        stone = list(STONES)[int(rng.integers(len(STONES)))]
        slab = draw(recipe.seed, size=recipe.size, stone=stone, label=meaning)
        rgb, mask = slab.rgb, slab.mask
        strength = float(rng.choice([0.0, 0.3, 1.0], p=[0.4, 0.3, 0.3]))
    else:
        rgb, mask = load_picture(recipe.sample), load_mask(recipe.sample)
        rgb, mask = _window(rng, rgb, mask, recipe.smallest)
        if rng.random() < 0.35:
            rgb = augment.overlay_stone(rng, rgb, float(rng.uniform(0.05, 0.4)))
        strength = float(rng.choice([0.0, 0.4, 1.0], p=[0.15, 0.35, 0.5]))
    if recipe.way == "pasted":
        canvas = rgb.astype(np.float32)
        mask = _ADD[meaning](rng, canvas)
        rgb = np.clip(canvas, 0.0, 255.0).astype(np.uint8)
    rgb, mask = augment.turn(rng, rgb, mask)
    image = fit(np.ascontiguousarray(rgb), spec)
    if strength:
        image = augment.relight(rng, image, strength)
        image = augment.recapture(rng, image)
    target = CLASSES.index(meaning) if meaning in CLASSES else UNKNOWN
    return Example(image, target, _cells(image.shape[:2], target, mask), recipe.source)


def _plain(recipe: ExampleRecipe, rng: np.random.Generator, spec: InputSpec) -> Example:
    if recipe.sample is None:
        stone = list(STONES)[int(rng.integers(len(STONES)))]
        rgb = draw(recipe.seed, size=recipe.size, stone=stone, label=recipe.meaning).rgb
    else:
        rgb = load_picture(recipe.sample)
    image = fit(rgb, spec)
    target = CLASSES.index(recipe.meaning) if recipe.meaning in CLASSES else UNKNOWN
    return Example(image, target, _cells(image.shape[:2], target, None), recipe.source)


def _window(
    rng: np.random.Generator, rgb: NDArray[np.uint8], mask: NDArray[np.bool_] | None, smallest: float
) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None]:
    """A crop that still shows enough of the defect, if it is known where that is."""
    for _ in range(8):
        cut, cut_mask = augment.crop(rng, rgb, mask, smallest)
        if cut_mask is None or cut_mask.mean() > 0.015:
            return cut, cut_mask
    return rgb, mask


def _cells(size: tuple[int, int], target: int, mask: NDArray[np.bool_] | None) -> NDArray[np.int8]:
    """Class per cell: good, the defect where the mask covers enough, UNKNOWN round it and without a mask."""
    rows, columns = size[0] // STRIDE, size[1] // STRIDE
    if target == 0:
        return np.zeros((rows, columns), dtype=np.int8)
    if target == UNKNOWN or mask is None or not mask.any():
        return np.full((rows, columns), UNKNOWN, dtype=np.int8)
    cover = cell_cover(mask, size)
    hit = cover >= _COVERED
    wide = np.pad(cover > 0.0, 1)
    turned = [np.roll(np.roll(wide, dy, 0), dx, 1) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    near = np.logical_or.reduce(turned)[1:-1, 1:-1]
    cells = np.where(hit, target, np.where(near, UNKNOWN, 0))
    return cells.astype(np.int8)


def cell_cover(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.float32]:
    """Share of every cell's pixels that a mask covers, [rows, columns], for an input of `size` (h, w)."""
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    cells = image.resize((size[1] // STRIDE, size[0] // STRIDE), Image.Resampling.BOX)
    return np.asarray(cells, dtype=np.float32) / 255.0
