"""A small training from beginning to end: what comes out is a version that the line can use."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.model import CLASSES, load_manifest
from marbleline.synthetic import draw

pytest.importorskip("tensorflow", reason="needs TensorFlow: make test-model")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two little sets of drawn slabs in the form of real ones: with masks, and without."""
    root = tmp_path_factory.mktemp("data")
    for name, masked in (("patches", False), ("cracks", True)):
        folder = root / name
        folder.mkdir()
        lines = ["path,label,split,group,mask,sha256"]
        for number in range(24):
            label = "crack" if masked else CLASSES[number % 3]
            split = ("train", "train", "val", "test")[number % 4]
            slab = draw(number, size=(128, 128), label=label)
            Image.fromarray(slab.rgb).save(folder / f"{number}.png")
            mask = ""
            if masked:
                mask = f"mask-{number}.png"
                Image.fromarray(slab.mask.astype(np.uint8) * 255).save(folder / mask)
            lines.append(f"{number}.png,{label},{split},g{number},{mask},x")
        (folder / "index.csv").write_text("\n".join(lines))
    return root


def test_a_version_is_written_whole_and_can_be_used(data: Path, tmp_path: Path) -> None:
    from marbleline.training.data.recipes import Mix
    from marbleline.training.model.fit import Schedule
    from marbleline.training.model.train import TrainingPlan, train

    output = tmp_path / "marble" / "7"
    told: list[str] = []
    plan = TrainingPlan(mix=Mix(scale=0.02), schedule=Schedule(epochs=2), members=2, processes=0, synthetic=8)
    train(data, output, plan, LiteRtClassifier, told.append)
    manifest = load_manifest(output)
    assert (manifest.name, manifest.version) == ("marble", 7)
    assert any("epoch 2 of 2" in line for line in told)
    answer = LiteRtClassifier(output).classify([np.zeros((240, 320, 3), np.uint8)])
    assert answer.predictions[0].heatmap.shape == (30, 40, 4)
    assert "new_stone" in (output / "CARD.md").read_text()
