"""What the viewer shows of a slab: defects in pixels, or millimetres where the slab was measured."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.components.slab_viewer import shown, size
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.slab_view import defects_in, millimetres, slab_view
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label, withdrawal
from marbleline.domain.records import FrameRecord
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.domain.slab import SlabTile, Unit
from marbleline.domain.verdict import Heatmap, ModelRef, Verdict
from tests.builders import SECOND, START, make_frame, make_picture, make_slab_verdict, make_verdict

CELLS = np.zeros((4, 8), np.uint8)
CELLS[1, 2:6] = 240
PICTURE = make_picture()


def faulty(sequence: int = 1, slab_id: str = "S-1") -> Verdict:
    frame = make_frame(sequence, slab_id=slab_id, content=PICTURE)
    verdict = make_verdict(frame=frame, decision=Decision.FAULTY, defect="crack")
    return msgspec.structs.replace(verdict, width=800, height=400, heatmap=Heatmap(4, 8, CELLS.tobytes()))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")
    yield made
    made.close()


def test_a_defect_is_outlined_in_pixels_of_the_picture_and_a_good_slab_has_none() -> None:
    (found,) = defects_in(faulty())
    assert (found.left, found.top, found.width, found.height) == (200, 100, 400, 100)
    assert defects_in(msgspec.structs.replace(faulty(), decision=Decision.GOOD)) == ()


def test_a_slab_is_seen_with_its_picture_and_what_else_was_judged_of_it(store: SqliteStore) -> None:
    verdict, other, stranger = faulty(1), faulty(2), faulty(3, "S-2")
    store.put_frames([FrameRecord(verdict.frame, PICTURE)])
    store.put_verdicts([verdict, other, stranger])
    shadow = msgspec.structs.replace(verdict, model=ModelRef("marble", 2, "e" * 64, "litert"))
    store.put_shadow_verdicts([ShadowVerdict(ShadowVerdictKind.SHADOW, shadow)])
    view = slab_view(store, verdict)
    assert view.picture == PICTURE
    assert (list(view.others), list(view.shadows), view.mm) == ([other], [shadow], None)
    data = shown(view, "media/1.jpg", Locale(), START)
    assert data["picture"] == "media/1.jpg"
    (defect,) = data["defects"]  # type: ignore[misc, attr-defined]
    assert defect["box"] == [0.25, 0.25, 0.5, 0.25]
    assert defect["text"] == "crack, 94%: 400 x 100 px"
    assert "100 px" in str(data["note"])


def test_without_the_stores_picture_the_small_one_is_shown_and_said_so(store: SqliteStore) -> None:
    view = slab_view(store, msgspec.structs.replace(faulty(), thumbnail=PICTURE))
    data = shown(view, None, Locale(), START)
    assert str(data["picture"]).startswith("data:image/jpeg")
    assert str(data["note"]).startswith("The picture as captured is not in the store")


def test_sizes_are_millimetres_where_the_slab_was_measured() -> None:
    verdict = faulty()
    tile = SlabTile(1, 0.0, 0.0, 1600.0, 1200.0, verdict.frame.frame_id)
    slab = msgspec.structs.replace(make_slab_verdict(), unit=Unit.MM, tiles=(tile,))
    mm = millimetres(slab, verdict)
    assert mm == (2.0, 3.0)
    assert size(defects_in(verdict)[0], mm, Locale()) == "800.0 x 300.0 mm"
    assert millimetres(msgspec.structs.replace(slab, unit=Unit.SHARE), verdict) is None
    assert millimetres(slab, faulty(2)) is None


def test_the_labels_that_stand_are_shown_with_their_notes(store: SqliteStore) -> None:
    verdict = faulty()
    first = new_label(verdict, "crack", "anna", START, note="at the edge")
    second = new_label(verdict, "good", "bert", START + SECOND, note="a vein")
    store.put_labels([first, second, withdrawal(second, "bert", START + 2 * SECOND)])
    data = shown(slab_view(store, verdict), None, Locale(), START)
    assert data["labels"] == [{"text": "anna: crack", "note": "at the edge"}]
