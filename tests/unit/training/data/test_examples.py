"""Training examples: the same recipe gives the same, labels stay true, and nothing leaks."""

from pathlib import Path

import numpy as np
import pytest

from marbleline.domain.input_spec import InputSpec
from marbleline.training.data.dataset import Sample
from marbleline.training.data.examples import UNKNOWN, ExampleRecipe, cell_cover, make
from marbleline.training.data.recipes import Mix, plain_recipes, training_recipes
from tests.builders import make_picture

SPEC = InputSpec()


def sample(tmp_path: Path, meaning: str, split: str = "train", number: int = 0) -> Sample:
    path = tmp_path / f"{meaning}-{split}-{number}.jpg"
    path.write_bytes(make_picture(number, 128, 128))
    return Sample(path, meaning, meaning, split, f"{meaning}{split}{number}", None)


@pytest.mark.parametrize("meaning", ["good", "crack", "dot", "joint"])
def test_a_drawn_example_is_repeatable_and_its_cells_say_where(meaning: str) -> None:
    recipe = ExampleRecipe("synthetic", "slabs", 7, meaning)
    first, again = make(recipe, SPEC), make(recipe, SPEC)
    assert np.array_equal(first.image, again.image)
    assert first.image.shape[:2] == (first.cells.shape[0] * 8, first.cells.shape[1] * 8)
    here = set(np.unique(first.cells))
    assert first.target in here
    assert here <= {UNKNOWN, 0, first.target}


def test_a_faulty_picture_without_a_mask_teaches_no_cell(tmp_path: Path) -> None:
    example = make(ExampleRecipe("real", "tiles", 1, "faulty", sample(tmp_path, "faulty")), SPEC)
    assert example.target == UNKNOWN
    assert (example.cells == UNKNOWN).all()


def test_a_plain_picture_is_what_the_line_sees(tmp_path: Path) -> None:
    from marbleline.domain.picture import model_input

    one = sample(tmp_path, "good")
    example = make(ExampleRecipe("plain", "patches", 3, "good", one), SPEC)
    assert np.array_equal(example.image, model_input(one.path.read_bytes(), SPEC))


def test_only_the_train_split_is_learnt_from(tmp_path: Path) -> None:
    samples = [
        sample(tmp_path, meaning, split, number)
        for number, (meaning, split) in enumerate(
            [("good", "train"), ("crack", "train"), ("good", "val"), ("crack", "test"), ("unsure", "train")]
        )
    ]
    recipes = training_recipes({"patches": samples}, 1, Mix(scale=0.02)) + plain_recipes(
        {"patches": samples}, 1
    )
    used = {recipe.sample.group for recipe in recipes if recipe.sample is not None}
    assert used == {samples[0].group, samples[1].group}


def test_cover_is_the_share_of_a_cells_pixels() -> None:
    mask = np.zeros((240, 240), bool)
    mask[0:8, 0:4] = True
    cover = cell_cover(mask, (240, 240))
    assert cover.shape == (30, 30)
    assert cover[0, 0] == pytest.approx(0.5, abs=0.01)
    assert cover.sum() == pytest.approx(0.5, abs=0.01)
