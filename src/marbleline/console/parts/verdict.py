"""The large slab: the verdict as a band in colour, word and shape, and the picture with its heat map."""

from dataclasses import dataclass

from marbleline.console.freshness import State, age, clock_ahead
from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el, join
from marbleline.console.parts.overrule import said
from marbleline.console.parts.shape import shape
from marbleline.console.parts.states import state_words
from marbleline.console.pictures import heat_uri, picture_uri
from marbleline.domain.decision import Decision
from marbleline.domain.label import Truth
from marbleline.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown large. ``state`` is its camera's; ``held``: a person keeps it on the screen."""

    verdict: Verdict
    state: State
    held: bool

    @property
    def stale(self) -> bool:
        """Whether the slab has to be shown as an old one."""
        return self.state.stale


def name_of(verdict: Verdict, locale: Locale) -> str:
    """The slab's name, else its number at its camera."""
    slab = verdict.frame.slab_id
    if slab:
        return slab if slab.lower().startswith("slab") else locale.say("slab", slab=slab)
    return locale.say("slab.unnamed", sequence=verdict.frame.sequence)


def says(verdict: Verdict, locale: Locale) -> str:
    """The verdict in a few words: ``Faulty, crack``."""
    words = locale.known("decision", verdict.decision.value)
    if verdict.decision is Decision.FAULTY and verdict.defect:
        words += ", " + locale.known("defect", verdict.defect)
    return words


def band(shown: Shown | None, locale: Locale, truth: Truth | None = None) -> Html:
    """The verdict across the whole screen, and what people say of it."""
    if shown is None:
        return el(
            "section",
            el("div", locale.say("slab.none"), class_="ml-band-none"),
            el("div", locale.say("slab.none.hint"), class_="ml-band-hint"),
            class_="ml-band is-none",
        )
    verdict = shown.verdict
    classes = f"ml-band is-{verdict.decision.value}{' is-stale' if shown.stale else ''}"
    lead = el("span", locale.say("last_known"), class_="ml-band-lead") if shown.stale else ""
    return el(
        "section",
        shape(verdict.decision, ink="light" if shown.stale else None),
        el("div", lead, locale.known("decision", verdict.decision.value), class_="ml-band-word"),
        said(truth, locale) if truth else "",
        el("div", *_explained(verdict, locale), class_="ml-band-what"),
        class_=classes,
        aria_label=says(verdict, locale),
        data_frame=verdict.frame.frame_id,
    )


def _explained(verdict: Verdict, locale: Locale) -> tuple[Html, Html]:
    """What was found, and how sure the line is of it."""
    defect = locale.known("defect", verdict.defect) if verdict.defect else ""
    faulty = locale.percent(verdict.faulty_probability)
    if verdict.decision is Decision.GOOD:
        what = locale.say("what.good")
        sure = locale.say("sure", percent=locale.percent(1 - verdict.faulty_probability))
    elif verdict.decision is Decision.FAULTY:
        what, sure = locale.say("what.faulty", defect=defect), locale.say("sure", percent=faulty)
    else:
        what = ", ".join(locale.known("reason", reason) for reason in verdict.reasons)
        what = what or locale.say("what.review")
        sure = locale.say("perhaps", defect=defect, percent=faulty)
    return el("div", what, class_="ml-band-defect"), el("div", sure, class_="ml-band-sure")


def picture(
    shown: Shown | None,
    locale: Locale,
    now: int,
    *,
    heat: bool,
    sharp: str | None = None,
    mark: Html | str = "",
    marks: bool = False,
) -> Html:
    """The slab, with the heat map over it if wanted; greyed, with the reason in words, when it is old.

    ``sharp`` is the address of a better picture than the verdict's thumbnail. ``mark`` is what lies over
    it; ``marks``: whether a person may draw on it.
    """
    if shown is None:
        return el("figure", class_="ml-picture is-none", aria_hidden="true")
    verdict = shown.verdict
    note: Html | str = ""
    if shown.stale:
        words = f"{verdict.frame.camera}: {state_words(shown.state, locale, now)}"
        note = el("figcaption", words, class_="ml-note is-stale")
    elif shown.held:
        note = el("figcaption", locale.say("held"), class_="ml-note is-held")
    drawn = _drawn(verdict, locale, heat, sharp)
    return el(
        "figure",
        el(
            "div",
            drawn,
            mark,
            note,
            class_="ml-frame",
            style=f"--ar:{_aspect(verdict):.4f}",
            data_marks=verdict.frame.frame_id if marks else None,
        ),
        class_=f"ml-picture is-{verdict.decision.value}{' is-stale' if shown.stale else ''}",
        data_frame=verdict.frame.frame_id,
    )


def _drawn(verdict: Verdict, locale: Locale, heat: bool, sharp: str | None) -> Html:
    source = sharp or picture_uri(verdict)
    if source is None:
        return el("div", locale.say("slab.no_picture"), class_="ml-no-picture")
    slab, camera = name_of(verdict, locale), verdict.frame.camera
    alt = locale.say("slab.picture", slab=slab, camera=camera, verdict=says(verdict, locale))
    layer = heat_uri(verdict) if heat else None
    return join(
        el("img", src=source, alt=alt, class_="ml-slab", decoding="sync", draggable="false"),
        el("img", src=layer, alt="", class_="ml-heat", decoding="sync") if layer else "",
    )


def facts(shown: Shown | None, locale: Locale, now: int) -> Html:
    """The line below the picture: which slab, from where, how old, how fast."""
    if shown is None:
        return el("div", class_="ml-facts")
    verdict = shown.verdict
    frame = verdict.frame
    model = locale.say("model", model=verdict.model.name, version=verdict.model.version)
    old = el("strong", locale.ago(age(frame.captured_at, now)), class_="ml-age")
    parts = [
        old,
        el("span", name_of(verdict, locale)),
        el("span", frame.camera),
        el("span", locale.say("captured", time=locale.time(frame.captured_at, now))),
        el("span", locale.say("judged_in", ms=locale.number(round(verdict.latency_ms)))),
        el("span", model, class_="ml-minor"),
    ]
    if verdict.late:
        late = locale.say("late", ms=locale.number(round(verdict.lateness_ms)))
        parts.append(el("span", late, class_="ml-warn"))
    if verdict.model.fallback:
        parts.append(el("span", locale.say("fallback"), class_="ml-warn"))
    if clock_ahead(frame.captured_at, now):
        parts.append(el("span", locale.say("clock_ahead"), class_="ml-warn"))
    return el("div", *parts, class_="ml-facts")


def _aspect(verdict: Verdict) -> float:
    """Width by height, within what a screen can show."""
    return min(4.0, max(0.4, verdict.width / max(1, verdict.height)))
