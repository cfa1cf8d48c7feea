"""Airflow DAG, every hour: whether the cameras still see what they saw. A drift skips the task."""

from datetime import timedelta

from dag import dag
from pod import BATCH_POOL, pod

with dag(
    "marble_drift",
    "Compares the last hour with the time before; what drifted is an alarm on the console with its cause, "
    "and skips the task.",
    timedelta(minutes=30),
    schedule="drift",
):
    pod("drift", "record", "drift", pool=BATCH_POOL, within=timedelta(minutes=30))
