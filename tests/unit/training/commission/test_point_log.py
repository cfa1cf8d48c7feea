"""Points of a replay in a file: a replay that was stopped goes on where it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from marbleline.errors import SettingError
from marbleline.training.commission.point_log import PointLog, measure_missing
from marbleline.training.commission.replay import Point

POINT = Point("stone", 0, "random", 20, 20, 5, 0.9, 0.25, 0, 0, 0, 0, 1, 1, 1, 1, 50, 20)
MADE_WITH = {"heads": {"folds": 5}}


def measured(path: Path, draws: int) -> tuple[PointLog, list[int], list[str]]:
    """A log after so many draws, the draws that were measured for it, and what was said."""
    log, seen, said = PointLog(path, MADE_WITH), list[int](), list[str]()

    def measure(draw: int) -> list[Point]:
        seen.append(draw)
        return [replace(POINT, draw=draw)] if draw != 1 else []

    measure_missing(log, "stone", "asked", range(draws), measure, said.append)
    return log, seen, said


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    measured(tmp_path / "points", 2)
    log, seen, said = measured(tmp_path / "points", 4)
    assert seen == [2, 3]
    assert [point.draw for point in log.points()] == [0, 2, 3]
    assert "random 20: 0.25" in said[-1]
    assert "4 of 4 draws, 0 s left" in said[-1]


def test_a_draw_of_which_the_line_was_cut_off_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "points"
    measured(path, 3)
    content = path.read_text()
    for cut in (1, 30):
        path.write_text(content[:-cut])
        log, seen, _ = measured(path, 3)
        assert seen == [2]
        assert [point.draw for point in log.points()] == [0, 2]


def test_points_that_were_made_with_something_else_are_refused(tmp_path: Path) -> None:
    measured(tmp_path / "points", 1)
    with pytest.raises(SettingError, match="name another file"):
        PointLog(tmp_path / "points", {"heads": {"folds": 3}})


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "points").write_text("path,label\n")
    with pytest.raises(SettingError, match="holds no points"):
        PointLog(tmp_path / "points", MADE_WITH)


def test_without_a_file_points_stay_in_memory() -> None:
    log = PointLog(None, MADE_WITH)
    log.add(("stone", "asked", 0), [POINT])
    assert log.points() == [POINT]
