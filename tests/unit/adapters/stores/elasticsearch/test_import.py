"""What the Elasticsearch adapter brings into a worker's process."""

import subprocess
import sys

_SEEN = """
import sys
import marbleline.adapters.stores.elasticsearch
heavy = {"pyarrow", "pandas", "requests", "aiohttp", "httpx"} & set(sys.modules)
import pyarrow  # the console still can
print(sorted(heavy))
"""


def test_it_loads_neither_data_frames_nor_other_ways_to_the_server() -> None:
    done = subprocess.run([sys.executable, "-c", _SEEN], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
