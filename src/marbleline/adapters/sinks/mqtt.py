"""MQTT, versions 5.0 and 3.1.1, by paho-mqtt: every notification is published with QoS 1.

    <prefix>/<line>/verdicts/<camera>/<decision>   frame verdicts
    <prefix>/<line>/slabs/<decision>               slab verdicts
    <prefix>/<line>/alarms/<kind>                  alarms
    <prefix>/<line>/availability                   online or offline, retained; the last will says offline

The payload of the first three is the JSON body that a webhook gets. One message is in flight at a time, and
``send`` returns after its PUBACK, so what waits for an MQTT broker that is away waits in the line's queue.
"""

import logging
import threading
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from marbleline.adapters.sinks.credentials import tls_context, user_and_password
from marbleline.adapters.sinks.registry import MqttSettings, SinkContext
from marbleline.backoff import Backoff
from marbleline.domain.notification import Notification
from marbleline.errors import SinkRejected, SinkUnavailable

log = logging.getLogger("marbleline.sink")

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"

_KEEPALIVE_S: Final = 30
_SESSION_S: Final = 86_400
_IDLE_S: Final = 0.25
# MQTT 5.0, 3.4.2.1: not authorized, topic name invalid, payload format invalid. The others may pass.
_NEVER: Final = frozenset({0x87, 0x90, 0x99})
# Fixed header, packet identifier, properties and the topic's length are less.
_HEADER_BYTES: Final = 32


class MqttSink:
    """See ``ports.sink.Sink``. A thread of its own keeps the connection, and so the availability, while idle.

    ``client_id`` names the persistent session at the broker; two clients must not share it.
    Raises SettingError if the CA file can't be used.
    """

    def __init__(
        self,
        name: str,
        address: str,
        line: str,
        *,
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        credentials: tuple[str, str] | None = None,
        timeout_s: float = 5.0,
        ca_file: Path | None = None,
    ) -> None:
        where = urlsplit(address)
        self._name = name
        self._host = where.hostname or ""
        self._port = where.port or (8883 if where.scheme == "mqtts" else 1883)
        self._prefix = where.path.strip("/") or "marbleline"
        self._availability = f"{self._prefix}/{line}/availability"
        self._client_id = f"marbleline-{line}-{name}"
        self._version = version
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._tls = tls_context(ca_file) if where.scheme == "mqtts" else None
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._most_bytes: int | None = None
        self._refusals: dict[int, ReasonCode] = {}
        self._cause = ""
        self._in_flight: tuple[str, MQTTMessageInfo] | None = None
        self._client = self._new_client()
        self._keeper = threading.Thread(target=self._keep_connected, name=f"mqtt-{name}", daemon=True)
        self._keeper.start()

    def send(self, notification: Notification) -> None:
        """See ``ports.sink.Sink.send``."""
        with self._lock:
            self._drop_another(notification.notification_id)
            deadline = time.monotonic() + self._timeout_s
            self._connect(deadline)
            if self._in_flight is None:
                topic = f"{self._prefix}/{notification.topic}"
                self._check_size(len(topic.encode()) + len(notification.body))
                # A message whose PUBACK did not come is sent again by the client when it reconnects.
                self._in_flight = (
                    notification.notification_id,
                    self._client.publish(topic, notification.body, qos=1),
                )
            message = self._in_flight[1]
            while not message.is_published():
                self._exchange(deadline, "no PUBACK")
            self._in_flight = None
            self._raise_refusal(message.mid)

    def close(self) -> None:
        """Say offline and disconnect, as far as the broker answers in time. Never raises."""
        self._closed.set()
        self._keeper.join()
        with self._lock:
            if not self._client.is_connected():
                return
            deadline = time.monotonic() + self._timeout_s
            message = self._client.publish(self._availability, OFFLINE, qos=1, retain=True)
            try:
                while not message.is_published():
                    self._exchange(deadline, "no PUBACK")
                # A clean disconnect, after which the broker does not publish the last will.
                self._client.disconnect()
            except SinkUnavailable as error:
                log.warning("sink.offline_not_published", extra={"sink": self._name, "error": str(error)})

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            # In MQTT 5.0 the connection says so instead.
            clean_session=None if self._version == MQTTProtocolVersion.MQTTv5 else False,
            protocol=self._version,
            reconnect_on_failure=False,
        )
        client.connect_timeout = self._timeout_s
        client.will_set(self._availability, OFFLINE, qos=1, retain=True)
        if self._credentials is not None:
            client.username_pw_set(*self._credentials)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        return client

    def _connect(self, deadline: float) -> None:
        """Raises SinkUnavailable if there is no connection by ``deadline`` (monotonic seconds)."""
        if self._client.is_connected() and self._client.loop(0) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            return
        self._cause = ""
        try:
            if self._version == MQTTProtocolVersion.MQTTv5:
                session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
                session.SessionExpiryInterval = _SESSION_S
                self._client.connect(
                    self._host, self._port, _KEEPALIVE_S, clean_start=False, properties=session
                )
            else:
                self._client.connect(self._host, self._port, _KEEPALIVE_S)
        except OSError as error:
            raise self._unreachable(str(error) or type(error).__name__) from error
        while not self._client.is_connected():
            self._exchange(deadline, "no CONNACK")

    def _exchange(self, deadline: float, missing: str) -> None:
        """Send and receive for a moment. Raises SinkUnavailable if the connection is lost or time is up."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise self._unreachable(f"{missing} within {self._timeout_s:g} s")
        result = self._client.loop(min(left, 1.0))
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._unreachable(self._cause or "the connection was lost")

    def _unreachable(self, cause: str) -> SinkUnavailable:
        return SinkUnavailable(f"sink {self._name}: MQTT broker can't be reached: {cause}")

    def _drop_another(self, notification_id: str) -> None:
        """Drop a message that the worker gave up, or the client would send it again."""
        if self._in_flight is not None and self._in_flight[0] != notification_id:
            self._in_flight = None
            self._client.disconnect()
            self._client = self._new_client()

    def _check_size(self, size: int) -> None:
        if self._most_bytes is not None and size + _HEADER_BYTES > self._most_bytes:
            raise SinkRejected(
                f"sink {self._name}: {size} bytes are more than the MQTT broker takes"
                f" ({self._most_bytes}): raise its maximum packet size"
            )

    def _raise_refusal(self, mid: int) -> None:
        code = self._refusals.pop(mid, None)
        if code is None:
            return
        answer = f"sink {self._name}: MQTT broker answered {code.value:#04x} ({code})"
        raise SinkRejected(answer) if code.value in _NEVER else SinkUnavailable(answer)

    def _keep_connected(self) -> None:
        """Serve keep-alives and reconnect while nothing is being sent."""
        backoff = Backoff()
        wait_s = 0.0
        while not self._closed.wait(wait_s):
            wait_s = _IDLE_S
            if not self._lock.acquire(blocking=False):
                continue
            try:
                self._connect(time.monotonic() + self._timeout_s)
            except SinkUnavailable as error:
                log.debug("sink.unavailable", extra={"sink": self._name, "error": str(error)})
                wait_s = backoff.next_s()
            else:
                backoff.reset()
            finally:
                self._lock.release()

    def _on_connect(
        self,
        client: Client,
        _: object,
        flags: ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._cause = f"it refused the connection: {code}"
            return
        self._most_bytes = getattr(properties, "MaximumPacketSize", None)
        log.info("sink.connected", extra={"sink": self._name, "session_present": flags.session_present})
        client.publish(self._availability, ONLINE, qos=1, retain=True)

    def _on_disconnect(
        self,
        _client: Client,
        _: object,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._cause = self._cause or f"the connection was lost: {code}"

    def _on_publish(
        self, _client: Client, _: object, mid: int, code: ReasonCode, _properties: Properties
    ) -> None:
        if self._in_flight is None or mid != self._in_flight[1].mid:
            if code.is_failure:
                # Some brokers then close the connection.
                self._cause = f"it refused {self._availability}: {code}"
                log.warning("sink.availability_refused", extra={"sink": self._name, "error": str(code)})
        elif code.is_failure:
            self._refusals[mid] = code


def open_mqtt(context: SinkContext, settings: MqttSettings) -> MqttSink:
    """``mqtt(s)://HOST[:PORT][/PREFIX]``. Raises SettingError if its secret is not USER:PASSWORD."""
    return MqttSink(
        context.name,
        context.address,
        context.line,
        version=_VERSIONS[settings.mqtt_version],
        credentials=user_and_password(context.name, settings.sink_secrets),
        timeout_s=settings.sink_timeout_ms / 1000,
        ca_file=settings.sink_ca_file,
    )


_VERSIONS: Final = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
