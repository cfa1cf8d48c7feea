"""The package's own model is used where nobody named one and there is no checkout."""

from pathlib import Path

import pytest

from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.shipped_model import with_shipped_model
from marbleline.settings.line import ModelSettings
from tests.models.tiny_model import TINY


def model_of(flags: dict[str, str], shipped: Path) -> Path:
    return with_shipped_model(load(flags, {}), shipped).read(ModelSettings).model


def test_the_shipped_model_stands_in_for_a_missing_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert model_of({}, TINY) == TINY


def test_a_model_that_was_named_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert model_of({"model": "elsewhere/marble"}, TINY) == Path("elsewhere/marble")


def test_the_models_of_the_working_folder_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model_repo" / "marble").mkdir(parents=True)
    assert model_of({}, TINY) == Path("model_repo/marble")


def test_without_a_shipped_model_the_default_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert model_of({}, tmp_path / "none") == Path("model_repo/marble")
