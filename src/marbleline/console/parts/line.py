"""The line's own state: queues, times by stage, model versions, dead letters."""

from collections import Counter
from collections.abc import Mapping, Sequence

from marbleline.console.legs import legs, per_minute
from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el
from marbleline.console.parts.table import panel, table
from marbleline.console.shadow import Agreement
from marbleline.domain.verdict import Verdict
from marbleline.ports.broker import DeadLetter, Depth
from marbleline.workers.dead_letters import replayable


def queues(found: Mapping[str, Depth] | None, locale: Locale, now: int) -> Html:
    """How full each queue is, and how long its oldest message has waited."""
    say = locale.say
    if found is None:
        return panel(say("line.queues"), el("p", say("line.unread"), class_="ml-none"))
    rows = []
    for name, depth in found.items():
        oldest = "-" if depth.oldest_at is None else locale.span(max(0, now - depth.oldest_at) / 1e6)
        rows.append((name, locale.number(depth.ready), locale.number(depth.taken), oldest))
    head = [say(f"line.{name}") for name in ("queue", "ready", "taken", "oldest")]
    return panel(say("line.queues"), table(head, rows, say("line.queues")))


def latency(verdicts: Sequence[Verdict], locale: Locale) -> Html:
    """Milliseconds by stage."""
    say = locale.say
    title = say("line.latency", number=len(verdicts))
    if not verdicts:
        return panel(title, el("p", say("slab.none"), class_="ml-none"))
    rows = [(say(f"leg.{leg.name}"), _ms(leg.p50, locale), _ms(leg.p95, locale)) for leg in legs(verdicts)]
    return panel(title, table((say("line.stage"), "p50", "p95"), rows, title))


def throughput(verdicts: Sequence[Verdict], locale: Locale, now: int) -> Html:
    """Slabs a minute, and the share of late verdicts."""
    say = locale.say
    pace = per_minute(verdicts, now)
    late = sum(verdict.late for verdict in verdicts) / len(verdicts) if verdicts else 0.0
    words = say("line.per_minute", number=locale.real(pace, 0 if pace >= 10 else 1))
    return panel(
        say("line.throughput"),
        el("p", words, class_="ml-figure"),
        el("p", say("line.late", percent=locale.percent(late)), class_="ml-warn" if late else "ml-dim"),
    )


def models(verdicts: Sequence[Verdict], found: Sequence[Agreement] | None, locale: Locale) -> Html:
    """Which versions judged, and how candidates in shadow agree with what counts."""
    say = locale.say
    title = say("line.models", number=len(verdicts))
    used = Counter(
        (one.model.name, one.model.version, one.model.runtime, one.model.fallback) for one in verdicts
    )
    rows = [
        (
            say("model", model=name, version=version),
            el(
                "span", runtime, el("span", say("fallback"), class_="ml-warn ml-row-note") if fallback else ""
            ),
            locale.number(number),
            locale.percent(number / len(verdicts)),
        )
        for (name, version, runtime, fallback), number in used.most_common()
    ]
    head = (say("line.version"), say("line.runtime"), say("line.slabs"), "%")
    shadow: Html = el("p", say("line.shadow.none"), class_="ml-none")
    if found:
        agreed = [
            (
                say("model", model=one.model, version=one.version),
                locale.number(one.compared),
                locale.percent(one.agreed / one.compared),
            )
            for one in found
        ]
        columns = (say("line.version"), say("line.compared"), say("line.agreed"))
        shadow = table(columns, agreed, say("line.shadow"))
    return panel(title, table(head, rows, title, words=2), el("h3", say("line.shadow")), shadow)


def letters(
    found: Sequence[DeadLetter] | None, more: bool, error: str, may_replay: bool, locale: Locale, now: int
) -> Html:
    """The dead letters, oldest first; ``found`` is None where they could not be read for that ``error``."""
    say = locale.say
    if found is None:
        return panel(say("letters"), el("p", say("asking.failed", error=error), class_="ml-warn"))
    if not found:
        return panel(say("letters"), el("p", say("letters.none"), class_="ml-none"))
    rows = [
        (
            locale.time(letter.at, now),
            str(letter.message.headers.get("camera", "?")),
            letter.reason,
            letter.detail,
            _replay(letter, may_replay, locale),
        )
        for letter in found
    ]
    head = [say(name) for name in ("letters.at", "ledger.camera", "letters.reason", "letters.detail")]
    every = el("button", say("letters.replay_all"), type="button", class_="ml-plain", data_act="replay")
    return panel(
        say("letters"),
        el("p", say("letters.first", number=len(found)), class_="ml-dim") if more else "",
        table((*head, ""), rows, say("letters"), words=5),
        every if may_replay else "",
        class_="ml-letters",
    )


def _replay(letter: DeadLetter, may_replay: bool, locale: Locale) -> Html | str:
    if not replayable(letter):
        return el("span", locale.say("letters.without"), class_="ml-dim")
    if not may_replay:
        return ""
    return el(
        "button",
        locale.say("letters.replay"),
        type="button",
        class_="ml-plain",
        data_act="replay",
        data_value=letter.letter_id,
    )


def _ms(value: float, locale: Locale) -> str:
    return f"{locale.real(value, 0 if value >= 10 else 1)} ms"
