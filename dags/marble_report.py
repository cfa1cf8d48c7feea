"""Airflow DAG, after each shift: its report by mail or webhook. A shift without slabs skips the task."""

from datetime import timedelta

from dag import dag
from installed import installed
from pod import BATCH_POOL, pod

# Without receivers the chart has no pod for it.
if "report" in installed().pods:
    with dag(
        "marble_report",
        "Sends the report of the shift that ended last; skipped if nothing was judged and no alarm active.",
        timedelta(minutes=30),
        schedule="report",
    ):
        pod("report", "report", "report", "--send", pool=BATCH_POOL, within=timedelta(minutes=30))
