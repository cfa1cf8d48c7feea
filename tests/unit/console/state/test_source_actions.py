"""Cameras added, changed and removed from a browser: by role, by rules, with every change kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.console.auth.roles import Person, Role
from marbleline.console.state.actions import Actions
from marbleline.console.state.camera_actions import CameraActions
from marbleline.console.state.source_actions import SourceActions
from marbleline.errors import AccessDenied, SettingError
from tests.unit.console.sources import made_sources

EVA = Person("eva", Role.ENGINEER)
SYNTHETIC = {"source": "synthetic:", "rate": "2"}


@pytest.fixture
def sources(tmp_path: Path, actions: Actions) -> SourceActions:
    return made_sources(CameraActions("line-1", actions), tmp_path)


def test_a_camera_is_added_changed_removed_and_brought_back(sources: SourceActions) -> None:
    sources.cameras.change(EVA, "saw", "0,0 1,0.5", "")
    added = sources.set_source(EVA, "saw", SYNTHETIC)
    assert (added.texts(), added.region, added.by) == (SYNTHETIC, "0,0 1,0.5", "eva")
    changed = sources.cameras.change(EVA, "saw", "", "0,0 0.1,0.1")
    assert changed.texts() == SYNTHETIC
    removed = sources.remove_camera(EVA, "saw")
    assert (removed.removed, removed.settings, removed.masks) == (True, (), "0,0 0.1,0.1")
    still = sources.cameras.change(EVA, "saw", "0,0 1,0.6", "")
    assert still.removed
    back = sources.cameras.revert(EVA, "saw", added.setup_id)
    assert (back.texts(), back.removed, back.region) == (SYNTHETIC, False, "0,0 1,0.5")
    assert [one.setup_id for one in sources.cameras.current()] == [back.setup_id]


def test_what_is_no_longer_allowed_is_not_brought_back(sources: SourceActions) -> None:
    added = sources.set_source(EVA, "saw", SYNTHETIC)
    sources.remove_camera(EVA, "saw")
    narrower = replace(sources, rules=replace(sources.rules, kinds=frozenset({"genicam"})))
    with pytest.raises(SettingError, match="console_sources allows genicam"):
        narrower.revert(EVA, "saw", added.setup_id)
    assert sources.revert(EVA, "saw", added.setup_id).texts() == SYNTHETIC


def test_only_an_engineer_may(sources: SourceActions) -> None:
    for role in (Role.VIEWER, Role.OPERATOR):
        with pytest.raises(AccessDenied):
            sources.set_source(Person("oto", role), "saw", SYNTHETIC)
        with pytest.raises(AccessDenied):
            sources.remove_camera(Person("oto", role), "saw")
    assert sources.cameras.current() == []


@pytest.mark.parametrize(
    ("camera", "texts", "said"),
    [
        ("Saw 1", SYNTHETIC, "camera"),
        ("given", SYNTHETIC, "own flags or file"),
        ("saw", {**SYNTHETIC, "rate": "fast"}, "rate is 'fast'"),
        ("saw", {"source": "http:0.0.0.0:99999"}, "HOST:PORT"),
        ("saw", {"source": "folder:/etc"}, "console_source_root"),
        ("saw", {}, "console_sources"),
    ],
)
def test_what_is_wrong_changes_nothing(
    sources: SourceActions, camera: str, texts: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingError, match=said):
        sources.set_source(EVA, camera, texts)
    assert sources.cameras.current() == []


def test_no_password_reaches_the_store(sources: SourceActions, tmp_path: Path) -> None:
    made = sources.set_source(EVA, "saw", {"source": "video:rtsp://eva:hunter2@10.0.0.7/one"})
    assert b"hunter2" not in made.to_json()
    sources.cameras.actions.store.close()
    assert all(b"hunter2" not in file.read_bytes() for file in tmp_path.glob("store.db*"))
    assert sources.secrets.revealed(made.texts()) == {"source": "video:rtsp://eva:hunter2@10.0.0.7/one"}


def test_where_no_line_starts_cameras_nothing_is_set(sources: SourceActions) -> None:
    (sources.data / "line-cameras.json").unlink()
    for act in (lambda: sources.set_source(EVA, "saw", SYNTHETIC), lambda: sources.remove_camera(EVA, "saw")):
        with pytest.raises(SettingError, match="in the values of the chart"):
            act()
