"""The live page's layout, and the row of controls below the picture."""

from collections.abc import Iterable
from typing import Final

from marbleline.console.components.cameras import is_wall
from marbleline.console.components.markup import Html, el
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.selection import DisplayedSlab, ViewFilter, neighbour
from marbleline.console.state.snapshot import Snapshot

EVERY, SUSPECT = "every", "suspect"
TOGGLE_HOLD: Final = "toggle_hold"
"""Action of the button that holds the large slab, or releases the held one."""


def live(band: Html, left: Iterable[Html], right: Iterable[Html]) -> Html:
    """The verdict across the screen, and two columns below it."""
    columns = (
        el("div", *left, class_="ml-live-column"),
        el("div", *right, class_="ml-live-column"),
    )
    return el("div", band, el("div", *columns, class_="ml-live-columns"), class_="ml-live")


def controls(
    snapshot: Snapshot, locale: Locale, view_filter: ViewFilter, large: DisplayedSlab | None, *, heat: bool
) -> Html:
    """Hold, the slabs beside, heat map, and which slabs to follow; each button names its slab."""
    gettext, held = locale.gettext, view_filter.held is not None
    frame_id = large.verdict.frame.frame_id if large else ""
    buttons = [
        _button(
            gettext("control.release" if held else "control.hold"),
            TOGGLE_HOLD,
            frame_id=frame_id,
            pressed=held,
            disabled=large is None,
        )
    ]
    for name, step, key, sign in (("older", -1, "ArrowLeft", "←"), ("newer", 1, "ArrowRight", "→")):
        beside = neighbour(snapshot, view_filter, frame_id, step)
        buttons.append(
            _button(
                gettext(f"control.{name}"),
                "hold",
                frame_id=beside.frame.frame_id if beside else "",
                key=key,
                sign=sign,
                disabled=beside is None,
            )
        )
    buttons.append(_button(gettext("control.heat"), "heat", key="h", sign="H", pressed=heat))
    follow = {name: gettext(f"follow.{name}") for name in (EVERY, SUSPECT)}
    chosen = SUSPECT if view_filter.suspect_only else EVERY
    groups = [_choice(gettext("control.follow"), "follow", follow, chosen)]
    names = [camera.name for camera in snapshot.cameras] if len(snapshot.cameras) > 1 else []
    if is_wall(snapshot):
        # Sixteen more buttons would push the rest off the screen; each camera's card is one.
        names = [view_filter.camera] if view_filter.camera else []
    if names:
        choices = {"": gettext("control.all"), **{name: name for name in names}}
        groups.append(_choice(gettext("control.camera"), "camera", choices, view_filter.camera or ""))
    return el("div", *buttons, *groups, class_="ml-moves")


def _choice(title: str, action: str, choices: dict[str, str], chosen: str) -> Html:
    """One of several, as buttons."""
    buttons = [_button(text, action, value=value, pressed=value == chosen) for value, text in choices.items()]
    return el("div", *buttons, class_="ml-choice", role="group", aria_label=title)


def _button(
    text: str,
    action: str,
    *,
    frame_id: str | None = None,
    value: str | None = None,
    key: str | None = None,
    sign: str = "",
    pressed: bool | None = None,
    disabled: bool = False,
) -> Html:
    return el(
        "button",
        text,
        el("kbd", sign) if sign else "",
        type="button",
        class_="ml-plain",
        disabled=disabled,
        aria_pressed=None if pressed is None else str(pressed).lower(),
        data_action=action,
        data_frame=frame_id,
        data_value=value,
        data_key=key,
    )
