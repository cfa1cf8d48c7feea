"""The slab worker: every slab once, whatever comes in whatever order, and nothing incomplete is good."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.slab import SlabTrigger, SlabVerdict
from marbleline.domain.slab_fold import SlabRules
from marbleline.errors import StoreUnavailable
from marbleline.ports.message import Message
from tests.builders import SECOND, START, FakeClock, make_tile, make_verdict, wait_until
from tests.unit.pipeline.slab_line import QUEUE, SlabLine, shuffled_tiles, trigger_message


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START + SECOND)


@pytest.fixture
def line(tmp_path: Path, clock: FakeClock) -> SlabLine:
    return SlabLine(tmp_path, clock)


def whole(trigger: int = 7, tiles: int = 3, decision: Decision = Decision.GOOD) -> list:  # type: ignore[type-arg]
    return [
        make_tile(tile, tiles, slab_id=f"slab-{trigger}", trigger=trigger, decision=decision)
        for tile in range(1, tiles + 1)
    ]


def told(slabs: Sequence[SlabVerdict]) -> list[tuple[int | None, str, int]]:
    return sorted((one.trigger, one.decision.value, one.frames_seen) for one in slabs)


def test_a_slab_is_published_with_its_last_tile_in_whatever_order(line: SlabLine) -> None:
    tiles = [*whole(7), *whole(8, decision=Decision.FAULTY)]
    random.Random(5).shuffle(tiles)
    with line.worker():
        line.publish(*tiles)
        assert told(line.published(2)) == [(7, "good", 3), (8, "faulty", 3)]


def test_a_slab_with_a_missing_tile_is_published_at_its_deadline_and_is_not_good(
    line: SlabLine, clock: FakeClock
) -> None:
    first, _, third = whole(7)
    with line.worker():
        line.publish(first, third, *whole(8))
        line.collect(2)
        clock.at = START + 2 * SECOND + 1
        by_trigger = {one.trigger: one for one in line.published(2)}
    assert (by_trigger[7].decision, by_trigger[7].frames_seen) == (Decision.REVIEW, 2)
    assert "missing_tile" in by_trigger[7].reasons
    assert by_trigger[8].decision is Decision.GOOD


@pytest.mark.parametrize("when", ["before the first tile", "while its tiles wait"])
def test_a_clock_that_is_set_back_puts_no_deadline_off(tmp_path: Path, clock: FakeClock, when: str) -> None:
    steady = FakeClock()
    line = SlabLine(tmp_path, clock, steady=steady)
    first, _, third = whole(7)
    if when == "before the first tile":
        clock.advance(-3600)
    with line.worker():
        line.publish(first, third)
        line.collect(2)
        if when == "while its tiles wait":
            clock.advance(-3600)
        steady.advance(3)
        (slab,) = line.published(1)
    assert (slab.decision, slab.frames_seen) == (Decision.REVIEW, 2)


def test_a_slab_of_which_no_tile_comes_is_published_at_its_deadline(line: SlabLine, clock: FakeClock) -> None:
    with line.worker(SlabRules(incomplete=Decision.FAULTY)):
        line.broker.publish([trigger_message(SlabTrigger("line-1", "slab-7", 7, START, 3))])
        line.collect(1)
        clock.at = START + 2 * SECOND + 1
        (slab,) = line.published(1)
    assert (slab.trigger, slab.decision, slab.frames_seen, slab.frames_expected) == (7, Decision.FAULTY, 0, 3)


def test_a_trigger_that_comes_after_its_tiles_changes_nothing(line: SlabLine) -> None:
    with line.worker():
        line.publish(*whole(7))
        assert told(line.published(1)) == [(7, "good", 3)]
        line.broker.publish([trigger_message(SlabTrigger("line-1", "slab-7", 7, START, 3))])
        line.publish(*whole(8))
        assert told(line.published(1)) == [(8, "good", 3)]


def test_a_tile_that_comes_again_or_too_late_makes_no_second_verdict(
    line: SlabLine, clock: FakeClock
) -> None:
    first, second, third = whole(7)
    with line.worker():
        line.publish(first, first, second)
        line.collect(3)
        clock.at = START + 3 * SECOND
        assert told(line.published(1)) == [(7, "review", 2)]
        line.publish(third, second, *whole(9))
        assert told(line.published(1)) == [(9, "review", 3)]


def test_frames_without_a_slab_are_left_alone(line: SlabLine) -> None:
    with line.worker():
        line.publish(make_verdict(1), make_verdict(2))
        wait_until(lambda: line.waiting() == 0)
        assert line.published(0) == []


def test_a_bad_message_is_dead_lettered_and_the_next_goes_on(line: SlabLine) -> None:
    with line.worker():
        line.broker.publish([Message("x", "verdict.line-1.camera-1.good", {}, b"{")])
        line.publish(*whole(7))
        assert told(line.published(1)) == [(7, "good", 3)]
    (dead_letter,) = line.broker.dead_letters(10)
    assert (dead_letter.queue, dead_letter.reason) == (QUEUE.name, "bad_message")


def test_what_a_stopped_worker_had_collected_the_next_one_gets(line: SlabLine) -> None:
    first, second, third = whole(7)
    with line.worker():
        line.publish(third, first)
        line.collect(2)
    with line.worker():
        line.publish(second)
        assert told(line.published(1)) == [(7, "good", 3)]


def test_two_workers_do_not_share_a_slab(line: SlabLine) -> None:
    tiles, incomplete = shuffled_tiles(30, 4, seed=3)
    assert not incomplete or tiles
    with line.worker(), line.worker():
        for one in tiles:
            line.publish(one)
        complete = 30 - len(incomplete)
        wait_until(lambda: line.broker.depths()["slab-records"].total == complete)
    seen = line.broker.receive("slab-records", 100, 0)
    slabs = [SlabVerdict.from_json(one.message.body) for one in seen]
    assert {one.trigger for one in slabs} == set(range(1, 31)) - incomplete
    assert all(one.decision is Decision.GOOD for one in slabs)


def test_a_slab_that_is_on_record_is_not_published_again(line: SlabLine, clock: FakeClock) -> None:
    asked: list[str] = []

    def recorded(ids: Sequence[str]) -> frozenset[str]:
        asked.extend(ids)
        return frozenset({"line-1/-/#7"})

    clock.at = START + 9 * SECOND
    line.publish(make_tile(2, 3, slab_id="slab-7"), make_tile(2, 3, slab_id="slab-8", trigger=8))
    with line.worker(recorded=recorded):
        line.collect(2)
        clock.advance(1.1)
        assert told(line.published(1)) == [(8, "review", 1)]
    assert sorted(asked) == ["line-1/-/#7", "line-1/-/#8"]


def test_a_store_that_is_away_holds_up_no_slab(line: SlabLine, clock: FakeClock) -> None:
    def away(ids: Sequence[str]) -> frozenset[str]:
        raise StoreUnavailable("store: away")

    with line.worker(recorded=away):
        line.publish(*whole(7)[:2])
        line.collect(2)
        clock.at = START + 3 * SECOND
        assert told(line.published(1)) == [(7, "review", 2)]


def test_a_backlog_is_put_together_before_anything_is_called_missing(
    line: SlabLine, clock: FakeClock
) -> None:
    clock.at = START + 3_600 * SECOND
    tiles = [tile for trigger in range(1, 41) for tile in whole(trigger, tiles=6)]
    random.Random(2).shuffle(tiles)
    line.publish(*tiles)
    with line.worker():
        slabs = line.published(40)
    assert Counter((one.frames_seen, one.reasons) for one in slabs) == {(6, ("late",)): 40}


def test_a_worker_that_lost_the_queue_publishes_nothing_of_what_it_had(tmp_path: Path) -> None:
    clock = FakeClock(START + SECOND)
    line = SlabLine(tmp_path, clock, lease_s=1.0)
    rules = SlabRules(deadline_ms=60_000)
    with line.worker(rules):
        line.publish(*whole(7)[:2])
        line.collect(2)
        clock.advance(5)  # it hung: its lease is over
        other = line.broker
        held = []
        wait_until(lambda: held.extend(other.receive(QUEUE.name, 9, 0)) or len(held) == 2)  # type: ignore[func-returns-value]
        other.publish([])
        line.publish(whole(7)[2])
        clock.advance(60)
        wait_until(lambda: line.broker.depths()["slab-records"].total == 0)
        other.publish_and_ack(held, [])
