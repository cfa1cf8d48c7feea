"""A shift's figures from the store's counts and people's labels; and its two files."""

import csv
import io
from dataclasses import replace
from datetime import UTC

import pytest

from marbleline.console.components.shift_report import as_csv, as_html
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.label_comparison import LabelComparison
from marbleline.console.state.shift_calendar import WorkShift
from marbleline.console.state.shift_figures import HOUR, shift_figures
from marbleline.domain.decision import Decision
from marbleline.domain.frame import captured_at_of
from marbleline.domain.label import Label, new_label, withdrawal
from marbleline.ports.verdicts import Bucket
from tests.builders import START, make_frame_id, make_verdict

SHIFT = WorkShift(START, START + 8 * HOUR)
BUCKETS = (
    Bucket(START, "camera-1", "good", None, 70),
    Bucket(START, "camera-1", "faulty", "dot", 10),
    Bucket(START, "camera-2", "faulty", "crack", 15),
    Bucket(START + HOUR, "camera-2", "review", "crack", 5),
)


def label(sequence: int, called: Decision, truth: str, by: str = "anna", later: int = 0) -> Label:
    return new_label(make_verdict(sequence, decision=called), truth, by, START + sequence * 1_000 + later)


def test_the_figures_add_up() -> None:
    found = shift_figures(SHIFT, BUCKETS, [])
    assert found.total == 100
    assert found.share(Decision.GOOD) == 0.7
    assert list(found.defects.items()) == [("crack", 15), ("dot", 10)], "review counts for no defect"
    assert found.hours[START] == {"good": 70, "faulty": 25}
    assert found.cameras["camera-2"] == {"faulty": 15, "review": 5}
    assert shift_figures(SHIFT, [], []).share(Decision.GOOD) is None


def test_overkill_and_escape_count_only_what_people_looked_at() -> None:
    taken_back = label(9, Decision.FAULTY, "good")
    labels = [
        label(1, Decision.FAULTY, "good"),
        label(2, Decision.FAULTY, "crack"),
        label(3, Decision.GOOD, "dot"),
        label(4, Decision.GOOD, "good"),
        label(5, Decision.REVIEW, "good"),
        label(6, Decision.FAULTY, "good"),
        label(6, Decision.FAULTY, "dot", by="bert", later=10),
        taken_back,
        withdrawal(taken_back, "anna", START + 60_000_000),
    ]
    assert shift_figures(SHIFT, BUCKETS, labels).labelled == LabelComparison(1, 2, 1, 2, disputed=1)


@pytest.mark.parametrize("shift", [WorkShift(START - HOUR, START), WorkShift(START + HOUR, START + 2 * HOUR)])
def test_a_label_counts_for_the_shift_in_which_its_slab_was_captured(shift: WorkShift) -> None:
    assert shift_figures(shift, [], [label(1, Decision.GOOD, "dot")]).labelled == LabelComparison()


def test_a_frames_id_tells_when_it_was_captured() -> None:
    assert captured_at_of(make_frame_id(0, captured_at=START)) == START // 1000 * 1000


def test_the_csv_holds_every_count_with_times_that_a_machine_can_read() -> None:
    text = as_csv(shift_figures(SHIFT, BUCKETS, []), "line-1", Locale(zone=UTC))
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert sum(int(row["slabs"]) for row in rows) == 100
    assert rows[1] == {
        "line": "line-1",
        "shift": "2025-06-15T15:06:40+00:00",
        "hour": "2025-06-15T15:06:40+00:00",
        "camera": "camera-1",
        "decision": "faulty",
        "defect": "dot",
        "slabs": "10",
    }


def test_the_report_is_one_page_that_needs_nothing_else() -> None:
    hostile = replace(BUCKETS[0], camera="<script>")
    found = shift_figures(SHIFT, (*BUCKETS, hostile), [])
    page = as_html(found, found, "line-1", "UTC", Locale("tr", UTC), START)
    assert page.startswith("<!doctype html><html")
    assert 'lang="tr"' in page
    assert "<script" not in page
    assert "http" not in page
    assert "Sağlam plakalar" in page
