"""The cameras: each one's state in words, and how old its last slab is."""

from typing import Final

from marbleline.console.components.markup import Html, el
from marbleline.console.components.shape import shape
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.freshness import CameraStatus, age, camera_status
from marbleline.console.state.images import small_uri
from marbleline.console.state.snapshot import CameraView, Snapshot
from marbleline.domain.records import CameraReport

_BLIND_SHOWN_US: Final = 8 * 3_600_000_000
"""Microseconds, a shift, for which a card says when its camera captured nothing."""


def status_text(status: CameraStatus, locale: Locale, now: int) -> str:
    """``no word since 12:30:05``."""
    words = locale.gettext(f"status.{status.kind.value}", since=locale.time(status.since, now))
    return f"{words} ({status.detail})" if status.detail else words


def cameras(snapshot: Snapshot, locale: Locale) -> Html:
    """A card for each camera."""
    now = snapshot.taken_at
    cards = [
        _card(camera, camera_status(camera, snapshot.broker, now), locale, now) for camera in snapshot.cameras
    ]
    nobody = el("p", locale.gettext("cameras.none"), class_="ml-none")
    body = el("ul", *cards, class_="ml-cameras") if cards else nobody
    return el("section", el("h2", locale.gettext("cameras")), body, class_="ml-panel")


def _card(camera: CameraView, status: CameraStatus, locale: Locale, now: int) -> Html:
    last, report = camera.last, camera.report
    small = small_uri(last) if last else None
    seen = locale.ago(age(last.frame.captured_at, now)) if last else locale.gettext("camera.no_slab")
    extras = []
    if report is not None and report.spooled:
        extras.append(locale.gettext("spooled", number=locale.number(report.spooled)))
    if report is not None and report.skipped:
        extras.append(locale.ngettext("skipped", report.skipped))
    if report is not None and (blind := _blind_text(report, locale, now)):
        extras.append(blind)
    return el(
        "li",
        el(
            "span",
            el("img", src=small, alt="") if small else "",
            el("span", shape(last.decision), class_=f"ml-badge is-{last.decision.value}") if last else "",
            class_="ml-card-picture",
        ),
        el(
            "span",
            el("strong", camera.name, class_="ml-card-name"),
            el("span", status_text(status, locale, now), class_="ml-card-state"),
            el("span", " · ".join(extras), class_="ml-card-extra ml-warn") if extras else "",
            class_="ml-card-words",
        ),
        el("span", seen, class_="ml-card-age", data_ticks=True),
        class_=f"ml-card {'is-stale' if status.stale else 'is-fresh'}",
        data_camera=camera.name,
        data_state=status.kind.value,
    )


def _blind_text(report: CameraReport, locale: Locale, now: int) -> str:
    """``saw nothing for 2 min 5 s until 12:30:05`` of the last time, empty if that is long ago."""
    at, seconds = report.last_blind_at, report.last_blind_ms / 1000
    if at is None or seconds < 1 or now - at > _BLIND_SHOWN_US:
        return ""
    return locale.gettext("blind", span=locale.duration(seconds), until=locale.time(at, now))
