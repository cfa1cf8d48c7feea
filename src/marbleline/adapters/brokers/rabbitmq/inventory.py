"""How full the queues are, and which frames they may hold, asked of RabbitMQ and of the other consumers."""

from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.dead_letter_log import frame_of
from marbleline.adapters.brokers.rabbitmq.dead_letter_store import DeadLetterStore
from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology, queue_states
from marbleline.adapters.brokers.rabbitmq.unacked_count import UnackedCounter
from marbleline.ports.inventory import Depth, Inventory
from marbleline.ports.topology import VERDICT_RECORDS


class RabbitMQInventory:
    """What ``ports.inventory.QueueInventory`` promises; every method runs on the connection's event loop."""

    def __init__(
        self,
        connection: RecoveringConnection,
        topology: RabbitMQTopology,
        unacked: UnackedCounter,
        dead_letters: DeadLetterStore,
    ) -> None:
        self._connection = connection
        self._topology = topology
        self._unacked = unacked
        self._dead_letters = dead_letters

    async def depths(self) -> dict[str, Depth]:
        """Queue after queue, upstream first, and of each first what is ready, then what is unacked.

        A message that moves on meanwhile is then counted twice at worst, and never missed: it is in a later
        place when that is looked at. Raises BrokerUnavailable.
        """
        channel = await (await self._connection.connection()).channel()
        found: dict[str, Depth] = {}
        try:
            for queue in self._topology.queues:
                state = (await queue_states(channel, self._topology, [queue]))[queue.name]
                consumers = {queue.name: state.consumer_count} if state.consumer_count else {}
                unacked = await self._unacked.ask(consumers) if consumers else {}
                found[queue.name] = Depth(state.message_count, unacked.get(queue.name, 0), oldest_at=None)
        finally:
            channel.close()
        return found

    async def inventory(self) -> Inventory:
        """RabbitMQ can't be looked into without taking: frames in queues are ``unknown``.

        Raises BrokerUnavailable.
        """
        depths = await self.depths()
        register = await self._dead_letters.register()
        dead: dict[str, dict[str, int]] = {}
        for dead_letter in register.live.values():
            place = frame_of(dead_letter)
            if place is not None:
                camera, frame_id, sequence = place
                dead.setdefault(camera, {})[frame_id] = sequence
        counted = [
            one.name for one in self._topology.queues if one.counts_as_pending or one == VERDICT_RECORDS
        ]
        return Inventory(
            pending={},
            unrecorded={},
            dead_lettered=dead,
            discarded={camera: dict(frames) for camera, frames in register.discarded.items()},
            unknown=sum(depths[name].total for name in counted),
        )
