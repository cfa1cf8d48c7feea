"""Faulty slabs are held until somebody has seen them: oldest first, counted, bounded."""

from marbleline.console.state.held_faulty import WITHIN_US, HeldFaulty
from marbleline.console.state.snapshot import HeldSlab
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from tests.builders import START, make_verdict


def slab(sequence: int, camera: str = "camera-1", decision: Decision = Decision.FAULTY) -> Verdict:
    return make_verdict(sequence, camera, decision=decision)


def held_after(*verdicts: Verdict, live: bool = True) -> HeldFaulty:
    """What is held once these came in this order."""
    held, came = HeldFaulty(START + WITHIN_US, of_a_camera=3, of_all=5), list[Verdict]()
    for one in verdicts:
        newer = [before for before in came if before.frame.camera == one.frame.camera]
        newer = [before for before in newer if before.frame.frame_id > one.frame.frame_id]
        newer.sort(key=lambda before: before.frame.frame_id, reverse=True)
        held.judged(one, newer, live=live, labelled=False)
        came.append(one)
    return held


def test_a_faulty_slab_stays_and_what_comes_after_it_is_counted() -> None:
    first = slab(1)
    held = held_after(
        slab(0, decision=Decision.GOOD),
        first,
        slab(2, decision=Decision.REVIEW),
        slab(3, decision=Decision.GOOD),
        slab(4, "camera-2", Decision.GOOD),
    )
    assert held.shown() == {"camera-1": HeldSlab(first, after=2, more=0, dropped=0)}


def test_several_of_a_camera_are_released_one_after_the_other_newest_last() -> None:
    slabs = [slab(number) for number in (1, 2, 3)]
    held = held_after(*slabs)
    seen = []
    while shown := held.shown():
        seen.append((shown["camera-1"].verdict.frame.sequence, shown["camera-1"].more))
        assert held.release((shown["camera-1"].verdict.frame.frame_id,))
    assert seen == [(1, 2), (2, 1), (3, 0)]
    assert not held.release((slabs[0].frame.frame_id,))


def test_the_order_of_arrival_changes_nothing() -> None:
    """The store gives the newest first."""
    slabs = [slab(1), slab(2, decision=Decision.GOOD), slab(3), slab(4, decision=Decision.GOOD)]
    assert held_after(*slabs).shown() == held_after(*reversed(slabs)).shown()
    assert held_after(*slabs).shown()["camera-1"].after == 3


def test_a_slab_that_is_labelled_is_not_held() -> None:
    held = HeldFaulty(START)
    held.judged(slab(1), [], live=True, labelled=True)
    assert held.shown() == {}


def test_an_old_slab_is_held_only_if_the_line_has_just_judged_it_by_a_clock_of_its_own() -> None:
    assert set(held_after(slab(0), live=False).shown()) == {"camera-1"}
    assert held_after(slab(-1), live=False).shown() == {}
    assert set(held_after(slab(-1)).shown()) == {"camera-1"}
    again = held_after(slab(601, decision=Decision.GOOD), slab(0), slab(1))
    assert again.shown()["camera-1"] == HeldSlab(slab(1), after=1, more=0, dropped=0)


def test_of_too_many_the_one_that_is_shown_and_the_newest_stay() -> None:
    held = held_after(*(slab(number) for number in range(1, 7)))
    assert held.shown() == {"camera-1": HeldSlab(slab(1), after=5, more=2, dropped=3)}
    held.release((slab(1).frame.frame_id,))
    assert held.shown()["camera-1"].verdict.frame.sequence == 5
    held.release({slab(5).frame.frame_id, slab(6).frame.frame_id})
    held.judged(slab(7), [], live=True, labelled=False)
    assert held.shown()["camera-1"].dropped == 0


def test_all_cameras_together_are_bounded_too() -> None:
    held = held_after(*(slab(number, f"camera-{number}") for number in range(1, 101)))
    assert len(held.shown()) == 5
    many = held_after(*(slab(number) for number in (1, 2, 3)), slab(4, "b"), slab(5, "c"), slab(6, "d"))
    assert {name: (one.more, one.dropped) for name, one in many.shown().items()} == {
        "camera-1": (1, 1),
        "b": (0, 0),
        "c": (0, 0),
        "d": (0, 0),
    }
