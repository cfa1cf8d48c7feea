"""The parts of a tab that change by themselves, drawn from its view and the line's snapshot."""

from typing import Final

from marbleline.console.auth.roles import Role
from marbleline.console.components import alarms, cameras, figures, live, overrule, strip, topbar, verdict
from marbleline.console.components.markup import Html, el, join
from marbleline.console.state.alarm_list import banner_alarms
from marbleline.console.state.selection import displayed_slab, matching
from marbleline.console.state.services import Services
from marbleline.console.state.snapshot import Snapshot
from marbleline.console.stream.tabs import View

PLACES: Final = 20
"""Slabs in the strip."""

MESSAGE_SHOWN_US: Final = 8_000_000
"""Microseconds for which the message on the last action stays."""


class TabDrawing:
    """Draws one tab again and again; not for several threads at once."""

    def __init__(self, services: Services, pages: tuple[str, ...]) -> None:
        self._services = services
        self._pages = pages
        self._large_before: str | None = None

    def parts(self, view: View) -> dict[str, Html]:
        """Part -> its markup: ``bar``, ``message``, and ``live`` on the live page."""
        snapshot = self._services.feed.snapshot()
        bar = topbar.topbar(snapshot, view.locale, self._pages, view.page, view.person, logout=view.logout)
        parts = {
            "bar": join(bar, topbar.banner(snapshot, view.locale)),
            "message": _message(view, snapshot.taken_at),
        }
        if view.page == "live":
            parts["live"] = self._live(view, snapshot)
        return parts

    def _live(self, view: View, snapshot: Snapshot) -> Html:
        locale, now, view_filter = view.locale, snapshot.taken_at, view.view_filter
        large = displayed_slab(snapshot, view_filter)
        shown = large.verdict if large else None
        frame_id = shown.frame.frame_id if shown else None
        truth = snapshot.truths.get(frame_id) if frame_id else None
        region = view.region[1] if view.region[0] == frame_id else None
        picture = verdict.picture(
            large,
            locale,
            now,
            heat=view.heat,
            full_image=self._full_image(frame_id),
            mark=overrule.outline(region),
            drawable=view.person.may(Role.OPERATOR),
            viewable=True,
        )
        last = list(matching(snapshot, view_filter))[:PLACES]
        return live.live(
            verdict.band(large, locale, truth),
            [
                el(
                    "div",
                    picture,
                    strip.strip(last, locale, frame_id, PLACES, snapshot.truths),
                    class_="ml-stage",
                ),
                verdict.facts(large, locale, now),
                overrule.overrule(shown, truth, view.person, locale, region),
                live.controls(snapshot, locale, view_filter, large, heat=view.heat),
            ],
            self._side(snapshot, view),
        )

    def _side(self, snapshot: Snapshot, view: View) -> list[Html]:
        """What is beside the slab. A wall of cameras may be longer than the screen: counts come first."""
        locale, now = view.locale, snapshot.taken_at
        releases = snapshot.held is not None and view.person.may(Role.OPERATOR)
        wall = cameras.cameras(snapshot, locale, view.view_filter.camera, releases=releases)
        counts = figures.counts(snapshot.counts, locale, now)
        middle = [counts, wall] if cameras.is_wall(snapshot) else [wall, counts]
        return [
            alarms.alarms(banner_alarms(snapshot), locale, now),
            *middle,
            figures.balance(snapshot.ledger, locale, now, current=snapshot.ledger_is_current),
        ]

    def _full_image(self, frame_id: str | None) -> str | None:
        """The picture as captured, once the slab has been large before."""
        shown_before, self._large_before = self._large_before == frame_id, frame_id
        return self._services.full_images.data_uri(frame_id) if frame_id and shown_before else None


def _message(view: View, now: int) -> Html:
    message = view.message
    if message is None or now - message.at >= MESSAGE_SHOWN_US:
        return join()
    return el("span", message.text, class_=f"is-{message.kind}")
