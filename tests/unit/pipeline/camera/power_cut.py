"""A disk whose power can be cut: it knows what would be left of the spool's folder, at worst."""

import os
from collections.abc import Iterable
from pathlib import Path

from marbleline.pipeline.camera.spool_file import Disk


class PowerCut(Disk):
    """Real files, and beside them what of them is durable: contents and names that were synced."""

    def __init__(self, shadow: Path) -> None:
        self._shadow = shadow
        self._contents: set[int] = set()
        self._names: dict[str, int] = {}
        shadow.mkdir()

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        super().write(path, parts)
        # Holds on to the content, so that an unlink that was not yet durable can be undone.
        os.link(path, self._shadow / str(path.stat().st_ino))

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self._contents.add(os.fstat(descriptor).st_ino)

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self._names = {path.name: path.stat().st_ino for path in folder.iterdir() if path.is_file()}

    def leave(self, frames: Path, left: Path, *, undo_removals: bool) -> None:
        """Put into ``left`` what a power cut leaves: unsynced contents and names are gone.

        A removal is never synced, so it may or may not outlast the cut.
        """
        left.mkdir(parents=True)
        for name, inode in self._names.items():
            if not undo_removals and not (frames / name).exists():
                continue
            content = (self._shadow / str(inode)).read_bytes()
            (left / name).write_bytes(content if inode in self._contents else b"\0" * len(content))
