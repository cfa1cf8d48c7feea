"""Airflow DAG, at the start of each shift: known slabs go through the live line."""

from datetime import timedelta

from dag import dag
from installed import installed
from pod import BATCH_POOL, pod

with dag(
    "marble_golden",
    "Sends the golden samples through the live line; a wrong or missing verdict is an alarm on the console.",
    timedelta(minutes=10),
    schedule="golden",
):
    _folder = installed().folders.get("golden")
    _samples = ["--samples", _folder] if _folder else []
    pod("golden", "golden", "selftest", *_samples, "--alarm", pool=BATCH_POOL, within=timedelta(minutes=10))
