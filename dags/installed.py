"""What the chart installed: the one place from which the DAGs take every setting.

The chart writes ``batch.json`` into the ConfigMap RELEASE-batch, which Airflow mounts; the variable
MARBLELINE_BATCH names the file. It holds the namespace, when the DAGs run, and a complete pod for each kind
of work, so that images, credentials, volumes and hardening are said once, in the chart.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = "MARBLELINE_BATCH"
DEFAULT: Final = "/opt/airflow/marbleline/batch.json"


@dataclass(frozen=True)
class Installed:
    """``pods``: kind of work -> a pod without a command. ``schedules``: DAG -> cron line, in ``timezone``."""

    namespace: str
    timezone: str
    schedules: dict[str, str]
    pods: dict[str, dict[str, Any]]
    folders: dict[str, str]


@cache
def installed() -> Installed:
    """The settings of this installation.

    Raises RuntimeError if the file is not there or is not what the chart writes.
    """
    path = Path(os.environ.get(FILE, DEFAULT))
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Installed(**found)
    except OSError as error:
        raise RuntimeError(
            f"{path}: can't be read ({error.strerror}): install the chart with batch.enabled and mount its "
            f"ConfigMap RELEASE-batch there, or name the file in {FILE}"
        ) from error
    except (ValueError, TypeError) as error:
        raise RuntimeError(f"{path}: not written by this version of the chart: {error}") from error
