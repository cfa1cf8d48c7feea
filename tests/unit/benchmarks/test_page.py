"""Figures of the bench as they appear in docs/performance.md."""

from pathlib import Path

import pytest
from benchmarks import report
from benchmarks.page import usage
from benchmarks.report import Estimate, Result, kept, newest, table

MACHINE = {
    "processor": "a processor",
    "cores": 2,
    "memory_mib": 1024,
    "system": "Linux 6",
    "python": "3.11",
    "disk": "a disk",
    "load_1_5_15": [0.1, 0.1, 0.1],
    "commit": "abc",
    "at": "2026-11-27T00:00:00+00:00",
}


def figure(**interval: float) -> dict[str, object]:
    return {"name": "AUROC, difference", "value": -0.01, "unit": "", "goal": "", **interval}


def page(one: dict[str, object]) -> str:
    return usage([result("model", one, at=MACHINE["at"])])


def result(row: str, one: dict[str, object], at: object, commit: str = "abc") -> dict[str, object]:
    machine = {**MACHINE, "at": at, "commit": commit}
    return {"row": row, "title": "A title", "conditions": "measured so", "figures": [one], "machine": machine}


def test_a_figure_shows_its_interval() -> None:
    assert "| AUROC, difference | -0.01 [-0.03, 0.01]  |" in page(figure(low=-0.03, high=0.01))


def test_a_figure_without_an_interval_shows_none() -> None:
    assert "| AUROC, difference | -0.01  |" in page(figure())


def test_the_table_takes_figures_with_an_interval() -> None:
    measured = Result("model", "A title", (Estimate("AUROC", 0.9, "", low=0.8, high=0.95),))
    assert "AUROC" in table([measured], {})


def test_of_each_row_the_newest_result_stays_with_the_machine_that_it_was_measured_on() -> None:
    before = [result("cost", figure(), "2026-11-24", "old"), result("model", figure(), "2026-11-24", "old")]
    found = newest(before, [result("model", figure(), "2026-11-28", "new")])
    assert [(one["row"], one["machine"]["commit"]) for one in found] == [("cost", "old"), ("model", "new")]
    assert newest(found, before) == found, "an older run does not replace a newer one"
    text = usage(found)
    assert text.index("commit old, 2026-11-24") < text.index("commit new, 2026-11-28")


def test_what_a_run_writes_the_page_and_the_next_run_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(report, "LAST", tmp_path / "last.json")
    report.write(
        [Result("model", "A title", (Estimate("AUROC", 0.9, ""),), conditions="measured so")], MACHINE
    )
    assert report.read_last() == {"model": {"AUROC": 0.9}}
    assert "| AUROC | 0.9" in usage(kept(report.LAST))
