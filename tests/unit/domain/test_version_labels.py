"""The version that a command works on where none is named."""

import shutil
from pathlib import Path

import pytest

from marbleline.domain.version_labels import CANDIDATE, candidate_number, write_labels
from marbleline.errors import ModelError
from tests.models.tiny_model import TINY


def test_it_is_the_one_called_candidate(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "tiny")
    write_labels(tmp_path / "tiny", {CANDIDATE: 2})
    assert candidate_number(tmp_path / "tiny") == 2


def test_without_a_candidate_one_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no version is labelled candidate; name one, such as --version 2"):
        candidate_number(tmp_path)
