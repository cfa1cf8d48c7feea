"""MQTT sinks: which addresses and secrets there are. ``tests/services/test_sink_mqtt.py`` has the rest."""

import pytest

from marbleline.adapters.sinks.mqtt import open_mqtt
from marbleline.adapters.sinks.registry import SINKS, MqttSettings, SinkContext
from marbleline.errors import SettingError


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("mqtt://broker", True),
        ("mqtt://broker.plant:1884/hall-2/marble", True),
        ("mqtts://[::1]:8883", True),
        ("mqtt://user:password@broker", False),
        ("mqtt://broker/hall/+", False),
        ("mqtt://broker/#", False),
        ("mqtt://broker/$SYS", False),
        ("mqtt://broker//hall", False),
        ("mqtt:broker", False),
    ],
)
def test_an_address_has_no_password_and_no_wildcards(address: str, taken: bool) -> None:
    [adapter] = [one for one in SINKS.adapters if "mqtt" in one.schemes]
    assert adapter.takes(address) is taken


@pytest.mark.parametrize("secret", ["scada=line-1", "scada=:hidden", "scada"])
def test_a_secret_that_is_not_user_and_password_is_named_but_not_shown(secret: str) -> None:
    settings = MqttSettings(sink_secrets=secret)
    with pytest.raises(SettingError, match="sink_secrets") as caught:
        open_mqtt(SinkContext("mqtt://127.0.0.1:1", "scada", "line-1"), settings)
    assert "hidden" not in str(caught.value)
