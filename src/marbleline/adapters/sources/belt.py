"""A camera above the soft PLC's belt: it shows the slab that lies there now, or the empty belt."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from marbleline.adapters.sources.registry import SourceContext
from marbleline.domain.clock import Clock, now
from marbleline.domain.picture import SUFFIXES
from marbleline.errors import SettingError
from marbleline.ports.source import CapturedImage, Source
from marbleline.settings.setting import NoSettings
from marbleline.softplc.belt import read_belt

EMPTY: Final = "none"
PICTURES: Final = "pictures"


def open_belt(context: SourceContext, settings: NoSettings) -> "BeltSource":
    """``belt:FOLDER``"""
    return BeltSource(Path(context.where))


class BeltSource(Source):
    """The folder of ``marbleline softplc``: ``belt.json``, and pictures named by what they show.

    ``pictures/crack-2.jpg`` is one of the pictures of a slab with a crack, ``none.jpg`` of the empty belt.
    The origin tells the truth: ``belt/SLAB/LABEL``, slab 0 for the empty belt. Every call takes a picture.
    """

    def __init__(
        self, folder: Path, clock: Clock = now, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._belt = read_belt(folder / "belt.json")
        self._clock = clock
        self._monotonic = monotonic
        self._pictures: dict[str, list[bytes]] = {}
        for path in sorted((folder / PICTURES).iterdir()):
            if path.suffix.lower() in SUFFIXES:
                self._pictures.setdefault(path.stem.partition("-")[0], []).append(path.read_bytes())
        missing = {"good", "crack", "dot", "joint", EMPTY} - set(self._pictures)
        if missing:
            raise SettingError(f"belt {folder / PICTURES}: no pictures of {', '.join(sorted(missing))}")

    @property
    def can_wait(self) -> bool:
        """The belt runs on."""
        return False

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """What lies there now."""
        slab = self._belt.slab_at_eye(self._monotonic())
        label = EMPTY if slab is None else self._belt.label(slab)
        pictures = self._pictures[label]
        content = pictures[(slab or 0) % len(pictures)]
        return CapturedImage(content, self._clock(), f"belt/{slab or 0}/{label}")

    def close(self) -> None:
        """Nothing to close."""
