"""Writes what the DAGs' tests run on, as the chart makes it: ``python -m tests.chart.batch`` (needs Helm)."""

import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

from tests.chart.schema import CHART

MADE: Final = Path(__file__).parents[1] / "dags" / "batch.json"
EXAMPLE: Final = ("-f", str(CHART / "ci/everything-values.yaml"))


def told(objects: list[dict[str, Any]]) -> str:
    """What the chart's objects tell the DAGs."""
    [found] = [one for one in objects if "batch.json" in one.get("data", {})]
    text: str = found["data"]["batch.json"]
    return text


if __name__ == "__main__":
    command = ["helm", "template", "t", str(CHART), *EXAMPLE]
    rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    MADE.write_text(told([one for one in yaml.safe_load_all(rendered) if one]))
