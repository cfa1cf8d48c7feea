"""From the verdicts of a slab's frames to the verdict of the slab. Pure: who calls it keeps time and state.

The worst tile decides. A slab is good only if every tile was seen, in time, by frames of one product that
agree on what they show, and was judged good; whatever is missing, late or in doubt ends in review or in
faulty, never in good.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from marbleline.domain.decision import SEVERITY, Decision
from marbleline.domain.defect_regions import CELL_FROM
from marbleline.domain.grading import GradingRecipe, grade, measure
from marbleline.domain.slab import (
    BELOW_LOWEST_GRADE,
    CONTRADICTION,
    ENCODER_GAP,
    LATE,
    LATE_TILE,
    MISSING_TILE,
    MIXED_PRODUCTS,
    REPEATED_TILE,
    SlabTile,
    SlabTrigger,
    SlabVerdict,
    Unit,
    key_of_frame,
    slab_id_of,
)
from marbleline.domain.slab_defects import find_defects
from marbleline.domain.slab_layout import Layout, PlacedSlab, encoder_cover, place_tiles
from marbleline.domain.verdict import Verdict

# Two strips may be this share of the slab apart by the rounding of encoder counts.
_COVERED: Final = 0.995


@dataclass(frozen=True, slots=True)
class SlabRules:
    """How slabs of a line are decided.

    ``deadline_ms``  from the trigger, or the first capture, until the verdict is of no more use
    ``incomplete``   what becomes of a slab that has no faulty tile, but a tile that is missing, late or in
                     doubt: review or faulty
    ``recipe``       how it is graded, None: not at all
    ``cell_from``    how faulty a cell of the heat map has to look to be a part of a defect, 0 to 1
    """

    deadline_ms: int = 2_000
    incomplete: Decision = Decision.REVIEW
    layout: Layout = field(default_factory=Layout)
    recipe: GradingRecipe | None = None
    cell_from: float = CELL_FROM

    def __post_init__(self) -> None:
        """Raises ValueError if an incomplete slab would pass."""
        if self.incomplete is Decision.GOOD:
            raise ValueError("incomplete: a slab with a missing tile is never good; use review or faulty")


@dataclass(frozen=True, slots=True)
class _Tiles:
    """What came of a slab: ``seen`` by number, the worst of each; ``doubts``: reasons against good."""

    seen: dict[int, Verdict]
    expected: int
    doubts: tuple[str, ...]


def fold_slab(
    verdicts: Iterable[Verdict], rules: SlabRules, now: int, trigger: SlabTrigger | None = None
) -> SlabVerdict:
    """The verdict of a slab at ``now`` (microseconds UTC) from the verdicts of its frames, in any order.

    The same frame's verdict may be given again. Without verdicts, of a slab that only triggered, it is a
    verdict on nothing: missing tiles all. Raises ValueError if there is neither verdict nor trigger, or if
    they are of different slabs.
    """
    by_frame = {one.frame.frame_id: one for one in verdicts}
    ordered = sorted(by_frame.values(), key=lambda one: one.frame.frame_id)
    _check_one_slab(ordered, trigger)
    tiles = _sort(ordered, trigger)
    triggered_at = trigger.at if trigger else min(one.frame.captured_at for one in ordered)
    deadline_at = triggered_at + rules.deadline_ms * 1000
    doubts = _doubts(tiles, rules, now, deadline_at)
    placed = place_tiles(tiles.seen, tiles.expected, rules.layout, now, trigger.encoder if trigger else None)
    defects = find_defects(tiles.seen, placed.boxes, rules.cell_from)
    worst = max(tiles.seen.values(), key=_rank, default=None)
    decision = worst.decision if worst else Decision.REVIEW
    if doubts and decision is not Decision.FAULTY:
        decision = rules.incomplete
    found_grade = None
    if rules.recipe and placed.unit is Unit.MM and not doubts:
        found_grade = grade(
            measure(defects, placed.width, placed.height, rules.recipe.edge_zone_mm), rules.recipe
        )
        doubts = () if found_grade else (BELOW_LOWEST_GRADE,)
    frames = [one.frame for one in tiles.seen.values()]
    starts = [one.encoder_start for one in frames if one.encoder_start is not None]
    ends = [one.encoder_end for one in frames if one.encoder_end is not None]
    first = ordered[0].frame if ordered else None
    return SlabVerdict(
        slab_id=trigger.slab_id if trigger else slab_id_of(ordered[0].frame),
        line=first.line if first else _of(trigger).line,
        station=first.station if first else _of(trigger).station,
        trigger=first.trigger if first else _of(trigger).trigger,
        encoder_start=min(starts, default=trigger.encoder if trigger else None),
        encoder_end=max(ends, default=None),
        triggered_at=triggered_at,
        decision=decision,
        defect=worst.defect if worst and worst.decision is not Decision.GOOD else None,
        grade=found_grade,
        reasons=tuple(dict.fromkeys([*doubts, *_tile_reasons(tiles, decision)])),
        unit=placed.unit,
        width=placed.width,
        height=placed.height,
        defects=defects,
        tiles=_listed(tiles, placed, deadline_at),
        frames_seen=len(tiles.seen),
        frames_expected=tiles.expected,
        coverage=round(_coverage(tiles, rules) * 100, 2),
        deadline_at=deadline_at,
        decided_at=now,
    )


def complete(verdicts: Iterable[Verdict], trigger: SlabTrigger | None = None) -> bool:
    """Whether all tiles have a verdict, so that there is nothing more to wait for."""
    tiles = _sort(list({one.frame.frame_id: one for one in verdicts}.values()), trigger)
    return tiles.expected > 0 and len(tiles.seen) >= tiles.expected


def _sort(verdicts: Collection[Verdict], trigger: SlabTrigger | None) -> _Tiles:
    seen: dict[int, Verdict] = {}
    doubts: list[str] = []
    numbers = {one.frame.tiles or 1 for one in verdicts} | ({trigger.tiles} if trigger else set())
    ids = {slab_id_of(one.frame) for one in verdicts} | ({trigger.slab_id} if trigger else set())
    expected = max(numbers, default=0)
    if len(numbers) > 1 or len(ids) > 1:
        doubts.append(CONTRADICTION)
    if len({one.frame.product for one in verdicts}) > 1:
        doubts.append(MIXED_PRODUCTS)
    for one in verdicts:
        tile = one.frame.tile or 1
        if tile > expected:
            doubts.append(CONTRADICTION)
            expected = tile
        if tile in seen:
            doubts.append(REPEATED_TILE)
            one = max(seen[tile], one, key=_rank)  # noqa: PLW2901
        seen[tile] = one
    return _Tiles(seen, expected, tuple(dict.fromkeys(doubts)))


def _doubts(tiles: _Tiles, rules: SlabRules, now: int, deadline_at: int) -> tuple[str, ...]:
    """Every reason that keeps the slab from being good, whatever its tiles say."""
    doubts = list(tiles.doubts)
    if any(_late(one, deadline_at) for one in tiles.seen.values()):
        doubts.append(LATE_TILE)
    # At its deadline a slab is decided because a tile is missing: that is the reason, and not the moment.
    if len(tiles.seen) < tiles.expected:
        doubts.append(MISSING_TILE)
    elif now > deadline_at:
        doubts.append(LATE)
    if encoder_cover([one.frame for one in tiles.seen.values()], rules.layout.rows) < _COVERED:
        doubts.append(ENCODER_GAP)
    return tuple(doubts)


def _late(verdict: Verdict, deadline_at: int) -> bool:
    return verdict.late or verdict.stages.decided_at > deadline_at


def _rank(verdict: Verdict) -> tuple[int, float, str]:
    return SEVERITY[verdict.decision], verdict.faulty_probability, verdict.frame.frame_id


def _tile_reasons(tiles: _Tiles, decision: Decision) -> Sequence[str]:
    """Why a person is asked of single tiles; a faulty slab needs no more reasons."""
    if decision is Decision.FAULTY:
        return ()
    return [reason for tile in sorted(tiles.seen) for reason in tiles.seen[tile].reasons]


def _coverage(tiles: _Tiles, rules: SlabRules) -> float:
    by_number = len(tiles.seen) / tiles.expected if tiles.expected else 0.0
    return min(by_number, encoder_cover([one.frame for one in tiles.seen.values()], rules.layout.rows))


def _listed(tiles: _Tiles, placed: PlacedSlab, deadline_at: int) -> tuple[SlabTile, ...]:
    listed = []
    for tile, box in sorted(placed.boxes.items()):
        one = tiles.seen.get(tile)
        place = SlabTile(tile=tile, left=box.left, top=box.top, width=box.width, height=box.height)
        if one is not None:
            place = replace(
                place,
                frame_id=one.frame.frame_id,
                camera=one.frame.camera,
                decision=one.decision,
                defect=one.defect,
                late=_late(one, deadline_at),
            )
        listed.append(place)
    return tuple(listed)


def _check_one_slab(verdicts: Sequence[Verdict], trigger: SlabTrigger | None) -> None:
    keys = {key_of_frame(one.frame) for one in verdicts}
    if trigger is not None:
        keys.add(trigger.key)
    if not keys:
        raise ValueError("a slab without verdicts and without trigger is no slab")
    if len(keys) > 1:
        raise ValueError(f"verdicts of different slabs can't be folded into one: {', '.join(sorted(keys))}")


def _of(trigger: SlabTrigger | None) -> SlabTrigger:
    if trigger is None:
        raise ValueError("a slab without verdicts needs its trigger")
    return trigger
