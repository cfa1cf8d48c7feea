"""The line's own state: queues, times by stage, model versions, dead letters."""

from collections import Counter
from collections.abc import Mapping, Sequence

from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import panel, scrolled, table
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.stage_latency import per_minute, stage_latencies
from marbleline.console.state.store_queries import ShadowAgreement
from marbleline.domain.verdict import Verdict
from marbleline.operations.dead_letters import replayable
from marbleline.ports.dead_letters import DeadLetter
from marbleline.ports.inventory import Depth


def queues(found: Mapping[str, Depth] | None, locale: Locale, now: int, *, connected: bool = True) -> Html:
    """How full each queue is, and how long its oldest message has waited; ``connected`` with the line."""
    gettext = locale.gettext
    if found is None or not connected:
        words = gettext("line.unread" if connected else "line.away")
        return panel(gettext("line.queues"), el("p", words, class_="ml-none"))
    rows = []
    for name, depth in found.items():
        oldest = "-" if depth.oldest_at is None else locale.duration(max(0, now - depth.oldest_at) / 1e6)
        rows.append((name, locale.number(depth.ready), locale.number(depth.unacked), oldest))
    head = [gettext(f"line.{name}") for name in ("queue", "ready", "unacked", "oldest")]
    return panel(gettext("line.queues"), table(head, rows, gettext("line.queues")))


def latency(verdicts: Sequence[Verdict], locale: Locale) -> Html:
    """Milliseconds by stage."""
    gettext = locale.gettext
    title = gettext("line.latency", number=len(verdicts))
    if not verdicts:
        return panel(title, _no_slab(locale))
    rows = [
        (gettext(f"latency.{one.name}"), _ms(one.p50, locale), _ms(one.p95, locale))
        for one in stage_latencies(verdicts)
    ]
    return panel(title, table((gettext("line.stage"), "p50", "p95"), rows, title))


def throughput(verdicts: Sequence[Verdict], locale: Locale, now: int, *, connected: bool = True) -> Html:
    """Slabs a minute, and the share of late verdicts; ``connected`` with the line."""
    gettext = locale.gettext
    if not connected:
        return panel(gettext("line.throughput"), el("p", gettext("line.away"), class_="ml-none"))
    if not verdicts:
        return panel(gettext("line.throughput"), _no_slab(locale))
    pace = per_minute(verdicts, now)
    late = sum(verdict.late for verdict in verdicts) / len(verdicts)
    words = gettext("line.per_minute", number=locale.real(pace, 0 if pace >= 10 else 1))
    return panel(
        gettext("line.throughput"),
        el("p", words, class_="ml-figure"),
        el("p", gettext("line.late", percent=locale.percent(late)), class_="ml-warn" if late else "ml-dim"),
    )


def models(verdicts: Sequence[Verdict], found: Sequence[ShadowAgreement] | None, locale: Locale) -> Html:
    """Which versions judged, and how candidates in shadow agree with what counts; None: it is not known."""
    gettext = locale.gettext
    title = gettext("line.models", number=len(verdicts))
    used = Counter(
        (one.model.name, one.model.version, one.model.runtime, one.model.fallback) for one in verdicts
    )
    rows = [
        (
            gettext("model", model=name, version=version),
            el(
                "span",
                runtime,
                el("span", gettext("fallback"), class_="ml-warn ml-row-note") if fallback else "",
            ),
            locale.number(number),
            locale.percent(number / len(verdicts)),
        )
        for (name, version, runtime, fallback), number in used.most_common()
    ]
    head = (gettext("line.version"), gettext("line.runtime"), gettext("line.slabs"), "%")
    nobody = gettext("line.unread" if found is None else "line.shadow.none")
    shadow: Html = el("p", nobody, class_="ml-none")
    if found:
        agreed = [
            (
                gettext("model", model=one.model, version=one.version),
                locale.number(one.compared),
                locale.percent(one.agreed / one.compared),
            )
            for one in found
        ]
        columns = (gettext("line.version"), gettext("line.compared"), gettext("line.agreed"))
        shadow = table(columns, agreed, gettext("line.shadow"))
    versions = table(head, rows, title, words=2) if rows else _no_slab(locale)
    return panel(title, versions, el("h3", gettext("line.shadow")), shadow)


def dead_letters(
    found: Sequence[DeadLetter] | None, more: bool, error: str, may_replay: bool, locale: Locale, now: int
) -> Html:
    """The dead letters, oldest first; ``found`` is None where they could not be read for that ``error``."""
    gettext = locale.gettext
    if found is None:
        return panel(gettext("dead_letters"), el("p", gettext("query.failed", error=error), class_="ml-warn"))
    if not found:
        return panel(gettext("dead_letters"), el("p", gettext("dead_letters.none"), class_="ml-none"))
    rows = [
        (
            locale.time(dead_letter.at, now),
            str(dead_letter.message.headers.get("camera", "?")),
            _reason(dead_letter.reason, locale),
            dead_letter.detail,
            _replay(dead_letter, may_replay, locale),
        )
        for dead_letter in found
    ]
    head = [
        gettext(name)
        for name in ("dead_letters.at", "ledger.camera", "dead_letters.reason", "dead_letters.detail")
    ]
    every = el(
        "button", gettext("dead_letters.replay_all"), type="button", class_="ml-plain", data_action="replay"
    )
    return panel(
        gettext("dead_letters"),
        el("p", gettext("dead_letters.first", number=len(found)), class_="ml-dim") if more else "",
        scrolled(table((*head, ""), rows, gettext("dead_letters"), words=5), gettext("dead_letters")),
        every if may_replay else "",
        class_="ml-dead-letters",
    )


def _reason(reason: str, locale: Locale) -> Html:
    """In words, and the code by which command line and documentation name it."""
    words = locale.term("dead_letter", reason)
    code = el("code", reason, class_="ml-dim ml-row-note") if words != reason else ""
    return el("span", words, code)


def _replay(dead_letter: DeadLetter, may_replay: bool, locale: Locale) -> Html | str:
    if not replayable(dead_letter):
        return el("span", locale.gettext("dead_letters.without"), class_="ml-dim")
    if not may_replay:
        return ""
    return el(
        "button",
        locale.gettext("dead_letters.replay"),
        type="button",
        class_="ml-plain",
        data_action="replay",
        data_value=dead_letter.dead_letter_id,
    )


def _no_slab(locale: Locale) -> Html:
    return el("p", locale.gettext("slab.none"), class_="ml-none")


def _ms(value: float, locale: Locale) -> str:
    return f"{locale.real(value, 0 if value >= 10 else 1)} ms"
