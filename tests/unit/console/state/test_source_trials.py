"""Tests of sources, each in a real process."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from marbleline.bootstrap.trial_child import CHILD
from marbleline.console.state.source_trials import SourceTrials
from marbleline.errors import SettingError
from tests.builders import make_picture, wait_until

# Each starts processes of its own.
pytestmark = pytest.mark.slow


@pytest.fixture
def trials() -> Iterator[SourceTrials]:
    made = SourceTrials(CHILD)
    yield made
    made.close()


def test_what_was_seen_is_told_and_nothing_is_kept(trials: SourceTrials) -> None:
    trial = trials.start({"source": "synthetic:", "rate": "50"})
    assert trials.find(trial.token) is trial
    wait_until(lambda: trial.report.number >= 3, what="pictures")
    report = trial.report
    assert (report.state, report.frames) == ("pictures", report.number)
    assert report.size is not None
    assert report.size[:2] == (640, 480)
    assert report.quality is not None
    assert report.rate > 0
    assert Image.open(io.BytesIO(report.picture)).size == (640, 480)
    trial.stop(10.0)
    assert not trial.running
    assert trial.report.state == "over"


def test_files_of_a_landing_folder_stay_where_they_are(trials: SourceTrials, tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(make_picture())
    trial = trials.start({"source": f"landing:{tmp_path}"})
    wait_until(lambda: trial.report.state in ("pictures", "unreadable"), what="the picture")
    trial.stop(10.0)
    assert [one.name for one in tmp_path.iterdir()] == ["one.png"]


def test_a_source_that_is_away_is_said_without_its_password(trials: SourceTrials) -> None:
    pytest.importorskip("cv2")
    trial = trials.start({"source": "video:rtsp://eva:hunter2@127.0.0.1:9/one"})
    wait_until(lambda: trial.report.state == "away", what="the cause")
    assert "rtsp://127.0.0.1:9/one" in trial.report.detail
    assert "hunter2" not in trial.report.detail
    trial.stop(15.0)


def test_what_can_not_be_opened_fails_with_the_cause(trials: SourceTrials, tmp_path: Path) -> None:
    trial = trials.start({"source": f"folder:{tmp_path / 'none'}"})
    wait_until(lambda: trial.report.state == "away", what="the cause")
    assert "No such file" in trial.report.detail
    trial.stop(10.0)
    wrong = trials.start({"source": "nonsense:"})
    wait_until(lambda: wrong.report.state == "failed", what="the refusal")
    assert "allowed is" in wrong.report.detail


def test_only_a_few_run_at_a_time_and_none_for_ever() -> None:
    trials = SourceTrials(CHILD, longest_s=3.0)
    first, second = (trials.start({"source": "synthetic:"}) for _ in range(2))
    with pytest.raises(SettingError, match="2 cameras are being tested"):
        trials.start({"source": "synthetic:"})
    wait_until(lambda: not first.running and not second.running, what="their end")
    trials.start({"source": "synthetic:"}).stop(10.0)
    trials.close()


def test_a_child_that_dies_is_a_failed_test() -> None:
    trials = SourceTrials(("-c", "raise SystemExit(3)"))
    trial = trials.start({"source": "synthetic:"})
    wait_until(lambda: trial.report.state == "failed", what="the failure")
    assert "did not start" in trial.report.detail
    with pytest.raises(SettingError, match="can't be looked for"):
        trials.discover()


def test_cameras_on_the_network_are_looked_for(trials: SourceTrials) -> None:
    pytest.importorskip("viva_genicam")
    assert isinstance(trials.discover(), list)
