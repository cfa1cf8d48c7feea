"""The alert rules, run by Prometheus' own evaluator on made-up series: ``alerts_cases.yaml``."""

import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.promtool import promtool

CASES: Final = Path(__file__).with_name("alerts_cases.yaml")
RULES: Final = Path(__file__).parents[2] / "charts" / "marbleline" / "files" / "alerts.yaml"


@pytest.fixture(scope="module")
def tool() -> str:
    """The program."""
    try:
        return promtool()
    except ServerMissing as error:
        skip_or_fail(error)


def test_each_alert_fires_when_it_should_and_not_before(tool: str) -> None:
    done = subprocess.run(
        [tool, "test", "rules", str(CASES)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case() -> None:
    cases = yaml.safe_load(CASES.read_text())["tests"]
    fired = {one["alertname"] for case in cases for one in case["alert_rule_test"] if one["exp_alerts"]}
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    assert fired == {rule["alert"] for rule in group["rules"]}
