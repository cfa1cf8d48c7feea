"""Airflow DAG, every night: deletes old pictures."""

from datetime import timedelta

from dag import dag
from pod import BATCH_POOL, pod

with dag(
    "marble_retention",
    "Removes pictures older than their verdict's days, then the oldest beyond the quota; labelled ones stay.",
    timedelta(hours=1),
    schedule="retention",
):
    pod("retention", "record", "retention", pool=BATCH_POOL, within=timedelta(hours=2))
