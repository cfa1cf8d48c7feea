"""The sound of alarms, on every page: the Streamlit component for it, which draws nothing."""

from pathlib import Path
from typing import Final

import streamlit as st

from marbleline.console.state.alarm_list import unacknowledged
from marbleline.console.state.snapshot import Snapshot

_SCRIPT: Final = Path(__file__).parents[1] / "static" / "alarm_sound.js"

_sound = st.components.v2.component("marbleline.alarm_sound", js=_SCRIPT.read_text(encoding="utf-8"))


def alarm_sound(snapshot: Snapshot) -> None:
    """Tell the browser how many alarms wait to be acknowledged; it sounds if its person has switched that on.

    Whether it is on is kept by the browser: the loudspeaker stands beside it.
    """
    _sound(key="alarm_sound", data={"waiting": unacknowledged(snapshot)})
