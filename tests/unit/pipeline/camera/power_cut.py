"""A disk whose power can be cut: it knows what would be left of the spool's folder, at worst."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from marbleline.pipeline.camera.spool_file import Disk


class PowerCut(Disk):
    """Real files, and beside them what of them is durable: contents and names that were synced.

    ``after`` is called after each operation, a file's content before its sync included.
    """

    def __init__(self, after: Callable[[], None] = lambda: None) -> None:
        self.after = after
        self._contents: set[int] = set()
        self._names: dict[str, int] = {}
        # Inode -> a descriptor, which holds on to the content: a removal that was not durable can be undone.
        self._held: dict[int, int] = {}

    def overwrite(self, path: Path, parts: Iterable[bytes]) -> bool:
        # At worst nothing of the old content is left, nor of the new one before its sync.
        self._contents.discard(path.stat().st_ino)
        return super().overwrite(path, parts)

    def _fill(self, descriptor: int, path: Path, parts: Iterable[bytes], size: int = 0) -> None:
        if (inode := path.stat().st_ino) not in self._held:
            self._held[inode] = os.open(path, os.O_RDONLY)
        super()._fill(descriptor, path, parts, size)

    def sync(self, descriptor: int) -> None:
        self.after()
        super().sync(descriptor)
        self._contents.add(os.fstat(descriptor).st_ino)
        self.after()

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self._names = {path.name: path.stat().st_ino for path in folder.iterdir() if path.is_file()}
        self.after()

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self.after()

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self.after()

    def close(self) -> None:
        """Let go of all contents."""
        while self._held:
            os.close(self._held.popitem()[1])

    def leave(self, frames: Path, left: Path, *, undo_removals: bool, keep_names: bool = False) -> None:
        """Put into ``left`` what a power cut leaves: unsynced contents are gone.

        A removal or a name that was never synced may or may not outlast the cut.
        """
        left.mkdir(parents=True)
        now = {path.name: path.stat().st_ino for path in frames.iterdir() if path.is_file()}
        for name, inode in {**self._names, **(now if keep_names else {})}.items():
            if not undo_removals and name not in now:
                continue
            if inode in self._contents:
                descriptor = self._held[inode]
                content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
            else:
                content = b"\0" * 4096
            (left / name).write_bytes(content)
