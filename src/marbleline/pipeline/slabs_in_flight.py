"""The slabs that are being folded: what has come of each, and when it is due.

It is all in memory and none of it is lost: a delivery is acknowledged only with its slab's verdict, so what a
killed worker had collected is delivered to the next one, in whatever order.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from marbleline.domain.clock import Clock
from marbleline.domain.slab import SlabTrigger, SlabVerdict, key_of_frame
from marbleline.domain.slab_fold import SlabRules, complete, fold_slab
from marbleline.domain.verdict import Verdict
from marbleline.ports.message import Delivery

# A slab that is overdue when its first tile comes (the worker was away) waits so long for the others, which
# lie behind it in the queue. No gate waits for it any more.
_REGATHER_US: Final = 1_000_000
# Of so many decided slabs it is remembered that they are: a later tile of theirs changes nothing.
_MOST_DECIDED: Final = 10_000

Rules = Callable[[str], SlabRules]
"""The rules for slabs of a product, asked anew for each slab."""


@dataclass(slots=True)
class SlabInFlight:
    """One slab: ``verdicts`` by frame id, ``deliveries`` by message id: a message may have come twice.

    ``due_at``: microseconds of the monotonic clock, so that no clock that is set back puts it off.
    """

    key: str
    due_at: int
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    deliveries: dict[str, list[Delivery]] = field(default_factory=dict)
    trigger: SlabTrigger | None = None

    @property
    def complete(self) -> bool:
        """Whether every tile has come."""
        return complete(self.verdicts.values(), self.trigger)

    @property
    def in_doubt(self) -> bool:
        """Whether an earlier worker may have decided it: something came again, or something is missing."""
        return not self.complete or any(one.count > 1 for one in self.all_deliveries())

    def add(self, delivery: Delivery) -> None:
        """Keep a delivery until the slab is decided."""
        self.deliveries.setdefault(delivery.message.message_id, []).append(delivery)

    def all_deliveries(self) -> list[Delivery]:
        """Everything that came for the slab."""
        return [one for some in self.deliveries.values() for one in some]

    def held(self, holds: Callable[[Delivery], bool]) -> list[Delivery] | None:
        """The deliveries that are still ours; None if of some message none is: another gets it, or will."""
        found = []
        for some in self.deliveries.values():
            ours = [one for one in some if holds(one)]
            if not ours:
                return None
            found += ours
        return found


class SlabsInFlight:
    """Collects deliveries until their slab is complete or due. Used by one thread.

    A slab's time began when its first frame was captured, by the wall clock that all machines share. From
    then on it passes by ``monotonic`` (seconds): it is never more than the deadline from the first message.
    """

    def __init__(self, rules: Rules, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules
        self._clock = clock
        self._monotonic = monotonic
        self._slabs: dict[str, SlabInFlight] = {}
        self._decided: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._slabs)

    def add_verdict(self, verdict: Verdict, delivery: Delivery) -> bool:
        """Collect a tile's verdict; False if there is nothing to collect it for.

        That is a frame without a slab, which is a slab of its own, or a tile of a slab that is decided.
        """
        frame = verdict.frame
        if frame.tile is None:
            return False
        slab = self._slab(key_of_frame(frame), frame.captured_at, frame.product)
        if slab is None:
            return False
        slab.verdicts[frame.frame_id] = verdict
        slab.add(delivery)
        return True

    def add_trigger(self, trigger: SlabTrigger, delivery: Delivery) -> bool:
        """Collect a trigger; False if its slab is decided."""
        slab = self._slab(trigger.key, trigger.at, None)
        if slab is None:
            return False
        slab.trigger = trigger
        slab.add(delivery)
        return True

    def ready(self, *, overdue: bool) -> list[SlabInFlight]:
        """Slabs that are complete and, with ``overdue``, those whose time is up; oldest first."""
        now = self._steady()
        found = [slab for slab in self._slabs.values() if slab.complete or (overdue and slab.due_at <= now)]
        return sorted(found, key=lambda slab: slab.due_at)

    def oldest(self) -> SlabInFlight:
        """The one that is due next, of at least one."""
        return min(self._slabs.values(), key=lambda slab: slab.due_at)

    def seconds_to_next(self, most_s: float) -> float:
        """Until the next slab is due, at most so long."""
        if not self._slabs:
            return most_s
        left = (min(slab.due_at for slab in self._slabs.values()) - self._steady()) / 1e6
        return min(most_s, max(0.0, left))

    def fold(self, slab: SlabInFlight) -> SlabVerdict:
        """The slab's verdict by what has come until now."""
        product = next((one.frame.product for one in slab.verdicts.values()), "")
        return fold_slab(slab.verdicts.values(), self._rules(product), self._clock(), slab.trigger)

    def decided(self, slab: SlabInFlight) -> None:
        """Its verdict is safe: forget all but that there is one."""
        self._slabs.pop(slab.key, None)
        self._decided[slab.key] = None
        self._decided.move_to_end(slab.key)
        while len(self._decided) > _MOST_DECIDED:
            self._decided.popitem(last=False)

    def deliveries(self) -> list[Delivery]:
        """All that is collected and not acknowledged."""
        return [one for slab in self._slabs.values() for one in slab.all_deliveries()]

    def clear(self) -> None:
        """Forget what was collected: it comes again, here or elsewhere."""
        self._slabs.clear()

    def _slab(self, key: str, began_at: int, product: str | None) -> SlabInFlight | None:
        if key in self._decided:
            return None
        slab = self._slabs.get(key)
        deadline_us = self._rules(product or "").deadline_ms * 1000
        # More than all of it is left where the clock was set back after the capture.
        left_us = min(began_at + deadline_us - self._clock(), deadline_us)
        if slab is None:
            due_at = self._steady() + (left_us if left_us >= 0 else _REGATHER_US)
            slab = self._slabs[key] = SlabInFlight(key, due_at)
        elif left_us > 0:
            # Its clock runs from the first frame, whichever came first.
            slab.due_at = min(slab.due_at, self._steady() + left_us)
        return slab

    def _steady(self) -> int:
        return round(self._monotonic() * 1_000_000)
