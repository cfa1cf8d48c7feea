"""A subscription on the broker's file."""

import json
import time
from collections.abc import Sequence
from typing import Final

from marbleline.adapters.brokers.sqlite import feeds
from marbleline.adapters.brokers.sqlite.owners import Owner
from marbleline.adapters.sqlite import Database
from marbleline.domain.clock import Clock
from marbleline.errors import BrokerUnavailable
from marbleline.ports.message import Message

_SIGN_EVERY_US: Final = feeds.ABANDONED_AFTER_US // 6


class SqliteSubscription:
    """A ``ports.subscription.Subscription`` with a connection of its own, so it may be another thread's.

    One that was abandoned (a laptop that slept) and asks again is subscribed again from then on.
    """

    def __init__(
        self, database: Database, owner: Owner, clock: Clock, patterns: Sequence[str], max_length: int
    ) -> None:
        self._database = database
        self._owner = owner
        self._clock = clock
        self._patterns = json.dumps(list(patterns))
        self._bound = max_length
        self._number = 0
        self._sign_at = 0
        self._sign()

    def receive(self, limit: int, wait_s: float) -> list[Message]:
        """See ``ports.subscription.Subscription.receive``."""
        for _ in self._database.changes(time.monotonic() + wait_s):
            if self._clock() >= self._sign_at:
                self._sign()
            if messages := self._collect(limit):
                return messages
        return []

    def close(self) -> None:
        """See ``ports.subscription.Subscription.close``."""
        try:
            with self._database.write(durable=False) as connection:
                feeds.end(connection, self._number)
        except BrokerUnavailable:
            pass  # whoever publishes next finds that this owner is gone
        self._owner.leave()
        self._database.close()

    def _collect(self, limit: int) -> list[Message]:
        with self._database.read() as connection:
            if not feeds.has_some(connection, self._number):
                return []
        with self._database.write(durable=False) as connection:
            return feeds.collect(connection, self._number, limit)

    def _sign(self) -> None:
        at = self._clock()
        with self._database.write(durable=False) as connection:
            owner = self._owner.number()
            if not feeds.sign(connection, self._number, owner, at):
                self._number = feeds.begin(connection, self._patterns, self._bound, owner, at)
        self._sign_at = at + _SIGN_EVERY_US
