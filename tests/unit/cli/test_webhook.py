"""``marbleline webhook``: what it opens follows from what it tells of."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from marbleline import wiring
from marbleline.adapters.receiver_http import make_secret
from marbleline.cli import main, webhook
from marbleline.settings import Settings


@pytest.mark.parametrize(
    ("events", "expected", "stores"),
    [
        ("faulty,review", ["tell chat", "tell mes"], 0),
        ("faulty,alarm", ["tell chat", "tell mes", "alarms"], 1),
    ],
)
def test_only_who_tells_of_alarms_opens_the_store(
    events: str, expected: list[str], stores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    opened: list[object] = []
    make_store = wiring.make_store

    def run_loops(_: Settings, loops: Mapping[str, Callable[..., None]], stop: threading.Event) -> None:
        ran.extend(loops)

    def opening(settings: Settings) -> Any:
        opened.append(settings)
        return make_store(settings)

    monkeypatch.setattr(webhook, "start", lambda *_, **__: threading.Event())
    monkeypatch.setattr(webhook, "run_loops", run_loops)
    monkeypatch.setattr(wiring, "make_store", opening)
    targets = "chat=http://chat.plant/1 mes=https://mes.plant/marble"
    secrets = f"chat={make_secret()} mes={make_secret()}"
    told = ["--webhooks", targets, "--webhook-secrets", secrets, "--webhook-events", events]
    assert main(["webhook", *told, "--data", str(tmp_path)]) == 0
    assert ran == expected
    assert len(opened) == stores
