"""Every action that a browser can send to a page of the console, with the role that it needs."""

from dataclasses import dataclass
from typing import Final

from marbleline.console.auth.roles import Role


@dataclass(frozen=True, slots=True)
class PageAction:
    """``role``: the least that may do it; None if it changes only what the person sees.

    ``value``: what the page's own button would send with it.
    """

    page: str
    action: str
    role: Role | None = None
    value: str = ""


_SLAB: Final = tuple(
    one
    for page in ("live", "review", "search")
    for one in (
        PageAction(page, "overrule", Role.OPERATOR, "crack"),
        PageAction(page, "undo", Role.OPERATOR),
        PageAction(page, "region"),
        PageAction(page, "unmark"),
        PageAction(page, "view"),
        PageAction(page, "add_example", Role.ENGINEER, "crack"),
    )
)

PAGE_ACTIONS: Final = (
    *_SLAB,
    PageAction("live", "hold"),
    PageAction("live", "toggle_hold"),
    PageAction("live", "heat"),
    PageAction("live", "follow", value="suspect"),
    PageAction("live", "camera", value="camera-1"),
    PageAction("live", "mark_seen", Role.OPERATOR, "camera-1"),
    PageAction("review", "hold"),
    PageAction("review", "heat"),
    PageAction("review", "select"),
    PageAction("review", "select_page"),
    PageAction("review", "unselect"),
    PageAction("review", "ask", value="crack"),
    PageAction("review", "overrule_selected", Role.OPERATOR, "crack 1"),
    PageAction("review", "undo_selected", Role.OPERATOR),
    PageAction("review", "move", value="skip"),
    PageAction("review", "settle", Role.OPERATOR, "crack"),
    PageAction("review", "queue", value="disputed"),
    PageAction("review", "order", value="unsure"),
    PageAction("review", "guide"),
    PageAction("guide", "edit", value="crack"),
    PageAction("guide", "close"),
    PageAction("guide", "write_guide", Role.ENGINEER, "crack"),
    PageAction("guide", "remove_example", Role.ENGINEER, "crack nothing 0"),
    PageAction("guide", "revert", Role.ENGINEER, "crack nothing"),
    PageAction("alarms", "acknowledge", Role.OPERATOR, "lag encoded"),
    PageAction("alarms", "shelf", value="lag encoded"),
    PageAction("alarms", "shelve", Role.OPERATOR, "lag encoded"),
    PageAction("alarms", "unshelve", Role.OPERATOR, "lag encoded"),
    PageAction("search", "open"),
    PageAction("search", "more"),
    PageAction("quality", "drill", value="2026-01-01"),
    PageAction("quality", "close"),
    PageAction("line", "replay", Role.ENGINEER),
    PageAction("cameras", "change", Role.ENGINEER, "camera-1"),
    PageAction("cameras", "revert", Role.ENGINEER),
    PageAction("cameras", "set_source", Role.ENGINEER, "camera-1"),
    PageAction("cameras", "remove_camera", Role.ENGINEER, "camera-1"),
    PageAction("cameras", "try_source", Role.ENGINEER, "camera-1"),
    PageAction("cameras", "edit_source", value="camera-1"),
    PageAction("cameras", "stop_trial", value="nothing"),
    PageAction("cameras", "discover_cameras", Role.ENGINEER, "camera-1"),
    PageAction("cameras", "use_found", value="camera-1 DA1234"),
    PageAction("products", "choose", value="marble"),
    PageAction("products", "step", value="answer"),
    PageAction("products", "switch", Role.OPERATOR, "marble"),
    PageAction("products", "create", Role.ENGINEER, "marble"),
    PageAction("products", "answer", Role.OPERATOR, "crack random"),
    PageAction("products", "skip"),
    PageAction("products", "learn", Role.ENGINEER, "marble"),
    PageAction("products", "activate", Role.ENGINEER, "marble 2"),
    PageAction("products", "targets", Role.ENGINEER, "marble 0.2 0.2"),
    PageAction("studio", "version", value="1"),
    PageAction("studio", "promote", Role.ENGINEER, "marble 1"),
    PageAction("studio", "activate", Role.ENGINEER, "marble 2"),
    PageAction("studio", "rollback", Role.ENGINEER, "marble"),
)
