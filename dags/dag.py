"""What all DAGs have in common: one run at a time, no runs for the past, a deadline that is counted."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, DeadlineAlert, DeadlineReference, SyncCallback

import failures
from installed import installed


def dag(dag_id: str, what: str, within: timedelta, schedule: str | None = None, **more: Any) -> DAG:
    """A DAG that does ``what``; ``schedule`` names its line among the chart's ``batch.schedules``.

    Without a schedule it is started by hand or through Airflow's API. A run that is not over ``within`` this
    time of being queued is counted as late, and goes on. Raises KeyError if there is no such schedule.
    """
    here = installed()
    return DAG(
        dag_id,
        description=what,
        doc_md=what,
        schedule=_cron(here.schedules[schedule], here.timezone) if schedule else None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        deadline=DeadlineAlert(
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=within,
            callback=SyncCallback(failures.late, {"dag": dag_id, "minutes": within.total_seconds() / 60}),
        ),
        tags=["marbleline"],
        **more,
    )


def _cron(line: str, timezone: str) -> CronTriggerTimetable:
    # With a start date the first run would be the one that is past: a retraining at the installation.
    return CronTriggerTimetable(line, timezone=timezone, run_immediately=False)
