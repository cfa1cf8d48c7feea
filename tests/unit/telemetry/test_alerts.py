"""Alerts and dashboard speak of metrics and labels that there are, and each alert has its runbook."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from marbleline.domain.records import CameraState
from marbleline.telemetry.metrics import ALL

ROOT: Final = Path(__file__).parents[3]
FILES: Final = ROOT / "charts" / "marbleline" / "files"
RULES: Final[list[dict[str, Any]]] = yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"][0]["rules"]
_SAMPLES: Final = {"counter": ("_total",), "gauge": ("",), "info": ("_info",)}
_HISTOGRAM: Final = ("_bucket", "_sum", "_count")


def _known() -> dict[str, set[str]]:
    """Name of each series -> its labels."""
    found = {}
    for metric in ALL:
        [family] = metric.describe()
        labels = set(metric._labelnames) | ({"worker", "version"} if family.type == "info" else set())
        for suffix in _SAMPLES.get(family.type, _HISTOGRAM):
            found[family.name + suffix] = labels | ({"le"} if suffix == "_bucket" else set())
    return found


def _expressions() -> dict[str, str]:
    dashboard = json.loads((FILES / "dashboard.json").read_text())
    panels = {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }
    return {**{rule["alert"]: rule["expr"] for rule in RULES}, **panels}


@pytest.mark.parametrize(("where", "expression"), _expressions().items())
def test_it_asks_for_series_and_labels_that_there_are(where: str, expression: str) -> None:
    known = _known()
    series = set(re.findall(r"marbleline_\w+", expression))
    assert series
    assert series <= set(known), f"{where} names a series that no worker serves"
    allowed = set().union(*(known[name] for name in series))
    grouped = {
        label.strip() for some in re.findall(r"by \(([^)]*)\)", expression) for label in some.split(",")
    }
    matched = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression))
    assert grouped | matched <= allowed, f"{where} names a label that its series have not"


def test_states_and_outcomes_in_matchers_are_words_that_there_are() -> None:
    states = {
        word
        for expression in _expressions().values()
        for words in re.findall(r"state[!=]~?\"([^\"]*)\"", expression)
        for word in words.split("|")
    }
    assert states <= {state.value for state in CameraState}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_has_a_severity_a_sentence_and_a_runbook(rule: dict[str, Any]) -> None:
    headings = {
        line.removeprefix("## ").strip().lower()
        for line in (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    }
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"]["summary"].endswith(".")
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert (page, anchor) == ("RUNBOOKS", rule["alert"].lower())
    assert anchor in headings
