"""Every path gets its judgement or its error, in order; nothing on a disk ends the run."""

import io
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.decision import Decision
from marbleline.domain.model import Prediction
from marbleline.domain.picture import Limits, Picture, Pixels
from marbleline.domain.product import Product
from marbleline.domain.quality import QualityGate
from marbleline.domain.region import region_of
from marbleline.operations.judge import Failed, JudgedPicture, find, find_peak, judge, judge_all
from marbleline.operations.products import create_product
from marbleline.ports.classifier import Classifier
from marbleline.synthetic import draw
from marbleline.synthetic.defects import add_crack
from tests.builders import make_picture
from tests.models.tiny_model import TINY, slab


def picture_of(rgb: Pixels, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, format=kind, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def classifier() -> Iterator[LiteRtClassifier]:
    yield LiteRtClassifier(TINY / "3")


def judge_each(
    paths: Sequence[Path], jobs: int = 2, limits: Limits | None = None
) -> list[JudgedPicture | Failed]:
    def opened() -> Classifier:
        return LiteRtClassifier(TINY / "3")

    return list(judge_all(paths, opened, limits or Limits(), QualityGate(), jobs))


# --- finding ------------------------------------------------------------------------------------------------


def test_folders_are_searched_in_sorted_order(tmp_path: Path) -> None:
    names = [
        "b/2.JPG",
        "b/10.png",
        "a.webp",
        "c/d/e.tiff",
        "z.txt",
        ".hidden.jpg",
        ".cache/x.jpg",
        "b/._1.jpg",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in find([tmp_path]) if isinstance(path, Path)]
    assert found == ["a.webp", "b/10.png", "b/2.JPG", "c/d/e.tiff"]


def test_a_named_file_is_always_tried(tmp_path: Path) -> None:
    odd = tmp_path / ".slab"
    odd.touch()
    assert list(find([odd, tmp_path / "absent", odd])) == [odd, tmp_path / "absent", odd]


def test_links_in_circles_end(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").touch()
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "2.jpg").symlink_to(tmp_path / "1.jpg")
    assert list(find([tmp_path])) == [tmp_path / "1.jpg", tmp_path / "2.jpg"]


def test_a_folder_without_pictures_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (failed,) = find([tmp_path])
    assert isinstance(failed, Failed)
    assert (failed.path, failed.reason) == (tmp_path, "no_pictures")


# --- judging ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (picture_of(slab("crack"), "JPEG")[:900], "truncated"),
        (b"dear slab, ...", "not_a_picture"),
        (picture_of(np.zeros((1, 1, 3), np.uint8)), "too_small"),
        (picture_of(slab(width=640, height=80)), "too_elongated"),
        (picture_of(np.zeros((1_000, 2_000, 3), np.uint8)), "too_many_pixels"),
        (b"\xff" * 300_001, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_input_has_its_reason(
    tmp_path: Path, classifier: Classifier, content: bytes, reason: str
) -> None:
    path = tmp_path / "slab.jpg"
    path.write_bytes(content)
    limits = Limits(max_bytes=300_000, max_pixels=1_000_000)
    result = judge(path, classifier, limits, QualityGate())
    assert isinstance(result, Failed)
    assert result.reason == reason
    assert result.detail


def test_what_is_no_file(tmp_path: Path, classifier: Classifier) -> None:
    locked = tmp_path / "link.jpg"
    locked.symlink_to(locked)
    reasons = {
        path: judge(path, classifier, Limits(), QualityGate())
        for path in (tmp_path / "gone.jpg", tmp_path, locked, Path("nul\0byte.jpg"))
    }
    assert [result.reason for result in reasons.values() if isinstance(result, Failed)] == [
        "missing",
        "unreadable",
        "unreadable",
        "unreadable",
    ]


def test_an_endless_file_is_too_large(classifier: Classifier) -> None:
    result = judge(Path("/dev/zero"), classifier, Limits(max_bytes=100_000), QualityGate())
    assert isinstance(result, Failed)
    assert result.reason == "too_large"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_gets_the_same_judgement(
    tmp_path: Path, classifier: Classifier, orientation: int
) -> None:
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    upright = slab("dot", row=3, column=15)
    stored = Image.fromarray(upright)
    if back is not None:
        stored = stored.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.png"
    path.write_bytes(picture_of(np.asarray(stored), exif=exif))
    result = judge(path, classifier, Limits(), QualityGate())
    assert isinstance(result, JudgedPicture)
    assert (result.width, result.height) == (320, 240)
    assert (result.peak.row, result.peak.column) == (3, 15)
    assert result.prediction.scores == pytest.approx(classifier.classify([upright]).predictions[0].scores)


@pytest.mark.parametrize("mode", ["CMYK", "L", "P", "RGBA", "I;16"])
def test_other_kinds_of_pictures_are_judged(tmp_path: Path, classifier: Classifier, mode: str) -> None:
    rgb = Image.fromarray(slab("crack", row=5, column=9))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(rgb.convert("L")).astype(np.uint16) * 257)
    else:
        image = rgb.convert(mode)
    path = tmp_path / "slab.tif"
    image.save(path)
    result = judge(path, classifier, Limits(), QualityGate())
    assert isinstance(result, JudgedPicture)
    assert (result.judgement.defect, result.peak.row, result.peak.column) == ("crack", 5, 9)


def test_the_peak_is_in_pixels_of_the_captured_picture() -> None:
    heatmap = np.zeros((15, 20, 4), np.float32)
    heatmap[..., 0] = 1
    heatmap[2, 5] = (0.25, 0.5, 0.25, 0)
    picture = Picture(rgb=slab(), width=1280, height=960, media_type="image/jpeg")
    prediction = Prediction(np.array([0.25, 0.5, 0.25, 0], np.float32), 0.0, heatmap)
    peak = find_peak(prediction, 16, (240, 320, 3), picture)
    assert (peak.row, peak.column, peak.rows, peak.columns) == (2, 5, 15, 20)
    assert (peak.x, peak.y, peak.faulty_probability) == (352.0, 160.0, 0.75)


# --- many ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_order_with_errors_among_them(tmp_path: Path, jobs: int) -> None:
    defects = ("good", "crack", "dot", "joint")
    for number in range(12):
        (tmp_path / f"{number:02} weiße Platte 大理石.png").write_bytes(picture_of(slab(defects[number % 4])))
    (tmp_path / "05a.png").write_bytes(b"")
    results = judge_each([tmp_path / "absent", tmp_path], jobs)
    assert [result.path.name[:3].strip() for result in results] == (
        ["abs", *(f"{number:02}" for number in range(6)), "05a", *(f"{number:02}" for number in range(6, 12))]
    )
    judged = [result for result in results if isinstance(result, JudgedPicture)]
    assert [result.judgement.defect or "good" for result in judged] == [defects[n % 4] for n in range(12)]


def test_a_file_that_vanishes_on_the_way(tmp_path: Path) -> None:
    for name in "abcdefgh":
        (tmp_path / f"{name}.jpg").write_bytes(make_picture())
    results = judge_all([tmp_path], lambda: LiteRtClassifier(TINY / "3"), Limits(), QualityGate(), jobs=1)
    assert isinstance(next(results), JudgedPicture)
    (tmp_path / "h.jpg").unlink()
    rest = list(results)
    assert isinstance(rest[-1], Failed)
    assert rest[-1].reason == "missing"
    assert all(isinstance(result, JudgedPicture) for result in rest[:-1])


def test_a_folder_that_vanishes_on_the_way(tmp_path: Path) -> None:
    for name in ("a/1.jpg", "b/1.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(make_picture())
    found = find([tmp_path])
    assert next(found) == tmp_path / "a/1.jpg"
    shutil.rmtree(tmp_path / "b")
    (last,) = found
    assert isinstance(last, Failed)
    assert (last.path, last.reason) == (tmp_path / "b", "unreadable")


def test_reads_no_further_ahead_than_a_few(tmp_path: Path) -> None:
    listed = []

    def endless() -> Iterator[Path]:
        for number in range(1_000):
            path = tmp_path / f"{number}.jpg"
            path.write_bytes(make_picture(number))
            listed.append(path)
            yield path

    paths: Any = endless()
    results = judge_all(paths, lambda: LiteRtClassifier(TINY / "3", warm=()), Limits(), QualityGate(), jobs=2)
    next(results)
    assert len(listed) <= 5
    results.close()  # type: ignore[attr-defined]


def test_every_thread_closes_its_classifier(tmp_path: Path) -> None:
    closed = []

    class Closing(LiteRtClassifier):
        def close(self) -> None:
            closed.append(self)

    for number in range(8):
        (tmp_path / f"{number}.jpg").write_bytes(make_picture(number))
    list(judge_all([tmp_path], lambda: Closing(TINY / "3"), Limits(), QualityGate(), jobs=2))
    assert 1 <= len(closed) <= 2


def test_a_region_is_judged_alone_and_its_peak_is_in_the_whole_picture(
    tmp_path: Path, classifier: Classifier
) -> None:
    rgb = np.full((480, 640, 3), 180, np.uint8)
    rgb[300:306, 400:560] = 10
    path = tmp_path / "slab.png"
    path.write_bytes(picture_of(rgb))
    region = region_of("0.5,0.5 1,1", None)
    part = tmp_path / "part.png"
    part.write_bytes(picture_of(rgb[240:, 320:]))
    found = judge(path, classifier, Limits(), QualityGate(), region=region)
    alone = judge(part, classifier, Limits(), QualityGate())
    assert isinstance(found, JudgedPicture)
    assert isinstance(alone, JudgedPicture)
    assert np.array_equal(found.prediction.scores, alone.prediction.scores)
    assert (found.width, found.height) == (640, 480)
    assert (found.peak.x, found.peak.y) == pytest.approx((alone.peak.x + 320, alone.peak.y + 240), abs=16)


@pytest.mark.parametrize("kind", ["JPEG", "BMP", "PNG"])
def test_a_large_picture_is_judged_in_windows_of_a_version_that_says_so(tmp_path: Path, kind: str) -> None:
    folder = create_product(tmp_path, Product(name="large"), TINY / "3", window=480)
    large = LiteRtClassifier(folder / "1")
    rgb = np.full((1920, 2560, 3), 200, np.uint8)
    rgb[992:1024, 1504:1536] = 20  # a sixteenth of a cell where the picture is scaled down to one input
    path = tmp_path / "slab.img"
    path.write_bytes(picture_of(rgb, kind))
    found = judge(path, large, Limits(), QualityGate(min_contrast=0, min_sharpness=0))
    assert isinstance(found, JudgedPicture)
    assert found.judgement.defect == "crack"
    assert (found.peak.x, found.peak.y) == pytest.approx((1520, 1008), abs=8)
    assert found.prediction.windows is not None
    assert found.prediction.windows.judged == 25
    left, top, right, bottom = found.prediction.windows.worst
    assert left * 2560 < 1520 < right * 2560
    assert top * 1920 < 1008 < bottom * 1920


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (480, 640), (640, 170)])
def test_a_window_changes_nothing_for_pictures_that_fit_one(
    tmp_path: Path, classifier: Classifier, size: tuple[int, int]
) -> None:
    folder = create_product(tmp_path, Product(name="large"), TINY / "3", window=480)
    path = tmp_path / "slab.jpg"
    path.write_bytes(make_picture(3, *size))
    found = judge(path, LiteRtClassifier(folder / "1"), Limits(), QualityGate())
    before = judge(path, classifier, Limits(), QualityGate())
    assert isinstance(found, JudgedPicture)
    assert isinstance(before, JudgedPicture)
    assert found.prediction.windows is None
    assert np.array_equal(found.prediction.heatmap, before.prediction.heatmap)
    assert (found.judgement, found.quality, found.peak) == (before.judgement, before.quality, before.peak)


def test_a_picture_too_elongated_for_one_input_is_judged_in_windows(tmp_path: Path) -> None:
    folder = create_product(tmp_path, Product(name="large"), TINY / "3", window=480)
    path = tmp_path / "slab.png"
    path.write_bytes(picture_of(slab("dot", width=2400, height=240, column=140)))
    found = judge(path, LiteRtClassifier(folder / "1"), Limits(), QualityGate())
    assert isinstance(found, JudgedPicture)
    assert found.judgement.defect == "dot"
    assert (found.peak.x, found.peak.y) == (140.5 * 16, 2.5 * 16)


SHIPPED = Path(__file__).parents[3] / "model_repo" / "marble"


@pytest.mark.slow
def test_a_thin_crack_on_a_large_slab_is_found_in_windows_and_lost_when_scaled_down(tmp_path: Path) -> None:
    """Cracks as on a picture of 640x480, somewhere on a slab of 5 megapixels: 2 to 5 pixels of 2,560 wide."""
    folder = create_product(tmp_path, Product(name="large"), SHIPPED, window=480)
    ways = {"scaled": LiteRtClassifier(SHIPPED / "1"), "windows": LiteRtClassifier(folder / "1")}
    found = {(way, label): 0 for way in ways for label in ("good", "crack")}
    located, path = 0, tmp_path / "slab.bmp"
    for seed in range(6):
        slab = draw(81_000_000 + seed, (1920, 2560), label="good").rgb
        rng = np.random.default_rng([81, seed])
        top, left = int(rng.integers(1920 - 480)), int(rng.integers(2560 - 640))
        part = slab[top : top + 480, left : left + 640].astype(np.float32)
        add_crack(rng, part)
        cracked = slab.copy()
        cracked[top : top + 480, left : left + 640] = np.clip(part, 0, 255).astype(np.uint8)
        for label, rgb in (("good", slab), ("crack", cracked)):
            path.write_bytes(picture_of(rgb, "BMP"))
            for way, classifier in ways.items():
                judged = judge(path, classifier, Limits(), QualityGate())
                assert isinstance(judged, JudgedPicture)
                found[way, label] += judged.judgement.decision is Decision.FAULTY
                if (way, label) == ("windows", "crack"):
                    peak = judged.peak
                    located += left <= peak.x < left + 640 and top <= peak.y < top + 480
    assert found["windows", "crack"] >= 5, found
    assert found["scaled", "crack"] <= 3, found
    assert found["windows", "good"] <= 1, found
    assert located >= 5
