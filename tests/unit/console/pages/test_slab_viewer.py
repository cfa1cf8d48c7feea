"""Opening and closing of the viewer, in whatever order the browser's words arrive."""

import pytest

from marbleline.console.pages import slab_viewer


@pytest.mark.parametrize(("closed", "stays"), [(7, False), (6, True), (None, True)])
def test_only_the_slab_that_was_closed_is_closed(
    monkeypatch: pytest.MonkeyPatch, closed: int | None, stays: bool
) -> None:
    state: dict[str, object] = {"viewed": (7, "what is shown"), "slab_viewer": {"closed": closed}}
    monkeypatch.setattr(slab_viewer.st, "session_state", state)
    slab_viewer.close_viewer()
    assert ("viewed" in state) is stays


def test_closing_when_nothing_is_open_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slab_viewer.st, "session_state", {})
    slab_viewer.close_viewer()
