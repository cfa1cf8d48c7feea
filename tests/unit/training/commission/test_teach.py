"""A product is taught from drawn slabs of one stone, and judges slabs that it has not seen."""

import csv
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.cli import EXIT_USAGE, main
from marbleline.domain.decision import Decision, decide
from marbleline.domain.model import load_manifest
from marbleline.domain.normal_pictures import MOST_BYTES, NORMAL_PICTURES_FILE, picture_of
from marbleline.domain.picture import fit, prepare
from marbleline.domain.product import Product
from marbleline.domain.product_heads import HEADS_FILE, component_scores, from_bytes
from marbleline.domain.windows import judge_pictures
from marbleline.errors import SettingError
from marbleline.operations.products import create_product
from marbleline.synthetic import draw
from marbleline.synthetic.defects import add_crack
from marbleline.training.commission.answers import Answer, read_answers
from marbleline.training.commission.heads import FittedHeads, HeadsPlan
from marbleline.training.commission.learning_curve import CurvePoint
from marbleline.training.commission.normal_pictures import around_patch, place_in_input
from marbleline.training.commission.replay import highest_scores
from marbleline.training.commission.report import report
from marbleline.training.commission.teach import Result, teach
from marbleline.training.commission.thresholds import probability_of
from marbleline.training.commission.views import FURTHER

pytestmark = pytest.mark.slow

SHIPPED = Path(__file__).resolve().parents[4] / "model_repo" / "marble" / "1"
STONE = "carrara"


def label_of(number: int) -> str:
    return ("good", "crack", "good", "joint")[number % 4]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slabs")
    with (folder / "index.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label"])
        for number in range(40):
            slab = draw(1000 + number, size=(240, 240), stone=STONE, label=label_of(number))
            Image.fromarray(slab.rgb).save(folder / f"{number}.png")
            rows.writerow([f"{number}.png", label_of(number)])
    return folder


@pytest.fixture(scope="module")
def answers(images: Path) -> list[Answer]:
    return read_answers(images / "index.csv", images)


@pytest.fixture(scope="module")
def result(answers: list[Answer], tmp_path_factory: pytest.TempPathFactory) -> Result:
    return teach(Product(name="carrara"), SHIPPED, answers, tmp_path_factory.mktemp("carrara") / "1")


def test_it_judges_slabs_that_it_has_not_seen(result: Result) -> None:
    classifier = LiteRtClassifier(result.folder)
    right = 0
    for number in range(20):
        label = label_of(number)
        image = fit(
            draw(5000 + number, size=(240, 240), stone=STONE, label=label).rgb, classifier.manifest.input
        )
        [prediction] = classifier.classify([image]).predictions
        right += (prediction.scores[0] > 0.5) == (label == "good")
        assert prediction.heatmap.shape == (15, 15, 4)
    assert right >= 17


def test_it_judges_a_picture_of_another_shape(result: Result) -> None:
    [prediction] = LiteRtClassifier(result.folder).classify([np.zeros((240, 480, 3), np.uint8)]).predictions
    assert prediction.heatmap.shape == (15, 30, 4)


def test_the_line_scores_a_picture_as_teaching_did(result: Result) -> None:
    heads = from_bytes((result.folder / HEADS_FILE).read_bytes(), "here")
    classifier = LiteRtClassifier(result.folder)
    for number in range(4):
        content = result.answers[number].path.read_bytes()
        [prediction] = classifier.classify([prepare(content, classifier.manifest.input).rgb]).predictions
        found = component_scores(heads, result.labelled.head_inputs[number])
        logit = float(found @ heads.weights[:-1] + heads.weights[-1])
        # Teaching keeps features as float16.
        assert 1 - prediction.scores[0] == pytest.approx(probability_of(logit), abs=0.01)


def test_figures_rest_on_slabs_held_out(result: Result, answers: list[Answer]) -> None:
    faulty = np.array([answer.faulty for answer in answers])
    assert result.held_out[faulty].mean() > result.held_out[~faulty].mean() + 1
    assert result.escapes.labels == result.overkill.labels == 20
    assert result.escapes.claimed == pytest.approx(1 - 0.1 ** (1 / 20))


def test_the_manifest_says_what_it_was_taught_with(result: Result) -> None:
    fields = json.loads((result.folder / "manifest.json").read_text())
    assert set(fields["files"]) == {"model.tflite", "heads.npz", "normal_patches.npz"}
    assert fields["training"]["base"] == {
        "name": "marble",
        "version": 1,
        "digest": load_manifest(SHIPPED).digest,
    }
    assert fields["training"]["answers"] == 40


def test_a_strange_slab_names_the_normal_patch_that_is_nearest_and_its_picture_is_kept(
    result: Result,
) -> None:
    heads = from_bytes((result.folder / HEADS_FILE).read_bytes(), "here")
    assert result.normal is not None
    assert not any(result.answers[number].faulty for number in result.normal.pictures.tolist())
    classifier = LiteRtClassifier(result.folder)
    slab = draw(6001, size=(240, 240), stone=STONE, label="crack")
    [prediction] = classifier.classify([fit(slab.rgb, classifier.manifest.input)]).predictions
    patch = prediction.strangest
    assert patch is not None
    # It lies where the heat map is hottest, and that is on the crack or next to it.
    row, column = np.unravel_index(prediction.heatmap[..., 0].argmin(), prediction.heatmap.shape[:2])
    assert (patch.left, patch.top) == pytest.approx((column / 15, row / 15))
    around = slab.mask[max(0, row - 1) * 16 : (row + 2) * 16, max(0, column - 1) * 16 : (column + 2) * 16]
    assert around.any()
    content = (result.folder / NORMAL_PICTURES_FILE).read_bytes()
    kept = [picture_of(content, number, "here") for number in range(len(heads.bank))]
    assert all(kept)
    assert len(content) <= MOST_BYTES + 20_000
    with Image.open(io.BytesIO(kept[patch.normal] or b""), formats=("WEBP",)) as image:
        shown = np.asarray(image.convert("RGB"), np.float64)
    source = result.answers[int(result.normal.pictures[patch.normal])]
    rgb = prepare(source.path.read_bytes(), classifier.manifest.input).rgb
    assert np.abs(shown - around_patch(rgb, int(result.normal.places[patch.normal]))).mean() < 10


def test_the_report_names_what_the_answers_support(result: Result) -> None:
    text = report(result)
    assert "The 20 faulty answers can't support the target of 2.0 %: that takes 49 independent ones" in text
    assert "The good answers support the target of 5.0 % on average" in text


def test_the_report_says_what_more_answers_would_do(result: Result) -> None:
    curve = (CurvePoint(0, 0.48), CurvePoint(40, 0.6))
    assert "  now 48%; 40 more: about 60%" in report(dataclasses.replace(result, curve=curve))
    assert "more:" not in report(
        dataclasses.replace(result, curve=(CurvePoint(0, 0.48), CurvePoint(40, 0.48)))
    )
    assert result.curve[0].more == 0


def test_from_good_pictures_alone_nothing_is_judged_good(answers: list[Answer], tmp_path: Path) -> None:
    good = [answer for answer in answers if not answer.faulty]
    result = teach(Product(name="carrara"), SHIPPED, good, tmp_path / "1")
    classifier = LiteRtClassifier(result.folder)
    for seed in range(3):
        image = fit(draw(7000 + seed, stone=STONE, label="good").rgb, classifier.manifest.input)
        [prediction] = classifier.classify([image]).predictions
        assert decide(prediction, result.thresholds).decision is not Decision.GOOD
    assert "nothing will be judged good" in report(result)


def test_too_few_good_pictures_are_refused(answers: list[Answer], tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="4 good pictures of 4 slabs: teaching needs 5"):
        teach(Product(name="carrara"), SHIPPED, answers[:8], tmp_path / "1")


def test_what_was_seen_is_kept_for_the_next_time(answers: list[Answer], tmp_path: Path) -> None:
    one = teach(Product(name="carrara"), SHIPPED, answers, tmp_path / "1", cache=tmp_path / "seen")
    assert len(list((tmp_path / "seen").glob("*/*.npz"))) == 40 * (1 + len(FURTHER))
    other = teach(Product(name="carrara"), SHIPPED, answers, tmp_path / "2", cache=tmp_path / "seen")
    assert load_manifest(one.folder).digest == load_manifest(other.folder).digest


def test_the_command_teaches_the_products_next_version(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "marble").symlink_to(SHIPPED.parent)
    words = ["product", "teach", "carrara", "--images", str(images), "--model", str(tmp_path / "marble")]
    assert main([*words, "--escapes", "0.1"]) == 0
    assert load_manifest(tmp_path / "carrara" / "1").name == "carrara"
    assert "target 10.0 %" in capsys.readouterr().out
    assert main(["judge", "--model", str(tmp_path / "carrara"), str(images / "1.png")]) == 0
    assert main([*words, "--output", str(tmp_path / "carrara" / "1")]) == EXIT_USAGE
    assert "this version exists" in capsys.readouterr().err


def test_its_thresholds_carry_what_is_claimed_of_them(result: Result) -> None:
    claims = load_manifest(result.folder).thresholds.claims
    assert claims is not None
    assert (claims.escapes.target, claims.overkill.target, claims.confidence) == (0.02, 0.05, 0.9)
    assert claims.escapes.labels == 20
    # Twenty faulty slabs support no claim of 2 %.
    assert claims.escapes.claimed == pytest.approx(result.escapes.claimed, abs=1e-6)
    assert claims.escapes.claimed > 0.05


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    """Slabs of 1440x960 pixels, two thirds good, the others with a crack as on a picture of 640x480."""
    folder = tmp_path_factory.mktemp("large")
    found = []
    for number in range(18):
        rgb = draw(3000 + number, size=(960, 1440), stone=STONE, label="good").rgb.copy()
        label = "crack" if number % 3 == 0 else "good"
        mark = None
        if label == "crack":
            top, left = number * 23 % 480, number * 41 % 800
            part = rgb[top : top + 480, left : left + 640].astype(np.float32)
            add_crack(np.random.default_rng(number), part)
            rgb[top : top + 480, left : left + 640] = np.clip(part, 0, 255).astype(np.uint8)
            mark = (left / 1440, top / 960, (left + 640) / 1440, (top + 480) / 960)
        path = folder / f"{number}.png"
        Image.fromarray(rgb).save(path)
        found.append(Answer(path, label, label, path.name, mark=mark if number % 2 else None))
    return found


@pytest.fixture(scope="module")
def large_result(large: list[Answer], tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("in-windows")
    base = create_product(folder, Product(name="large"), SHIPPED, window=480)
    plan = HeadsPlan(turns=1)
    return teach(Product(name="large"), base / "1", large, base / "2", plan, folder / "cache")


def test_large_pictures_are_taught_in_the_windows_that_the_line_judges(
    large: list[Answer], large_result: Result
) -> None:
    manifest = load_manifest(large_result.folder)
    assert manifest.input.window == 480
    assert manifest.windowed == 1.0
    assert [len(windows) for windows in large_result.labelled.windows] == [9] * len(large)
    assert [bool(one) for one in large_result.labelled.marked] == [one.mark is not None for one in large]
    faulty = large_result.labelled.faulty
    assert large_result.held_out[faulty].mean() > large_result.held_out[~faulty].mean() + 1


def test_the_line_scores_a_large_picture_as_teaching_did(large: list[Answer], large_result: Result) -> None:
    heads = from_bytes((large_result.folder / HEADS_FILE).read_bytes(), "here")
    classifier = LiteRtClassifier(large_result.folder)
    fitted = FittedHeads(heads, np.empty(0, np.float32), np.empty(0))
    anomaly, logits = highest_scores(fitted, large_result.labelled)
    images = [prepare(one.path.read_bytes(), classifier.manifest.input).rgb for one in large]
    predictions = judge_pictures(classifier.classify, images, classifier.manifest).predictions
    assert all(one.windows is not None and one.windows.judged == 9 for one in predictions)
    # Teaching keeps features as float16.
    expected = [probability_of(float(one)) for one in logits]
    assert [1 - float(one.scores[0]) for one in predictions] == pytest.approx(expected, abs=0.01)
    assert [one.anomaly for one in predictions] == pytest.approx(anomaly.tolist(), rel=0.01)


def test_what_was_seen_of_windows_is_kept_for_the_next_time(
    large: list[Answer], large_result: Result, tmp_path: Path
) -> None:
    cache = large_result.folder.parent.parent / "cache"
    written = {path: path.stat().st_mtime_ns for path in cache.glob("*/*.npz")}
    assert len(written) >= len(large)
    base = large_result.folder.parent / "1"
    again = teach(Product(name="large"), base, large, tmp_path / "2", HeadsPlan(turns=1), cache)
    assert load_manifest(again.folder).digest == load_manifest(large_result.folder).digest
    assert {path: path.stat().st_mtime_ns for path in cache.glob("*/*.npz")} == written


def test_pictures_of_normal_patches_come_from_the_windows(large: list[Answer], large_result: Result) -> None:
    assert large_result.normal is not None
    spec = load_manifest(large_result.folder).input
    content = (large_result.folder / NORMAL_PICTURES_FILE).read_bytes()
    picture, place = int(large_result.normal.pictures[0]), int(large_result.normal.places[0])
    rgb = prepare(large[picture].path.read_bytes(), spec).rgb
    with Image.open(io.BytesIO(picture_of(content, 0, "here") or b""), formats=("WEBP",)) as image:
        shown = np.asarray(image.convert("RGB"), np.float64)
    assert np.abs(shown - around_patch(rgb, place_in_input(rgb, spec, place))).mean() < 10


def test_more_windows_than_can_be_looked_at_are_refused(
    large: list[Answer], large_result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marbleline.training.commission.teach.MOST_WINDOWS", 50)
    cache = large_result.folder.parent.parent / "cache"
    with pytest.raises(
        SettingError, match=r"6 of 18 answers have 54 windows: .* 50 together; .* larger window"
    ):
        teach(Product(name="large"), large_result.folder.parent / "1", large, tmp_path / "2", cache=cache)


def test_a_product_in_windows_is_not_taught_from_a_version_without_them(
    images: Path, large_result: Result, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = large_result.folder.parent.parent
    (repository / "marble").symlink_to(SHIPPED.parent)
    words = ["product", "teach", "large", "--images", str(images), "--model", str(repository / "marble")]
    assert main(words) == EXIT_USAGE
    said = capsys.readouterr().err
    assert "product large judges in windows of 480 pixels, the version to start from of 0" in said
    assert f"--model {repository / 'large'}" in said
