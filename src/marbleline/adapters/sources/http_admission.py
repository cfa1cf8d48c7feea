"""Which connections the HTTP image server keeps: some are reserved for senders that authenticated."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

_ADDRESSES = 1024  # whose rate is remembered


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """A connection is *undecided* until one of its requests was authenticated.

    ``undecided`` is lower than ``connections``: the difference is reserved for authenticated senders.
    ``unauthenticated_per_s`` and ``burst`` bound the requests of one address that are answered without
    authentication.
    """

    connections: int = 512
    undecided: int = 384
    undecided_per_address: int = 256
    unauthenticated_per_s: float = 100.0
    burst: int = 200


class Closable(Protocol):
    """A connection that can be closed at once."""

    def abort(self) -> None:
        """Close without flushing; ``Admission.leave`` may follow later."""


class Admission:
    """Bounds the open connections. It closes the oldest undecided one instead of refusing a new one.

    Not thread-safe: used from one event loop.
    """

    def __init__(self, limits: ConnectionLimits, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._undecided: OrderedDict[Closable, str] = OrderedDict()
        self._by_address: dict[str, OrderedDict[Closable, None]] = {}
        self._authenticated: set[Closable] = set()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def counts(self) -> Counter[str]:
        """How many connections are ``undecided`` and ``authenticated``."""
        return Counter(undecided=len(self._undecided), authenticated=len(self._authenticated))

    def enter(self, connection: Closable, address: str) -> bool:
        """Count a new connection. False: all are taken by authenticated senders, close it."""
        limits = self._limits
        own: Mapping[Closable, None] = self._by_address.get(address, {})
        total = len(self._undecided) + len(self._authenticated)
        if len(own) >= limits.undecided_per_address:
            self._evict(next(iter(own)))
        elif len(self._undecided) >= limits.undecided or total >= limits.connections:
            if not self._undecided:
                return False
            self._evict(next(iter(self._undecided)))
        self._undecided[connection] = address
        self._by_address.setdefault(address, OrderedDict())[connection] = None
        return True

    def authenticated(self, connection: Closable) -> None:
        """The connection moves to the reserved share and is not closed for another one."""
        if self._forget(connection):
            self._authenticated.add(connection)

    def leave(self, connection: Closable) -> None:
        """The connection is closed. May be called twice."""
        self._forget(connection)
        self._authenticated.discard(connection)

    def may_answer(self, address: str) -> bool:
        """Whether another unauthenticated request of ``address`` is answered (token bucket)."""
        now = self._monotonic()
        left, since = self._buckets.pop(address, (float(self._limits.burst), now))
        left = min(float(self._limits.burst), left + (now - since) * self._limits.unauthenticated_per_s)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        return allowed

    def _evict(self, connection: Closable) -> None:
        self._forget(connection)
        connection.abort()

    def _forget(self, connection: Closable) -> bool:
        address = self._undecided.pop(connection, None)
        if address is None:
            return False
        own = self._by_address[address]
        del own[connection]
        if not own:
            del self._by_address[address]
        return True
