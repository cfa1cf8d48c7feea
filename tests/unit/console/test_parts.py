"""What stands on the screen: words for every state, and nothing from outside that is taken for markup."""

from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from marbleline.console.freshness import Freshness, State
from marbleline.console.locale import Locale, span
from marbleline.console.markup import el, join
from marbleline.console.parts import figures, states, strip, topbar, verdict
from marbleline.console.parts.states import state_words
from marbleline.console.parts.verdict import Shown
from marbleline.console.snapshot import CameraView, Counts, Link, LinkState, Snapshot, Traffic
from marbleline.domain.decision import Decision
from marbleline.domain.ledger import Entry, Ledger
from marbleline.domain.verdict import Verdict
from tests.builders import MODEL, SECOND, START, make_frame, make_picture, make_report, make_verdict

HOSTILE = """"'><script>alert(1)</script><img src=x onerror=alert(2)>"""
LIVE = Link(LinkState.LIVE, START)
ONLINE = State(Freshness.ONLINE, START)


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
    made = Snapshot("line-1", START, LIVE, LIVE, verdicts, cameras, None, None, Traffic())
    return replace(made, **changes)  # type: ignore[arg-type]


def test_text_is_escaped_and_markup_is_not() -> None:
    assert el("b", "<i>", el("i", "&"), title='"') == '<b title="&quot;">&lt;i&gt;<i>&amp;</i></b>'
    assert join("<", el("br")) == "&lt;<br>"
    assert el("i", hidden=True, title=None, disabled=False) == "<i hidden></i>"


def test_nothing_from_outside_becomes_markup() -> None:
    frame = make_frame(1, "camera-1", slab_id=HOSTILE, frame_id=HOSTILE)
    bad = make_verdict(
        frame=frame, decision=Decision.FAULTY, defect=HOSTILE, model=replace(MODEL, name=HOSTILE)
    )
    odd = replace(bad, decision=Decision.REVIEW, reasons=(HOSTILE,))
    camera = CameraView(HOSTILE, make_report(detail=HOSTILE), bad)
    snapshot = make_snapshot(bad, line=HOSTILE, cameras=(camera,))
    locale, shown = Locale(), Shown(bad, State(Freshness.OFFLINE, START, HOSTILE), held=False)
    markup = join(
        verdict.band(shown, locale),
        verdict.band(Shown(odd, ONLINE, held=False), locale),
        verdict.picture(shown, locale, START, heat=True),
        verdict.facts(shown, locale, START),
        states.cameras(snapshot, locale),
        strip.strip([bad], locale, None, 20),
        topbar.topbar(snapshot, locale),
        topbar.banner(snapshot, locale),
        figures.counts(Counts(START, 1, {HOSTILE: 1}, {HOSTILE: 1}), locale, START),
        figures.ledger(Ledger((Entry(HOSTILE, 1, 1, 0, 0, 0, 0),), START), locale, START),
    )
    tags = Seen(markup).tags
    assert not [tag for tag, _ in tags if tag == "script"]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert {(attributes["src"] or "")[:11] for tag, attributes in tags if tag == "img"} <= {"data:image/"}


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision.GOOD, ["Good", "no defect found", "95 % sure"]),
        (Decision.FAULTY, ["Faulty", "dot", "95 % sure"]),
        (Decision.REVIEW, ["Review", "the model is not sure", "dot? 50 % faulty"]),
    ],
)
def test_a_verdict_is_said_in_words_and_by_its_own_shape(decision: Decision, words: list[str]) -> None:
    made = make_verdict(1, decision=decision, defect=None if decision is Decision.GOOD else "dot")
    seen = Seen(verdict.band(Shown(made, ONLINE, held=False), Locale()))
    assert seen.texts == words
    others = [
        Seen(verdict.band(Shown(make_verdict(1, decision=d), ONLINE, held=False), Locale())) for d in Decision
    ]
    pictures = {other.tags[1][1]["src"] for other in others}
    assert len(pictures) == 3


def test_an_old_slab_is_greyed_and_says_why() -> None:
    made = make_verdict(1, thumbnail=make_picture())
    shown = Shown(made, State(Freshness.SILENT, START), held=False)
    band, picture = verdict.band(shown, Locale()), verdict.picture(shown, Locale(), START, heat=True)
    assert "Last known" in Seen(band).texts
    assert "is-stale" in band
    assert "is-stale" in picture
    assert any(text.startswith("camera-1: no word since") for text in Seen(picture).texts)


@pytest.mark.parametrize("kind", list(Freshness))
def test_every_state_has_words(kind: Freshness) -> None:
    assert state_words(State(kind, START), Locale(), START)
    assert "{" not in state_words(State(kind, START), Locale(), START)


def test_late_and_without_the_model_server_are_said() -> None:
    made = make_verdict(1, decided_after_ms=2_500, model=replace(MODEL, fallback=True))
    texts = Seen(verdict.facts(Shown(made, ONLINE, held=False), Locale(), START)).texts
    assert "500 ms after its deadline" in texts
    assert "judged without the model server" in texts
    assert "camera's clock is ahead" not in texts


def test_the_ledger_says_what_is_wrong() -> None:
    entries = (Entry("a", 10, 8, 0, 0, 1, 2), Entry("b", 5, 4, 0, 1, 0, 0, dropped=0))
    texts = Seen(figures.ledger(Ledger(entries, START), Locale(), START)).texts
    assert "Not balanced: look into it" in texts
    assert "2 lost, 1 counted twice" in texts
    assert "Dropped" not in texts
    entry = Entry("a", 3, 1, 1, 0, 0, 0, dropped=1)
    texts = Seen(figures.ledger(Ledger((entry,), START), Locale(), START)).texts
    assert "Balanced: nothing lost" in texts
    assert "Dropped" in texts


def test_the_banner_says_that_the_line_is_cut_off() -> None:
    assert Seen(topbar.banner(make_snapshot(), Locale())).texts == []
    cut = make_snapshot(link=LIVE.down(START, "x"), record=LIVE.down(START, "y"))
    texts = Seen(topbar.banner(cut, Locale())).texts
    assert [text.split(" ")[0] for text in texts] == ["Cut", "Record"]
    healed = make_snapshot(link=LIVE.down(START, "x").up(START))
    assert any(text.startswith("Reconnected at") for text in Seen(topbar.topbar(healed, Locale())).texts)
    later = replace(healed, taken_at=START + 61 * SECOND)
    assert not any(text.startswith("Reconnected") for text in Seen(topbar.topbar(later, Locale())).texts)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (11_040, "3 h 4 min"),
        (176_400, "2 d 1 h"),
    ],
)
def test_span(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.5, "50 %"), (0.9996, "99.9 %"), (1.0, "100 %"), (0.0, "0 %")]
)
def test_no_certainty_is_made_up_by_rounding(share: float, words: str) -> None:
    assert Locale().percent(share) == words
