"""Watching: waits until the line has judged enough slabs of a new product to ask about some of them."""

import time
from collections.abc import Callable
from typing import Final

from marbleline.ports.verdicts import VerdictCounts, VerdictQuery, Verdicts

_POLL_EVERY_S: Final = 2.0


def wait_for_slabs(
    store: Verdicts,
    line: str,
    product: str,
    wanted: int,
    limit_s: float = 0.0,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> VerdictCounts:
    """What a line decided of a product's slabs, once there are ``wanted`` of them or the limit is over.

    ``limit_s``  seconds to wait; 0 looks once
    ``clock``    seconds that only grow

    The caller sees by ``total`` which of the two it was. Raises StoreUnavailable.
    """
    query = VerdictQuery(line=line, product=product)
    until = clock() + limit_s
    while True:
        counts = store.counts(query)
        left = until - clock()
        if counts.total >= wanted or left <= 0:
            return counts
        sleep(min(_POLL_EVERY_S, left))
