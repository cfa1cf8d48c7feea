"""The product at the gate station: the line's, taken up by all of its cameras between two slabs.

The model of a new product is opened by the thread that hears of the switch, so that no trigger waits for it.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from marbleline.domain.product_switch import ProductSwitch
from marbleline.domain.slab_fold import SlabRules
from marbleline.errors import SpoolFull
from marbleline.pipeline.camera.product import CurrentProduct
from marbleline.pipeline.gate.cameras import StationCamera
from marbleline.ports.classifier import Classifier

log = logging.getLogger("marbleline.gate")

_TRY_AGAIN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Inspected:
    """A product, and what judges its slabs. Without a classifier none is judged, and so none passes."""

    product: str
    classifier: Classifier | None
    rules: SlabRules


class StationProduct:
    """``between_slabs`` is called by the thread that judges, ``offer`` by any other.

    ``cameras``  of the station, each with what it remembers of the line's product
    ``prepare``  opens what a product is judged by; what it opened last stays good while it opens the next
    """

    def __init__(
        self,
        cameras: Sequence[tuple[StationCamera, CurrentProduct]],
        prepare: Callable[[str], Inspected],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cameras = cameras
        self._prepare = prepare
        self._monotonic = monotonic
        # A station that was killed while its cameras took a switch up goes on with the newer product.
        known = [current.switch for _, current in cameras if current.switch is not None]
        self._prepared = max(known, key=lambda switch: switch.switch_id, default=None)
        self._inspected = prepare(self._prepared.product if self._prepared else cameras[0][1].name)
        self._next = None if self._prepared is None else (self._prepared, self._inspected)
        self._try_again_at = monotonic() + _TRY_AGAIN_S
        self._lock = threading.Lock()
        self.polled = threading.Event()
        """Set once the broker was asked for the first time."""

    @property
    def name(self) -> str:
        """The product of the next slab."""
        following = self._next
        return self._inspected.product if following is None else following[1].product

    def offer(self, switch: ProductSwitch | None) -> None:
        """The line's newest switch, as far as is known; returns once its product is ready for the next slab.

        While one waits to be taken up the next is not prepared: what judges now must stay open.
        """
        with self._lock:
            if self._next is not None:
                return
            wanted = self._prepared
            if switch is not None and (wanted is None or switch.switch_id > wanted.switch_id):
                wanted = switch
            elif self._inspected.classifier is not None or self._monotonic() < self._try_again_at:
                return
            if wanted is None:
                return
            self._try_again_at = self._monotonic() + _TRY_AGAIN_S
            prepared = self._prepare(wanted.product)
            self._prepared, self._next = wanted, (wanted, prepared)

    def between_slabs(self) -> Inspected:
        """What the next slab is, and is judged by: from here on durably for all cameras."""
        following = self._next
        if following is None:
            return self._inspected
        switch, inspected = following
        try:
            for camera, current in self._cameras:
                current.offer(switch)
                camera.product = current.stamp(camera.spool.next_sequence)
        except SpoolFull as error:
            log.error("gate.product_waits", extra={"product": switch.product, "detail": str(error)})  # noqa: TRY400
            return replace(self._inspected, classifier=None)
        self._inspected, self._next = inspected, None
        return inspected
