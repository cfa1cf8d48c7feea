"""Figures of the bench as they appear in docs/performance.md."""

import json
from pathlib import Path

import pytest
from benchmarks import report
from benchmarks.page import usage
from benchmarks.report import Estimate, Result, table

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
    row = {"row": "model", "title": "A title", "conditions": "measured so", "figures": [one]}
    return usage({"machine": MACHINE, "results": [row]})


def test_a_figure_shows_its_interval() -> None:
    assert "| AUROC, difference | -0.01 [-0.03, 0.01]  |" in page(figure(low=-0.03, high=0.01))


def test_a_figure_without_an_interval_shows_none() -> None:
    assert "| AUROC, difference | -0.01  |" in page(figure())


def test_the_table_takes_figures_with_an_interval() -> None:
    result = Result("model", "A title", (Estimate("AUROC", 0.9, "", low=0.8, high=0.95),))
    assert "AUROC" in table([result], {})


def test_what_a_run_writes_the_page_and_the_next_run_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(report, "LAST", tmp_path / "last.json")
    report.write(
        [Result("model", "A title", (Estimate("AUROC", 0.9, ""),), conditions="measured so")], MACHINE
    )
    assert report.read_last() == {"model": {"AUROC": 0.9}}
    assert "| AUROC | 0.9" in usage(json.loads(report.LAST.read_text()))
