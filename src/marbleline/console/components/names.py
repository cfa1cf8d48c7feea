"""What slabs, verdicts and the states of cameras are called on every page."""

from marbleline.console.i18n.locale import Locale
from marbleline.console.state.freshness import CameraStatus
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict


def slab_name(verdict: Verdict, locale: Locale) -> str:
    """The slab's name, else its number at its camera."""
    slab = verdict.frame.slab_id
    if slab:
        return slab if slab.lower().startswith("slab") else locale.gettext("slab", slab=slab)
    return locale.gettext("slab.unnamed", sequence=verdict.frame.sequence)


def verdict_text(verdict: Verdict, locale: Locale) -> str:
    """The verdict in a few words: ``Faulty, crack``."""
    words = locale.term("decision", verdict.decision.value)
    if verdict.decision is Decision.FAULTY and verdict.defect:
        words += ", " + locale.term("defect", verdict.defect)
    return words


def slab_label(verdict: Verdict, locale: Locale) -> str:
    """Verdict, slab, camera and time in one sentence, for who hears a picture instead of seeing it."""
    return locale.gettext(
        "strip.item",
        verdict=verdict_text(verdict, locale),
        slab=slab_name(verdict, locale),
        camera=verdict.frame.camera,
        time=locale.time(verdict.frame.captured_at),
    )


def status_text(status: CameraStatus, locale: Locale, now: int) -> str:
    """``no word since 12:30:05``."""
    words = locale.gettext(f"status.{status.kind.value}", since=locale.time(status.since, now))
    return f"{words} ({status.detail})" if status.detail else words
