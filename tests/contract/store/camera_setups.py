"""What people set of cameras on the running line."""

from contextlib import closing

from msgspec.structs import replace

from marbleline.domain.camera_setup import CameraSetup, new_setup
from marbleline.ports.camera_setups import CameraSetups
from marbleline.ports.store import Store
from tests.builders import SECOND, START
from tests.contract.promises import assert_keeps
from tests.contract.store.base import Connect, StoreContract


def setup(number: int, camera: str = "camera-1", line: str = "line-1") -> CameraSetup:
    """The change that was made ``number`` seconds after the start."""
    made = new_setup(line, camera, f"0,0 1,0.{number}", "", "ayşe", START + number * SECOND)
    return replace(made, setup_id=f"01970000-{number:04x}-7000-8000-000000000000")


class CameraSetupsSuite(StoreContract):
    """What every store keeps of ``ports.camera_setups.CameraSetups``."""

    def test_keeps_the_port_of_camera_setups(self, store: Store) -> None:
        assert_keeps(store, CameraSetups)

    def test_the_newest_change_of_each_camera_counts(self, store: Store, connect: Connect) -> None:
        assert store.current_camera_setups("line-1") == []
        early, late = setup(1), setup(3)
        other, elsewhere = setup(2, "camera-2"), setup(4, line="line-2")
        for _ in range(2):
            assert store.put_camera_setups([late, other, early, elsewhere]) == []
        assert store.current_camera_setups("line-1") == [late, other]
        store.close()
        with closing(connect()) as again:
            assert again.current_camera_setups("line-2") == [elsewhere]

    def test_all_changes_of_a_camera_newest_first(self, store: Store) -> None:
        assert store.put_camera_setups([setup(1), setup(2, "camera-2"), setup(3)]) == []
        assert store.camera_setups("line-1", "camera-1", 10) == [setup(3), setup(1)]
        assert store.camera_setups("line-1", "camera-1", 1) == [setup(3)]

    def test_a_change_is_never_changed(self, store: Store) -> None:
        assert store.put_camera_setups([setup(1)]) == []
        assert store.put_camera_setups([replace(setup(1), region=None)]) == []
        assert store.current_camera_setups("line-1") == [setup(1)]
