"""Webhooks keep the port."""

from contextlib import ExitStack

import pytest

from marbleline.adapters.sinks.webhook import WebhookSink, make_secret
from tests.contract.sink_suite import Receiver, SinkSuite
from tests.unit.adapters.sinks.webhook_server import receiving


class WebhookReceiver(Receiver):
    """A web server that answers 503 while it is stopped."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._script = self._opened.enter_context(receiving())

    def open(self) -> WebhookSink:
        return WebhookSink("mes", self._script.url, [make_secret()])

    def received(self) -> list[bytes]:
        return [
            call.body
            for call, status in zip(self._script.calls, self._script.answered, strict=True)
            if status == 204
        ]

    def stop(self) -> None:
        self._script.statuses += [503] * 9

    def start(self) -> None:
        self._script.statuses.clear()

    def close(self) -> None:
        self._opened.close()


class TestWebhookSink(SinkSuite):
    @pytest.fixture
    def receiver(self) -> Receiver:
        return WebhookReceiver()
