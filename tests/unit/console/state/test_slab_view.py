"""What the viewer shows of a slab: defects in pixels, or millimetres where the slab was measured."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.components.slab_viewer import shown, size
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.slab_view import SlabView, defects_in, millimetres, normal_picture, slab_view
from marbleline.domain.decision import Decision
from marbleline.domain.defect_regions import DefectRegion
from marbleline.domain.label import new_label, withdrawal
from marbleline.domain.model import load_manifest
from marbleline.domain.normal_pictures import NORMAL_PICTURES_FILE
from marbleline.domain.product_repository import ModelRepository
from marbleline.domain.records import FrameRecord
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.domain.slab import SlabTile, Unit
from marbleline.domain.strangest_patch import StrangestPatch
from marbleline.domain.verdict import Heatmap, ModelRef, Verdict
from tests.builders import SECOND, START, make_frame, make_picture, make_slab_verdict, make_verdict
from tests.models.taught_version import PATCHES, picture, pictures_alone
from tests.models.tiny_model import TINY

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


def test_defects_are_those_of_the_verdict_or_of_the_heat_map_of_an_older_one() -> None:
    (found,) = defects_in(faulty())
    assert found.box == (0.25, 0.25, 0.5, 0.25)
    said = DefectRegion(0.7, ((0, 0), (0.5, 0), (0, 0.5)))
    assert defects_in(msgspec.structs.replace(faulty(), defects=(said,))) == (said,)
    assert defects_in(msgspec.structs.replace(faulty(), decision=Decision.GOOD)) == ()
    broken = Heatmap(rows=3, columns=3, cells=b"\xff")
    assert defects_in(msgspec.structs.replace(faulty(), heatmap=broken)) == ()


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
    assert defect["outline"] == [[0.25, 0.25], [0.75, 0.25], [0.75, 0.5], [0.25, 0.5]]
    assert defect["text"] == "crack, 94%: 400 x 100 px"
    assert "100 px" in str(data["note"])


def test_without_the_stores_picture_the_small_one_is_shown_and_said_so(store: SqliteStore) -> None:
    view = slab_view(store, msgspec.structs.replace(faulty(), thumbnail=PICTURE))
    data = shown(view, None, Locale(), START)
    assert str(data["picture"]).startswith("data:image/jpeg")
    assert str(data["note"]).startswith("The picture as captured is not in the store")


def strange(model: ModelRef, normal: int = 2) -> Verdict:
    patch = StrangestPatch(0.5, 0.25, 0.125, 0.25, normal, 3.0)
    return msgspec.structs.replace(faulty(), model=model, strangest=patch)


def test_the_good_patch_is_that_of_the_version_that_judged(tmp_path: Path) -> None:
    manifest = pictures_alone(tmp_path / "marble" / "1")
    repository = ModelRepository(tmp_path / "marble")
    judge = ModelRef("marble", 1, manifest.digest, "litert")
    assert normal_picture(repository, strange(judge)) == picture(2)
    assert normal_picture(repository, strange(judge, normal=PATCHES)) is None
    assert normal_picture(repository, faulty()) is None
    for other in (
        ModelRef("marble", 1, "e" * 64, "litert"),
        ModelRef("marble", 2, manifest.digest, "litert"),
    ):
        assert normal_picture(repository, strange(other)) is None


def test_a_damaged_file_of_pictures_and_a_version_without_one_show_nothing(tmp_path: Path) -> None:
    manifest = pictures_alone(tmp_path / "marble" / "1")
    repository = ModelRepository(tmp_path / "marble")
    verdict = strange(ModelRef("marble", 1, manifest.digest, "litert"))
    (tmp_path / "marble" / "1" / NORMAL_PICTURES_FILE).write_bytes(b"nonsense")
    assert normal_picture(repository, verdict) is None
    tiny = load_manifest(TINY / "3")
    frame = msgspec.structs.replace(verdict.frame, product="tiny")
    verdict = msgspec.structs.replace(verdict, frame=frame)
    other = msgspec.structs.replace(verdict, model=ModelRef("tiny", 3, tiny.digest, "litert"))
    assert normal_picture(ModelRepository(TINY), other) is None


def test_the_strangest_patch_is_shown_with_what_is_around_it_beside_the_good_one() -> None:
    verdict = strange(ModelRef("marble", 1, "d" * 64, "litert"))
    data = shown(SlabView(verdict, None, normal=picture(2)), None, Locale(), START)["strangest"]
    assert isinstance(data, dict)
    assert data["box"] == [0.5, 0.25, 0.125, 0.25]
    assert data["around"] == [0.25, -0.25, 0.625, 1.25]
    assert data["normal"].startswith("data:image/webp;base64,")
    assert shown(SlabView(verdict, None), None, Locale(), START)["strangest"] is None


def test_sizes_are_millimetres_where_the_slab_was_measured() -> None:
    verdict = faulty()
    tile = SlabTile(1, 0.0, 0.0, 1600.0, 1200.0, verdict.frame.frame_id)
    slab = msgspec.structs.replace(make_slab_verdict(), unit=Unit.MM, tiles=(tile,))
    mm = millimetres(slab, verdict)
    assert mm == (2.0, 3.0)
    view = SlabView(verdict, None, defects_in(verdict), mm)
    assert size(view.defects[0], view, Locale()) == "800.0 x 300.0 mm"
    assert millimetres(msgspec.structs.replace(slab, unit=Unit.SHARE), verdict) is None
    assert millimetres(slab, faulty(2)) is None


def test_the_labels_that_stand_are_shown_with_their_notes(store: SqliteStore) -> None:
    verdict = faulty()
    first = new_label(verdict, "crack", "anna", START, note="at the edge")
    second = new_label(verdict, "good", "bert", START + SECOND, note="a vein")
    store.put_labels([first, second, withdrawal(second, "bert", START + 2 * SECOND)])
    data = shown(slab_view(store, verdict), None, Locale(), START)
    assert data["labels"] == [{"text": "anna: crack", "note": "at the edge"}]
