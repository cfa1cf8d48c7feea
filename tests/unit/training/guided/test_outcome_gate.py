"""The gate of a learnt version: each check can fail, and a promotion goes by its word."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from marbleline.cli import EXIT_DECLINED, main
from marbleline.domain.clock import Time
from marbleline.domain.version_labels import read_labels
from marbleline.errors import ModelError
from marbleline.training.evaluate.gate_file import read_gate
from marbleline.training.guided.outcome import Outcome, ShareEstimate, Side, write_outcome
from marbleline.training.guided.outcome_gate import gate_learnt, judge_outcome
from tests.builders import START
from tests.models.tiny_model import TINY

SUPPORTED = Side(target=0.02, expected=0.019, claimed=0.04, labels=52, effective=52.0, needed=114)
UNSUPPORTED = replace(SUPPORTED, expected=0.125, labels=7, effective=7.0)


def outcome(**changed: Any) -> Outcome:
    share = ShareEstimate(0.8, 0.7, 0.9)
    made = Outcome(
        product="tiny",
        version=2,
        base=1,
        by="eva",
        at=Time(START),
        seconds=5.0,
        labels=104,
        faulty=52,
        slabs=104,
        disputed=0,
        without_picture=0,
        prevalence=0.3,
        confidence=0.9,
        decided=share,
        escapes=share,
        overkill=share,
        escapes_side=SUPPORTED,
        overkill_side=replace(SUPPORTED, target=0.05),
        scored=(),
    )
    return replace(made, **changed)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"escapes_side": UNSUPPORTED},
            "escapes within the target: 7 labels of faulty slabs let expect 12.5%",
        ),
        (
            {"overkill_side": UNSUPPORTED},
            "overkill within the target: 7 labels of good slabs let expect 12.5%",
        ),
        (
            {"decided": ShareEstimate(0.49, 0.4, 0.6)},
            "decided: 49.0% at 30% faulty slabs, at least 50% asked for",
        ),
        ({"decided": ShareEstimate(None, None, None)}, "decided: 0.0%"),
    ],
)
def test_each_check_refuses_by_itself(changed: dict[str, Any], reason: str) -> None:
    result = judge_outcome(outcome(**changed), 0.5)
    assert not result.passed
    [said] = result.reasons
    assert reason in said


def test_what_the_labels_support_passes() -> None:
    result = judge_outcome(outcome(), 0.8)
    assert result.passed
    assert result.figures["escapes_claimed"] == 0.04
    assert not judge_outcome(outcome(), 0.81).passed


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Version 2 of a product beside the model is its candidate."""
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / "labels.json").write_text(json.dumps({"stable": 1, "candidate": 2}))
    main(["product", "create", "other", "--from", "tiny", "--model", str(folder)])
    return folder


def test_a_promotion_goes_by_the_word_that_is_kept(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beside = str(model.parent / "other")
    gate = ["product", "gate", "tiny", "--model", beside]
    promote = ["promote", "--product", "tiny", "--model", beside]
    write_outcome(model / "2", outcome(escapes_side=UNSUPPORTED))
    assert main(gate) == EXIT_DECLINED
    assert "FAILED slabs held out: escapes" in capsys.readouterr().out
    assert main(promote) == 1
    assert "did not pass its gate: slabs held out: escapes" in capsys.readouterr().err
    write_outcome(model / "2", outcome())
    assert main(gate) == 0
    kept = read_gate(model / "2")
    assert kept is not None
    assert kept.passed
    assert len(kept.checks) == 3
    assert main(promote) == 0
    assert read_labels(model) == {"stable": 2}
    assert main(["rollback", "--product", "tiny", "--model", beside]) == 0
    assert read_labels(model) == {"stable": 1}


def test_a_version_that_was_not_learnt_has_another_gate(model: Path) -> None:
    with pytest.raises(ModelError, match="marbleline retrain"):
        gate_learnt(model, 2, 0.5)


def test_a_changed_file_is_no_version_to_judge(model: Path) -> None:
    write_outcome(model / "2", outcome())
    manifest = json.loads((model / "2" / "manifest.json").read_text())
    name = next(iter(manifest["files"]))
    (model / "2" / name).write_bytes(b"changed")
    with pytest.raises(ModelError):
        gate_learnt(model, 2, 0.5)
    assert not (model / "2" / "gate.json").exists()
