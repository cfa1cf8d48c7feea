"""The map of a slab: its tiles and defects where they lie, and each judged tile a way to its frame."""

from msgspec.structs import replace

from marbleline.console.components.slab_map import MOST_LISTED, slab_map
from marbleline.console.i18n.locale import Locale
from marbleline.domain.calibration import Calibration
from marbleline.domain.decision import Decision
from marbleline.domain.slab_fold import SlabRules, fold_slab
from marbleline.domain.slab_layout import Layout
from marbleline.domain.verdict import Heatmap
from tests.builders import SECOND, START, make_slab_verdict, make_tile
from tests.unit.console.components.test_components import HOSTILE, Seen

CALIBRATION = Calibration(
    camera="camera-1",
    mm_per_pixel=10,
    residual_px=0.1,
    corners=24,
    width=64,
    height=48,
    calibrated_at=START,
    expires_at=START + 9 * SECOND,
)


def tags(seen: Seen, class_: str) -> list[dict[str, str | None]]:
    return [found for _, found in seen.tags if class_ in (found.get("class") or "").split()]


def test_tiles_and_defects_lie_where_they_are() -> None:
    heat = Heatmap(rows=1, columns=4, cells=bytes([0, 0, 255, 0]))
    layout = Layout(calibrations={"camera-1": CALIBRATION})
    tiles = [make_tile(1, 3), make_tile(3, 3, decision=Decision.FAULTY, heatmap=heat)]
    slab = fold_slab(tiles, SlabRules(layout=layout), START + SECOND)
    shown = tiles[1].frame.frame_id
    seen = Seen(slab_map(slab, shown, Locale()))
    first, missing, faulty = tags(seen, "ml-map-tile")
    assert (first["data-frame"], first["aria-pressed"]) == (tiles[0].frame.frame_id, "false")
    assert (missing["title"], missing.get("data-frame")) == ("Tile 2: missing", None)
    assert (faulty["aria-label"], faulty["aria-pressed"]) == ("Tile 3: Faulty", "true")
    assert faulty["style"] == "left:66.67%;top:0.00%;width:33.33%;height:100.00%"
    (defect,) = tags(seen, "ml-map-defect")
    assert (defect["style"] or "").startswith("left:83.33%;top:0.00%;width:8.33%")
    assert "crack, 100%, 480 mm long, at 1,680 mm along and 240 mm across" in seen.texts
    assert "2 of 3 tiles, a tile is missing" in seen.texts


def test_without_measures_places_are_shares() -> None:
    heat = Heatmap(rows=1, columns=2, cells=bytes([0, 255]))
    slab = fold_slab([make_tile(1, 1, decision=Decision.FAULTY, heatmap=heat)], SlabRules(), START + SECOND)
    seen = Seen(slab_map(slab, "", Locale()))
    assert "crack, 100%, at 75% along and 50% across" in seen.texts


def test_many_defects_are_drawn_and_few_are_listed() -> None:
    heat = Heatmap(rows=1, columns=39, cells=bytes([255, 0, 0] * 13))
    slab = fold_slab([make_tile(1, 1, decision=Decision.FAULTY, heatmap=heat)], SlabRules(), START + SECOND)
    seen = Seen(slab_map(slab, "", Locale()))
    assert len(tags(seen, "ml-map-defect")) == 13
    assert len([tag for tag, _ in seen.tags if tag == "li"]) == MOST_LISTED + 1
    assert "and 5 more" in seen.texts


def test_nothing_from_outside_becomes_markup() -> None:
    slab = make_slab_verdict(7)
    tiles = (replace(slab.tiles[0], frame_id=HOSTILE), *slab.tiles[1:])
    hostile = replace(slab, slab_id=HOSTILE, grade=HOSTILE, reasons=(HOSTILE,), tiles=tiles)
    assert "script" not in [tag for tag, _ in Seen(slab_map(hostile, HOSTILE, Locale())).tags]
