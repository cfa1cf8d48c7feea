"""Putting away, listing, replaying and dropping dead letters."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from marbleline.adapters.broker_rabbitmq import letters, streams, wire
from marbleline.adapters.broker_rabbitmq.confirms import Post
from marbleline.adapters.broker_rabbitmq.layout import Layout
from marbleline.adapters.broker_rabbitmq.link import Link
from marbleline.adapters.broker_rabbitmq.publisher import Publisher
from marbleline.domain.clock import Clock
from marbleline.ports.broker import DeadLetter, Message

# A body is looked for from this long before its letter was put away: writer's and broker's clocks may
# differ. If it isn't found, the whole stream is read.
CLOCKS_DIFFER: Final = timedelta(minutes=5)
# Replays hold so many bodies in memory at once.
AT_ONCE: Final = 16


class PostOffice:
    """Used on the I/O thread only."""

    def __init__(self, link: Link, publisher: Publisher, layout: Layout, clock: Clock) -> None:
        self._link = link
        self._publisher = publisher
        self._layout = layout
        self._clock = clock
        self._register = letters.Register(layout)

    async def put(self, queue: str, message: Message, reason: str, detail: str) -> None:
        """Put a message away, durably. Raises BrokerUnavailable."""
        letter = DeadLetter(letters.letter_id(queue, message), queue, reason, detail, self._clock(), message)
        # The body first: a body without an entry is nothing, an entry without its body is a loss.
        body = self._to(self._layout.bodies, letters.body_properties(letter), message.body)
        await self._publisher.publish([body])
        await self._log(letter.letter_id, letters.put_entry(letter))

    async def register(self) -> letters.Register:
        """What is put away and what was dropped, up to now. Raises BrokerUnavailable."""
        register = self._register

        def reader(offset: int, key: str, props: Any, body: bytes) -> bool:
            register.read(offset, key, props, body)
            return True

        await streams.read(self._link, self._layout.log, register.offset + 1, reader)
        return register

    async def list(self, limit: int, after: str | None, bodies: bool) -> list[DeadLetter]:
        """See the port's ``dead_letters``."""
        found = (await self.register()).after(after, limit)
        if not bodies:
            return found
        contents = await self._bodies(found)
        return [letters.with_body(one, contents.get(one.letter_id, b"")) for one in found]

    async def replay(self, letter_ids: Sequence[str]) -> int:
        """See the port."""
        live = (await self.register()).live
        wanted = [live[one] for one in dict.fromkeys(letter_ids) if one in live]
        replayed = 0
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            contents = await self._bodies(some)
            whole = [
                letters.with_body(one, contents[one.letter_id]) for one in some if one.letter_id in contents
            ]
            # Into the queue first, off the list then: in between it is in both, which is harmless.
            await self._publisher.publish([self._back(letter) for letter in whole])
            for letter in whole:
                await self._log(
                    letter.letter_id, letters.gone_entry(letters.REPLAYED, letter.letter_id, self._clock())
                )
            replayed += len(whole)
        return replayed

    async def drop(self, letter_ids: Sequence[str]) -> int:
        """See the port."""
        live = (await self.register()).live
        wanted = [one for one in dict.fromkeys(letter_ids) if one in live]
        for letter in wanted:
            await self._log(letter, letters.gone_entry(letters.DROPPED, letter, self._clock()))
        return len(wanted)

    async def _bodies(self, wanted: Sequence[DeadLetter]) -> Mapping[str, bytes]:
        missing = {letter.letter_id for letter in wanted}
        found: dict[str, bytes] = {}

        def reader(_offset: int, key: str, props: Any, body: bytes) -> bool:
            letter, content = letters.body_of(self._layout, key, props, body)
            if letter in missing:
                missing.discard(letter)
                found[letter] = content
            return bool(missing)

        if wanted:
            earliest = datetime.fromtimestamp(min(letter.at for letter in wanted) / 1e6, UTC)
            await streams.read(self._link, self._layout.bodies, earliest - CLOCKS_DIFFER, reader)
        if missing:
            await streams.read(self._link, self._layout.bodies, 0, reader)
        return found

    def _back(self, letter: DeadLetter) -> Post:
        queue = letter.queue
        bounds = tuple(one for one in self._layout.queues if one.name == queue)
        props = wire.properties(letter.message, published_at=self._clock(), routed=False)
        return Post("", self._layout.name(queue), props, letter.message.body, bounds)

    async def _log(self, letter: str, entry: bytes) -> None:
        await self._publisher.publish([self._to(self._layout.log, letters.log_properties(letter), entry)])

    def _to(self, stream: str, props: Any, body: bytes) -> Post:
        return Post("", stream, props, body)
