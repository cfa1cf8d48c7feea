"""Region and masks drawn on a camera's picture: the Streamlit component, and what it says was drawn.

Points are set, moved and taken back in the browser. What is complete goes into the two inputs of the page,
from where it is checked and applied like points that were typed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from marbleline.console.components.camera_setup import aspect
from marbleline.console.pages import camera_choice
from marbleline.console.pages.page_frame import PageContext
from marbleline.console.state.images import picture_uri
from marbleline.domain.verdict import Verdict

MOST_TEXT: Final = 2_000
"""Characters of a region or of all masks: some 140 points."""

TEXTS: Final = ("tools", "region", "mask", "undo", "point", "shape", "hint", "hint.draft", "stage", "corner")

_SCRIPT: Final = Path(__file__).parents[1] / "static" / "region_editor.js"
_KEY: Final = "region_editor"
_TAKEN: Final = "region_editor.taken"

_editor = st.components.v2.component(
    "marbleline.region_editor", js=_SCRIPT.read_text(encoding="utf-8"), isolate_styles=False
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the browser says is drawn now; ``number`` grows from change to change of a tab."""

    number: int
    camera: str
    region: str
    masks: str

    @classmethod
    def of(cls, said: object) -> "Drawn | None":
        """None if it is none: a browser may say anything."""
        if not isinstance(said, dict):
            return None
        number, *texts = (said.get(name) for name in ("number", "camera", "region", "masks"))
        camera, region, masks = (text if isinstance(text, str) else "" for text in texts)
        if not isinstance(number, int) or not camera or max(len(region), len(masks)) > MOST_TEXT:
            return None
        return cls(number, camera, region, masks)


def text_key(name: str, camera: str) -> str:
    """The key of the input of a camera's ``region`` or ``masks``."""
    return f"cameras.{name}.{camera}"


def draw(page: PageContext, verdict: Verdict, full_image: str | None) -> None:
    """The picture of the camera's newest slab, to be drawn on; it shows what the page's inputs hold."""
    camera, gettext = verdict.frame.camera, page.locale.gettext
    _editor(
        key=_KEY,
        data={
            "camera": camera,
            "picture": full_image or picture_uri(verdict) or "",
            "alt": gettext("setup.alt", camera=camera),
            "aspect": aspect(verdict),
            "number": st.session_state.get(_TAKEN, 0),
            "texts": {name: gettext(f"draw.{name}", shape="{shape}", number="{number}") for name in TEXTS},
            **{name: st.session_state.get(text_key(name, camera), "") for name in ("region", "masks")},
        },
        on_drawn_change=take,
    )


def take() -> None:
    """Put what was drawn into the inputs; of a camera that is not shown any more, and older news, nothing."""
    drawn = Drawn.of(st.session_state[_KEY].get("drawn"))
    if drawn is None or drawn.number <= st.session_state.get(_TAKEN, 0):
        return
    st.session_state[_TAKEN] = drawn.number
    if drawn.camera == camera_choice.chosen():
        st.session_state[text_key("region", drawn.camera)] = drawn.region
        st.session_state[text_key("masks", drawn.camera)] = drawn.masks
