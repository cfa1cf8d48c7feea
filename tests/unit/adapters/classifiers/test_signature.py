"""Signed model versions: what is changed, or signed by nobody we know, is refused."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.adapters.classifiers.signature import make_key, sign_version, signature_check
from marbleline.cli import main
from marbleline.domain.model import load_version
from marbleline.domain.version_labels import read_labels
from marbleline.errors import ModelError, SettingError
from tests.builders import make_picture
from tests.models.tiny_model import TINY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Versions 1 (stable) to 3, none of them signed; ``key`` and ``key.pub`` lie beside."""
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / "labels.json").write_text('{"stable": 1, "candidate": 2}')
    (folder / "2" / "gate.json").write_text('{"passed": true, "reasons": []}')
    make_key(tmp_path / "key")
    return folder


def test_a_signed_version_is_loaded(folder: Path) -> None:
    sign_version(folder / "2", folder.parent / "key")
    check = signature_check(folder.parent / "key.pub")
    assert load_version(folder, 2, check)[1].version == 2
    LiteRtClassifier(folder / "2", warm=(), check=check).close()


def swap(folder: Path) -> None:
    """Another version's files under this one's signature."""
    for name in ("manifest.json", "model.tflite"):
        shutil.copy(folder / "3" / name, folder / "2" / name)


def edit(folder: Path) -> None:
    path = folder / "2" / "manifest.json"
    path.write_text(path.read_text() + " ")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (swap, "was changed"),
        (edit, "was changed"),
        (lambda folder: (folder / "2" / "model.sig").write_bytes(b"x" * 64), "was changed"),
        (lambda folder: (folder / "2" / "model.sig").write_bytes(b""), "was changed"),
        (lambda folder: (folder / "2" / "model.sig").unlink(), "is not signed"),
        (lambda folder: (folder / "2" / "model.tflite").write_bytes(b"half"), "corrupt"),
    ],
)
def test_what_was_changed_is_refused(folder: Path, spoil: Callable[[Path], object], message: str) -> None:
    sign_version(folder / "2", folder.parent / "key")
    spoil(folder)
    with pytest.raises(ModelError, match=message):
        LiteRtClassifier(folder / "2", warm=(), check=signature_check(folder.parent / "key.pub"))


def test_somebody_elses_signature_is_refused(folder: Path) -> None:
    make_key(folder.parent / "other")
    sign_version(folder / "2", folder.parent / "other")
    with pytest.raises(ModelError, match="somebody else"):
        load_version(folder, 2, signature_check(folder.parent / "key.pub"))


def test_half_a_version_is_not_signed(folder: Path) -> None:
    (folder / "2" / "model.tflite").write_bytes(b"half")
    with pytest.raises(ModelError, match="corrupt"):
        sign_version(folder / "2", folder.parent / "key")
    assert not (folder / "2" / "model.sig").exists()


def test_promote_and_rollback_ask_for_the_signature(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = folder.parent / "key"
    settings = ["--model", str(folder), "--model-public-key-file", f"{key}.pub"]
    assert main(["promote", *settings]) == 1
    assert "is not signed" in capsys.readouterr().err
    assert main(["sign", "--key", str(key), "--model", str(folder)]) == 0
    assert main(["promote", *settings]) == 0
    assert read_labels(folder) == {"stable": 2}
    assert main(["rollback", *settings]) == 1
    assert read_labels(folder) == {"stable": 2}
    assert main(["sign", "--key", str(key), "--version", "1", "--model", str(folder)]) == 0
    assert main(["rollback", *settings]) == 0
    assert read_labels(folder) == {"stable": 1}


def test_a_line_refuses_a_version_that_is_not_signed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--model", str(folder), "--model-public-key-file", f"{folder.parent / 'key'}.pub"]
    picture = folder.parent / "slab.jpg"
    picture.write_bytes(make_picture())
    assert main(["judge", *flags, str(picture)]) == 1
    assert "is not signed" in capsys.readouterr().err


def test_the_private_key_is_its_owners_alone_and_never_overwritten(folder: Path) -> None:
    key = folder.parent / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(SettingError, match="can't be written"):
        make_key(key)


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN PUBLIC KEY-----\n"])
def test_what_is_no_key_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "key.pub").write_bytes(content)
    with pytest.raises(SettingError, match="model_public_key_file"):
        signature_check(tmp_path / "key.pub")


def test_keys_of_the_wrong_kind_are_named(folder: Path) -> None:
    key = folder.parent / "key"
    with pytest.raises(SettingError, match="can't be used"):
        signature_check(key)
    with pytest.raises(SettingError, match="can't be used"):
        sign_version(folder / "2", folder.parent / "key.pub")
