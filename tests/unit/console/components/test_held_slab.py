"""A card with a faulty slab that is held: what it says, and who may release it."""

from marbleline.console.components.cameras import cameras
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.snapshot import CameraView, HeldSlab, Snapshot
from marbleline.domain.decision import Decision
from tests.builders import make_frame, make_report, make_verdict
from tests.unit.console.components.test_components import HOSTILE, Seen, make_snapshot

OLD = make_verdict(1, decision=Decision.FAULTY, defect="dot")
NEWEST = make_verdict(6)
OLD_ID = OLD.frame.frame_id


def snapshot(held: HeldSlab, count: int = 1) -> Snapshot:
    views = tuple(
        CameraView(f"camera-{number}", make_report(f"camera-{number}"), NEWEST)
        for number in range(1, count + 1)
    )
    return make_snapshot(NEWEST, cameras=views, held={"camera-1": held})


def drawn(held: HeldSlab, *, releases: bool = True, count: int = 1) -> Seen:
    return Seen(cameras(snapshot(held, count), Locale("en"), releases=releases))


def buttons(seen: Seen) -> dict[str | None, dict[str, str | None]]:
    """Action -> its button."""
    return {each["data-action"]: each for tag, each in seen.tags if tag == "button"}


def test_it_says_that_it_is_held_since_when_what_came_after_it_and_what_waits() -> None:
    text = " ".join(drawn(HeldSlab(OLD, after=5, more=2, dropped=7)).texts)
    assert f"Held: Faulty, dot, {Locale('en').time(OLD.frame.captured_at)}" in text
    assert "5 slabs since" in text
    assert "+2 more" in text
    assert "7 only in Search" in text
    alone = " ".join(drawn(HeldSlab(OLD, after=1, more=0, dropped=0)).texts)
    assert "1 slab since" in alone
    assert "+" not in alone
    assert "Search" not in alone


def test_the_buttons_are_of_the_held_slab_and_not_of_the_newest() -> None:
    for count in (1, 16):
        found = buttons(drawn(HeldSlab(OLD, 5, 0, 0), count=count))
        assert (found["mark_seen"]["data-frame"], found["mark_seen"]["data-value"]) == (OLD_ID, "camera-1")
        assert found["hold"]["data-frame"] == OLD_ID


def test_who_may_not_release_it_sees_it_without_the_button() -> None:
    seen = drawn(HeldSlab(OLD, 5, 0, 0), releases=False)
    assert "mark_seen" not in buttons(seen)
    assert "5 slabs since" in seen.texts
    assert not [each for _, each in seen.tags if "tabindex" in each]


def test_the_count_of_what_came_after_it_is_a_text_that_changes_alone() -> None:
    """So that a slab of the camera costs some bytes, and replaces no element of the card."""
    one, two = (str(cameras(snapshot(HeldSlab(OLD, n, 0, 0)), Locale("en"))) for n in (5, 6))
    assert one != two
    assert one.replace(">5 slabs since<", ">6 slabs since<") == two
    assert 'class="ml-held-after" data-ticks>' in one


def test_a_hostile_name_is_text() -> None:
    frame = make_frame(1, HOSTILE, slab_id=HOSTILE, frame_id=HOSTILE)
    bad = make_verdict(frame=frame, decision=Decision.FAULTY, defect=HOSTILE)
    held = {HOSTILE: HeldSlab(bad, 1, 1, 1)}
    view = CameraView(HOSTILE, make_report(HOSTILE), bad)
    tags = Seen(cameras(make_snapshot(cameras=(view,), held=held), Locale(), releases=True)).tags
    assert not [tag for tag, _ in tags if tag == "script"]
    assert not [name for _, each in tags for name in each if name.startswith("on")]
