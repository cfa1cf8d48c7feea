"""The cameras: each one's state in words, and how old its last slab is."""

from marbleline.console.freshness import State, age, state_of
from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el
from marbleline.console.parts.shape import shape
from marbleline.console.pictures import small_uri
from marbleline.console.snapshot import CameraView, Snapshot


def state_words(state: State, locale: Locale, now: int) -> str:
    """``no word since 12:30:05``."""
    words = locale.say(f"state.{state.kind.value}", since=locale.time(state.since, now))
    return f"{words} ({state.detail})" if state.detail else words


def cameras(snapshot: Snapshot, locale: Locale) -> Html:
    """A card for each camera."""
    now = snapshot.taken_at
    cards = [_card(camera, state_of(camera, snapshot.link, now), locale, now) for camera in snapshot.cameras]
    nobody = el("p", locale.say("cameras.none"), class_="ml-none")
    body = el("ul", *cards, class_="ml-cameras") if cards else nobody
    return el("section", el("h2", locale.say("cameras")), body, class_="ml-panel")


def _card(camera: CameraView, state: State, locale: Locale, now: int) -> Html:
    last, report = camera.last, camera.report
    small = small_uri(last) if last else None
    seen = locale.ago(age(last.frame.captured_at, now)) if last else locale.say("camera.no_slab")
    extras = []
    if report is not None and report.spooled:
        extras.append(locale.say("spooled", number=locale.number(report.spooled)))
    if report is not None and report.skipped:
        extras.append(locale.say("skipped", number=locale.number(report.skipped)))
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
            el("span", state_words(state, locale, now), class_="ml-card-state"),
            el("span", " · ".join(extras), class_="ml-card-extra ml-warn") if extras else "",
            class_="ml-card-words",
        ),
        el("span", seen, class_="ml-card-age"),
        class_=f"ml-card {'is-stale' if state.stale else 'is-fresh'}",
        data_camera=camera.name,
        data_state=state.kind.value,
    )
