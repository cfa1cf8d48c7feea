"""Who gets a session: by the file of users, and no secret in an error or a log."""

import logging
from pathlib import Path

import pytest

from marbleline.adapters.opcua.trusted_clients import TrustedClients
from marbleline.adapters.opcua.users import Users, calling_user, read_users, reads_only
from marbleline.errors import SettingError


def test_a_user_needs_the_whole_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    users = Users({"mes": "s3cret:part"}, anonymous=False)
    assert users.get_user(None, "mes", "s3cret:part") is not None
    assert calling_user() == "mes"
    for user, password in (("mes", "s3cret"), ("mes", ""), ("mes", None), ("scada", "s3cret:part"), ("", "")):
        assert users.get_user(None, user, password) is None
    assert users.get_user(None) is None
    assert users.get_user(None, certificate=b"some") is None
    assert "s3cret" not in caplog.text


def test_readers_may_change_nothing() -> None:
    users = Users({"mes": "a", "panel": "b"}, anonymous=True, readers={"panel"})
    for user, password, only in (("panel", "b", True), ("mes", "a", False), (None, None, False)):
        assert users.get_user(None, user, password) is not None
        assert reads_only() is only


def test_a_client_without_a_trusted_certificate_gets_in_by_no_password(tmp_path: Path) -> None:
    users = Users({"mes": "a"}, anonymous=True, clients=TrustedClients(tmp_path))
    assert users.get_user(None, "mes", "a", b"some") is None
    assert users.get_user(None) is None


def test_anonymous_only_where_it_is_allowed() -> None:
    assert Users({}, anonymous=True).get_user(None) is not None
    assert Users({}, anonymous=True).get_user(None, "mes", "") is None


def test_a_file_of_users(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text("# MES\nmes:a:b\n\nscada:c\n")
    assert read_users(path) == {"mes": "a:b", "scada": "c"}


@pytest.mark.parametrize("text", ["mes", "mes:", ":hunter2", "mes:hunter2\nmes:hunter3", "", "# none\n"])
def test_a_file_that_is_wrong_is_refused_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users"
    path.write_text(text)
    with pytest.raises(SettingError, match="opcua_users_file") as caught:
        read_users(path)
    assert "hunter" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="No such file"):
        read_users(tmp_path / "users")
