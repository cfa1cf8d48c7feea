"""``marbleline cameras discover``: what it prints and how it exits."""

import sys
from types import SimpleNamespace

import pytest

from marbleline.adapters.sources import genicam_discovery
from marbleline.adapters.sources.gvcp import DeviceIdentity
from marbleline.cli import EXIT_USAGE, main

FOUND = [
    DeviceIdentity("10.0.0.7", "00:30:53:0a:0b:0c", "Maker", "Model 5", "22334455", "saw"),
    DeviceIdentity("10.0.0.12", "00:30:53:0a:0b:0d", "Maker", "Model 5", "7", ""),
]


def test_cameras_are_listed_by_what_a_source_can_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def discover(interface: str) -> list[SimpleNamespace]:
        asked.append(interface)
        return [SimpleNamespace(identity=one) for one in FOUND]

    monkeypatch.setattr(genicam_discovery, "discover", discover)
    assert main(["cameras", "discover", "--interface", "eth1"]) == 0
    assert asked == ["eth1"]
    assert capsys.readouterr().out == (
        "SERIAL    ADDRESS    NAME  MODEL          MAC\n"
        "22334455  10.0.0.7   saw   Maker Model 5  00:30:53:0a:0b:0c\n"
        "7         10.0.0.12  -     Maker Model 5  00:30:53:0a:0b:0d\n"
    )


def test_none_is_an_exit_code_and_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(genicam_discovery, "discover", lambda interface: [])
    assert main(["cameras", "discover"]) == 1
    assert "docs/cameras.md" in capsys.readouterr().err


def test_without_the_library_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "marbleline.adapters.sources.genicam_discovery")
    monkeypatch.setitem(sys.modules, "viva_genicam", None)
    assert main(["cameras", "discover"]) == EXIT_USAGE
    assert "pip install 'marbleline[genicam]'" in capsys.readouterr().err
