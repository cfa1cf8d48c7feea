"""How long to wait before trying again."""

import random
import threading


class Backoff:
    """Doubles from ``first_s`` to ``most_s`` seconds, each wait between half and all of it.

    The spread keeps workers that lost the same server from coming back in step. ``wait`` is for threads;
    whoever waits in another way takes ``next_s``.
    """

    def __init__(self, first_s: float = 0.05, most_s: float = 5.0) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    def wait(self, stop: threading.Event) -> bool:
        """Wait, less if ``stop`` is set meanwhile; returns whether to go on."""
        return not stop.wait(self.next_s())

    def next_s(self) -> float:
        """Seconds to wait now; the next ones are twice as many."""
        seconds = self._next_s * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret
        self._next_s = min(self._most_s, self._next_s * 2)
        return seconds

    def reset(self) -> None:
        """It worked: the next wait is short again."""
        self._next_s = self._first_s
