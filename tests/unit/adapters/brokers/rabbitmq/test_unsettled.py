"""Batches are acknowledged at once, and never what is not in them."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from marbleline.adapters.brokers.rabbitmq.unsettled import Unsettled


def came(*tags: int) -> Unsettled:
    unsettled = Unsettled()
    for tag in tags:
        unsettled.add(tag)
    return unsettled


def test_a_batch_in_order_is_one_acknowledgement() -> None:
    unsettled = came(1, 2, 3, 4)
    assert unsettled.acks([1, 2, 3]) == [(3, True)]
    assert unsettled.acks([4]) == [(4, False)]


def test_what_is_held_is_not_acknowledged_with_what_came_after_it() -> None:
    unsettled = came(1, 2, 3, 4, 5)
    assert unsettled.acks([1, 2, 4, 5]) == [(2, True), (4, False), (5, False)]
    assert unsettled.acks([3]) == [(3, False)]


def test_what_was_rejected_holds_up_nothing() -> None:
    unsettled = came(1, 2, 3)
    unsettled.remove(1)
    assert unsettled.acks([3, 2]) == [(3, True)]


@given(st.lists(st.sampled_from(["ack", "reject", "hold"]), max_size=20), st.randoms())
def test_exactly_what_is_settled_is_acknowledged(fates: list[str], order: Random) -> None:
    unsettled, broker = came(*range(1, len(fates) + 1)), set(range(1, len(fates) + 1))
    for tag, fate in enumerate(fates, 1):
        if fate == "reject":
            unsettled.remove(tag)
            broker.discard(tag)
    wanted = [tag for tag, fate in enumerate(fates, 1) if fate == "ack"]
    order.shuffle(wanted)
    batch, rest = wanted[: len(wanted) // 2], wanted[len(wanted) // 2 :]
    for some in (batch, rest):
        before = set(broker)
        for tag, multiple in unsettled.acks(some):
            broker -= {one for one in broker if one == tag or (multiple and one < tag)}
        assert before - broker == set(some)
