"""Commissioning a product by steps: what was seen, a question, what a version would decide, activation."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el
from marbleline.console.components.overrule import KEYS
from marbleline.console.components.shape import shape
from marbleline.console.components.table import table
from marbleline.console.i18n.locale import Locale
from marbleline.domain.decision import Decision
from marbleline.domain.model import CLASSES
from marbleline.ports.verdicts import VerdictCounts
from marbleline.training.guided.job import JobState, LearningJob
from marbleline.training.guided.labelled_slabs import LabelCounts
from marbleline.training.guided.outcome import Outcome, ShareEstimate, Side
from marbleline.training.guided.questions import AskedFrame

SKIP_KEY: Final = "5"


class Step(StrEnum):
    """The steps, in order; targets can be set at any time after the first version."""

    WATCH = "watch"
    ANSWER = "answer"
    LEARN = "learn"
    ACTIVATE = "activate"
    TARGETS = "targets"


def stepper(shown: Step, locale: Locale) -> Html:
    """The steps as buttons; the shown one is marked."""
    items = []
    for number, step in enumerate(Step, start=1):
        text = el("span", el("b", locale.number(number)), " ", locale.gettext(f"step.{step.value}"))
        items.append(el("li", button(text, "step", step.value, pressed=step is shown)))
    return el("ol", *items, class_="ml-steps", aria_label=locale.gettext("steps"))


def watched(counts: VerdictCounts, locale: Locale, *, on_the_line: bool) -> Html:
    """How many slabs of the product there are, and what the version that judges says of them.

    ``on_the_line``: whether the line inspects this product now.
    """
    gettext = locale.gettext
    body = [el("p", locale.ngettext("watch.seen", counts.total), class_="ml-figure")]
    if counts.total:
        rows = [
            (
                locale.term("decision", decision.value),
                locale.number(counts.by_decision.get(decision.value, 0)),
                locale.percent(counts.by_decision.get(decision.value, 0) / counts.total),
            )
            for decision in Decision
        ]
        body.append(table(("", "", ""), rows, gettext("watch.decided")))
        body.append(el("p", gettext("watch.next"), class_="ml-dim"))
        body.append(button(gettext("watch.go_on"), "step", Step.ANSWER.value, primary=True))
    else:
        body.append(el("p", gettext("watch.waiting" if on_the_line else "watch.none"), class_="ml-dim"))
    return el("div", *body, class_="ml-step")


def progress(labels: LabelCounts, least_good: int, faulty_needed: int, locale: Locale) -> Html:
    """How many slabs were answered, and how many the targets take."""
    gettext = locale.gettext
    parts = [
        el("strong", locale.ngettext("answer.good", labels.good)),
        el("strong", locale.ngettext("answer.faulty", labels.faulty)),
    ]
    if labels.disputed:
        parts.append(el("span", locale.ngettext("answer.disputed", labels.disputed), class_="ml-warn"))
    need = gettext("answer.need", good=locale.number(least_good), faulty=locale.number(faulty_needed))
    parts.append(el("span", need, class_="ml-dim"))
    return el("div", *parts, class_="ml-answered", role="status")


def answers(asked: AskedFrame, locale: Locale) -> Html:
    """One button a class, and one for who can't tell."""
    choices = [
        el(
            "button",
            shape(Decision.GOOD if name == CLASSES[0] else Decision.FAULTY),
            locale.term("truth", name),
            el("kbd", KEYS[name]),
            type="button",
            class_=f"ml-truth is-{'good' if name == CLASSES[0] else 'faulty'}",
            aria_keyshortcuts=KEYS[name],
            data_action="answer",
            data_frame=asked.frame_id,
            data_value=f"{name} {asked.why.value}",
            data_key=KEYS[name],
        )
        for name in CLASSES
    ]
    skip = button(locale.gettext("answer.skip"), "skip", frame=asked.frame_id, key=SKIP_KEY)
    why = el("span", locale.gettext(f"asked.{asked.why.value}"), class_="ml-dim")
    return el(
        "div",
        *choices,
        skip,
        why,
        class_="ml-overrule",
        role="group",
        aria_label=locale.gettext("answer.question"),
    )


def job_state(job: LearningJob | None, locale: Locale, now: int) -> Html:
    """What the learning job does, or how it ended; empty if there was none."""
    if job is None:
        return el("div", class_="ml-job is-empty")
    gettext = locale.gettext
    values = {"time": locale.time(job.started_at, now), "name": job.by}
    words = gettext(f"job.{job.state.value}", **values)
    detail = job.step if job.state is JobState.RUNNING else job.error
    return el(
        "div",
        el("strong", words),
        el("code", detail) if detail else "",
        class_=f"ml-job is-{job.state.value}",
        role="status",
        data_state=job.state.value,
    )


def outcome(found: Outcome, locale: Locale) -> Html:
    """What a learnt version would decide, with intervals, and what the labels support."""
    gettext = locale.gettext
    decided = found.decided
    review = ShareEstimate(_rest(decided.value), _rest(decided.high), _rest(decided.low))
    rows = [
        (gettext("outcome.decided"), *_shares(decided, locale), ""),
        (gettext("outcome.review"), *_shares(review, locale), ""),
        (gettext("outcome.escapes"), *_shares(found.escapes, locale), _claim(found.escapes_side, locale)),
        (gettext("outcome.overkill"), *_shares(found.overkill, locale), _claim(found.overkill_side, locale)),
    ]
    head = ("", gettext("outcome.share"), gettext("outcome.interval"), gettext("outcome.claimed"))
    basis = gettext(
        "outcome.basis",
        version=found.version,
        labels=locale.number(found.labels),
        slabs=locale.number(found.slabs),
        faulty=locale.number(found.faulty),
        prevalence=locale.percent(found.prevalence),
    )
    return el(
        "div",
        el("p", basis),
        table(head, rows, gettext("outcome")),
        *(
            el("p", words)
            for words in support(found.escapes_side, found.overkill_side, found.confidence, locale)
        ),
        class_="ml-outcome",
        data_version=found.version,
    )


def support(escapes: Side, overkill: Side, confidence: float, locale: Locale) -> list[str]:
    """In words: whether the labels are enough for the targets, and how many would be."""
    lines = []
    for name, side in (("faulty", escapes), ("good", overkill)):
        key = "support.enough" if side.supported else "support.few"
        lines.append(
            locale.gettext(
                key,
                kind=locale.gettext(f"support.{name}"),
                labels=locale.number(side.labels),
                target=locale.tenths(side.target),
                claimed=locale.tenths(side.claimed),
                needed=locale.number(side.needed),
                confidence=locale.percent(confidence),
            )
        )
    if not escapes.labels:
        lines.append(locale.gettext("support.none_faulty"))
    return lines


def curve(found: Mapping[int, Outcome], locale: Locale) -> Html:
    """How the versions learnt so far compare, by the labels that each had; empty with fewer than two."""
    if len(found) < 2:
        return el("div", class_="ml-curve")
    gettext = locale.gettext
    rows: Sequence[Sequence[str]] = [
        (
            gettext("products.version", version=one.version),
            locale.number(one.labels),
            _shares(one.decided, locale)[0],
            locale.tenths(one.escapes_side.claimed),
            locale.tenths(one.overkill_side.claimed),
        )
        for one in sorted(found.values(), key=lambda one: (one.labels, one.version))
    ]
    head = (
        "",
        gettext("curve.labels"),
        gettext("outcome.decided"),
        gettext("curve.escapes"),
        gettext("curve.overkill"),
    )
    return el("div", el("h3", gettext("curve")), table(head, rows, gettext("curve")), class_="ml-curve")


def _rest(share: float | None) -> float | None:
    return None if share is None else 1 - share


def _shares(found: ShareEstimate, locale: Locale) -> tuple[str, str]:
    if found.value is None or found.low is None or found.high is None:
        return "-", ""
    between = locale.gettext("outcome.between", low=locale.tenths(found.low), high=locale.tenths(found.high))
    return locale.tenths(found.value), between


def _claim(side: Side, locale: Locale) -> str:
    return locale.gettext(
        "outcome.claim", claimed=locale.tenths(side.claimed), target=locale.tenths(side.target)
    )
