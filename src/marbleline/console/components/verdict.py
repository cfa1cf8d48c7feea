"""The large slab: the verdict as a band with colour, word and shape, and the picture with its heat map."""

from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el, join
from marbleline.console.components.names import slab_name, status_text, verdict_text
from marbleline.console.components.overrule import label_summary
from marbleline.console.components.shape import shape
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.freshness import age, clock_ahead
from marbleline.console.state.images import heat_uri, picture_uri
from marbleline.console.state.selection import DisplayedSlab
from marbleline.domain.decision import Decision
from marbleline.domain.label import Truth
from marbleline.domain.verdict import Verdict


def band(displayed: DisplayedSlab | None, locale: Locale, truth: Truth | None = None) -> Html:
    """The verdict across the whole screen, and what people say of it."""
    if displayed is None:
        return el(
            "section",
            el("div", locale.gettext("slab.none"), class_="ml-band-none"),
            el("div", locale.gettext("slab.none.hint"), class_="ml-band-hint"),
            class_="ml-band is-none",
        )
    verdict = displayed.verdict
    classes = f"ml-band is-{verdict.decision.value}{' is-stale' if displayed.stale else ''}"
    lead = el("span", locale.gettext("last_known"), class_="ml-band-lead") if displayed.stale else ""
    return el(
        "section",
        shape(verdict.decision, ink="light" if displayed.stale else None),
        el("div", lead, locale.term("decision", verdict.decision.value), class_="ml-band-word"),
        label_summary(truth, locale) if truth else "",
        el("div", *_explained(verdict, locale), class_="ml-band-what"),
        class_=classes,
        aria_label=verdict_text(verdict, locale),
        data_frame=verdict.frame.frame_id,
    )


def _explained(verdict: Verdict, locale: Locale) -> tuple[Html, Html]:
    """What was found, and how sure the line is of it."""
    defect = locale.term("defect", verdict.defect) if verdict.defect else ""
    faulty = locale.percent(verdict.faulty_probability)
    if verdict.decision is Decision.GOOD:
        what = locale.gettext("what.good")
        sure = locale.gettext("sure", percent=locale.percent(1 - verdict.faulty_probability))
    elif verdict.decision is Decision.FAULTY:
        what, sure = locale.gettext("what.faulty", defect=defect), locale.gettext("sure", percent=faulty)
    else:
        what = ", ".join(locale.term("reason", reason) for reason in verdict.reasons)
        what = what or locale.gettext("what.review")
        sure = locale.gettext("perhaps", defect=defect, percent=faulty)
    return el("div", what, class_="ml-band-defect"), el("div", sure, class_="ml-band-sure")


def picture(
    displayed: DisplayedSlab | None,
    locale: Locale,
    now: int,
    *,
    heat: bool,
    full_image: str | None = None,
    mark: Html | str = "",
    drawable: bool = False,
    viewable: bool = False,
) -> Html:
    """The slab, with the heat map over it if wanted; greyed, with the reason, when it is old.

    ``full_image`` is the data URI of a better picture than the verdict's thumbnail. ``mark`` lies over it;
    ``drawable``: whether a person may draw on it; ``viewable``: whether it can be opened in the viewer.
    """
    if displayed is None:
        return el("figure", class_="ml-picture is-none", aria_hidden="true")
    verdict = displayed.verdict
    note: Html | str = ""
    if displayed.stale:
        words = f"{verdict.frame.camera}: {status_text(displayed.status, locale, now)}"
        note = el("figcaption", words, class_="ml-note is-stale")
    elif displayed.held:
        note = el("figcaption", locale.gettext("held"), class_="ml-note is-held")
    drawn = _drawn(verdict, locale, heat, full_image)
    return el(
        "figure",
        el(
            "div",
            drawn,
            mark,
            note,
            class_="ml-frame",
            style=f"--ar:{_aspect(verdict):.4f}",
            data_drawable=verdict.frame.frame_id if drawable else None,
        ),
        _view_button(verdict, locale) if viewable else "",
        class_=f"ml-picture is-{verdict.decision.value}{' is-stale' if displayed.stale else ''}",
        data_frame=verdict.frame.frame_id,
    )


def _view_button(verdict: Verdict, locale: Locale) -> Html:
    text = locale.gettext("viewer.open")
    return el("div", button(text, "view", frame=verdict.frame.frame_id, key="v"), class_="ml-view")


def _drawn(verdict: Verdict, locale: Locale, heat: bool, full_image: str | None) -> Html:
    source = full_image or picture_uri(verdict)
    if source is None:
        return el("div", locale.gettext("slab.no_picture"), class_="ml-no-picture")
    slab, camera = slab_name(verdict, locale), verdict.frame.camera
    alt = locale.gettext("slab.picture", slab=slab, camera=camera, verdict=verdict_text(verdict, locale))
    layer = heat_uri(verdict) if heat else None
    return join(
        el("img", src=source, alt=alt, class_="ml-slab", decoding="sync", draggable="false"),
        el("img", src=layer, alt="", class_="ml-heat", decoding="sync") if layer else "",
    )


def facts(displayed: DisplayedSlab | None, locale: Locale, now: int) -> Html:
    """The line below the picture: which slab, from where, how old, how fast."""
    if displayed is None:
        return el("div", class_="ml-facts")
    verdict = displayed.verdict
    frame = verdict.frame
    model = locale.gettext("model", model=verdict.model.name, version=verdict.model.version)
    old = el("strong", locale.ago(age(frame.captured_at, now)), class_="ml-age", data_ticks=True)
    parts = [
        old,
        el("span", slab_name(verdict, locale)),
        el("span", frame.camera),
        el("span", locale.gettext("captured", time=locale.time(frame.captured_at, now))),
        el("span", locale.gettext("judged_in", ms=locale.number(round(verdict.latency_ms)))),
        el("span", model, class_="ml-minor"),
    ]
    if "unsure" in verdict.reasons:
        limits = verdict.thresholds
        good, faulty = locale.percent(limits.good_upto), locale.percent(limits.faulty_from)
        parts.append(el("span", locale.gettext("unsure.limits", good=good, faulty=faulty)))
    if verdict.late:
        late = locale.gettext("late", ms=locale.number(round(verdict.lateness_ms)))
        parts.append(el("span", late, class_="ml-warn"))
    if verdict.model.fallback:
        parts.append(el("span", locale.gettext("fallback"), class_="ml-warn"))
    if clock_ahead(frame.captured_at, now):
        parts.append(el("span", locale.gettext("clock_ahead"), class_="ml-warn"))
    return el("div", *parts, class_="ml-facts")


def _aspect(verdict: Verdict) -> float:
    """Width by height, within what a screen can show."""
    return min(4.0, max(0.4, verdict.width / max(1, verdict.height)))
