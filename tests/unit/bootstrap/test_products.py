"""What is said of cameras that have products of their own."""

from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.products import mixed_products


def test_cameras_of_different_products_are_named() -> None:
    cameras = [{"camera": "left", "camera_product": "granite"}, {"camera": "right"}]
    assert "left granite, right (of the line)" in mixed_products(load({}, {}), cameras)
    assert "left granite, right slate" in mixed_products(load({"camera_product": "slate"}, {}), cameras)
    assert mixed_products(load({"camera_product": "granite"}, {}), cameras) == ""
    assert mixed_products(load({}, {}), []) == ""
