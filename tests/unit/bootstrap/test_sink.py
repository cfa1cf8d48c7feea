"""``marbleline sink``: what it opens follows from what it tells of."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from marbleline.adapters.sinks.webhook import make_secret
from marbleline.bootstrap import process, sink
from marbleline.cli import main
from marbleline.settings.configuration import Configuration


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
    open_store = sink.open_store

    def run_loops(_: Configuration, loops: Mapping[str, Callable[..., None]], stop: threading.Event) -> None:
        ran.extend(loops)

    def opening(configuration: Configuration) -> Any:
        opened.append(configuration)
        return open_store(configuration)

    monkeypatch.setattr(process, "start", lambda *_, **__: threading.Event())
    monkeypatch.setattr(sink, "run_loops", run_loops)
    monkeypatch.setattr(sink, "open_store", opening)
    targets = "chat=http://chat.plant/1 mes=https://mes.plant/marble"
    secrets = f"chat={make_secret()} mes={make_secret()}"
    told = ["--sinks", targets, "--sink-secrets", secrets, "--sink-events", events]
    assert main(["sink", *told, "--data", str(tmp_path)]) == 0
    assert ran == expected
    assert len(opened) == stores
