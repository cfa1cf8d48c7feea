"""What happens when a run fails, is late or says no: it is counted and logged, with the DAG's name.

The counts go to Airflow's own metrics (StatsD or OpenTelemetry, as Airflow is set up):
``marbleline.failed.DAG.TASK``, ``marbleline.retried.DAG.TASK``, ``marbleline.said_no.DAG.TASK`` and
``marbleline.late.DAG``.
"""

import logging
from typing import Any

from airflow.sdk.observability import stats

_log = logging.getLogger("marbleline.batch")


def failed(context: dict[str, Any]) -> None:
    """A task gave up."""
    _count("failed", context)


def retried(context: dict[str, Any]) -> None:
    """A task failed and will be tried again."""
    _count("retried", context)


def said_no(context: dict[str, Any]) -> None:
    """A task did its work, and the answer is no: a drift, a refusal by the gate, too few labels."""
    task = context["task_instance"]
    stats.incr(f"marbleline.said_no.{task.dag_id}.{task.task_id}")
    _log.warning("%s.%s said no; its log has the reason", task.dag_id, task.task_id)


def late(dag: str, minutes: float) -> None:
    """A run was not over in time."""
    stats.incr(f"marbleline.late.{dag}")
    _log.error("%s: not over %g minutes after it was queued", dag, minutes)


def _count(what: str, context: dict[str, Any]) -> None:
    task = context["task_instance"]
    stats.incr(f"marbleline.{what}.{task.dag_id}.{task.task_id}")
    _log.error(
        "%s.%s %s (try %s): %s", task.dag_id, task.task_id, what, task.try_number, context.get("exception")
    )
