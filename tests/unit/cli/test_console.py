"""``marbleline console``: what can be said without a browser."""

import importlib.util
from datetime import datetime

import pytest

from marbleline.cli import USAGE, main
from marbleline.cli.console import access_of, is_loopback, midnight
from marbleline.console.access import Login, Role
from marbleline.domain.clock import now
from marbleline.errors import SettingError
from marbleline.settings import load


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["console"]) == USAGE
    assert "marbleline[console]" in capsys.readouterr().err


def test_a_wrong_port_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["console", "--console-port", "0"]) == USAGE
    assert "console_port" in capsys.readouterr().err


def test_midnight_is_this_machines_last_one() -> None:
    at = now()
    begun = datetime.fromtimestamp(midnight(at) / 1e6).astimezone()
    assert (begun.hour, begun.minute, begun.second) == (0, 0, 0)
    assert 0 <= at - midnight(at) <= 25 * 3_600_000_000


def test_a_console_without_login_is_open_to_others_only_if_somebody_said_so() -> None:
    with pytest.raises(SettingError, match="console_open"):
        access_of(load({"console_host": "0.0.0.0"}, {}))
    assert access_of(load({"console_host": "0.0.0.0", "console_open": "true"}, {})).login is Login.NONE
    assert access_of(load({"console_host": "0.0.0.0", "console_login": "header"}, {})).login is Login.HEADER
    role = access_of(load({"console_anonymous": "viewer"}, {})).anonymous.role
    assert role is Role.VIEWER


def test_open_id_connect_needs_its_file() -> None:
    with pytest.raises(SettingError, match="console_secrets_file"):
        access_of(load({"console_login": "oidc"}, {}))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
    ],
)
def test_only_this_machine_reaches_a_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("console_time_zone", "Europe/Nowhere"),
        ("console_shift_starts", "25:00"),
        ("console_shift_starts", ""),
        ("console_proxies", "10.0.0.1/8"),
    ],
)
def test_wrong_console_settings_are_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(SettingError, match=name):
        load({name: text}, {})


def test_console_settings_survive_the_way_to_another_process() -> None:
    given = {
        "console_time_zone": "Europe/Rome",
        "console_shift_starts": "18:00,06:00",
        "console_proxies": "10.0.0.0/8,::1",
        "console_operators": "anna, bert",
    }
    settings = load(given, {})
    again = load({}, settings.environment())
    assert {name: getattr(again, name) for name in given} == {name: getattr(settings, name) for name in given}
