"""The acts that pages with a large slab share: overrule it, undo, mark where."""

from typing import Final

import streamlit as st

from marbleline.console.access import Role
from marbleline.console.markup import Html
from marbleline.console.parts.overrule import outline
from marbleline.console.parts.verdict import Shown, name_of, picture
from marbleline.console.shared import here
from marbleline.console.shell import Act, Visit, tell
from marbleline.console.tap import Tap
from marbleline.domain.label import Region
from marbleline.domain.verdict import Verdict


def region_of(verdict: Verdict | None) -> Region | None:
    """What the person has drawn on this slab's picture and not yet given away with a word."""
    frame_id, region = st.session_state.get("region", ("", None))
    return region if verdict is not None and frame_id == verdict.frame.frame_id else None


def marked_picture(now: Visit, shown: Shown, region: Region | None) -> Html:
    """The large picture, sharp, with its heat map and what was marked on it."""
    return picture(
        shown,
        now.locale,
        now.snapshot.taken_at,
        heat=st.session_state.get("heat", True),
        sharp=here().sharp.picture(shown.verdict.frame.frame_id),
        mark=outline(region),
        marks=now.person.may(Role.OPERATOR),
    )


def overrule(now: Visit, tap: Tap) -> None:
    """Put down what was tapped, with what was marked."""
    frame_id, region = st.session_state.get("region", ("", None))
    region = region if frame_id == tap.frame_id else None
    verdict = here().actions.overrule(now.person, tap.frame_id, tap.value, region)
    if verdict is None:
        tell(now.locale.say("overrule.gone"), "failed")
        return
    st.session_state.pop("region", None)
    truth = now.locale.known("truth", tap.value)
    tell(now.locale.say("overrule.saved", slab=name_of(verdict, now.locale), truth=truth))


def undo(now: Visit, tap: Tap) -> None:
    """Take back the person's own last word on the slab."""
    label = here().actions.undo(now.person, tap.frame_id)
    if label is not None:
        slab = label.slab_id or label.frame_id
        tell(now.locale.say("overrule.undone", slab=now.locale.say("slab", slab=slab)))


def mark(now: Visit, tap: Tap) -> None:
    """Remember what was drawn."""
    st.session_state["region"] = (tap.frame_id, tap.region)


def unmark(now: Visit, tap: Tap) -> None:
    """Forget what was drawn."""
    st.session_state.pop("region", None)


ACTS: Final[dict[str, Act]] = {"overrule": overrule, "undo": undo, "region": mark, "unmark": unmark}
