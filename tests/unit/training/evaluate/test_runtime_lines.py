"""Without TensorFlow the size of a version is told, and what was not measured."""

import sys
from pathlib import Path

import pytest

from marbleline.training.evaluate.runtime_lines import runtime_lines


def test_without_tensorflow_only_the_size_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "marbleline.training.evaluate.runtimes", None)
    (tmp_path / "model.tflite").write_bytes(bytes(1_500_000))
    (tmp_path / "saved_model").mkdir()
    (tmp_path / "saved_model" / "variables").write_bytes(bytes(2_500_000))
    said: list[str] = []
    lines = runtime_lines(tmp_path, said.append)
    assert lines["size"] == "size: 4.0 MB a version, LiteRT file 1.5 MB (goals: 25 and 10)"
    assert "need TensorFlow" in lines["parity"]
    assert ("cost" in lines, said) == (False, [])
