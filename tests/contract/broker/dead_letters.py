"""Dead letters: stored with a reason, listed, replayed, discarded."""

from contextlib import closing

from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.ports.broker import Broker
from marbleline.ports.dead_letters import DeadLetter, DeadLetters
from marbleline.ports.topology import FRAME_RECORDS, FRAMES, MAX_DELIVERIES, Queue
from tests.builders import SECOND, frame_message, make_frame, make_verdict, verdict_message, wait_until
from tests.contract.broker.base import BrokerContract, Connect, frames, ids, receive_all
from tests.contract.promises import assert_keeps


def dead_lettered(broker: Broker, count: int) -> list[DeadLetter]:
    """Let so many frames die, one after the other."""
    broker.publish(frames(count))
    for number, delivery in enumerate(receive_all(broker, FRAMES.name, count), start=1):
        broker.dead_letter(delivery, "truncated", f"ends early: {number}")
    wait_until(lambda: len(broker.dead_letters(count + 1)) == count)
    return broker.dead_letters(count + 1)


GIVING_WAY = Queue("sink-mes", ("verdict.*.*.faulty",), max_length=3, overflow="drop_oldest")


class DeadLettersSuite(BrokerContract):
    """What every broker keeps of ``ports.dead_letters.DeadLetters``."""

    def test_keeps_the_port_of_dead_letters(self, broker: Broker) -> None:
        assert_keeps(broker, DeadLetters)

    def test_a_queue_that_drops_its_oldest_holds_up_nobody(self, connect: Connect) -> None:
        with closing(connect(queues=(GIVING_WAY,))) as broker:  # type: ignore[call-arg]
            sent = [verdict_message(make_verdict(number, decision=Decision.FAULTY)) for number in range(1, 6)]
            for message in sent:
                broker.publish([message])
            deliveries = receive_all(broker, GIVING_WAY.name, 3)
            assert ids(deliveries) == ids(sent[2:])
            broker.dead_letter(deliveries[0], "sink_refused", "answered 400")
            wait_until(lambda: len(broker.dead_letters(10)) == 1)
            assert not any(broker.inventory().dead_lettered.values()), "the frame itself is judged"

    def test_a_dead_letter_says_what_and_why(self, broker: Broker, connect: Connect) -> None:
        before = now()
        (sent,) = frames(1)
        broker.publish([sent])
        (deliveries,) = receive_all(broker, FRAMES.name, 1)
        broker.dead_letter(deliveries, "not_a_picture", "Плита: keines von JPEG, PNG")
        broker.close()
        again = connect()
        self.assert_quiet(again, FRAMES.name)
        wait_until(lambda: again.dead_letters(10))
        (dead_letter,) = again.dead_letters(10)
        assert (dead_letter.queue, dead_letter.reason, dead_letter.detail, dead_letter.message) == (
            FRAMES.name,
            "not_a_picture",
            "Плита: keines von JPEG, PNG",
            sent,
        )
        assert before - 2 * SECOND <= dead_letter.at <= now() + 2 * SECOND
        again.close()

    def test_they_are_listed_oldest_first_and_in_pages(self, broker: Broker) -> None:
        dead_letters = dead_lettered(broker, 5)
        assert [dead_letter.detail for dead_letter in dead_letters] == [
            f"ends early: {number}" for number in range(1, 6)
        ]
        first = broker.dead_letters(2)
        second = broker.dead_letters(2, after=first[-1].dead_letter_id)
        third = broker.dead_letters(2, after=second[-1].dead_letter_id)
        assert first + second + third == dead_letters
        assert broker.dead_letters(2, after=third[-1].dead_letter_id) == []

    def test_looking_changes_nothing(self, broker: Broker, other: Broker) -> None:
        dead_letters = dead_lettered(broker, 3)
        assert other.dead_letters(10) == dead_letters
        assert broker.dead_letters(10) == dead_letters

    def test_they_can_be_listed_without_bodies(self, broker: Broker) -> None:
        dead_letters = dead_lettered(broker, 2)
        bare = broker.dead_letters(10, bodies=False)
        assert [one.message.body for one in bare] == [b"", b""]
        assert [(one.dead_letter_id, one.reason, one.message.headers) for one in bare] == [
            (one.dead_letter_id, one.reason, one.message.headers) for one in dead_letters
        ]

    def test_replayed_it_goes_to_the_queue_that_it_came_from(self, broker: Broker) -> None:
        dead_letters = dead_lettered(broker, 3)
        broker.publish_and_ack(receive_all(broker, FRAME_RECORDS.name, 3), [])
        assert broker.replay([dead_letters[0].dead_letter_id, dead_letters[2].dead_letter_id]) == 2
        again = receive_all(broker, FRAMES.name, 2)
        assert [one.message for one in again] == [dead_letters[0].message, dead_letters[2].message]
        self.assert_quiet(broker, FRAME_RECORDS.name)
        assert broker.dead_letters(10) == [dead_letters[1]]

    def test_replayed_it_can_be_acknowledged_or_dead_lettered_again(self, broker: Broker) -> None:
        broker.publish(frames(1))
        for _ in range(MAX_DELIVERIES):
            broker.requeue(receive_all(broker, FRAMES.name, 1))
        self.assert_quiet(broker, FRAMES.name)
        wait_until(lambda: broker.dead_letters(10))
        (dead_letter,) = broker.dead_letters(10)
        assert broker.replay([dead_letter.dead_letter_id]) == 1
        (deliveries,) = receive_all(broker, FRAMES.name, 1)
        broker.dead_letter(deliveries, "internal_error", "again")
        wait_until(lambda: broker.dead_letters(10))
        (dead_letter,) = broker.dead_letters(10)
        assert dead_letter.reason == "internal_error"
        assert broker.replay([dead_letter.dead_letter_id]) == 1
        broker.publish_and_ack(receive_all(broker, FRAMES.name, 1), [])
        self.assert_quiet(broker, FRAMES.name)
        assert broker.dead_letters(10) == []

    def test_dropped_it_is_gone_but_on_the_record(self, broker: Broker) -> None:
        dead_letters = dead_lettered(broker, 3)
        assert broker.discard([dead_letters[1].dead_letter_id]) == 1
        assert broker.dead_letters(10) == [dead_letters[0], dead_letters[2]]
        inventory = broker.inventory()
        assert inventory.discarded == {"camera-1": {dead_letters[1].message.message_id: 2}}
        assert set(inventory.dead_lettered["camera-1"].values()) == {1, 3}

    def test_a_dead_letter_that_is_not_there_is_no_error(self, broker: Broker) -> None:
        (dead_letter,) = dead_lettered(broker, 1)
        assert broker.discard([dead_letter.dead_letter_id]) == 1
        assert broker.discard([dead_letter.dead_letter_id, "no such letter"]) == 0
        assert broker.replay([dead_letter.dead_letter_id, "no such letter"]) == 0
        self.assert_quiet(broker, FRAMES.name)

    def test_published_as_a_dead_letter_it_is_one_like_any_other(self, broker: Broker) -> None:
        message = frame_message(make_frame(7), body=b"")
        broker.publish_dead_letter(FRAMES.name, message, "too_large", "30000000 bytes, the limit is 20000000")
        wait_until(lambda: broker.dead_letters(10))
        (dead_letter,) = broker.dead_letters(10)
        assert (dead_letter.queue, dead_letter.reason, dead_letter.message) == (
            FRAMES.name,
            "too_large",
            message,
        )
        assert broker.inventory().dead_lettered == {"camera-1": {message.message_id: 7}}
        self.assert_quiet(broker, FRAME_RECORDS.name)
        assert broker.replay([dead_letter.dead_letter_id]) == 1
        assert ids(receive_all(broker, FRAMES.name, 1)) == [message.message_id]
