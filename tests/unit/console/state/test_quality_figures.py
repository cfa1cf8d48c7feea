"""The quality page's figures from the store's counts and people's labels; and its two files."""

import csv
import io
from datetime import time
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from marbleline.console.components.quality import agreement, drill_of, drill_value
from marbleline.console.components.quality_export import as_csv, as_excel
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.calendar_periods import CalendarUnit
from marbleline.console.state.label_comparison import LabelComparison
from marbleline.console.state.quality_figures import (
    COUNTS,
    GroupBy,
    QualityFigures,
    Span,
    quality_figures,
    slab_query,
    spans,
)
from marbleline.console.state.shift_calendar import ShiftCalendar
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.domain.quality_rates import Rate, Tally
from marbleline.ports.verdict_statistics import MOST_PERIODS, Period, PeriodCount
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import START, make_frame, make_verdict

DAY = 86_400_000_000
DAYS = [Period(START, START + DAY), Period(START + DAY, START + 2 * DAY)]
COUNTED = (
    PeriodCount(START, "camera-1", "good", "", 90, 1),
    PeriodCount(START, "camera-1", "faulty", "dot", 6, 0),
    PeriodCount(START, "camera-2", "faulty", "crack", 4, 2),
    PeriodCount(START + DAY, "camera-1", "review", "crack", 10, 0),
)
ROME = ZoneInfo("Europe/Rome")
CALENDAR = ShiftCalendar(ROME, (time(6), time(14), time(22)))


def figures(by: GroupBy = GroupBy.CAMERA, counted: tuple[PeriodCount, ...] = COUNTED) -> QualityFigures:
    return quality_figures(by, [Span(day, day) for day in DAYS], counted, [])


def test_counts_fold_to_a_tally_for_each_group_and_period() -> None:
    found = figures()
    first, second = found.of("camera-1")
    assert first == Tally({"good": 90, "faulty": 6}, 1, {"dot": 6})
    assert second.defects == {}, "a slab for review counts for no defect"
    whole = found.of(None)[0]
    assert whole == Tally({"good": 90, "faulty": 10}, 3, {"dot": 6, "crack": 4})
    assert [whole.share(rate) for rate in Rate] == [0.9, 0.1, 0.0, 0.03]
    assert found.of("camera-9")[1].share(Rate.YIELD) is None


def test_without_verdicts_each_period_is_there_and_empty() -> None:
    found = figures(counted=())
    assert [tally.total for tally in found.of(None)] == [0, 0]
    assert list(csv.reader(io.StringIO(as_csv(found, "line-1", Locale()))))[1:] == []


def test_shifts_of_all_days_are_one_group() -> None:
    asked = spans(CalendarUnit.DAY, GroupBy.SHIFT, START, CALENDAR, None)
    assert len(asked) == 3 * COUNTS[CalendarUnit.DAY]
    counted = [PeriodCount(span.counted.since, "", "good", "", 1, 0) for span in asked]
    found = quality_figures(GroupBy.SHIFT, asked, counted, [])
    assert list(found.tallies) == ["06:00", "14:00", "22:00"]
    assert {tally.total for tally in found.of(None)} == {3}


def test_a_year_of_shifts_fits_one_question() -> None:
    four = ShiftCalendar(ROME, (time(0), time(6), time(12), time(18)))
    assert len(spans(CalendarUnit.MONTH, GroupBy.SHIFT, START, four, None)) <= MOST_PERIODS


def test_versions_are_in_the_order_of_their_numbers() -> None:
    counted = tuple(PeriodCount(START, version, "good", "", 1, 0) for version in ("10", "2", "9"))
    assert list(figures(GroupBy.MODEL_VERSION, counted).tallies) == ["2", "9", "10"]


def test_labels_are_compared_by_group() -> None:
    labels = [
        new_label(make_verdict(1, "camera-1", decision=Decision.FAULTY), "good", "anna", START + 1),
        new_label(make_verdict(2, "camera-2", decision=Decision.GOOD), "dot", "anna", START + 2),
        new_label(
            make_verdict(frame=make_frame(3, captured_at=START - DAY), decision=Decision.GOOD),
            "dot",
            "anna",
            START + 3,
        ),
    ]
    found = quality_figures(GroupBy.CAMERA, [Span(day, day) for day in DAYS], COUNTED, labels)
    assert found.labelled[""] == LabelComparison(overkill=1, faulty=1, escapes=1, good=1)
    assert found.labelled["camera-1"] == LabelComparison(overkill=1, faulty=1)
    assert found.labelled["camera-2"] == LabelComparison(escapes=1, good=1)


def test_people_are_compared_on_the_slabs_of_the_time_that_is_looked_at() -> None:
    inside, outside = make_verdict(1), make_verdict(frame=make_frame(2, captured_at=START - DAY))
    labels = [
        new_label(one, truth, by, START + number)
        for number, (one, truth, by) in enumerate(
            [
                (inside, "good", "anna"),
                (inside, "dot", "bert"),
                (outside, "dot", "anna"),
                (outside, "dot", "bert"),
            ]
        )
    ]
    found = quality_figures(GroupBy.CAMERA, [Span(day, day) for day in DAYS], COUNTED, labels)
    assert (found.agreement.slabs, found.agreement.agreed) == (1, 0)
    words = agreement(found, Locale())
    assert ">1<" in words
    assert ">0.00<" in words


@pytest.mark.parametrize(
    ("by", "group", "rate", "defect", "expected"),
    [
        (GroupBy.CAMERA, "camera-1", Rate.YIELD, None, {"camera": "camera-1", "decision": Decision.GOOD}),
        (GroupBy.PRODUCT, "onyx", Rate.LATE, None, {"product": "onyx", "late": True}),
        (GroupBy.MODEL_VERSION, "7", Rate.REVIEW, None, {"model_version": 7, "decision": Decision.REVIEW}),
        (GroupBy.SHIFT, "06:00", Rate.YIELD, "dot", {"decision": Decision.FAULTY, "defect": "dot"}),
    ],
)
def test_a_figure_leads_to_the_slabs_that_it_counts(
    by: GroupBy, group: str, rate: Rate, defect: str | None, expected: dict[str, object]
) -> None:
    assert slab_query("line-1", by, group, rate, defect) == VerdictQuery(line="line-1", **expected)  # type: ignore[arg-type]


def test_a_button_carries_its_figure_and_nothing_else_is_taken_for_one() -> None:
    for figure in ((None, None, ""), (START, "camera-1", "dot")):
        assert drill_of(drill_value(*figure)) == figure
    for wrong in ("", "[]", "{}", "7", '["1", null, ""]', '[1, 2, ""]', "[1, null, null]", "[true, null, 1]"):
        assert drill_of(wrong) is None


def test_the_csv_has_a_row_for_each_group_and_period_with_slabs() -> None:
    text = as_csv(figures(), "line-1", Locale(zone=ROME))
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["group"], row["slabs"]) for row in rows] == [
        ("", "100"),
        ("", "10"),
        ("camera-1", "96"),
        ("camera-1", "10"),
        ("camera-2", "4"),
    ]
    assert rows[0]["yield_share"] == "0.9"
    assert rows[0]["since"] == "2025-06-15T17:06:40+02:00"
    assert float(rows[0]["yield_lower_limit"]) < 0.9


def test_the_workbook_has_the_same_rows_and_no_formulas() -> None:
    hostile = PeriodCount(START, "=1+1", "faulty", "dot", 5, 0)
    found = figures(counted=(*COUNTED, hostile))
    book = load_workbook(io.BytesIO(as_excel(found, "line-1", Locale(zone=ROME))))
    assert book.sheetnames == ["rates", "defects", "labels"]
    rows = list(book["rates"].values)
    assert len(rows) == len(as_csv(found, "line-1", Locale(zone=ROME)).splitlines())
    assert rows[1][4] == 105
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert "'=1+1" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
