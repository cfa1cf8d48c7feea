"""The sound of alarms, on every page: the Streamlit component for it, which draws nothing."""

from pathlib import Path
from typing import Final

import streamlit as st

_SCRIPT: Final = Path(__file__).parents[1] / "static" / "alarm_sound.js"

_sound = st.components.v2.component("marbleline.alarm_sound", js=_SCRIPT.read_text(encoding="utf-8"))


def alarm_sound() -> None:
    """Let the browser sound while alarms wait to be acknowledged, if its person has switched that on.

    How many wait is in the bar (``data-waiting``), so that nothing is sent for it. Whether the sound is on is
    kept by the browser: the loudspeaker stands beside it.
    """
    _sound(key="alarm_sound")
