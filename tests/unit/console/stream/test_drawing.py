"""What is drawn for a tab: its page, its slab, its message."""

from dataclasses import replace

from marbleline.console.auth.roles import Person, Role
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.selection import ViewFilter
from marbleline.console.state.services import Services
from marbleline.console.stream.drawing import MESSAGE_SHOWN_US, TabDrawing
from marbleline.console.stream.tabs import ActionMessage, View
from marbleline.domain.label import MarkedRegion
from tests.builders import make_report, make_verdict
from tests.unit.console.stream.conftest import ANNA

VIEW = View("live", ANNA, Locale())
ONE, TWO = make_verdict(1), make_verdict(2)


def test_only_live_has_slabs(running: Services) -> None:
    drawing = TabDrawing(running, ("live", "line"))
    assert set(drawing.parts(VIEW)) == {"bar", "message", "live"}
    assert set(drawing.parts(replace(VIEW, page="line"))) == {"bar", "message"}


def test_the_newest_slab_is_large_and_a_held_one_stays(running: Services) -> None:
    running.feed.add_stored([ONE, TWO], [make_report()])
    drawing = TabDrawing(running, ("live", "line"))

    def is_large(frame_id: str, view: View) -> bool:
        return (
            f'<figure class="ml-picture is-{ONE.decision} is-stale" data-frame="{frame_id}">'
            in (drawing.parts(view)["live"])
        )

    assert is_large(TWO.frame.frame_id, VIEW)
    assert is_large(ONE.frame.frame_id, replace(VIEW, view_filter=ViewFilter(held=ONE)))


def test_who_may_not_overrule_gets_no_buttons_for_it(running: Services) -> None:
    running.feed.add_stored([ONE], [make_report()])
    drawing = TabDrawing(running, ("live",))
    assert 'data-action="overrule"' in drawing.parts(VIEW)["live"]
    viewer = drawing.parts(replace(VIEW, person=Person("vera", Role.VIEWER)))["live"]
    assert 'data-action="overrule"' not in viewer
    assert "data-drawable" not in viewer


def test_a_mark_is_drawn_on_its_slab_only(running: Services) -> None:
    running.feed.add_stored([ONE], [make_report()])
    drawing, region = TabDrawing(running, ("live",)), MarkedRegion(0.1, 0.1, 0.2, 0.2)
    own = replace(VIEW, region=(ONE.frame.frame_id, region))
    assert "ml-region" in drawing.parts(own)["live"]
    assert "ml-region" not in drawing.parts(replace(VIEW, region=(TWO.frame.frame_id, region)))["live"]


def test_a_message_goes_after_its_time(running: Services) -> None:
    drawing, now = TabDrawing(running, ("live",)), running.feed.snapshot().taken_at
    fresh = replace(VIEW, message=ActionMessage("failed", "not <saved>", now))
    assert drawing.parts(fresh)["message"] == '<span class="is-failed">not &lt;saved&gt;</span>'
    old = replace(VIEW, message=ActionMessage("done", "saved", now - MESSAGE_SHOWN_US))
    assert drawing.parts(old)["message"] == ""
