"""Passwords and tokens of cameras: in files of their own, never in what is kept or shown."""

from pathlib import Path

import pytest

from marbleline.errors import SettingError
from marbleline.settings.secret_files import SecretFiles, shown

ADDRESS = "video:rtsp://eva:p%40ss@10.0.0.7:554/stream?key=k3y"


def test_a_secret_is_kept_in_a_file_that_only_the_user_reads(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    hidden = files.hide({"source": ADDRESS, "http_token": "t0ken", "rate": "5"}, {})
    assert not any(secret in str(hidden) for secret in ("p%40ss", "k3y", "t0ken"))
    assert hidden["rate"] == "5"
    assert shown(hidden) == {
        "source": "video:rtsp://eva:***@10.0.0.7:554/stream?***",
        "http_token": "***",
        "rate": "5",
    }
    assert files.revealed(hidden) == {"source": ADDRESS, "http_token": "t0ken", "rate": "5"}
    written = list((tmp_path / "secrets").iterdir())
    assert {one.stat().st_mode & 0o777 for one in written} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_what_is_shown_stands_for_the_secret_in_the_same_address_alone(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path)
    before = files.hide({"source": ADDRESS, "http_token": "t0ken"}, {})
    again = files.hide(shown(before), before)
    assert again == before
    with pytest.raises(SettingError, match="type the secret again"):
        files.hide({"source": "video:rtsp://eva:***@10.6.6.6/stream"}, before)
    with pytest.raises(SettingError, match="type the secret again"):
        files.hide({"source": before["source"].replace("10.0.0.7", "10.6.6.6")}, before)


def test_what_was_not_hidden_is_not_shown_either() -> None:
    assert shown({"source": ADDRESS, "http_token": ""}) == {
        "source": "video:rtsp://eva:***@10.0.0.7:554/stream?***",
        "http_token": "",
    }


def test_a_secret_of_another_machine_is_named(tmp_path: Path) -> None:
    hidden = SecretFiles(tmp_path / "one").hide({"source": ADDRESS}, {})
    with pytest.raises(SettingError, match="type it again"):
        SecretFiles(tmp_path / "other").revealed(hidden)


def test_plain_is_what_was_typed_and_what_is_kept(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path)
    before = files.hide({"source": ADDRESS}, {})
    assert files.plain({**shown(before), "rate": "5"}, before) == {"source": ADDRESS, "rate": "5"}
    with pytest.raises(SettingError, match="type the secret again"):
        files.plain({"source": "video:rtsp://eva:***@10.6.6.6/"}, before)
