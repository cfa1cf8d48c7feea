"""Follows the slab verdicts of a line as they are decided, and looks in the store for any that were missed.

For servers whose clients ask for what they missed: nothing waits in a queue while this worker is away. The
record of slabs is the store.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final

from marbleline.backoff import Backoff
from marbleline.domain.clock import Clock
from marbleline.domain.slab import SlabVerdict
from marbleline.errors import BrokerUnavailable, StoreUnavailable, WireError
from marbleline.ports.slab_verdicts import SlabQuery, SlabVerdicts
from marbleline.ports.subscription import Subscription, Subscriptions
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.feed")

_MOST_WAITING: Final = 1_000
_AT_ONCE: Final = 64
_WAIT_S: Final = 0.25
_POLL_EVERY_S: Final = 5.0
_WINDOW_US: Final = 600 * 1_000_000
_PAGE: Final = 200
_MOST_REMEMBERED: Final = 20_000


class SlabFeed:
    """Gives each slab verdict of a line to ``deliver`` once.

    ``report`` is told why none can be received, and an empty text once they can.
    """

    def __init__(
        self, line: str, deliver: Callable[[SlabVerdict], None], report: Callable[[str], None], clock: Clock
    ) -> None:
        self._line = line
        self._deliver = deliver
        self._report = report
        self._clock = clock
        self._since = clock()
        self._delivered: OrderedDict[str, None] = OrderedDict()
        self._poll_at = time.monotonic()

    def run(
        self, broker: Subscriptions, store: SlabVerdicts, stop: threading.Event, heartbeat: Heartbeat
    ) -> None:
        """Follow until ``stop`` is set."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                with closing(broker.subscribe([f"slab.{self._line}.#"], _MOST_WAITING)) as subscription:
                    self._report("")
                    backoff.reset()
                    # What was published before the subscription is in the store, or soon will be.
                    self._poll_at = time.monotonic()
                    self._follow(subscription, store, stop, heartbeat)
            except BrokerUnavailable as error:
                log.warning("broker.unavailable", extra={"error": str(error)})
                heartbeat.degraded("broker", error)
                self._report(f"the broker is away: {error}")
                backoff.wait(stop)

    def _follow(
        self, subscription: Subscription, store: SlabVerdicts, stop: threading.Event, heartbeat: Heartbeat
    ) -> None:
        while not stop.is_set():
            for message in subscription.receive(_AT_ONCE, _WAIT_S):
                try:
                    self._offer(SlabVerdict.from_json(message.body))
                except WireError as error:
                    log.warning("feed.bad_message", extra={"detail": str(error)})
            if time.monotonic() < self._poll_at:
                heartbeat.ok()
                continue
            self._poll_at = time.monotonic() + _POLL_EVERY_S
            try:
                self.poll(store)
            except StoreUnavailable as error:
                log.warning("store.unavailable", extra={"error": str(error)})
                heartbeat.degraded("store", error)
            else:
                heartbeat.ok()

    def poll(self, store: SlabVerdicts) -> None:
        """Deliver what is in the store and was not delivered yet, oldest first. Raises StoreUnavailable."""
        for slab in reversed(list(self._recorded(store))):
            self._offer(slab)

    def _recorded(self, store: SlabVerdicts) -> Iterator[SlabVerdict]:
        query = SlabQuery(line=self._line, since=max(self._since, self._clock() - _WINDOW_US))
        after = None
        while True:
            page = store.slab_verdicts(query, _PAGE, after)
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].triggered_at, page[-1].slab_verdict_id

    def _offer(self, slab: SlabVerdict) -> None:
        if slab.slab_verdict_id in self._delivered:
            return
        self._delivered[slab.slab_verdict_id] = None
        while len(self._delivered) > _MOST_REMEMBERED:
            self._delivered.popitem(last=False)
        self._deliver(slab)
