"""Which product a camera's frames are of: stamped at capture, kept across restarts, changed between frames.

A frame is judged by the product that it carries, however long it waits in spool and queues. So a switch
has nothing to wait for: it counts from the first frame that is stamped after the camera has heard of it,
and this camera's first frame is put on record with who switched and when.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import Name
from marbleline.domain.product_switch import ProductChange, ProductSwitch
from marbleline.domain.wire import WireStruct
from marbleline.errors import SpoolFull, WireError

log = logging.getLogger("marbleline.camera")

PRODUCT_FILE: Final = "product.json"


class _Kept(WireStruct, frozen=True, kw_only=True):
    """What the camera remembers; ``unsent`` are changes that the broker has not confirmed."""

    product: Name
    switch: ProductSwitch | None = None
    unsent: tuple[ProductChange, ...] = ()


class CurrentProduct:
    """``stamp`` is called by the thread that captures, the rest by any.

    ``folder``   of the camera's spool; ``product.json`` in it holds what is remembered
    ``default``  the product until the line is switched for the first time
    """

    def __init__(self, folder: Path, line: str, camera: str, default: str, clock: Clock = now) -> None:
        self._path = folder / PRODUCT_FILE
        self._line = line
        self._camera = camera
        self._clock = clock
        self._lock = threading.Lock()
        self._kept = self._read() or _Kept(product=default)
        if self._kept.switch is None:
            self._kept = _Kept(product=default)  # the setting counts until somebody switches
        self._wanted = self._kept.switch
        self.polled = threading.Event()
        """Set once the broker was asked for the first time."""

    @property
    def name(self) -> str:
        """The product of the next frame."""
        wanted = self._wanted
        return self._kept.product if wanted is None else wanted.product

    @property
    def switch(self) -> ProductSwitch | None:
        """The newest switch that it knows, None if the line was never switched."""
        return self._wanted

    def offer(self, switch: ProductSwitch | None) -> None:
        """The line's newest switch, as far as is known: the next frame is of its product."""
        with self._lock:
            if switch is not None and (self._wanted is None or switch.switch_id > self._wanted.switch_id):
                self._wanted = switch

    def stamp(self, sequence: int) -> str:
        """The product of the frame with this sequence, durably from that frame on.

        Raises SpoolFull if a change can't be written: the frame is then not to be taken.
        """
        if self._wanted is self._kept.switch:
            return self._kept.product
        with self._lock:
            wanted = self._wanted
            if wanted is None or wanted == self._kept.switch:
                return self._kept.product
            change = ProductChange(
                switch=wanted,
                camera=self._camera,
                before=self._kept.product,
                first_sequence=sequence,
                effective_at=self._clock(),
            )
            self._keep(_Kept(product=wanted.product, switch=wanted, unsent=(*self._kept.unsent, change)))
        log.info(
            "product.switched",
            extra={
                "camera": self._camera,
                "product": wanted.product,
                "before": change.before,
                "by": wanted.by,
                "sequence": sequence,
            },
        )
        return wanted.product

    @property
    def unsent(self) -> tuple[ProductChange, ...]:
        """Changes that have to be put on record, oldest first."""
        return self._kept.unsent

    def sent(self, changes: Sequence[ProductChange]) -> None:
        """The broker has these; if that can't be written they are sent again, which is harmless."""
        gone = {change.change_id for change in changes}
        with self._lock, contextlib.suppress(SpoolFull):
            kept = self._kept
            left = tuple(change for change in kept.unsent if change.change_id not in gone)
            self._keep(_Kept(product=kept.product, switch=kept.switch, unsent=left))

    def _read(self) -> _Kept | None:
        try:
            return _Kept.from_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, WireError) as error:
            # The broker knows the line's switch too, and is asked before the first frame.
            log.error("product.damaged", extra={"file": str(self._path), "error": str(error)})  # noqa: TRY400
            return None

    def _keep(self, kept: _Kept) -> None:
        beside = self._path.with_suffix(".new")
        try:
            with beside.open("wb") as file:
                file.write(kept.to_json())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(
                    folder
                )  # or a power cut could leave a frame of the new product and forget the switch
            finally:
                os.close(folder)
        except OSError as error:
            raise SpoolFull(f"{self._path} can't be written: {error.strerror or error}") from error
        self._kept = kept
