"""What all DAGs have in common: one run at a time, no runs for the past, a deadline that is counted."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import failures
from airflow.sdk import DAG, CronTriggerTimetable, DeadlineAlert, DeadlineReference, SyncCallback
from installed import installed

SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)


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
        schedule=CronTriggerTimetable(here.schedules[schedule], timezone=here.timezone) if schedule else None,
        start_date=SINCE,
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
