"""Whatever is done in whatever order: nothing is lost and nothing invented."""

from collections import Counter
from typing import Any, ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marbleline.ports.broker import Broker
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import ENCODED, FRAME_RECORDS, FRAMES
from tests.contract.broker.base import WAIT_S, BrokerContract, Connect, frames

# An operation and a number that says on what; what that is depends on what there is.
Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "publish",
                "receive",
                "ack",
                "publish_and_ack",
                "requeue",
                "die",
                "replay",
                "discard",
                "reconnect",
            ]
        ),
        st.integers(min_value=1, max_value=5),
    ),
    max_size=25,
)


class Model:
    """The broker, and beside it where each message has to be: per queue, as a dead letter, or gone."""

    def __init__(self, connect: Connect) -> None:
        self.connect = connect
        self.broker: Broker = connect()
        self.expected: dict[str, Counter[str]] = {
            name: Counter() for name in (FRAMES.name, FRAME_RECORDS.name, ENCODED.name, "dead")
        }
        self.deliveries: list[Delivery] = []
        self.sequence = 0

    def do(self, step: Step) -> None:
        name, number = step
        getattr(self, name)(number)

    def publish(self, number: int) -> None:
        sent = frames(number, first=self.sequence + 1)
        self.sequence += number
        self.broker.publish(sent)
        for queue in (FRAMES.name, FRAME_RECORDS.name):
            self.expected[queue].update(one.message_id for one in sent)

    def receive(self, number: int) -> None:
        held = len(self.deliveries)
        if self.expected[FRAMES.name].total() > held:
            # Given back and replayed messages may be on their way: at least one has to come.
            self.deliveries += self.broker.receive(FRAMES.name, number, WAIT_S)
            assert held < len(self.deliveries) <= held + number

    def ack(self, number: int) -> None:
        self._publish_and_ack(number, made=[])

    def publish_and_ack(self, number: int) -> None:
        made = [
            Message(one.message.message_id, "encoded.line-1.camera-1", one.message.headers, b"pixels")
            for one in self.deliveries[:number]
        ]
        self._publish_and_ack(number, made)

    def _publish_and_ack(self, number: int, made: list[Message]) -> None:
        batch, self.deliveries = self.deliveries[:number], self.deliveries[number:]
        self.broker.publish_and_ack(batch, made)
        self.expected[FRAMES.name].subtract(one.message.message_id for one in batch)
        self.expected[ENCODED.name].update(one.message_id for one in made)

    def requeue(self, number: int) -> None:
        batch, self.deliveries = self.deliveries[:number], self.deliveries[number:]
        self.broker.requeue(batch)

    def die(self, number: int) -> None:
        for one in self.deliveries[:number]:
            self.broker.dead_letter(one, "truncated", "ends early")
            self.expected[FRAMES.name].subtract([one.message.message_id])
            self.expected["dead"].update([one.message.message_id])
        self.deliveries = self.deliveries[number:]

    def replay(self, number: int) -> None:
        dead_letters = self.broker.dead_letters(number)
        assert self.broker.replay([one.dead_letter_id for one in dead_letters]) == len(dead_letters)
        self.expected["dead"].subtract(one.message.message_id for one in dead_letters)
        self.expected[FRAMES.name].update(one.message.message_id for one in dead_letters)

    def discard(self, number: int) -> None:
        dead_letters = self.broker.dead_letters(number)
        assert self.broker.discard([one.dead_letter_id for one in dead_letters]) == len(dead_letters)
        self.expected["dead"].subtract(one.message.message_id for one in dead_letters)

    def reconnect(self, number: int) -> None:
        self.broker.close()
        self.broker = self.connect()
        self.deliveries = []

    def finish(self, idle_s: float) -> dict[str, Counter[str]]:
        """Empty the broker; what was found where."""
        self.broker.close()
        self.broker = self.connect()
        found: dict[str, Counter[str]] = {}
        for queue in (FRAMES.name, FRAME_RECORDS.name, ENCODED.name):
            drained: list[Delivery] = []
            # What has to be there is waited for, what mustn't only for a moment.
            while more := self.broker.receive(
                queue, 100, WAIT_S if len(drained) < self.expected[queue].total() else idle_s
            ):
                self.broker.publish_and_ack(more, [])
                drained += more
            found[queue] = Counter(one.message.message_id for one in drained)
        dead_letters = self.broker.dead_letters(10_000)
        self.broker.discard([one.dead_letter_id for one in dead_letters])
        found["dead"] = Counter(one.message.message_id for one in dead_letters)
        return found


class Operations(BrokerContract):
    # How many random histories are tried.
    histories: ClassVar[int] = 20

    def after_history(self, broker: Broker) -> None:
        """Called with the emptied broker: an adapter may look whether anything was left behind."""

    def test_nothing_is_lost_or_invented(self, connect: Connect) -> None:
        @settings(
            max_examples=self.histories,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        @given(steps=STEPS)
        def run(steps: list[Step]) -> None:
            model = Model(connect)
            try:
                for step in steps:
                    model.do(step)
                found = model.finish(self.idle_s)
                self.after_history(model.broker)
                assert found == {name: +counter for name, counter in model.expected.items()}
            finally:
                model.broker.close()

        untyped: Any = run
        untyped()
