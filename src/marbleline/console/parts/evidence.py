"""What a verdict rests on, and all that was said of its slab since."""

from collections.abc import Sequence

from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el
from marbleline.console.parts.table import panel
from marbleline.console.parts.verdict import name_of, says
from marbleline.domain.label import Label
from marbleline.domain.opinion import Opinion, OpinionKind
from marbleline.domain.verdict import ModelRef, Stages, Verdict


def evidence(verdict: Verdict, locale: Locale) -> Html:
    """The record of one verdict, whole: hashes, thresholds, scores, and when each stage had the frame."""
    say, frame, model = locale.say, verdict.frame, verdict.model
    limits, quality = verdict.thresholds, verdict.quality
    size = f"{verdict.width} x {verdict.height}, {verdict.media_type}, {locale.number(frame.size)} B"
    scores = ", ".join(
        f"{locale.known('truth', name)} {locale.real(score)}" for name, score in verdict.scores.items()
    )
    rows = [
        ("evidence.frame", el("code", frame.frame_id)),
        ("evidence.picture", size),
        ("evidence.sha256", el("code", frame.sha256)),
        ("evidence.model", f"{_model(model, locale)} ({model.runtime})"),
        ("evidence.digest", el("code", model.digest)),
        (
            "evidence.thresholds",
            say(
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
            say(
                "evidence.measures",
                brightness=locale.real(quality.brightness, 0),
                contrast=locale.real(quality.contrast, 0),
                sharpness=locale.real(quality.sharpness, 0),
            ),
        ),
    ]
    if frame.origin:
        rows.append(("evidence.origin", frame.origin))
    facts = [child for name, value in rows for child in (el("dt", say(name)), el("dd", value))]
    return panel(say("evidence"), el("dl", *facts, class_="ml-evidence"), _stages(verdict, locale))


def history(
    verdict: Verdict, opinions: Sequence[Opinion], labels: Sequence[Label], locale: Locale, now: int
) -> Html:
    """The verdict, other versions' opinions and people's labels, oldest first."""
    say = locale.say
    judged = say("history.judged", verdict=says(verdict, locale), model=_model(verdict.model, locale))
    lines = [(verdict.stages.decided_at, judged)]
    for opinion in opinions:
        said = opinion.verdict
        name = "shadow" if opinion.kind is OpinionKind.SHADOW else "rejudged"
        words = say(f"history.{name}", verdict=says(said, locale), model=_model(said.model, locale))
        lines.append((said.stages.decided_at, words))
    for label in labels:
        if label.truth is None:
            lines.append((label.at, say("history.withdrawn", name=label.by)))
        else:
            truth = locale.known("truth", label.truth)
            lines.append((label.at, say("history.label", name=label.by, truth=truth)))
    items = [
        el("li", el("time", locale.time(at, now), class_="ml-dim"), el("span", words))
        for at, words in sorted(lines)
    ]
    return panel(say("history"), el("ol", *items, class_="ml-history"))


def title(verdict: Verdict, locale: Locale, now: int) -> Html:
    """Which slab this is, above its picture."""
    frame = verdict.frame
    return el(
        "div",
        el("h2", name_of(verdict, locale)),
        el("span", frame.camera),
        el("span", locale.say("captured", time=locale.time(frame.captured_at, now))),
        class_="ml-slab-title",
        data_frame=frame.frame_id,
    )


def _stages(verdict: Verdict, locale: Locale) -> Html:
    begun = verdict.stages.captured_at
    rows = []
    for name in Stages.__slots__[1:]:
        after = (getattr(verdict.stages, name) - begun) / 1000
        rows += [
            el("dt", locale.say(f"stage.{name}")),
            el("dd", locale.say("evidence.after", ms=locale.real(after, 1))),
        ]
    return el("div", el("h3", locale.say("evidence.stages")), el("dl", *rows, class_="ml-evidence"))


def _model(model: ModelRef, locale: Locale) -> str:
    return locale.say("model", model=model.name, version=model.version)
