"""A shift without slabs is said to be one, in words."""

from marbleline.console.components import shift
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.shift_calendar import WorkShift
from marbleline.console.state.shift_figures import shift_figures
from marbleline.ports.verdicts import Bucket
from tests.builders import SECOND, START
from tests.unit.console.components.test_components import Seen

SHIFT = WorkShift(START, START + 8 * 3600 * SECOND)


def test_nothing_is_a_sentence_and_no_table_without_rows() -> None:
    found = shift_figures(SHIFT, [], [])
    for drawn in (shift.hours(found, Locale()), shift.cameras(found, Locale())):
        assert Seen(drawn).texts[1:] == ["No slab was judged in this shift."]
    assert Seen(shift.pareto(found, None, Locale())).texts[1:] == ["No faulty slab"]


def test_cameras_are_in_the_order_of_their_numbers() -> None:
    buckets = [Bucket(START, f"camera-{number}", "good", None, 1) for number in (1, 10, 2)]
    assert list(shift_figures(SHIFT, buckets, []).cameras) == ["camera-1", "camera-2", "camera-10"]
