"""The console: who may use it, as far as it can be said without a browser."""

import getpass
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.console import access_of, is_loopback, midnight, source_actions
from marbleline.console.auth.login import Login
from marbleline.console.auth.roles import Person, Role
from marbleline.console.state.camera_actions import CameraActions
from marbleline.domain.clock import now
from marbleline.errors import SettingError
from marbleline.settings.console import ConsoleSettings
from tests.models.tiny_model import TINY

NO_ACTIONS: Any = None
"""What checks settings asks neither store nor broker."""


def test_midnight_is_this_machines_last_one() -> None:
    at = now()
    begun = datetime.fromtimestamp(midnight(at) / 1e6).astimezone()
    assert (begun.hour, begun.minute, begun.second) == (0, 0, 0)
    assert 0 <= at - midnight(at) <= 25 * 3_600_000_000


def test_a_console_without_login_is_open_to_others_only_if_somebody_said_so() -> None:
    with pytest.raises(SettingError, match="console_open"):
        access_of(load({"console_host": "0.0.0.0"}, {}).read(ConsoleSettings))
    assert (
        access_of(load({"console_host": "0.0.0.0", "console_open": "true"}, {}).read(ConsoleSettings)).login
        is Login.NONE
    )
    assert (
        access_of(
            load({"console_host": "0.0.0.0", "console_login": "header"}, {}).read(ConsoleSettings)
        ).login
        is Login.HEADER
    )


def anonymous(**given: str) -> tuple[Person | None, Person | None]:
    """Who somebody is without a login: directly, and through a proxy."""
    access = access_of(load(given, {}).read(ConsoleSettings))
    return access.person(None, {}, {}), access.person(None, {"X-Forwarded-For": "10.0.0.7"}, {})


def test_on_ones_own_machine_the_local_user_is_an_operator_and_a_proxys_users_are_viewers() -> None:
    local, forwarded = anonymous()
    assert local == Person(getpass.getuser(), Role.OPERATOR)
    assert forwarded == Person("anonymous", Role.VIEWER)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_an_open_console_without_a_login_has_viewers(host: str) -> None:
    people = anonymous(console_host=host, console_open="true")
    assert people == (Person("anonymous", Role.VIEWER), Person("anonymous", Role.VIEWER))


def test_a_role_without_a_login_has_to_be_named_to_be_more_than_viewer() -> None:
    local, forwarded = anonymous(console_host="0.0.0.0", console_open="true", console_anonymous="operator")
    assert local == forwarded == Person("anonymous", Role.OPERATOR)
    local, _ = anonymous(console_anonymous="viewer")
    assert local == Person(getpass.getuser(), Role.VIEWER)


def test_open_id_connect_needs_its_file() -> None:
    with pytest.raises(SettingError, match="console_secrets_file"):
        access_of(load({"console_login": "oidc"}, {}).read(ConsoleSettings))


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
    configuration = load(given, {})
    again = load({}, configuration.environment())
    assert again.read(ConsoleSettings) == configuration.read(ConsoleSettings)
    assert again.read(ConsoleSettings) != ConsoleSettings()


def test_only_a_product_that_there_is_may_be_a_cameras(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "models" / "carrara")
    settings = {"data": str(tmp_path / "data"), "model": str(tmp_path / "models" / "carrara")}
    check = source_actions(load(settings, {}), CameraActions("line-1", NO_ACTIONS)).check
    check({"source": "synthetic:", "camera_product": "carrara"})
    check({"source": "synthetic:"})
    for name in ("granite", "Not a name"):
        with pytest.raises(SettingError, match="camera_product is"):
            check({"source": "synthetic:", "camera_product": name})
