"""A folder of folders: each of them a slab."""

from pathlib import Path

from marbleline.adapters.sources.folder import FolderSource
from tests.builders import FakeClock, make_frame, make_picture


def identities(folder: Path, count: int, *, slab_folders: bool = True) -> list[tuple[object, ...] | None]:
    source = FolderSource(folder, 1e6, True, 100_000, FakeClock(), slab_folders=slab_folders)
    found = []
    for number in range(count):
        captured = source.next_image(1)
        while captured is None:
            captured = source.next_image(1)
        tile = captured.tile
        found.append((captured.slab_id, tile.tile, tile.tiles, tile.trigger) if tile else None)
        source.committed(captured, make_frame(number + 1))
    return found


def test_the_pictures_of_a_folder_are_the_tiles_of_the_slab_of_its_name(tmp_path: Path) -> None:
    for name in ("B-1/a.jpg", "B-1/b.jpg", "lot 7/B-2/1.jpg", "single.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make_picture())
    assert identities(tmp_path, 5) == [
        ("B-1", 1, 2, None),
        ("B-1", 2, 2, None),
        ("lot 7/B-2", 1, 1, None),
        None,
        ("B-1 (round 2)", 1, 2, None),
    ]
    assert identities(tmp_path, 2, slab_folders=False) == [None, None]
