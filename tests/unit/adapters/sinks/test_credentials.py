"""A secret is found by the sink's name, and an error names the sink without showing the secret."""

from pathlib import Path

import pytest

from marbleline.adapters.sinks.credentials import secret_of, tls_context, user_and_password
from marbleline.errors import SettingError

SECRETS = "mes=line:pass:word hall=none scada=hidden empty=:hidden"


def test_a_secret_belongs_to_one_sink() -> None:
    assert secret_of("scada", SECRETS) == "hidden"
    assert secret_of("other", SECRETS) is None


def test_a_password_may_contain_colons() -> None:
    assert user_and_password("mes", SECRETS) == ("line", "pass:word")


@pytest.mark.parametrize("name", ["hall", "other"])
def test_a_sink_may_have_no_login(name: str) -> None:
    assert user_and_password(name, SECRETS) is None


@pytest.mark.parametrize("name", ["scada", "empty"])
def test_a_secret_that_is_not_user_and_password_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(SettingError, match=f"sink {name}: .* USER:PASSWORD") as caught:
        user_and_password(name, SECRETS)
    assert "hidden" not in str(caught.value)


def test_secrets_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(SettingError, match="sink_secrets: allowed is NAME=VALUE"):
        secret_of("mes", "mes=one mes=two")


def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"sink_ca_file .*missing\.pem"):
        tls_context(tmp_path / "missing.pem")
