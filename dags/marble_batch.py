"""Airflow DAG, every minute: what lies in the landing folder, and what the hot lane left in the queues."""

from datetime import timedelta

from dag import dag
from installed import installed
from pod import BATCH_POOL, pod

_WITHIN = timedelta(minutes=10)

with dag(
    "marble_batch",
    "Captures what lies in the landing folder and judges what the hot lane left; empty runs cost little.",
    timedelta(minutes=5),
    schedule="batch",
):
    _landing = installed().folders.get("landing")
    _sweep = ["--landing", _landing, "--camera", "batch"] if _landing else []
    _encoder = pod("encoder", "encoder", "encoder", "--once", *_sweep, pool=BATCH_POOL, within=_WITHIN)
    _publisher = pod("publisher", "publisher", "publisher", "--once", pool=BATCH_POOL, within=_WITHIN)
    _encoder >> _publisher
