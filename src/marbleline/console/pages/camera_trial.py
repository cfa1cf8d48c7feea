"""The part of the cameras page that tests a source: its pictures live, what was seen, and cameras found."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from marbleline.console.components import camera_setup
from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import panel, table
from marbleline.console.pages.page_frame import PageContext
from marbleline.console.state.services import services
from marbleline.console.state.source_trials import LONGEST_S, TrialReport
from marbleline.console.state.user_event import UserEvent
from marbleline.console.stream.preview import PATH

_TRIAL: Final = "source.trial"
_FOUND: Final = "source.found"
# States in which the cause is worth a hint what to look at.
_TROUBLE: Final = ("away", "failed", "unreadable")


def start(page: PageContext, camera: str, texts: Mapping[str, str]) -> None:
    """Begin a test; one that this tab had begun before ends."""
    before = st.session_state.pop(_TRIAL, None)
    trial = services().sources.trials.find(before[1]) if before else None
    if trial is not None:
        trial.stop(3.0)
    made = services().sources.try_source(page.person, camera, texts)
    st.session_state[_TRIAL] = (camera, made.token, texts["source"].partition(":")[0])


def stop(page: PageContext, event: UserEvent) -> None:
    """End a test, whose token only the tab has that began it."""
    trial = services().sources.trials.find(event.value)
    if trial is not None:
        trial.stop()


def discover(page: PageContext, event: UserEvent) -> None:
    """Look for cameras on the network."""
    st.session_state[_FOUND] = services().sources.discover_cameras(page.person)


def draw(page: PageContext, camera: str) -> None:
    """Draw the test of this camera, if this tab began one."""
    began = st.session_state.get(_TRIAL)
    if not began or began[0] != camera:
        return
    trial, gettext = services().sources.trials.find(began[1]), page.locale.gettext
    if trial is None:
        st.html(panel(gettext("trial.title"), el("p", gettext("trial.over"), class_="ml-dim")))
        return
    report = trial.report
    if trial.running:
        picture = el("img", src=f"{PATH}/{trial.token}", alt=gettext("trial.alt"), class_="ml-trial")
        end = button(gettext("trial.stop"), "stop_trial", trial.token)
        st.html(el("figure", picture, el("p", end), class_="ml-picture"))
    st.html(panel(gettext("trial.title"), *_words(page, report, began[2])))
    if report.quality is not None:
        st.html(camera_setup.figures(report.quality, page.locale))


def draw_found(page: PageContext, camera: str) -> None:
    """Draw the cameras that were found, each with a button that puts it into the inputs."""
    found = st.session_state.get(_FOUND)
    if found is None:
        return
    gettext = page.locale.gettext
    title = gettext("trial.found")
    if not found:
        st.html(panel(title, el("p", gettext("trial.none_found"), class_="ml-dim")))
        return
    rows = [
        (serial, address, name or "-", model, button(gettext("trial.use"), "use_found", f"{camera} {serial}"))
        for serial, address, name, model in found
    ]
    head = [gettext(f"trial.found.{one}") for one in ("serial", "address", "name", "model")]
    st.html(panel(title, table((*head, ""), rows, title, words=5)))


def _words(page: PageContext, report: TrialReport, kind: str) -> list[Html]:
    locale, gettext = page.locale, page.locale.gettext
    trouble = report.state in _TROUBLE
    words = [
        el("p", gettext(f"trial.{report.state}"), class_="ml-warn" if trouble else "ml-dim", role="status")
    ]
    if report.detail:
        words.append(el("p", report.detail, class_="ml-warn" if trouble else "ml-dim"))
    if report.state in ("away", "waiting") and kind in ("video", "genicam", "http", "folder", "landing"):
        words.append(el("p", gettext(f"trial.hint.{kind}"), class_="ml-dim"))
    if report.size is not None:
        width, height, size = report.size
        seen = gettext(
            "trial.seen",
            frames=str(report.frames),
            rate=locale.real(report.rate, 1),
            width=str(width),
            height=str(height),
            kilobytes=locale.real(size / 1000, 0),
            dropped=str(report.dropped),
        )
        words.append(el("p", seen))
    if report.state in ("waiting", "pictures"):
        words.append(el("p", gettext("trial.limit", seconds=str(round(LONGEST_S))), class_="ml-dim"))
    return words
