"""Publishing, listing, replaying and dropping dead letters."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from marbleline.adapters.brokers.rabbitmq import dead_letter_log, message_codec, streams
from marbleline.adapters.brokers.rabbitmq.confirms import OutgoingMessage
from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.publisher import Publisher
from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology
from marbleline.domain.clock import Clock
from marbleline.errors import MessageTooLarge
from marbleline.ports.dead_letters import DeadLetter
from marbleline.ports.message import Message

# A body is looked for from this long before its message was dead-lettered: writer's and broker's clocks may
# differ. If it isn't found, the whole stream is read.
CLOCKS_DIFFER: Final = timedelta(minutes=5)
# Replays hold so many bodies in memory at once.
AT_ONCE: Final = 16


class DeadLetterStore:
    """Used on the I/O thread only."""

    def __init__(
        self, link: RecoveringConnection, publisher: Publisher, layout: RabbitMQTopology, clock: Clock
    ) -> None:
        self._link = link
        self._publisher = publisher
        self._layout = layout
        self._clock = clock
        self._register = dead_letter_log.DeadLetterLog(layout)

    async def put(self, queue: str, message: Message, reason: str, detail: str) -> None:
        """Put a message away, durably. Raises BrokerUnavailable."""
        dead_letter = DeadLetter(
            dead_letter_log.dead_letter_id(queue, message), queue, reason, detail, self._clock(), message
        )
        # The body first: a body without an entry is nothing, an entry without its body is a loss.
        props = dead_letter_log.body_properties(dead_letter)
        try:
            await self._publisher.publish([self._to(self._layout.bodies, props, message.body)])
        except MessageTooLarge:
            await self._publisher.publish([self._to(self._layout.bodies, props, b"")])
        await self._log(dead_letter.dead_letter_id, dead_letter_log.put_entry(dead_letter))

    async def register(self) -> dead_letter_log.DeadLetterLog:
        """What is dead-lettered and what was discarded, up to now. Raises BrokerUnavailable."""
        register = self._register
        same = register.offset < 0

        def reader(offset: int, key: str, props: Any, body: bytes) -> bool:
            nonlocal same
            same = same or (offset, body) == (register.offset, register.last)
            if same:
                register.read(offset, key, props, body)
            return same

        # From the last entry known on: if it is not there, the log was removed and made anew.
        await streams.read(self._link, self._layout.log, max(register.offset, 0), reader)
        if not same:
            self._register = dead_letter_log.DeadLetterLog(self._layout)
            return await self.register()
        return register

    async def list(self, limit: int, after: str | None, bodies: bool) -> list[DeadLetter]:
        """See the port's ``dead_letters``."""
        found = (await self.register()).after(after, limit)
        if not bodies:
            return found
        contents = await self._bodies(found)
        return [dead_letter_log.with_body(one, contents.get(one.dead_letter_id, b"")) for one in found]

    async def replay(self, dead_letter_ids: Sequence[str]) -> int:
        """See the port."""
        live = (await self.register()).live
        wanted = [live[one] for one in dict.fromkeys(dead_letter_ids) if one in live]
        replayed = 0
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            contents = await self._bodies(some)
            whole = [
                dead_letter_log.with_body(one, contents[one.dead_letter_id])
                for one in some
                if one.dead_letter_id in contents
            ]
            # Into the queue first, off the list then: in between it is in both, which is harmless.
            await self._publisher.publish([self._back(dead_letter) for dead_letter in whole])
            for dead_letter in whole:
                await self._log(
                    dead_letter.dead_letter_id,
                    dead_letter_log.gone_entry(
                        dead_letter_log.REPLAYED, dead_letter.dead_letter_id, self._clock()
                    ),
                )
            replayed += len(whole)
        return replayed

    async def discard(self, dead_letter_ids: Sequence[str]) -> int:
        """See the port."""
        live = (await self.register()).live
        wanted = [one for one in dict.fromkeys(dead_letter_ids) if one in live]
        for dead_letter in wanted:
            await self._log(
                dead_letter, dead_letter_log.gone_entry(dead_letter_log.DISCARDED, dead_letter, self._clock())
            )
        return len(wanted)

    async def _bodies(self, wanted: Sequence[DeadLetter]) -> Mapping[str, bytes]:
        missing = {dead_letter.dead_letter_id for dead_letter in wanted}
        found: dict[str, bytes] = {}

        def reader(_offset: int, key: str, props: Any, body: bytes) -> bool:
            dead_letter, content = dead_letter_log.body_of(self._layout, key, props, body)
            if dead_letter in missing:
                missing.discard(dead_letter)
                found[dead_letter] = content
            return bool(missing)

        if wanted:
            earliest = datetime.fromtimestamp(min(dead_letter.at for dead_letter in wanted) / 1e6, UTC)
            await streams.read(self._link, self._layout.bodies, earliest - CLOCKS_DIFFER, reader)
        if missing:
            await streams.read(self._link, self._layout.bodies, 0, reader)
        return found

    def _back(self, dead_letter: DeadLetter) -> OutgoingMessage:
        queue = dead_letter.queue
        bounds = tuple(one for one in self._layout.queues if one.name == queue)
        props = message_codec.properties(dead_letter.message, published_at=self._clock(), routed=False)
        return OutgoingMessage("", self._layout.name(queue), props, dead_letter.message.body, bounds)

    async def _log(self, dead_letter: str, entry: bytes) -> None:
        await self._publisher.publish(
            [self._to(self._layout.log, dead_letter_log.log_properties(dead_letter), entry)]
        )

    def _to(self, stream: str, props: Any, body: bytes) -> OutgoingMessage:
        return OutgoingMessage("", stream, props, body)
