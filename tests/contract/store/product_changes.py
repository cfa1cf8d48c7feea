"""How cameras followed switches of the product."""

from contextlib import closing

from msgspec.structs import replace

from marbleline.domain.product_switch import ProductChange, new_switch
from marbleline.ports.product_switches import ProductChanges
from marbleline.ports.store import Store
from tests.builders import SECOND, START
from tests.contract.promises import assert_keeps
from tests.contract.store.base import Connect, StoreContract


def change(number: int, camera: str = "camera-1", line: str = "line-1") -> ProductChange:
    """The change that follows a switch made ``number`` seconds after the start."""
    at = START + number * SECOND
    switch = replace(
        new_switch(line, f"product-{number}", "ayşe", at),
        switch_id=f"01970000-{number:04x}-7000-8000-000000000000",
    )
    return ProductChange(
        switch=switch, camera=camera, before="marble", first_sequence=number, effective_at=at + 1
    )


class ProductChangesSuite(StoreContract):
    """What every store keeps of ``ports.product_switches.ProductChanges``."""

    def test_keeps_the_port_of_product_changes(self, store: Store) -> None:
        assert_keeps(store, ProductChanges)

    def test_the_newest_changes_of_a_line_first(self, store: Store, connect: Connect) -> None:
        assert store.product_changes("line-1", 10) == []
        early, late, other = change(1), change(2, "camera-2"), change(3, line="line-2")
        for _ in range(2):
            assert store.put_product_changes([late, other, early]) == []
        assert store.product_changes("line-1", 10) == [late, early]
        assert store.product_changes("line-1", 1) == [late]
        store.close()
        with closing(connect()) as again:
            assert again.product_changes("line-2", 10) == [other]

    def test_each_camera_has_its_own_change_and_keeps_it(self, store: Store) -> None:
        one, two = change(1, "camera-1"), change(1, "camera-2")
        assert store.put_product_changes([one, two]) == []
        assert store.put_product_changes([replace(one, first_sequence=99)]) == []
        assert store.product_changes("line-1", 10) == [two, one]
