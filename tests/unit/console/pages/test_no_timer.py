"""Streamlit's timers do not stop for a change of page: docs/decisions/0170-pages-change-by-an-event.md."""

from pathlib import Path

import marbleline.console.pages


def test_no_page_uses_streamlits_timer() -> None:
    folder = Path(marbleline.console.pages.__file__).parent
    used = [path.name for path in folder.glob("*.py") if "run_every=" in path.read_text(encoding="utf-8")]
    # The app's own comes once a day: it makes the browser ask for a run after a reconnection.
    assert used == ["app.py"]
