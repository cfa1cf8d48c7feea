"""Settings: where they come from, and how a wrong one is refused."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from marbleline.adapters.sources.registry import FileSettings, RateSettings, SyntheticSettings
from marbleline.bootstrap.catalogue import SCOPES, load
from marbleline.errors import SettingError
from marbleline.settings.line import LineSettings
from marbleline.settings.publisher import PublisherSettings


def test_without_a_word_it_is_the_defaults() -> None:
    configuration = load({}, {})
    assert configuration.read(PublisherSettings).batch_size == 8
    assert configuration.read(LineSettings).data == Path("marbleline-data")
    assert configuration.read(FileSettings).repeat is True


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    file = tmp_path / "line.toml"
    file.write_text("rate = 2.5\nbatch_size = 3\nseed = 4\n")
    configuration = load({"rate": "9"}, {"MARBLELINE_RATE": "8", "MARBLELINE_BATCH_SIZE": "7"}, file)
    synthetic, publisher = configuration.read(SyntheticSettings), configuration.read(PublisherSettings)
    assert (synthetic.rate, synthetic.seed) == (9, 4)
    assert (publisher.batch_size, publisher.batch_ms) == (7, 0)


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
        ("broker", "kafka://x", "sqlite:FILE or amqp(s)://"),
        ("broker", "amqp:", "amqp(s)://"),
        ("store", "redis://x", "sqlite:FILE or http(s)://"),
        ("classifier", "onnx:", "litert: or grpc(s)://"),
        ("sinks", "mes=ftp://x", "http(s)://"),
        ("sinks", "mes", "NAME=ADDRESS"),
        ("otlp_endpoint", "tcp://x", "begins with http: or https:"),
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


def test_a_mistyped_change_is_refused() -> None:
    with pytest.raises(SettingError, match=r"batchsize \(by the command\): no such setting"):
        load({}, {}).changed(batchsize="3")


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


def test_cameras_of_a_file_are_checked_and_change_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "line.toml"
    file.write_text('[[cameras]]\ncamera = "top"\nrate = 2\nrepeat = false\n[[cameras]]\ncamera = "side"\n')
    configuration = load({}, {}, file)
    assert [camera["camera"] for camera in configuration.cameras] == ["top", "side"]
    top = configuration.changed(**configuration.cameras[0]).read(FileSettings)
    assert (top.rate, top.repeat) == (2.0, False)


def test_the_environment_of_a_worker_gives_the_same_settings(tmp_path: Path) -> None:
    file = tmp_path / "line.toml"
    file.write_text("repeat = false\nsink_events = ['alarm', 'faulty']\n")
    given = {"rate": "0.5", "broker": "amqp://u:p@h/v", "sinks": "mes=https://a/b chat=http://c"}
    configuration = load(given, {"MARBLELINE_DATA": "/data"}, file)
    again = load({}, configuration.environment())
    models = {model for scope in SCOPES.values() for model in scope.models}
    models |= {a.settings for scope in SCOPES.values() for r in scope.registries for a in r.adapters}
    assert {model: again.read(model) for model in models} == {
        model: configuration.read(model) for model in models
    }
    assert not again.read(FileSettings).repeat
    assert again.read(RateSettings).rate == 0.5


def test_settings_do_not_change() -> None:
    configuration = load({}, {})
    settings = configuration.read(PublisherSettings)
    with pytest.raises(FrozenInstanceError):
        settings.batch_size = 3  # type: ignore[misc]
    assert configuration.changed(batch_size="3").read(PublisherSettings).batch_size == 3
    assert configuration.read(PublisherSettings).batch_size == 8


def test_a_wrong_address_is_refused_without_its_password() -> None:
    with pytest.raises(SettingError, match=r"store is 'htp://.*@es:9200'") as caught:
        load({"store": "htp://ada:p4ss@es:9200"}, {})
    assert "p4ss" not in str(caught.value)
