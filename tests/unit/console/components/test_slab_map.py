"""The map of a slab: its tiles and defects where they lie, and each judged tile a way to its frame."""

import base64
import re

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


def outlines(seen: Seen) -> list[list[tuple[float, float]]]:
    """The corners of each outline that is drawn, in shares of the slab."""
    (image,) = tags(seen, "ml-map-outlines")
    svg = base64.b64decode((image["src"] or "").removeprefix("data:image/svg+xml;base64,")).decode()
    under, over = re.findall(r' d="([^"]*)"', svg)
    assert under == over
    return [
        [(float(x), float(y)) for x, y in (corner.split(" ") for corner in shape.split("L"))]
        for shape in re.findall("M([^Z]*)Z", over)
    ]


def test_a_defect_of_an_older_version_is_drawn_by_its_box() -> None:
    heat = Heatmap(rows=1, columns=2, cells=bytes([0, 255]))
    slab = fold_slab([make_tile(1, 1, decision=Decision.FAULTY, heatmap=heat)], SlabRules(), START + SECOND)
    older = replace(slab, defects=tuple(replace(one, outline=()) for one in slab.defects))
    seen = Seen(slab_map(older, "", Locale()))
    (defect,) = tags(seen, "ml-map-defect")
    assert (defect["style"] or "").startswith("left:50.00%;top:0.00%;width:50.00%")
    assert tags(seen, "ml-map-outlines") == []


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
    assert outlines(seen) == [[(0.8333, 0), (0.9167, 0), (0.9167, 1), (0.8333, 1)]]
    assert tags(seen, "ml-map-defect") == []
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
    assert len(outlines(seen)) == 13
    assert len([tag for tag, _ in seen.tags if tag == "li"]) == MOST_LISTED + 1
    assert "and 5 more" in seen.texts


def test_nothing_from_outside_becomes_markup() -> None:
    slab = make_slab_verdict(7)
    tiles = (replace(slab.tiles[0], frame_id=HOSTILE), *slab.tiles[1:])
    hostile = replace(slab, slab_id=HOSTILE, grade=HOSTILE, reasons=(HOSTILE,), tiles=tiles)
    assert "script" not in [tag for tag, _ in Seen(slab_map(hostile, HOSTILE, Locale())).tags]
