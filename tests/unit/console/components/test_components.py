"""What stands on the screen: words for every state, and nothing from outside that is taken for markup."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import msgspec
import pytest

from marbleline.console.auth.roles import Person, Role
from marbleline.console.components import cameras, evidence, figures, overrule, strip, topbar, verdict
from marbleline.console.components.markup import el, join
from marbleline.console.components.names import status_text
from marbleline.console.components.verdict import DisplayedSlab
from marbleline.console.i18n.locale import Locale
from marbleline.console.pages.registry import PAGES
from marbleline.console.state.freshness import CameraStatus, Freshness
from marbleline.console.state.snapshot import (
    CameraView,
    ConnectionState,
    ConnectionStatus,
    DecisionCounts,
    FeedCounters,
    Snapshot,
)
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label, truths
from marbleline.domain.ledger import Ledger, LedgerEntry
from marbleline.domain.records import CameraState
from marbleline.domain.verdict import Verdict
from tests.builders import MODEL, SECOND, START, make_frame, make_picture, make_report, make_verdict

HOSTILE = """"'><script>alert(1)</script><img src=x onerror=alert(2)>"""
LIVE = ConnectionStatus(ConnectionState.CONNECTED, START)
ONLINE = CameraStatus(Freshness.ONLINE, START)


class Seen(HTMLParser):
    """Tags and texts of a piece of markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def make_snapshot(*verdicts: Verdict, **changes: object) -> Snapshot:
    cameras = (CameraView("camera-1", make_report(), verdicts[0] if verdicts else None),)
    made = Snapshot("line-1", START, LIVE, LIVE, verdicts, cameras, None, None, FeedCounters())
    return replace(made, **changes)  # type: ignore[arg-type]


def test_text_is_escaped_and_markup_is_not() -> None:
    assert el("b", "<i>", el("i", "&"), title='"') == '<b title="&quot;">&lt;i&gt;<i>&amp;</i></b>'
    assert join("<", el("br")) == "&lt;<br>"
    assert el("i", hidden=True, title=None, disabled=False) == "<i hidden></i>"


def test_nothing_from_outside_becomes_markup() -> None:
    frame = make_frame(1, "camera-1", slab_id=HOSTILE, frame_id=HOSTILE)
    bad = make_verdict(
        frame=frame,
        decision=Decision.FAULTY,
        defect=HOSTILE,
        model=msgspec.structs.replace(MODEL, name=HOSTILE),
    )
    odd = msgspec.structs.replace(bad, decision=Decision.REVIEW, reasons=(HOSTILE,))
    camera = CameraView(HOSTILE, make_report(detail=HOSTILE), bad)
    snapshot = make_snapshot(bad, line=HOSTILE, cameras=(camera,))
    locale, shown = Locale(), DisplayedSlab(bad, CameraStatus(Freshness.OFFLINE, START, HOSTILE), held=False)
    markup = join(
        verdict.band(shown, locale),
        verdict.band(DisplayedSlab(odd, ONLINE, held=False), locale),
        verdict.picture(shown, locale, START, heat=True),
        verdict.facts(shown, locale, START),
        cameras.cameras(snapshot, locale),
        strip.strip([bad], locale, None, 20),
        topbar.topbar(snapshot, locale, PAGES, "live"),
        topbar.banner(snapshot, locale),
        figures.counts(DecisionCounts(START, 1, {HOSTILE: 1}, {HOSTILE: 1}), locale, START),
        figures.ledger(Ledger((LedgerEntry(HOSTILE, 1, 1, 0, 0, 0, 0),), START), locale, START),
    )
    tags = Seen(markup).tags
    assert not [tag for tag, _ in tags if tag == "script"]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert {(attributes["src"] or "")[:11] for tag, attributes in tags if tag == "img"} <= {"data:image/"}


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision.GOOD, ["Good", "no defect found", "95% sure"]),
        (Decision.FAULTY, ["Faulty", "dot", "95% sure"]),
        (Decision.REVIEW, ["Review", "the model is not sure", "dot? 50% faulty"]),
    ],
)
def test_a_verdict_is_said_in_words_and_by_its_own_shape(decision: Decision, words: list[str]) -> None:
    made = make_verdict(1, decision=decision, defect=None if decision is Decision.GOOD else "dot")
    seen = Seen(verdict.band(DisplayedSlab(made, ONLINE, held=False), Locale()))
    assert seen.texts == words
    others = [
        Seen(verdict.band(DisplayedSlab(make_verdict(1, decision=d), ONLINE, held=False), Locale()))
        for d in Decision
    ]
    pictures = {other.tags[1][1]["src"] for other in others}
    assert len(pictures) == 3


def test_an_old_slab_is_greyed_and_says_why() -> None:
    made = make_verdict(1, thumbnail=make_picture())
    shown = DisplayedSlab(made, CameraStatus(Freshness.SILENT, START), held=False)
    band, picture = verdict.band(shown, Locale()), verdict.picture(shown, Locale(), START, heat=True)
    assert "Last known" in Seen(band).texts
    assert "is-stale" in band
    assert "is-stale" in picture
    assert any(text.startswith("camera-1: no report since") for text in Seen(picture).texts)


@pytest.mark.parametrize("kind", list(Freshness))
def test_every_state_has_words(kind: Freshness) -> None:
    assert status_text(CameraStatus(kind, START), Locale(), START)
    assert "{" not in status_text(CameraStatus(kind, START), Locale(), START)


def test_late_and_without_the_model_server_are_said() -> None:
    made = make_verdict(1, decided_after_ms=2_500, model=msgspec.structs.replace(MODEL, fallback=True))
    texts = Seen(verdict.facts(DisplayedSlab(made, ONLINE, held=False), Locale(), START)).texts
    assert "500 ms after its deadline" in texts
    assert "judged without the model server" in texts
    assert "camera's clock is ahead" not in texts


def test_a_doubtful_verdict_says_the_thresholds_that_it_lies_between() -> None:
    doubtful = make_verdict(decision=Decision.REVIEW)
    doubtful = msgspec.structs.replace(doubtful, reasons=("unsure",))
    limits = doubtful.thresholds
    texts = Seen(verdict.facts(DisplayedSlab(doubtful, ONLINE, held=False), Locale(), START)).texts
    (said,) = [text for text in texts if text.startswith("faulty probability")]
    assert Locale().percent(limits.good_upto) in said
    assert Locale().percent(limits.faulty_from) in said


def test_the_counts_begin_at_a_midnight_whose_zone_is_named_where_it_is_not_the_browsers(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    request.addfinalizer(time.tzset)
    request.addfinalizer(monkeypatch.undo)
    midnight = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp() * 1_000_000)
    found = DecisionCounts(midnight, 1, {"good": 1}, {})

    def title(zone: str) -> str:
        return Seen(figures.counts(found, Locale(zone=ZoneInfo(zone)), midnight + SECOND)).texts[0]

    assert title("UTC").endswith("00:00")
    assert title("Europe/Rome").endswith("00:00 UTC")


def test_the_ledger_says_what_is_wrong() -> None:
    entries = (LedgerEntry("a", 10, 8, 0, 0, 1, 2), LedgerEntry("b", 5, 4, 0, 1, 0, 0, discarded=0))
    texts = Seen(figures.ledger(Ledger(entries, START), Locale(), START)).texts
    assert "Not balanced: investigate" in texts
    assert "2 lost, 1 counted twice" in texts
    assert "Discarded" not in texts
    assert "pending, not moving" not in texts
    stuck = Ledger((LedgerEntry("a", 3, 1, 2, 0, 0, 0, stalled=True),), START)
    for show in (figures.ledger, figures.balance):
        assert "pending, not moving" in Seen(show(stuck, Locale(), START)).texts
    entry = LedgerEntry("a", 3, 1, 1, 0, 0, 0, discarded=1)
    texts = Seen(figures.ledger(Ledger((entry,), START), Locale(), START)).texts
    assert "Balanced: nothing lost" in texts
    assert "Discarded" in texts


def test_the_banner_says_that_the_line_is_cut_off() -> None:
    assert Seen(topbar.banner(make_snapshot(), Locale())).texts == []
    cut = make_snapshot(broker=LIVE.failed(START, "x"), store=LIVE.failed(START, "y"))
    texts = Seen(topbar.banner(cut, Locale())).texts
    assert [text.split(" ")[0] for text in texts] == ["Disconnected", "Store"]
    reconnected = make_snapshot(broker=LIVE.failed(START, "x").succeeded(START))
    assert any(
        text.startswith("Reconnected at")
        for text in Seen(topbar.topbar(reconnected, Locale(), PAGES, "live")).texts
    )
    later = replace(reconnected, taken_at=START + 61 * SECOND)
    assert not any(
        text.startswith("Reconnected") for text in Seen(topbar.topbar(later, Locale(), PAGES, "live")).texts
    )


def test_a_card_says_how_long_its_camera_saw_nothing() -> None:
    report = msgspec.structs.replace(make_report(), last_blind_at=START - 60 * SECOND, last_blind_ms=218_400)
    card = cameras.cameras(make_snapshot(cameras=(CameraView("camera-1", report, None),)), Locale())
    assert "saw nothing for 3 mins 38 secs until" in str(card)
    long_ago = make_snapshot(
        cameras=(CameraView("camera-1", report, None),), taken_at=START + 9 * 3_600 * SECOND
    )
    assert "saw nothing" not in str(cameras.cameras(long_ago, Locale()))


def test_many_cameras_are_a_wall_that_says_only_what_is_wrong_and_in_which_each_is_chosen() -> None:
    def drawn(number: int) -> str:
        views = tuple(
            CameraView(
                f"camera-{one}",
                make_report(state=CameraState.OFFLINE if one == 1 else CameraState.ONLINE),
                None,
            )
            for one in range(1, number + 1)
        )
        return str(cameras.cameras(make_snapshot(cameras=views), Locale(), "camera-2"))

    few, wall = drawn(4), drawn(5)
    assert "is-dense" not in few
    assert "data-action" not in few
    assert few.count("ml-unseen") == 0
    assert wall.count("ml-unseen") == 4, "the words are there for who can't see the colour"
    assert any("not reachable" in text for text in Seen(wall).texts)
    assert 'aria-pressed="true" data-action="camera" data-value=""' in wall, "again: all cameras"
    assert 'aria-pressed="false" data-action="camera" data-value="camera-1"' in wall


def test_a_note_is_shown_as_text_beside_its_label_and_in_the_history() -> None:
    shown = make_verdict(1)
    label = new_label(shown, "crack", "anna", START, note=HOSTILE)
    truth = truths([label])[label.frame_id]
    operator = Person("anna", Role.OPERATOR)
    for markup in (
        overrule.overrule(shown, truth, operator, Locale()),
        evidence.history(shown, [], [label], Locale(), START),
    ):
        seen = Seen(markup)
        assert HOSTILE in "".join(seen.texts)
        assert "script" not in {tag for tag, _ in seen.tags}
