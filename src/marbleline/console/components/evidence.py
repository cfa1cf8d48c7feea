"""What a verdict rests on, and all that was judged of its slab since."""

from collections.abc import Sequence
from operator import itemgetter

from marbleline.console.components.markup import Html, el, join
from marbleline.console.components.names import slab_name, verdict_text
from marbleline.console.components.table import panel
from marbleline.console.i18n.locale import Locale
from marbleline.domain.label import Label
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.domain.verdict import ModelRef, Stages, Verdict


def evidence(verdict: Verdict, locale: Locale) -> Html:
    """The record of one verdict, whole: hashes, thresholds, scores, and when each stage had the frame."""
    gettext, frame, model = locale.gettext, verdict.frame, verdict.model
    limits, quality = verdict.thresholds, verdict.quality
    size = f"{verdict.width} x {verdict.height}, {verdict.media_type}, {locale.number(frame.size)} B"
    scores = ", ".join(
        f"{locale.term('truth', name)} {locale.real(score)}" for name, score in verdict.scores.items()
    )
    rows = [
        ("evidence.frame", el("code", frame.frame_id)),
        ("evidence.picture", size),
        ("evidence.sha256", el("code", frame.sha256)),
        ("evidence.model", f"{_model(model, locale)} ({model.runtime})"),
        ("evidence.digest", el("code", model.digest)),
        (
            "evidence.thresholds",
            gettext(
                "evidence.limits",
                good=locale.real(limits.good_upto),
                faulty=locale.real(limits.faulty_from),
                anomaly=locale.real(limits.anomaly_upto),
            ),
        ),
        ("evidence.scores", scores),
        ("evidence.anomaly", locale.real(verdict.anomaly)),
        (
            "evidence.quality",
            gettext(
                "evidence.measures",
                brightness=locale.real(quality.brightness, 0),
                contrast=locale.real(quality.contrast, 0),
                sharpness=locale.real(quality.sharpness, 0),
            ),
        ),
    ]
    if frame.origin:
        rows.append(("evidence.origin", frame.origin))
    facts = [child for name, value in rows for child in (el("dt", gettext(name)), el("dd", value))]
    return panel(gettext("evidence"), el("dl", *facts, class_="ml-evidence"), _stages(verdict, locale))


def history(
    verdict: Verdict,
    shadow_verdicts: Sequence[ShadowVerdict],
    labels: Sequence[Label],
    locale: Locale,
    now: int,
) -> Html:
    """The verdict, shadow verdicts and people's labels, oldest first."""
    gettext = locale.gettext
    first = gettext(
        "history.judged", verdict=verdict_text(verdict, locale), model=_model(verdict.model, locale)
    )
    lines: list[tuple[int, str | Html]] = [(verdict.stages.decided_at, first)]
    for shadow_verdict in shadow_verdicts:
        judged = shadow_verdict.verdict
        name = "shadow" if shadow_verdict.kind is ShadowVerdictKind.SHADOW else "rejudged"
        words = gettext(
            f"history.{name}", verdict=verdict_text(judged, locale), model=_model(judged.model, locale)
        )
        lines.append((judged.stages.decided_at, words))
    for label in labels:
        if label.truth is None:
            lines.append((label.at, gettext("history.withdrawn", name=label.by)))
        else:
            truth = locale.term("truth", label.truth)
            words = gettext("history.label", name=label.by, truth=truth)
            lines.append((label.at, join(words, " ", el("q", label.note)) if label.note else words))
    items = [
        el("li", el("time", locale.time(at, now), class_="ml-dim"), el("span", words))
        for at, words in sorted(lines, key=itemgetter(0))
    ]
    return panel(gettext("history"), el("ol", *items, class_="ml-history"))


def title(verdict: Verdict, locale: Locale, now: int) -> Html:
    """Which slab this is, above its picture."""
    frame = verdict.frame
    return el(
        "div",
        el("h2", slab_name(verdict, locale)),
        el("span", frame.camera),
        el("span", locale.gettext("captured", time=locale.time(frame.captured_at, now))),
        class_="ml-slab-title",
        data_frame=frame.frame_id,
    )


def _stages(verdict: Verdict, locale: Locale) -> Html:
    begun = verdict.stages.captured_at
    rows = []
    for name in Stages.__struct_fields__[1:]:
        after = (getattr(verdict.stages, name) - begun) / 1000
        rows += [
            el("dt", locale.gettext(f"stage.{name}")),
            el("dd", locale.gettext("evidence.after", ms=locale.real(after, 1))),
        ]
    return el("div", el("h3", locale.gettext("evidence.stages")), el("dl", *rows, class_="ml-evidence"))


def _model(model: ModelRef, locale: Locale) -> str:
    return locale.gettext("model", model=model.name, version=model.version)
