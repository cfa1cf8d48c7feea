"""Folding the verdicts of a slab's frames: the worst decides, and nothing incomplete is good."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.calibration import Calibration
from marbleline.domain.decision import Decision
from marbleline.domain.grading import GradeLimits, GradingRecipe
from marbleline.domain.slab import SlabTrigger, SlabVerdict, Unit
from marbleline.domain.slab_fold import SlabRules, complete, fold_slab
from marbleline.domain.slab_layout import Layout
from marbleline.domain.verdict import Heatmap, Verdict
from tests.builders import SECOND, START, make_frame, make_tile, make_verdict

RULES = SlabRules()
SOON = START + SECOND
TRIGGER = SlabTrigger("line-1", "slab-7", 7, START, 4)
GOOD, REVIEW, FAULTY = Decision.GOOD, Decision.REVIEW, Decision.FAULTY


def fold(*verdicts: Verdict, rules: SlabRules = RULES, now: int = SOON) -> SlabVerdict:
    return fold_slab(verdicts, rules, now)


def whole(*decisions: Decision) -> list[Verdict]:
    return [make_tile(tile, len(decisions), decision=one) for tile, one in enumerate(decisions, 1)]


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ((GOOD, GOOD, GOOD), GOOD),
        ((GOOD, REVIEW, GOOD), REVIEW),
        ((GOOD, REVIEW, FAULTY), FAULTY),
        ((FAULTY, GOOD, GOOD), FAULTY),
    ],
)
def test_the_worst_tile_decides(decisions: tuple[Decision, ...], expected: Decision) -> None:
    slab = fold(*whole(*decisions))
    assert slab.decision is expected
    assert slab.defect == (None if expected is GOOD else "crack")
    assert (slab.frames_seen, slab.frames_expected, slab.coverage) == (3, 3, 100)


def test_the_worst_tiles_defect_is_the_slabs() -> None:
    slab = fold(
        make_tile(1, 2, decision=FAULTY, defect="dot", faulty_probability=0.9),
        make_tile(2, 2, decision=FAULTY, defect="joint", faulty_probability=0.99),
    )
    assert slab.defect == "joint"


@pytest.mark.parametrize("incomplete", [REVIEW, FAULTY])
@pytest.mark.parametrize("missing", range(1, 5))
def test_a_missing_tile_never_ends_in_good(missing: int, incomplete: Decision) -> None:
    rules = SlabRules(incomplete=incomplete)
    slab = fold(*(make_tile(tile) for tile in range(1, 5) if tile != missing), rules=rules)
    assert (slab.decision, slab.reasons) == (incomplete, ("missing_tile",))
    assert (slab.frames_seen, slab.frames_expected, slab.coverage) == (3, 4, 75)
    assert slab.tiles[missing - 1].decision is None


def test_a_missing_tile_does_not_soften_a_faulty_one() -> None:
    assert fold(make_tile(1, decision=FAULTY)).decision is FAULTY


def test_rules_that_would_let_an_incomplete_slab_pass_are_refused() -> None:
    with pytest.raises(ValueError, match="never good"):
        SlabRules(incomplete=GOOD)


def test_a_tile_judged_after_its_own_deadline_is_late() -> None:
    tiles = [make_tile(1, 2), make_tile(2, 2, deadline_ms=50, decided_after_ms=51)]
    slab = fold(*tiles)
    assert (slab.decision, slab.reasons) == (REVIEW, ("late_tile",))
    assert [tile.late for tile in slab.tiles] == [False, True]


def test_a_tile_judged_after_the_slabs_deadline_is_late() -> None:
    tiles = [make_tile(1, 2), make_tile(2, 2, deadline_ms=9_000, decided_after_ms=2_000)]
    slab = fold(*tiles, now=START + 2 * SECOND)
    assert (slab.decision, slab.reasons, slab.late) == (REVIEW, ("late_tile",), False)


def test_a_slab_decided_after_its_deadline_is_not_good() -> None:
    at = START + 2 * SECOND
    assert fold(*whole(GOOD, GOOD), now=at).decision is GOOD
    late = fold(*whole(GOOD, GOOD), now=at + 1)
    assert (late.decision, late.reasons, late.late) == (REVIEW, ("late",), True)


def test_two_frames_that_are_the_same_tile_are_not_good() -> None:
    slab = fold(make_tile(1, 2), make_tile(2, 2), make_tile(2, 2, sequence=9))
    assert (slab.decision, slab.reasons) == (REVIEW, ("repeated_tile",))
    worse = fold(make_tile(1, 2), make_tile(2, 2, decision=FAULTY), make_tile(2, 2, sequence=9))
    assert worse.decision is FAULTY


def test_the_same_frame_delivered_again_changes_nothing() -> None:
    tiles = whole(GOOD, GOOD, REVIEW)
    assert fold(*tiles, *tiles) == fold(*tiles)


def test_frames_that_disagree_on_the_number_of_tiles_are_not_good() -> None:
    slab = fold(make_tile(1, 1), make_tile(2, 2))
    assert (slab.decision, slab.reasons) == (REVIEW, ("contradiction",))
    assert slab.frames_expected == 2


def test_one_trigger_with_two_slab_ids_is_not_good() -> None:
    slab = fold(make_tile(1, 2), make_tile(2, 2, slab_id="slab-8"))
    assert (slab.decision, slab.reasons) == (REVIEW, ("contradiction",))


def test_a_tile_that_the_trigger_does_not_know_is_not_good() -> None:
    slab = fold_slab(whole(GOOD, GOOD, GOOD), RULES, SOON, TRIGGER)
    assert slab.reasons == ("contradiction", "missing_tile")
    assert slab.frames_expected == 4


def test_a_gap_between_the_tiles_of_the_encoder_is_not_good() -> None:
    strips = [(0, 100), (100, 200), (230, 300)]
    slab = fold(*(make_tile(tile, 3, encoder=span) for tile, span in enumerate(strips, 1)))
    assert (slab.decision, slab.reasons, slab.coverage) == (REVIEW, ("encoder_gap",), 90)
    assert (slab.encoder_start, slab.encoder_end) == (0, 300)


def test_a_slab_of_which_no_frame_came_is_a_verdict_on_nothing() -> None:
    slab = fold_slab([], SlabRules(incomplete=FAULTY), SOON, TRIGGER)
    assert (slab.slab_id, slab.trigger, slab.decision) == ("slab-7", 7, FAULTY)
    assert (slab.frames_seen, slab.frames_expected, slab.coverage) == (0, 4, 0)


def test_the_deadline_runs_from_the_trigger_if_there_is_one() -> None:
    first = make_tile(2, 2, triggered_at=START)
    assert fold(first).deadline_at == START + 100_000 + 2 * SECOND
    assert fold_slab([first], RULES, SOON, TRIGGER).deadline_at == START + 2 * SECOND


def test_frames_of_two_slabs_are_not_mixed() -> None:
    with pytest.raises(ValueError, match=r"different slabs.*line-1/-/#7, line-1/-/#8"):
        fold(make_tile(1, 2), make_tile(2, 2, trigger=8))
    with pytest.raises(ValueError, match="different slabs"):
        fold(make_tile(1, 2, trigger=None), make_tile(2, 2, trigger=None, slab_id="slab-8"))
    with pytest.raises(ValueError, match="different slabs"):
        fold_slab([make_tile(1, 2, trigger=8)], RULES, SOON, TRIGGER)
    with pytest.raises(ValueError, match="no slab"):
        fold()


def test_a_frame_without_a_slab_is_a_slab_of_one_frame() -> None:
    verdict = make_verdict(frame=make_frame(1, captured_at=START))
    slab = fold(verdict)
    assert (slab.decision, slab.frames_expected, slab.trigger) == (GOOD, 1, None)
    assert slab.slab_id == verdict.frame.frame_id
    assert complete([verdict])


def test_complete_once_every_tile_has_a_verdict() -> None:
    tiles = whole(GOOD, GOOD, GOOD, GOOD)
    assert not complete(tiles[:3])
    assert not complete([*tiles[:3], tiles[0], make_tile(2, sequence=9)])
    assert complete(tiles)
    assert complete(tiles, TRIGGER)
    assert not complete([], TRIGGER)


@given(st.data())
def test_whatever_comes_in_whatever_order_good_is_whole_in_time_and_good(data: st.DataObject) -> None:
    tiles = data.draw(st.integers(1, 6))
    given_tiles = data.draw(
        st.lists(
            st.builds(
                make_tile,
                tile=st.integers(1, tiles),
                tiles=st.just(tiles),
                sequence=st.integers(1, 20),
                decision=st.sampled_from([GOOD, GOOD, GOOD, REVIEW, FAULTY]),
                decided_after_ms=st.sampled_from([20, 20, 20, 3_000]),
                product=st.sampled_from(["marble", "marble", "marble", "granite"]),
            ),
            min_size=1,
            max_size=14,
        ),
        label="tiles",
    )
    now = START + data.draw(st.integers(0, 3 * SECOND))
    slab = fold_slab(given_tiles, RULES, now)
    frames = {one.frame.frame_id: one for one in given_tiles}.values()
    fine = (
        {one.frame.tile for one in frames} == set(range(1, tiles + 1))
        and len(frames) == tiles
        and len({one.frame.product for one in frames}) == 1
        and all(one.decision is GOOD and not one.late for one in frames)
        and not slab.late
    )
    assert (slab.decision is GOOD) is fine
    assert slab.decision is FAULTY or not any(one.decision is FAULTY for one in frames)


def test_the_order_of_arrival_changes_nothing() -> None:
    tiles = [*whole(GOOD, REVIEW, FAULTY), make_tile(3, 3, sequence=9, decision=FAULTY)]
    slabs = {fold(*order).to_json() for order in itertools.permutations(tiles)}
    assert len(slabs) == 1


HOT = Heatmap(rows=2, columns=2, cells=bytes([255, 0, 0, 0]))
SCALES = {
    "camera-1": Calibration(
        camera="camera-1",
        mm_per_pixel=10,
        residual_px=0.2,
        corners=24,
        width=64,
        height=48,
        calibrated_at=START,
        expires_at=START + 9 * SECOND,
    )
}
RECIPE = GradingRecipe(name="x", grades=(GradeLimits(grade="A", longest_crack_mm=0), GradeLimits(grade="B")))
STRICT = GradingRecipe(name="x", grades=(GradeLimits(grade="A", longest_crack_mm=0),))


@pytest.mark.parametrize(
    ("recipe", "decision", "expected", "reasons"),
    [
        (RECIPE, GOOD, "A", ()),
        (RECIPE, FAULTY, "B", ()),
        (STRICT, FAULTY, None, ("below_lowest_grade",)),
        (None, GOOD, None, ()),
    ],
)
def test_a_whole_calibrated_slab_is_graded(
    recipe: GradingRecipe | None, decision: Decision, expected: str | None, reasons: tuple[str, ...]
) -> None:
    rules = SlabRules(recipe=recipe, layout=Layout(calibrations=SCALES))
    tiles = [make_tile(1, 2), make_tile(2, 2, decision=decision, heatmap=HOT)]
    slab = fold(*tiles, rules=rules)
    assert (slab.grade, slab.unit, slab.decision, slab.reasons) == (expected, Unit.MM, decision, reasons)
    part = fold(tiles[1], rules=rules)
    assert (part.grade, part.reasons) == (None, ("missing_tile",))
    assert fold(*tiles, rules=SlabRules(recipe=recipe)).grade is None


@pytest.mark.parametrize("incomplete", [REVIEW, FAULTY])
def test_frames_of_different_products_are_not_good_and_get_no_grade(incomplete: Decision) -> None:
    rules = SlabRules(incomplete=incomplete, recipe=RECIPE, layout=Layout(calibrations=SCALES))
    one, other = make_tile(1, 2), make_tile(2, 2, product="granite")
    assert fold(one, make_tile(2, 2), rules=rules).grade == "A"
    slab = fold(one, other, rules=rules)
    assert (slab.decision, slab.reasons, slab.grade) == (incomplete, ("mixed_products",), None)
    assert fold(make_tile(1, 2, decision=FAULTY), other).decision is FAULTY
