"""Settings: where they come from, and how a wrong one is refused."""

from pathlib import Path

import pytest

from marbleline.errors import SettingError
from marbleline.setting_table import SETTINGS
from marbleline.settings import load


def test_defaults_are_allowed_values() -> None:
    settings = load({}, {})
    assert settings.batch_size == 8
    assert settings.data == Path("marbleline-data")
    assert settings.repeat is True


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    file = tmp_path / "line.toml"
    file.write_text("rate = 2.5\nbatch_size = 3\nseed = 4\n")
    settings = load({"rate": "9"}, {"MARBLELINE_RATE": "8", "MARBLELINE_BATCH_SIZE": "7"}, file)
    assert (settings.rate, settings.batch_size, settings.seed, settings.batch_ms) == (9, 7, 4, 0)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("rate", "fast", "a number from 0.01 to 1000"),
        ("rate", "nan", "a number from"),
        ("batch_size", "0", "a whole number from 1 to 256"),
        ("batch_size", "2.5", "a whole number"),
        ("repeat", "perhaps", "true or false"),
        ("camera", "Top Cam", "lower-case letters"),
        ("log_level", "loud", "one of debug, info, warning, error"),
        ("broker", "kafka://x", "begins with sqlite: or amqp: or amqps:"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_what_is_allowed(name: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingError) as caught:
        load({}, {f"MARBLELINE_{name.upper()}": value})
    assert str(caught.value).startswith(f"{name} is {value!r} (in the environment)")
    assert allowed in str(caught.value)


def test_a_mistyped_variable_is_refused() -> None:
    with pytest.raises(SettingError, match=r"MARBLELINE_BATCHSIZE.*no such setting.*batch_size"):
        load({}, {"MARBLELINE_BATCHSIZE": "3"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rat = 1", "rat .*no such setting"),
        ("rate = ", "can't be read"),
        ("cameras = 3", r"\[\[cameras\]\]"),
        ("[[cameras]]\nrate = 1", "has no camera"),
        ('[[cameras]]\ncamera = "a"\nbatch_size = 3', "batch_size .*allowed are"),
        ('[[cameras]]\ncamera = "a"\nrate = "x"', "rate is 'x'"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "line.toml"
    file.write_text(text)
    with pytest.raises(SettingError, match=message):
        load({}, {}, file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"nowhere\.toml"):
        load({}, {}, tmp_path / "nowhere.toml")


def test_cameras_of_a_file_are_checked_values(tmp_path: Path) -> None:
    file = tmp_path / "line.toml"
    file.write_text('[[cameras]]\ncamera = "top"\nrate = 2\nrepeat = false\n[[cameras]]\ncamera = "side"\n')
    assert load({}, {}, file).cameras == ({"camera": "top", "rate": 2.0, "repeat": False}, {"camera": "side"})


def test_the_environment_of_a_worker_gives_the_same_settings() -> None:
    settings = load({"rate": "0.5", "repeat": "no", "broker": "amqp://u:p@h/v"}, {})
    again = load({}, settings.environment())
    assert [getattr(again, s.name) for s in SETTINGS] == [getattr(settings, s.name) for s in SETTINGS]


def test_settings_do_not_change() -> None:
    settings = load({}, {})
    with pytest.raises(AttributeError):
        settings.rate = 3
    assert settings.with_(rate=3.0).rate == 3
    assert settings.rate == 5


def test_a_wrong_address_is_refused_without_its_password() -> None:
    with pytest.raises(SettingError, match=r"store is 'htp://.*@es:9200'") as caught:
        load({"store": "htp://ada:p4ss@es:9200"}, {})
    assert "p4ss" not in str(caught.value)
