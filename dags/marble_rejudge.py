"""Airflow DAG, by hand: a span of time judged again with another model version."""

from datetime import timedelta

from airflow.sdk import Param

from dag import dag
from pod import BATCH_POOL, pod

# The format alone is not checked everywhere: where rfc3339-validator is missing, any text passes.
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$"

with dag(
    "marble_rejudge",
    "Judges a span of time again with another model version; what it says stands beside the verdicts.",
    timedelta(hours=2),
    params={
        "version": Param(type="integer", minimum=1, title="Model version"),
        "since": Param(type="string", format="date-time", pattern=TIME, title="From"),
        "until": Param(type="string", format="date-time", pattern=TIME, title="To, included"),
        "camera": Param("", type="string", title="Only this camera; empty: all"),
    },
):
    pod(
        "rejudge",
        "publisher",
        "rejudge",
        "--version={{ params.version }}",
        "--since={{ params.since }}",
        "--until={{ params.until }}",
        "--of-camera={{ params.camera }}",
        pool=BATCH_POOL,
        within=timedelta(hours=4),
    )
