"""An even pace: when the next picture of a source that has all of them is due."""

import time
from collections.abc import Callable


class FrameInterval:
    """``rate`` pictures per second. What was missed (a full spool, a slow disk) is not caught up on."""

    def __init__(
        self,
        rate: float,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._step = 1.0 / rate
        self._monotonic = monotonic
        self._sleep = sleep
        self._due = monotonic()

    def wait(self, wait_s: float) -> bool:
        """Wait until the next picture is due, up to ``wait_s`` seconds; whether it is."""
        left = self._due - self._monotonic()
        if left > 0:
            self._sleep(min(left, wait_s))
        return self._monotonic() >= self._due

    def passed(self) -> None:
        """A picture was given."""
        # Up to a second of lateness is made good, so that the mean rate holds.
        self._due = max(self._due + self._step, self._monotonic() - 1.0)
