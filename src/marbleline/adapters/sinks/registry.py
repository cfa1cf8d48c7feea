"""The sinks. A new one is an entry of ``SINKS`` and a module with its ``opens``."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.adapters.registry import Adapter, Registry
from marbleline.settings.kinds import FILE, FLAG, TEXT, one_of, whole
from marbleline.settings.setting import setting

if TYPE_CHECKING:
    # A command's help needs the settings and the addresses, and nothing else of an adapter.
    from marbleline.ports.sink import Sink


@dataclass(frozen=True, slots=True)
class SinkContext:
    """What the worker tells the sink that it opens: its address, its ``name`` in ``sinks``, the line."""

    address: str
    name: str
    line: str


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """Of every receiver that is reached over a network."""

    sink_secrets: str = setting(
        TEXT,
        "",
        "Secret of each sink, as NAME=SECRET, separated by spaces: whsec_... of a webhook (two with a comma "
        "during a rotation), USER:PASSWORD of an MQTT broker or mail server.",
    )
    sink_timeout_ms: int = setting(whole(10, 600_000), 5000, "Milliseconds within which a sink must respond.")
    sink_ca_file: Path | None = setting(
        FILE, None, "PEM file of the CA of the sinks' certificates; empty: the system's CAs."
    )


@dataclass(frozen=True, slots=True)
class MqttSettings(ReceiverSettings):
    """Of MQTT brokers."""

    mqtt_version: str = setting(one_of("5", "3.1.1"), "5", "Version of MQTT that the broker speaks.")


@dataclass(frozen=True, slots=True)
class MailSettings(ReceiverSettings):
    """Of mail servers."""

    mail_from: str = setting(TEXT, "", "Sender of mails, such as line@plant.example.")
    mail_per_hour: int = setting(
        whole(1, 1000),
        20,
        "Most mails an hour that a sink sends about alarms of one severity; the next one says how many it "
        "left out.",
    )
    mail_plaintext: bool = setting(
        FLAG,
        False,
        "Whether smtp: sends without TLS, for a server in the plant that offers none; never with a password.",
    )


# Words of a topic; no user and password, which belong in ``sink_secrets``.
_MQTT: Final = r"//(?:\[[0-9a-fA-F:]+\]|[^/@:\[\]\s]+)(?::\d{1,5})?(?:/[^/+#$\s]+)*"

_RECIPIENT: Final = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+"
_MAIL: Final = (
    rf"//(?:\[[0-9a-fA-F:]+\]|[^/@:\[\]\s?]+)(?::\d{{1,5}})?/{_RECIPIENT}(?:,{_RECIPIENT})*"
    r"(?:\?severity=(?:critical|high|medium|low))?"
)

SINKS: Final["Registry[SinkContext, Sink]"] = Registry(
    "sinks",
    "marbleline.sinks",
    (
        Adapter(
            schemes=("http", "https"),
            form="http(s)://HOST...",
            pattern="//[^/].*",
            help="A webhook: POSTs each notification, signed.",
            opens="marbleline.adapters.sinks.webhook:open_webhook",
            settings=ReceiverSettings,
        ),
        Adapter(
            schemes=("mqtt", "mqtts"),
            form="mqtt(s)://HOST[:PORT][/PREFIX]",
            pattern=_MQTT,
            help="An MQTT broker: publishes each notification with QoS 1.",
            opens="marbleline.adapters.sinks.mqtt:open_mqtt",
            settings=MqttSettings,
            extra="mqtt",
            needs="paho-mqtt",
        ),
        Adapter(
            schemes=("smtp", "smtps"),
            form="smtp(s)://HOST[:PORT]/TO[,TO...][?severity=LOWEST]",
            pattern=_MAIL,
            help="Mail: alarms of the severity critical, high, medium or low and above, and reports; by "
            "STARTTLS, or TLS from the start.",
            opens="marbleline.adapters.sinks.mail:open_mail",
            settings=MailSettings,
        ),
    ),
)


def events_of(address: str, events: Collection[str]) -> tuple[str, ...]:
    """Which of these events a receiver of this address gets: by mail no verdicts."""
    mail = address.startswith(("smtp:", "smtps:"))
    return tuple(event for event in events if event == "alarm" or not mail)
