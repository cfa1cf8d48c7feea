"""What the store on Elasticsearch loads: a worker's memory and its time to start."""

import subprocess
import sys


def test_the_client_is_loaded_without_what_it_would_load_on_sight() -> None:
    program = (
        "import sys; import marbleline.adapters.store_elasticsearch; "
        "print(*{'pyarrow', 'requests', 'aiohttp', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == []
