"""The newest product switch of each line: a stream that everybody reads and nobody empties."""

from typing import Any

import pika

from marbleline.adapters.brokers.rabbitmq import message_codec, streams
from marbleline.adapters.brokers.rabbitmq.confirms import OutgoingMessage
from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.publisher import Publisher
from marbleline.domain.product_switch import ProductSwitch
from marbleline.errors import WireError


class RabbitMQProductSwitches:
    """Used on the I/O thread only. What was read once is not read again."""

    def __init__(self, link: RecoveringConnection, publisher: Publisher, stream: str) -> None:
        self._link = link
        self._publisher = publisher
        self._stream = stream
        self._newest: dict[str, ProductSwitch] = {}
        self._offset = -1
        self._last = b""

    async def put(self, switch: ProductSwitch) -> None:
        """Append it, durably. Raises BrokerUnavailable."""
        props = pika.BasicProperties(
            message_id=switch.switch_id,
            content_type="application/json",
            delivery_mode=message_codec.PERSISTENT,
        )
        await self._publisher.publish([OutgoingMessage("", self._stream, props, switch.to_json())])

    async def newest(self, line: str) -> ProductSwitch | None:
        """The line's newest switch, up to now. Raises BrokerUnavailable."""
        same = self._offset < 0

        def reader(offset: int, _key: str, _props: Any, body: bytes) -> bool:
            nonlocal same
            same = same or (offset, body) == (self._offset, self._last)
            if same:
                self._read(offset, body)
            return same

        # From the last one known on: if it is not there, the stream was removed and made anew.
        await streams.read(self._link, self._stream, max(self._offset, 0), reader)
        if not same:
            self._offset, self._last = -1, b""
            return await self.newest(line)
        return self._newest.get(line)

    def _read(self, offset: int, body: bytes) -> None:
        if offset <= self._offset:
            return
        self._offset, self._last = offset, body
        try:
            switch = ProductSwitch.from_json(body)
        except WireError:
            return  # nothing of ours; whoever put it there must not hold up the line
        known = self._newest.get(switch.line)
        if known is None or switch.switch_id > known.switch_id:
            self._newest[switch.line] = switch
