"""Makes ``values.schema.json`` of ``values.schema.yaml``: ``python -m tests.chart.schema``."""

import json
from pathlib import Path
from typing import Final

import yaml

CHART: Final = Path(__file__).parents[2] / "charts" / "marbleline"
MADE: Final = CHART / "values.schema.json"


def made() -> str:
    """The text that the JSON file has to have."""
    return json.dumps(yaml.safe_load((CHART / "values.schema.yaml").read_text()), indent=1) + "\n"


if __name__ == "__main__":
    MADE.write_text(made())
