"""The cameras: each one's state in words, and how old its last slab is."""

from typing import Final

from marbleline.console.components.held_slab import held_picture, held_words
from marbleline.console.components.markup import Html, el
from marbleline.console.components.names import status_text
from marbleline.console.components.shape import badge
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.freshness import CameraStatus, Freshness, age, camera_status
from marbleline.console.state.images import small_uri
from marbleline.console.state.snapshot import CameraView, HeldSlab, Snapshot
from marbleline.domain.records import CameraReport
from marbleline.domain.verdict import Verdict

_BLIND_SHOWN_US: Final = 8 * 3_600_000_000
"""Microseconds, a shift, for which a card says when its camera captured nothing."""

_DENSE_FROM: Final = 5
"""Cameras from which on a card says in words only what is not as usual: sixteen have to fit beside a slab."""


def is_wall(snapshot: Snapshot) -> bool:
    """Whether there are so many cameras that they are shown as a wall, in which each can be chosen."""
    return len(snapshot.cameras) >= _DENSE_FROM


def cameras(snapshot: Snapshot, locale: Locale, chosen: str | None = None, *, releases: bool = False) -> Html:
    """A card for each camera; ``chosen`` is the one whose slabs alone are shown.

    ``releases``: whether the person may say that they have seen a faulty slab that is held.
    """
    now, dense, held = snapshot.taken_at, is_wall(snapshot), snapshot.held or {}
    cards = [
        _card(
            camera,
            camera_status(camera, snapshot.broker, now),
            locale,
            now,
            chosen=camera.name == chosen if dense else None,
            held=held.get(camera.name),
            releases=releases,
        )
        for camera in snapshot.cameras
    ]
    nobody = el("p", locale.gettext("cameras.none"), class_="ml-none")
    body = el("ul", *cards, class_="ml-cameras is-dense" if dense else "ml-cameras") if cards else nobody
    return el("section", el("h2", locale.gettext("cameras")), body, class_="ml-panel")


def _card(
    camera: CameraView,
    status: CameraStatus,
    locale: Locale,
    now: int,
    *,
    chosen: bool | None,
    held: HeldSlab | None,
    releases: bool,
) -> Html:
    """``chosen`` None: the camera can't be chosen here."""
    # While the broker is away all cameras' states are the banner's.
    usual = not status.stale or status.kind is Freshness.DISCONNECTED
    last, report = camera.last, camera.report
    pictured = held.verdict if held else last
    seen = locale.ago(age(pictured.frame.captured_at, now)) if pictured else locale.gettext("camera.no_slab")
    extras = []
    if report is not None and report.spooled:
        extras.append(locale.gettext("spooled", number=locale.number(report.spooled)))
    if report is not None and report.skipped:
        extras.append(locale.ngettext("skipped", report.skipped))
    if report is not None and (blind := _blind_text(report, locale, now)):
        extras.append(blind)
    return el(
        "li",
        held_picture(held, locale) if held else _picture(last),
        el(
            "span",
            _name(camera.name, chosen),
            _state(status_text(status, locale, now), brief=chosen is not None and usual),
            el("span", " · ".join(extras), class_="ml-card-extra ml-warn") if extras else "",
            class_="ml-card-words",
        ),
        el("span", seen, class_="ml-card-age", data_ticks=True),
        held_words(held, locale, now, releases=releases) if held else "",
        class_=f"ml-card {'is-stale' if status.stale else 'is-fresh'}{' is-held' if held else ''}",
        tabindex=-1 if releases else None,
        data_camera=camera.name,
        data_state=status.kind.value,
    )


def _picture(last: Verdict | None) -> Html:
    small = small_uri(last) if last else None
    return el(
        "span",
        el("img", src=small, alt="") if small else "",
        badge(last.decision) if last else "",
        class_="ml-card-picture",
    )


def _name(name: str, chosen: bool | None) -> Html:
    if chosen is None:
        return el("strong", name, class_="ml-card-name")
    return el(
        "button",
        name,
        type="button",
        class_="ml-card-name",
        aria_pressed="true" if chosen else "false",
        data_action="camera",
        data_value="" if chosen else name,
    )


def _state(words: str, *, brief: bool) -> Html:
    if brief:
        return el("span", el("span", words, class_="ml-unseen"), class_="ml-card-state is-brief")
    return el("span", words, class_="ml-card-state")


def _blind_text(report: CameraReport, locale: Locale, now: int) -> str:
    """``saw nothing for 2 min 5 s until 12:30:05`` of the last time, empty if that is long ago."""
    at, seconds = report.last_blind_at, report.last_blind_ms / 1000
    if at is None or seconds < 1 or now - at > _BLIND_SHOWN_US:
        return ""
    return locale.gettext("blind", span=locale.duration(seconds), until=locale.time(at, now))
