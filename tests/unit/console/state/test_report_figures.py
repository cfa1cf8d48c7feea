"""What a report counts, on a real store."""

from contextlib import closing
from datetime import UTC, time
from pathlib import Path

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.report_figures import SHIFTS, hours_of, query_report
from marbleline.console.state.shift_calendar import ShiftCalendar, WorkShift
from marbleline.domain.decision import Decision
from marbleline.domain.quality_rates import Rate
from tests.builders import START, make_frame, make_verdict

CALENDAR = ShiftCalendar(UTC, (time(6), time(14), time(22)))
HOUR = 3_600_000_000


def test_the_hours_make_the_shift_and_the_last_may_be_shorter() -> None:
    hours = hours_of(WorkShift(START, START + 5 * HOUR // 2))
    assert [one.until - one.since for one in hours] == [HOUR, HOUR, HOUR // 2]
    assert (hours[0].since, hours[-1].until) == (START, START + 5 * HOUR // 2)


def test_the_shift_is_told_from_the_shifts_before_it(tmp_path: Path) -> None:
    shift = CALENDAR.shift(START)
    before = CALENDAR.before(shift)
    verdicts = [
        make_verdict(frame=make_frame(1, captured_at=shift.since)),
        make_verdict(
            frame=make_frame(2, captured_at=shift.since + HOUR), decision=Decision.FAULTY, defect="dot"
        ),
        make_verdict(frame=make_frame(3, captured_at=before.until - 1000), decision=Decision.REVIEW),
        make_verdict(frame=make_frame(4, captured_at=shift.until)),
    ]
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        assert store.put_verdicts(verdicts) == []
        found = query_report(store, "line-1", shift, CALENDAR, None)
        other = query_report(store, "line-2", shift, CALENDAR, None)
    assert (found.whole.total, found.whole.share(Rate.FAULTY), found.whole.defects) == (2, 0.5, {"dot": 1})
    assert [one.total for one in found.hours.of("camera-1")][:3] == [1, 1, 0]
    assert found.before.count(Rate.REVIEW) == 1
    assert len(found.shifts) == SHIFTS
    assert found.shifts[-1][1].decisions == {"good": 1, "faulty": 1}
    assert not found.empty
    assert other.empty
