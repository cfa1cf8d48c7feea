"""``marbleline console``: what can be said without a browser."""

import importlib.util
from datetime import datetime

import pytest

from marbleline.cli import USAGE, main
from marbleline.cli.console import midnight
from marbleline.domain.clock import now


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["console"]) == USAGE
    assert "marbleline[console]" in capsys.readouterr().err


def test_a_wrong_port_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["console", "--console-port", "0"]) == USAGE
    assert "console_port" in capsys.readouterr().err


def test_midnight_is_this_machines_last_one() -> None:
    at = now()
    begun = datetime.fromtimestamp(midnight(at) / 1e6).astimezone()
    assert (begun.hour, begun.minute, begun.second) == (0, 0, 0)
    assert 0 <= at - midnight(at) <= 25 * 3_600_000_000
