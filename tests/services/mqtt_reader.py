"""A subscriber of a test's own, with a persistent session: it gets all that the broker has for it."""

import threading

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.builders import wait_until
from tests.services.mosquitto_node import PASSWORD, READER, MosquittoNode


class MqttReader:
    """Reads all topics from the moment that it is made; its session outlives a kill of the broker."""

    def __init__(self, node: MosquittoNode, name: str = "reader") -> None:
        self._lock = threading.Lock()
        self._barriers = 0
        self._messages: list[tuple[str, bytes, bool]] = []
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self._client.username_pw_set(READER, PASSWORD)
        self._client.reconnect_delay_set(1, 1)
        # QoS 0: it answers nothing. An answer to a broker that is gone ends the connection, and what the
        # reader had received and not yet read would be lost with it.
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=0)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", node.port)
        self._client.loop_start()
        self.wait_subscribed()
        node.save()

    def wait_subscribed(self) -> None:
        """Wait until the broker confirmed a subscription since the last ``forget_subscription``."""
        assert self._subscribed.wait(20), "no subscription"

    def forget_subscription(self) -> None:
        """The broker is about to be killed: wait for a new subscription the next time."""
        self._subscribed.clear()

    def messages(self, word: str) -> list[tuple[str, bytes]]:
        """Topic and payload of those whose topic has this word, in the order in which they came."""
        with self._lock:
            return [(topic, payload) for topic, payload, _ in self._messages if word in topic.split("/")]

    def count(self) -> int:
        """How many messages it has."""
        with self._lock:
            return len(self._messages)

    def availability(self) -> list[str]:
        """What the availability was, and is."""
        return [payload.decode() for _, payload in self.messages("availability")]

    def retained(self) -> list[str]:
        """The topics of the retained messages that it got."""
        with self._lock:
            return [topic for topic, _, retained in self._messages if retained]

    def wait_for(self, count: int, word: str = "verdicts") -> list[tuple[str, bytes]]:
        """``messages``, once there are so many."""
        wait_until(lambda: len(self.messages(word)) >= count, what=f"message {count}")
        return self.messages(word)

    def up_to_date(self) -> "MqttReader":
        """Wait until it has all that the broker confirmed to anyone before this call."""
        self._barriers += 1
        topic = f"barrier/{self._barriers}"
        self._client.publish(topic, b"", qos=1)
        wait_until(lambda: self.messages(str(self._barriers)), what=f"message {topic}")
        return self

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _: object, message: MQTTMessage) -> None:
        with self._lock:
            self._messages.append((message.topic, message.payload, message.retain))
