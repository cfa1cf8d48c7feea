"""Heads are fitted to every view of a picture."""

from dataclasses import replace

import numpy as np
import pytest

from marbleline.domain.product_features import CHANNELS
from marbleline.domain.product_heads import DESCRIPTION, DIRECTIONS, HeadInput
from marbleline.training.commission.heads import HeadsPlan, LabelledSlabs, fit_heads
from marbleline.training.commission.patch_network import NetworkPlan

PLAN = HeadsPlan(bank=20, network=NetworkPlan(networks=1, units=2, steps=5))
FAULTY = np.arange(8) % 2 == 1


def head_input(rng: np.random.Generator, told_by: int, is_faulty: bool) -> HeadInput:
    """Noise, but for one number of the description that tells a faulty picture."""
    description = rng.normal(size=DESCRIPTION).astype(np.float32)
    description[told_by] = 3.0 if is_faulty else -3.0
    patches = rng.normal(size=(9, DIRECTIONS)).astype(np.float32)
    return HeadInput(patches, description, np.zeros(3, np.float32))


@pytest.fixture
def labelled() -> LabelledSlabs:
    """Eight pictures told by number 0 of the plain description, and by number 1 of each further view."""
    rng = np.random.default_rng(3)
    return LabelledSlabs(
        np.eye(CHANNELS, DIRECTIONS, dtype=np.float32),
        [head_input(rng, 0, one) for one in FAULTY],
        FAULTY,
        np.arange(8).astype(str),
        np.where(FAULTY, "crack", "good"),
        [[head_input(rng, 1, one), head_input(rng, 1, one)] for one in FAULTY],
    )


def test_a_choice_of_pictures_keeps_their_views(labelled: LabelledSlabs) -> None:
    some = labelled.where(np.array([5, 2]))
    assert [picture[0] for picture in some.all_views()] == [labelled.head_inputs[5], labelled.head_inputs[2]]
    assert some.views[0][1] is labelled.views[5][1]
    assert [len(picture) for picture in replace(labelled, views=()).all_views()] == [1] * 8


def test_every_view_teaches_the_linear_head(labelled: LabelledSlabs) -> None:
    with_views, without = (fit_heads(one, PLAN).linear for one in (labelled, replace(labelled, views=())))
    assert with_views[1] > 3 * abs(without[1])
