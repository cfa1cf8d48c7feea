"""The plant's guide to defects."""

from contextlib import closing

from msgspec.structs import replace

from marbleline.domain.defect_guide import LARGEST_PICTURE, MOST_PICTURES, GuideEntry, GuidePicture, new_entry
from marbleline.ports.defect_guide import DefectGuide
from marbleline.ports.store import Store
from tests.builders import SECOND, START
from tests.contract.promises import assert_keeps
from tests.contract.store.base import Connect, StoreContract

PICTURE = GuidePicture(content=b"\xff\xd8" + b"\x00\xfe" * 40, frame_id="frame-1", slab_id="4711")
LARGEST = GuidePicture(content=b"\xff\xd8".ljust(LARGEST_PICTURE, b"x"), frame_id="frame-2")


def entry(number: int, topic: str = "crack", *pictures: GuidePicture, product: str = "marble") -> GuideEntry:
    """What was written ``number`` seconds after the start."""
    made = new_entry(product, topic, f"ince çizgi, {number}", pictures, "ayşe", START + number * SECOND)
    return replace(made, entry_id=f"01970000-{number:04x}-7000-8000-000000000000")


class DefectGuideSuite(StoreContract):
    """What every store keeps of ``ports.defect_guide.DefectGuide``."""

    def test_keeps_the_port_of_the_defect_guide(self, store: Store) -> None:
        assert_keeps(store, DefectGuide)

    def test_the_newest_entry_on_each_topic_of_a_product_counts(self, store: Store, connect: Connect) -> None:
        assert store.current_guide("marble") == []
        early, late, other = entry(1), entry(3, "crack", PICTURE), entry(2, "dot")
        elsewhere = entry(4, product="granite")
        for _ in range(2):
            assert store.put_guide_entries([late, other, early, elsewhere]) == []
        assert store.current_guide("marble") == [late, other]
        store.close()
        with closing(connect()) as again:
            assert again.current_guide("marble") == [late, other]
            assert again.current_guide("granite") == [elsewhere]

    def test_all_entries_on_a_topic_newest_first(self, store: Store) -> None:
        written = [entry(1), entry(2, "dot"), entry(3), entry(4, product="granite")]
        assert store.put_guide_entries(written) == []
        assert store.guide_entries("marble", "crack", 10) == [entry(3), entry(1)]
        assert store.guide_entries("marble", "crack", 1) == [entry(3)]
        assert store.guide_entries("marble", "joint", 1) == []

    def test_an_entry_is_never_changed(self, store: Store) -> None:
        assert store.put_guide_entries([entry(1)]) == []
        assert store.put_guide_entries([replace(entry(1), text="another")]) == []
        assert store.current_guide("marble") == [entry(1)]

    def test_the_largest_entry_comes_back_whole(self, store: Store) -> None:
        largest = entry(1, "joint", *[LARGEST] * MOST_PICTURES)
        assert store.put_guide_entries([largest]) == []
        assert store.current_guide("marble") == [largest]
