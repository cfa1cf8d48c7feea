"""``marbleline console``: what is refused before it serves."""

import importlib.util

import pytest

from marbleline.cli import EXIT_USAGE, main


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["console"]) == EXIT_USAGE
    assert "marbleline[console]" in capsys.readouterr().err


def test_a_wrong_port_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["console", "--console-port", "0"]) == EXIT_USAGE
    assert "console_port" in capsys.readouterr().err
