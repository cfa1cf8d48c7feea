"""A wall clock that a test can set back and forward: Python runs this file first where it is on PYTHONPATH.

The seconds by which it is off stand in the file that WALL_CLOCK_OFFSET names. Monotonic clocks go on as ever.
"""

import os
import time
from pathlib import Path

_OFFSET = Path(os.environ["WALL_CLOCK_OFFSET"])
_true_time_ns = time.time_ns


def _time_ns() -> int:
    return _true_time_ns() + int(_OFFSET.read_text()) * 1_000_000_000


time.time_ns = _time_ns
time.time = lambda: _time_ns() / 1e9
