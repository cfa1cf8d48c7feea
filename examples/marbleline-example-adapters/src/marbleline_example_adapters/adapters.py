"""What this package adds: the entry points in ``pyproject.toml`` name these objects."""

from dataclasses import dataclass
from typing import Final

from marbleline.adapters.registry import Adapter
from marbleline.settings.kinds import whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class ChartSettings:
    """Settings of the source. A name has to be the only one among all installed adapters: use a prefix."""

    chart_squares: int = setting(whole(2, 64), 8, "Squares in a row of the test chart.")


CHART: Final = Adapter(
    schemes=("chart",),
    form="chart:WIDTHxHEIGHT",
    pattern=r"[1-9]\d{1,3}x[1-9]\d{1,3}",
    help="Draws a checkerboard, for the focus and exposure of a new camera position.",
    opens="marbleline_example_adapters.chart:open_chart",
    settings=ChartSettings,
)

JSONL: Final = Adapter(
    schemes=("jsonl",),
    form="jsonl:FILE",
    pattern=".+",
    help="Appends each notification to a file, as one line of JSON.",
    opens="marbleline_example_adapters.jsonl:open_jsonl",
)
