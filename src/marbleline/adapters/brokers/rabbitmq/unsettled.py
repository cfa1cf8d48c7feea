"""Acknowledging a batch at once: each ``basic.ack`` is an entry in the log of a quorum queue."""

from collections.abc import Iterable


class Unsettled:
    """Delivery tags of one channel that were neither acknowledged nor rejected.

    Used on the I/O thread only, where what is settled is settled in the order of the wire.
    """

    def __init__(self) -> None:
        self._tags: dict[int, None] = {}  # in the order in which they came, so ascending

    def add(self, tag: int) -> None:
        """A delivery came."""
        self._tags[tag] = None

    def remove(self, tag: int) -> None:
        """It was rejected."""
        self._tags.pop(tag, None)

    def acks(self, tags: Iterable[int]) -> list[tuple[int, bool]]:
        """What acknowledges these deliveries and no other: each a tag, and whether it is for all up to it.

        One with ``multiple`` for the oldest, which is all of them while deliveries are settled in order.
        Beyond a delivery that is still held, one each.
        """
        settled = set(tags)
        last = count = 0
        for tag in self._tags:
            if tag not in settled:
                break
            last, count = tag, count + 1
        for tag in settled:
            self._tags.pop(tag, None)
        alone = [(tag, False) for tag in sorted(settled) if tag > last]
        return [(last, count > 1), *alone] if count else alone
