"""Golden samples."""

from pathlib import Path

import pytest

from marbleline.domain.decision import Decision
from marbleline.errors import SettingError
from marbleline.operations.golden import alarm_of, samples_in
from marbleline.operations.selftest import SelfTestResult
from tests.builders import START, make_picture, make_verdict


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("good/b.jpg", "good/a.jpg", "crack/c.png", "crack/notes.txt", "other/d.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(make_picture())
    return tmp_path


def test_each_folder_says_what_is_right_of_its_pictures(folder: Path) -> None:
    found = samples_in(folder, 10**6)
    assert [one.name for one in found] == ["good/a.jpg", "good/b.jpg", "crack/c.png"]
    assert found[0].expected == (Decision.GOOD,)
    assert found[2].expected == (Decision.FAULTY, Decision.REVIEW)


def test_a_folder_without_samples_or_with_one_too_large_is_refused(folder: Path) -> None:
    with pytest.raises(SettingError, match="no pictures"):
        samples_in(folder / "other", 10**6)
    with pytest.raises(SettingError, match=r"a\.jpg: \d+ bytes"):
        samples_in(folder, 10)


def test_the_alarm_names_what_went_wrong_and_is_cleared_by_a_good_run(folder: Path) -> None:
    samples = samples_in(folder, 10**6)
    right = [
        SelfTestResult(samples[0], make_verdict(1), recorded=True),
        SelfTestResult(samples[2], make_verdict(2, decision=Decision.REVIEW), recorded=True),
    ]
    assert not alarm_of("line-1", right, START).raised
    wrong = [
        SelfTestResult(samples[0], None, recorded=False),
        SelfTestResult(samples[1], make_verdict(3), recorded=False),
        SelfTestResult(samples[2], make_verdict(4), recorded=True),
    ]
    assert [outcome.answered for outcome in wrong] == [False, False, True]
    alarm = alarm_of("line-1", [*right, *wrong], START)
    assert alarm.raised
    assert alarm.cause == (
        "3 of 5 known slabs were judged wrongly: good/a.jpg got no verdict in time; "
        "good/b.jpg is not on record; crack/c.png was called good"
    )
