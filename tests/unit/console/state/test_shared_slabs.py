"""Cameras that show the same slabs, and their products."""

from typing import Any

from marbleline.console.state.shared_slabs import of_another_product, would_be_of_another_product
from marbleline.domain.camera_setup import new_setup
from marbleline.domain.verdict import Verdict
from tests.builders import START, make_tile, make_verdict


def slab(number: int, **products: str) -> list[Verdict]:
    """A slab of one tile of each camera, newest first."""
    of_slab: dict[str, Any] = {"tiles": len(products), "trigger": number, "triggered_at": START + number}
    tiles = [
        make_tile(tile, camera=name, product=product, **of_slab)
        for tile, (name, product) in enumerate(products.items(), 1)
    ]
    return tiles[::-1]


ONE = slab(1, left="marble", right="granite")


def test_the_newest_slab_that_both_show_tells() -> None:
    assert of_another_product(ONE, "left") == {"right": "granite"}
    assert of_another_product(ONE, "right") == {"left": "marble"}
    mended = [*slab(2, left="granite", right="granite"), *ONE]
    assert of_another_product(mended, "left") == {}


def test_cameras_of_other_slabs_and_whole_slabs_are_of_no_account() -> None:
    whole = [make_verdict(3, "right"), make_verdict(3, "left")]
    apart = [*slab(1, left="marble"), *slab(2, right="granite"), *whole]
    assert of_another_product(apart, "left") == {}
    assert would_be_of_another_product(apart, [], "left", "slate") == {}


def test_what_would_be_set_is_compared_with_what_is_set_of_the_others() -> None:
    same = slab(1, left="marble", right="marble", top="marble")
    setups = [
        new_setup("line-1", "right", "", "", "eva", START, settings={"source": "synthetic:"}),
        new_setup("line-1", "left", "0,0 1,0.5", "", "eva", START),
    ]

    def compared(wanted: str) -> dict[str, str]:
        return would_be_of_another_product(same, setups, "left", wanted)

    assert compared("granite") == {"right": "", "top": "marble"}
    assert compared("marble") == {"right": ""}, "it follows the line, which may be switched"
    assert compared("") == {}
    texts = {"source": "synthetic:", "camera_product": "granite"}
    setups[0] = new_setup("line-1", "right", "", "", "eva", START, settings=texts)
    assert compared("") == {"right": "granite"}
    assert compared("granite") == {"top": "marble"}
