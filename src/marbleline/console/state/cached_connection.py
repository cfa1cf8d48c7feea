"""One connection that all pages of a server share for their queries, one query at a time.

The feed has connections of its own, so a page that queries much or waits for an unavailable server delays
no verdict.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, Generic, Protocol, TypeVar

from marbleline.errors import Unavailable

_CACHE_SIZE: Final = 32


class Closeable(Protocol):
    """A connection that can be closed."""

    def close(self) -> None:
        """Disconnect. Never raises."""
        ...


C = TypeVar("C", bound=Closeable)
R = TypeVar("R")


class CachedConnection(Generic[C]):
    """Thread-safe. Connects at the first query, and again after a failure."""

    def __init__(self, connect: Callable[[], C]) -> None:
        self._connect = connect
        self._connection: C | None = None
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def query(self, run: Callable[[C], R]) -> R:
        """The result of ``run``. Raises Unavailable, and what ``run`` raises."""
        with self._lock:
            return self._run(run)

    def query_cached(self, key: Hashable, max_age_s: float, run: Callable[[C], R]) -> R:
        """As ``query``, but a result under that key that is younger than ``max_age_s`` is returned again.

        So ten tabs cost what one does.
        """
        with self._lock:
            cached = self._results.get(key)
            if cached is not None and time.monotonic() - cached[0] < max_age_s:
                result: R = cached[1]
                return result
            result = self._run(run)
            self._results[key] = (time.monotonic(), result)
            self._results.move_to_end(key)
            if len(self._results) > _CACHE_SIZE:
                self._results.popitem(last=False)
            return result

    def clear_cache(self) -> None:
        """Forget all results, because something was changed."""
        with self._lock:
            self._results.clear()

    def close(self) -> None:
        """Disconnect. Never raises."""
        with self._lock:
            self._disconnect()

    def _run(self, run: Callable[[C], R]) -> R:
        if self._connection is None:
            self._connection = self._connect()
        try:
            return run(self._connection)
        except Unavailable:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
