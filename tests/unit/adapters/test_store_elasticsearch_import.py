"""What the Elasticsearch adapter brings into a worker's process."""

import subprocess
import sys

_SEEN = """
import sys
import marbleline.adapters.store_elasticsearch
heavy = {"pyarrow", "pandas"} & set(sys.modules)
import pyarrow  # the console still can
print(sorted(heavy))
"""


def test_it_loads_no_data_frames_and_leaves_them_to_others() -> None:
    done = subprocess.run([sys.executable, "-c", _SEEN], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
