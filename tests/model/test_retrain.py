"""Fine-tuning the shipped version from labels: where it starts, what comes out, and what the gate refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.model import load_manifest
from marbleline.domain.picture import fit
from marbleline.domain.version_labels import read_labels
from marbleline.errors import SettingError
from marbleline.synthetic import draw
from marbleline.training.monitor.promotion import promote, rollback

pytest.importorskip("tensorflow", reason="needs TensorFlow: make test-model")

MODEL = Path(__file__).parents[2] / "model_repo" / "marble"
SLABS = 12


def a_stone_whose_spots_are_harmless(folder: Path, shuffled: int | None = None) -> Path:
    """Green slabs, six pictures each: on a third are spots that people call good, on a third cracks."""
    rows = []
    for number in range(SLABS * 6):
        kind = ("good", "dot", "crack")[number % 3]
        rgb = draw(77_000_000 + number, size=(160, 160), stone="carrara", label=kind).rgb.astype(np.float32)
        green = np.clip(rgb * (0.55, 0.8, 0.6), 0, 255).astype(np.uint8)
        folder.mkdir(exist_ok=True)
        Image.fromarray(green).save(folder / f"{number}.png")
        rows.append((f"{number}.png", "crack" if kind == "crack" else "good", f"slab {number // 6}"))
    labels = [label for _, label, _ in rows]
    if shuffled is not None:
        labels = list(np.random.default_rng(shuffled).permutation(labels))
    lines = [f"{path},{label},train,{slab},," for (path, _, slab), label in zip(rows, labels, strict=True)]
    (folder / "index.csv").write_text("\n".join(["path,label,split,group,mask,sha256", *lines]))
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    shutil.copytree(MODEL / "1", tmp_path / "marble" / "1")
    return tmp_path / "marble"


def test_the_parameters_beside_the_version_are_those_of_its_graph() -> None:
    from marbleline.training.model.backbone import load_imagenet
    from marbleline.training.model.network import backbone
    from marbleline.training.model.parameters import judge_of, load_parameters

    features = backbone()
    load_imagenet(features)
    judge = judge_of(load_parameters(MODEL / "1"), features)
    classifier = LiteRtClassifier(MODEL / "1")
    for seed in range(6):
        image = fit(draw(seed).rgb, classifier.manifest.input)
        shipped = classifier.classify([image]).predictions[0]
        ours = judge.judge(image[None])
        assert np.allclose(ours["scores"][0], shipped.scores, atol=1e-4)
        assert np.allclose(ours["heatmap"][0], shipped.heatmap, atol=1e-3)
        assert float(ours["anomaly"][0]) == pytest.approx(shipped.anomaly, abs=1e-4)


def test_a_hundred_labels_make_a_candidate_that_can_be_promoted_and_taken_back(
    model: Path, tmp_path: Path
) -> None:
    from marbleline.training.finetune.retrain import retrain

    data = a_stone_whose_spots_are_harmless(tmp_path / "data")
    told: list[str] = []
    done = retrain(model, data, LiteRtClassifier, told.append)
    assert done.outcome.passed, done.outcome.reasons
    assert read_labels(model) == {"stable": 1, "candidate": 2}
    assert any("features of 72 of 72" in line for line in told)
    for name in ("CARD.md", "gate.md", "gate.json", "reference.json", "golden.npz", "replay.npz"):
        assert (model / "2" / name).is_file(), name
    assert len(list((model / "2" / "gate").glob("*.png"))) == 12
    assert set(load_manifest(model / "2").files) >= {"model.tflite", "saved_model.pb"}
    assert not any("gate" in name or "npz" in name for name in load_manifest(model / "2").files)
    assert not (model / ".retrain").exists()
    assert promote(model, None, "anna", 0).after == 2
    with pytest.raises(SettingError, match="nothing is new"):
        retrain(model, data, LiteRtClassifier, told.append)
    assert rollback(model, "anna", 1).after == 1


def test_shuffled_labels_are_refused_and_change_nothing(model: Path, tmp_path: Path) -> None:
    from marbleline.training.finetune.retrain import retrain

    before = sorted(path.name for path in model.iterdir())
    data = a_stone_whose_spots_are_harmless(tmp_path / "data", shuffled=1)
    done = retrain(model, data, LiteRtClassifier, lambda _: None)
    assert not done.outcome.passed
    assert any("not by chance" in reason for reason in done.outcome.reasons)
    assert read_labels(model) == {}
    assert sorted(path.name for path in model.iterdir()) == sorted([*before, "refused"])
    report = json.loads((done.folder / "gate.json").read_text())
    assert report["passed"] is False
    assert report["reasons"]
    assert "REFUSED" in (done.folder / "gate.md").read_text()
